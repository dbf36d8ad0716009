//! Comparisons with other crates and pages. Each prints a ratio to a named peer of the same run; none is a test.

use crate::context::Context;
use crate::npm;
use crate::run::{self, Failure, Result};
use crate::test;

/// Name, what it compares, and the npm script of `bench/` that runs it (`None`: cargo).
const BENCHES: [(&str, &str, Option<&str>); 6] = [
    ("codec", "parse and serialise natively, beside other SIP crates", None),
    ("page-codec", "the same inside one Chromium, beside JsSIP and SIP.js", Some("page-codec")),
    ("invite", "dial → INVITE on the wire, also with a STUN server that never answers", Some("invite")),
    ("rtp", "dial → first RTP, beside JsSIP and SIP.js on the same Kamailio", Some("rtp")),
    ("size", "bytes of the first screen", Some("size")),
    ("start", "cold start to a usable sign-in at 4× CPU throttle", Some("start")),
];

/// Names and subjects.
pub fn list() {
    for (name, subject, _) in BENCHES {
        println!("{:<12}{}", name, subject);
    }
}

/// Refuses a name that is none before minutes of building.
pub fn check_names(only: Option<&[String]>) -> Result<()> {
    match only.unwrap_or_default().iter().find(|wanted| !BENCHES.iter().any(|(name, _, _)| name == wanted)) {
        Some(unknown) => Err(Failure(format!("there is no comparison `{}`; `cargo xtask bench --list` names them", unknown))),
        None => Ok(()),
    }
}

/// Runs all, or those named.
pub fn run(context: &Context, only: Option<&[String]>) -> Result<()> {
    let folder = context.root.join("bench");
    npm::ensure_packages(context, "bench")?;
    test::build_product(context)?;
    let mut failed = Vec::new();
    for (name, subject, script) in BENCHES {
        if only.map_or(false, |only| !only.iter().any(|wanted| wanted == name)) {
            continue;
        }
        println!("\n== {}: {}", name, subject);
        let mut command = match script {
            Some(script) => {
                let mut command = context.command("npm");
                command.args(["run", "--silent", script]);
                test::product_environment(context, &mut command);
                command
            }
            None => {
                let mut command = context.command("cargo");
                command.args(["bench", "--locked"]).env("CARGO_TARGET_DIR", context.cache.join("bench"));
                command
            }
        };
        if !run::pass_on(command.current_dir(&folder))?.0 {
            failed.push(name);
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure(format!("these comparisons did not run to their end: {}", failed.join(", "))))
    }
}
