//! Everything CI runs, in stages. Each stage runs even if an earlier one failed, unless it needs what that one builds.

use std::process::Command;
use std::time::Instant;

use crate::app;
use crate::context::Context;
use crate::run::{self, Failure, Result};

const WASM: &str = "wasm32-unknown-unknown";
/// Bytes of brotli that everything for the first screen may need.
const FIRST_SCREEN: u64 = 250_000;
/// What the desk's program, fetched behind the first screen, may need: its weight without queues and doors (431 kB), and
/// about 245 kB of room for those, for transfers, and for the supervisor's floor with the wallboard (614 kB with all of them, 641 kB with
/// candidates by INFO, how calls sound, and doors in queues, 662 kB with honest readiness, everybody who waits, and the automatic answer,
/// 671 kB with calls that outlive a reload at any peer, and UPDATE before the answer).
const DESK: u64 = 675_000;
/// What the program of the office may need: no phone and no feed, so that reports and administration weigh on nobody who takes calls;
/// 313 kB with administration and sessions, 374 kB with reports, the audit log and the links for screens,
/// 413 kB with the page of one call.
const OFFICE: u64 = 420_000;
/// What a screen's wallboard may need beyond the page.
const WALL: u64 = 250_000;
/// What `sip-ws` must never depend on: browser, clock, randomness, runtime.
const BANNED: [&str; 10] = ["app", "web-sys", "js-sys", "wasm-bindgen", "getrandom", "tokio", "leptos", "rand", "chrono", "instant"];

/// A stage: its name, what it proves, and how it is run. Closing lines of test runners come back.
struct Stage {
    name: &'static str,
    what: &'static str,
    run: fn(&Context) -> Result<Vec<String>>,
}

const STAGES: [Stage; 11] = [
    Stage { name: "fmt", what: "formatting", run: fmt },
    Stage { name: "clippy", what: "lints, warnings denied, native and WASM", run: clippy },
    Stage { name: "docs", what: "documentation, warnings denied", run: docs },
    Stage { name: "xtask", what: "these commands themselves", run: xtask },
    Stage { name: "tree", what: "sip-ws depends on no browser, clock, randomness or runtime", run: tree },
    Stage { name: "native", what: "all native tests", run: native },
    Stage { name: "sip-wasm", what: "sip-ws on WASM", run: sip_wasm },
    Stage { name: "browser", what: "the app's drivers and components in Chromium", run: browser },
    Stage { name: "build", what: "the release app, the switchboard", run: build },
    Stage { name: "size", what: "what the first screen and the desk behind it weigh", run: size },
    Stage { name: "e2e", what: "the running product in Chromium and Firefox", run: end_to_end },
];

/// Names and subjects.
pub fn list() {
    for stage in &STAGES {
        println!("{:<10}{}", stage.name, stage.what);
    }
}

