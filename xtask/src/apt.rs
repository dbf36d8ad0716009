//! Debian packages: which are missing, and installing them as root, by `sudo -n`, or not at all with a sentence.

use std::process::Command;

use crate::context::Context;
use crate::run::{self, Failure, Result};

/// A package and the programs any of which makes it unnecessary (none: only the package itself counts).
pub struct Package {
    name: &'static str,
    programs: &'static [&'static str],
}

/// The C compiler that the database and TLS crates call.
pub const BUILD: &[Package] = &[Package { name: "build-essential", programs: &["cc"] }];

/// rustc, cargo, lints and the sources of std, for machines that cannot reach Rust's release server.
pub const RUST: &[Package] = &[
    Package { name: "rustc-web", programs: &[] },
    Package { name: "cargo-web", programs: &[] },
    Package { name: "rust-web-src", programs: &[] },
    Package { name: "rust-web-llvm", programs: &[] },
    Package { name: "rust-web-clippy", programs: &[] },
    Package { name: "rustfmt-web", programs: &[] },
    Package { name: "lld-22", programs: &[] },
];

/// npm and node.
pub const NODE: &[Package] = &[Package { name: "nodejs", programs: &["node"] }, Package { name: "npm", programs: &["npm"] }];

/// Browsers, their driver, and the real SIP and TURN peers of the tests.
pub const TEST: &[Package] = &[
    Package { name: "chromium", programs: &["chromium", "chromium-browser", "google-chrome"] },
    Package { name: "chromium-driver", programs: &["chromedriver"] },
    Package { name: "firefox-esr", programs: &["firefox-esr", "firefox"] },
    Package { name: "kamailio", programs: &["kamailio"] },
    Package { name: "kamailio-websocket-modules", programs: &[] },
    Package { name: "kamailio-outbound-modules", programs: &[] },
    Package { name: "kamailio-tls-modules", programs: &[] },
    Package { name: "kamailio-presence-modules", programs: &[] },
    Package { name: "sip-tester", programs: &["sipp"] },
    Package { name: "coturn", programs: &["turnserver"] },
    // A real door station, and the media proxy between its RTP and the browser.
    Package { name: "baresip-core", programs: &["baresip"] },
    Package { name: "rtpengine-daemon", programs: &["rtpengine"] },
    // Firefox keeps sound suspended on a machine without a device; the tests start a private null one.
    Package { name: "pulseaudio", programs: &["pulseaudio"] },
];

/// Installs what is missing of these, if anything.
pub fn ensure(context: &Context, packages: &[Package]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().filter(|package| !present(context, package)).map(|package| package.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !available(context) {
        return Err(Failure(format!(
            "these are missing and there is no apt-get here to install them: {}; install them by hand and run this again",
            list
        )));
    }
    let by_sudo = match privilege(context) {
        Some(by_sudo) => by_sudo,
        None => {
            return Err(Failure(format!("installing packages needs root; run `sudo apt-get install {}` once and then this again", list)))
        }
    };
    run::step(context, "Package lists (apt-get update)", &mut elevated(context, by_sudo, "apt-get -q update"))?;
    // Freshly installed daemons (kamailio, coturn, rtpengine) must not start: the tests start their own. A policy that is there already is kept.
    let script = format!(
        "policy=/usr/sbin/policy-rc.d; \
         if [ ! -e $policy ]; then printf '#!/bin/sh\\nexit 101\\n' > $policy && chmod 755 $policy; trap 'rm -f '$policy EXIT; fi; \
         DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends {}",
        list
    );
    run::step(context, &format!("Debian packages: {}", list), &mut elevated(context, by_sudo, &script))
}

/// Whether this is a machine with apt.
pub fn available(context: &Context) -> bool {
    context.find("apt-get").is_some()
}

/// A shell line as root. `by_sudo` as `privilege` says.
pub fn elevated(context: &Context, by_sudo: bool, script: &str) -> Command {
    let mut command = context.command(if by_sudo { "sudo" } else { "sh" });
    if by_sudo {
        command.args(["-n", "sh"]);
    }
    command.args(["-ec", script]);
    command
}

/// `Some(false)` as root, `Some(true)` where sudo asks no password, `None` otherwise.
pub fn privilege(context: &Context) -> Option<bool> {
    if run::output(context.command("id").arg("-u")).as_deref() == Some("0") {
        Some(false)
    } else if run::succeeds(context.command("sudo").args(["-n", "true"])) {
        Some(true)
    } else {
        None
    }
}

fn present(context: &Context, package: &Package) -> bool {
    package.programs.iter().any(|program| context.find(program).is_some())
        || run::output(context.command("dpkg-query").args(["-W", "-f=${db:Status-Status}", package.name])).as_deref() == Some("installed")
}
