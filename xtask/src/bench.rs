//! Comparisons with other crates and pages. Each prints a ratio to a named peer of the same run; none is a test.

use crate::context::Context;
use crate::npm;
use crate::run::{self, Failure, Result};
use crate::test;

/// What runs a comparison.
#[derive(Clone, Copy)]
enum By {
    /// `cargo bench` in `bench/`.
    Cargo,
    /// An npm script of `bench/`.
    Npm(&'static str),
    /// An example of the switchboard.
    Example(&'static str),
}

/// Name, what it compares, and what runs it.
const BENCHES: [(&str, &str, By); 18] = [
    ("codec", "parse and serialise natively, beside other SIP crates", By::Cargo),
    ("page-codec", "the same inside one Chromium, beside JsSIP and SIP.js", By::Npm("page-codec")),
    ("invite", "dial → INVITE on the wire, also with a STUN server that never answers", By::Npm("invite")),
    ("rtp", "dial → first RTP, beside JsSIP and SIP.js on the same Kamailio", By::Npm("rtp")),
    ("outage", "a server that is killed and comes back, and one that falls silent, beside JsSIP and SIP.js", By::Npm("outage")),
    ("reload", "the page is loaded again in a call → sound both ways, beside JsSIP and SIP.js", By::Npm("reload")),
    ("shift", "what a desk keeps in memory over as many calls as in eight hours", By::Npm("shift")),
    ("size", "bytes of the first screen", By::Npm("size")),
    ("start", "cold start to a usable sign-in at 4× CPU throttle", By::Npm("start")),
    ("sip", "registrations, storms, calls and floods on `/sip`, registrations also on Kamailio", By::Example("sip_load")),
    ("dialogs", "what a dialog weighs, and a message with ten and ten thousand of them", By::Example("dialogs")),
    ("queue", "free agent → ring with 1,000 callers waiting", By::Example("queue_load")),
    ("engine", "one decision with 100,000 callers waiting and 10,000 agents", By::Example("queue_engine")),
    (
        "crowd",
        "1,000 callers, 500 agents and 20 answers a second on `/sip`, then with 200 queues that are changed",
        By::Example("floor_load"),
    ),
    ("feed", "200 supervisors on `/feed` with 200 changes a second, and a page that stops reading", By::Example("feed_load")),
    ("reports", "reports over a million calls, and their lists", By::Example("reports")),
    ("doors", "ring → picture on ten desks, press → outcome, twenty desks watching ten stations", By::Npm("doors")),
    ("floor", "a floor of 500 agents and 1,000 callers, 200 changes a second, beside pages by hand and in React", By::Npm("floor")),
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
    for (name, subject, by) in BENCHES {
        if only.map_or(false, |only| !only.iter().any(|wanted| wanted == name)) {
            continue;
        }
        println!("\n== {}: {}", name, subject);
        let mut command = match by {
            By::Npm(script) => {
                let mut command = context.command("npm");
                command.args(["run", "--silent", script]);
                test::product_environment(context, &mut command);
                command
            }
            By::Example(example) => {
                let mut command = context.command("cargo");
                let manifest = context.root.join("Cargo.toml");
                command.args(["run", "--locked", "--package", "switchboard", "--example", example, "--manifest-path"]).arg(manifest);
                // The product's own profile is for size and takes long to link; this is near to it in speed.
                command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "2");
                command
            }
            By::Cargo => {
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