/// Sets up and runs all stages, or those named; ends with a table of minutes.
pub fn run(context: &mut Context, only: Option<&[String]>) -> Result<()> {
    if let Some(unknown) = only.unwrap_or_default().iter().find(|wanted| !STAGES.iter().any(|stage| stage.name == *wanted)) {
        return Err(Failure(format!("there is no stage `{}`; `cargo xtask test --list` names them", unknown)));
    }
    let mut table = Vec::new();
    let started = Instant::now();
    crate::setup_test(context)?;
    table.push(("setup", started.elapsed(), true));
    let mut closing = Vec::new();
    let mut failures = Vec::new();
    for stage in STAGES.iter().filter(|stage| only.map_or(true, |only| only.iter().any(|wanted| wanted == stage.name))) {
        println!("\n== {}: {}", stage.name, stage.what);
        let started = Instant::now();
        let outcome = if stage.name == "e2e" && failures.iter().any(|(name, _)| *name == "build") {
            Err(Failure("there is no product to test, since its build failed".to_owned()))
        } else {
            (stage.run)(context)
        };
        table.push((stage.name, started.elapsed(), outcome.is_ok()));
        match outcome {
            Ok(lines) => closing.extend(lines.into_iter().map(|line| (stage.name, line))),
            Err(Failure(sentence)) => {
                eprintln!("xtask: {}: {}", stage.name, sentence);
                failures.push((stage.name, sentence));
            }
        }
    }
    println!("\n== Closing lines");
    for (stage, line) in closing {
        println!("{:<10}{}", stage, line);
    }
    println!("\n== Time");
    for (name, time, good) in table {
        println!("{:<10}{:>6.1} min  {}", name, time.as_secs_f64() / 60.0, if good { "ok" } else { "FAILED" });
    }
    match failures.as_slice() {
        [] => {
            println!("\nAll stages passed.");
            Ok(())
        }
        [(name, sentence)] => Err(Failure(format!("the stage {} failed: {}", name, sentence))),
        many => Err(Failure(format!("these stages failed: {}", many.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")))),
    }
}

/// The release app, the native switchboard, and the program that plays recordings.
pub fn build_product(context: &Context) -> Result<()> {
    app::build(context)?;
    let programs = ["--package", "switchboard", "--bin", "switchboard", "--package", "sip-ws", "--example", "replay"];
    run::step(context, "Switchboard", context.command("cargo").args(["build", "--locked"]).args(programs))
}

/// A script of `e2e/package.json`, told where the product and the browsers are.
pub fn e2e(context: &Context, script: &str) -> Command {
    let mut command = context.command("npm");
    command.current_dir(context.root.join("e2e")).args(["run", "--silent", script]);
    product_environment(context, &mut command);
    command
}

/// Where a script in another language finds product and browsers.
pub fn product_environment(context: &Context, command: &mut Command) {
    command.env("PORTICO_SWITCHBOARD", context.switchboard()).env("PORTICO_DIST", context.dist());
    for (variable, programs) in
        [("PORTICO_CHROMIUM", &["chromium", "chromium-browser", "google-chrome"][..]), ("PORTICO_FIREFOX", &["firefox-esr", "firefox"][..])]
    {
        if let Some(path) = programs.iter().find_map(|program| context.find(program)) {
            command.env(variable, path);
        }
    }
}

fn fmt(context: &Context) -> Result<Vec<String>> {
    all(&mut [
        context.command("cargo").args(["fmt", "--all", "--check"]),
        context.command("cargo").args(["fmt", "--manifest-path", "xtask/Cargo.toml", "--check"]),
    ])
}

fn clippy(context: &Context) -> Result<Vec<String>> {
    const DENIED: [&str; 3] = ["--", "-D", "warnings"];
    all(&mut [
        context.command("cargo").args(["clippy", "--locked", "--workspace", "--all-targets"]).args(DENIED),
        context
            .command("cargo")
            .args(["clippy", "--locked", "--package", "app", "--package", "sip-ws", "--target", WASM, "--all-targets"])
            .args(DENIED),
        context.command("cargo").args(["clippy", "--locked", "--manifest-path", "xtask/Cargo.toml", "--all-targets"]).args(DENIED),
    ])
}

fn docs(context: &Context) -> Result<Vec<String>> {
    all(&mut [context.command("cargo").args(["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings")])
}

fn xtask(context: &Context) -> Result<Vec<String>> {
    all(&mut [context.command("cargo").args(["test", "--locked", "--manifest-path", "xtask/Cargo.toml"])])
}

fn native(context: &Context) -> Result<Vec<String>> {
    let mut test = context.command("cargo");
    // A test program in the shared cache may have been compiled in another checkout, and would look for its snapshots there.
    // What a failed test says is enough, and a backtrace would bury it.
    test.env("INSTA_WORKSPACE_ROOT", &context.root).env("RUST_BACKTRACE", "0");
    all(&mut [test.args(["test", "--locked", "--workspace", "--no-fail-fast"])])
}

fn tree(context: &Context) -> Result<Vec<String>> {
    for target in [None, Some(WASM)] {
        let mut command = context.command("cargo");
        command.args([
            "tree",
            "--locked",
            "--package",
            "sip-ws",
            "--all-features",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ]);
        if let Some(target) = target {
            command.args(["--target", target]);
        }
        let listed = run::output(&mut command).ok_or_else(|| Failure("cargo tree does not list the dependencies of sip-ws".to_owned()))?;
        if let Some(banned) = banned_in(&listed) {
            return Err(Failure(format!("sip-ws depends on `{}`, which it must not ({})", banned, target.unwrap_or("native"))));
        }
        println!("{}: {} crates, none banned", target.unwrap_or("native"), listed.lines().filter(|line| !line.ends_with("(*)")).count());
    }
    Ok(Vec::new())
}

fn banned_in(tree: &str) -> Option<&str> {
    tree.lines().filter_map(|line| line.split_whitespace().next()).find(|name| BANNED.contains(name))
}

fn sip_wasm(context: &Context) -> Result<Vec<String>> {
    all(&mut [wasm_tests(context, "sip-ws")])
}

fn browser(context: &Context) -> Result<Vec<String>> {
    let driver = context.find("chromedriver").ok_or_else(|| Failure("chromedriver is missing; run `cargo xtask setup`".to_owned()))?;
    all(&mut [wasm_tests(context, "app")
        .env("CHROMEDRIVER", driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", context.root.join("app").join("webdriver.json"))])
}

fn wasm_tests(context: &Context, package: &str) -> Command {
    let mut command = context.command("cargo");
    command
        .args(["test", "--locked", "--package", package, "--target", WASM])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    command
}

fn build(context: &Context) -> Result<Vec<String>> {
    build_product(context)?;
    Ok(Vec::new())
}

fn size(context: &Context) -> Result<Vec<String>> {
    let weights = app::weights(context)?;
    let checks = [
        ("first screen", weights.first_screen, FIRST_SCREEN),
        ("the desk behind it", weights.desk, DESK),
        ("the office behind it", weights.office, OFFICE),
        ("a screen's wallboard", weights.wall, WALL),
    ];
    let mut closing = Vec::new();
    let mut over = Vec::new();
    for (what, files, budget) in checks {
        if files.is_empty() {
            return Err(Failure(format!("{}: there is no file to weigh", what)));
        }
        for (name, size) in &files {
            println!("{:>9}  {}", size, name);
        }
        let total: u64 = files.iter().map(|(_, size)| size).sum();
        let line = format!("{} {} bytes of brotli, at most {}", what, total, budget);
        println!("{:>9}  {}\n", total, line);
        if total > budget {
            over.push(line.clone());
        }
        closing.push(line);
    }
    if over.is_empty() {
        Ok(closing)
    } else {
        Err(Failure(format!("too heavy: {}", over.join("; "))))
    }
}

fn end_to_end(context: &Context) -> Result<Vec<String>> {
    all(&mut [e2e(context, "test")])
}

/// Runs each command, also after a failure, and fails if one did.
fn all(commands: &mut [impl std::borrow::BorrowMut<Command>]) -> Result<Vec<String>> {
    let mut closing = Vec::new();
    let mut failed = Vec::new();
    for command in commands {
        let command = command.borrow_mut();
        let shown: Vec<String> =
            command.get_args().take_while(|argument| *argument != "--").map(|argument| argument.to_string_lossy().into_owned()).collect();
        let (passed, lines) = run::pass_on(command)?;
        closing.extend(lines);
        if !passed {
            failed.push(format!("`{}`", shown.join(" ")));
        }
    }
    if failed.is_empty() {
        Ok(closing)
    } else {
        Err(Failure(format!("{} found something; the lines above say what", failed.join(" and "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_crate_is_found_by_its_exact_name() {
        assert_eq!(banned_in("sip-ws v0.1.0 (/x)\nsha2 v0.11.0\ngetrandom v0.3.1\n"), Some("getrandom"));
        assert_eq!(banned_in("sip-ws v0.1.0\napp-like v1.0.0\nrandomize v1.0.0\n"), None);
    }
}
