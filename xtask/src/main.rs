//! The project's own commands: `cargo xtask setup | demo | test | bench | screenshots`. Parses and dispatches; no step lives here.

mod app;
mod apt;
mod bench;
mod context;
mod demo;
mod npm;
mod ports;
mod run;
mod screenshots;
mod test;
mod toolchain;
mod tools;

use std::process::ExitCode;

use context::Context;
use run::{Failure, Result};

const HELP: &str = "\
Usage: cargo xtask <command>      (from the root of the repository)

  setup [--for demo|test]         install what is missing; without --for, everything
  demo [--port N] [--no-open]     set up, build and run the product with sample people on http://127.0.0.1:N (8080; 0 picks a free port)
  test [--only STAGE[,STAGE..]]   set up and run everything CI runs; `test --list` names the stages
  bench [--only NAME[,NAME..]]    comparisons with other crates and pages, never part of the tests; `bench --list` names them
  screenshots [--out DIR]         pictures of every screen, three sizes, light and dark (default e2e/output/screenshots)

Environment: PORTICO_CACHE (~/.cache/portico) keeps tools and build products, CARGO_TARGET_DIR overrides its target folder,
PORTICO_TOOLCHAIN names the rustup toolchain to use.";

/// What one invocation asks for.
enum Task {
    Help,
    Setup { demo: bool, test: bool },
    Demo(demo::Options),
    OpenWhenReady { url: String },
    Test { only: Option<Vec<String>>, list: bool },
    Bench { only: Option<Vec<String>>, list: bool },
    Screenshots { out: Option<String> },
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let task = match parse(&arguments) {
        Ok(task) => task,
        Err(Failure(sentence)) => {
            eprintln!("xtask: {}", sentence);
            return ExitCode::from(2);
        }
    };
    match perform(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(sentence)) => {
            eprintln!("xtask: {}", sentence);
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<()> {
    match task {
        Task::Help => {
            println!("{}", HELP);
            Ok(())
        }
        Task::Setup { demo, test } => {
            let mut context = Context::discover()?;
            if demo {
                setup_demo(&mut context)?;
            }
            if test {
                setup_test(&mut context)?;
            }
            println!("setup: everything is in place");
            Ok(())
        }
        Task::Demo(options) => {
            let mut context = Context::discover()?;
            // A taken port is said before a build of minutes, not after it.
            let port = ports::usable(options.port)?;
            setup_demo(&mut context)?;
            demo::run(&context, port, options.open)
        }
        Task::OpenWhenReady { url } => demo::open_when_ready(&url),
        Task::Test { list: true, .. } => {
            test::list();
            Ok(())
        }
        Task::Test { only, list: false } => test::run(&mut Context::discover()?, only.as_deref()),
        Task::Bench { list: true, .. } => {
            bench::list();
            Ok(())
        }
        Task::Bench { only, list: false } => {
            let mut context = Context::discover()?;
            bench::check_names(only.as_deref())?;
            setup_test(&mut context)?;
            bench::run(&context, only.as_deref())
        }
        Task::Screenshots { out } => {
            let mut context = Context::discover()?;
            setup_test(&mut context)?;
            screenshots::run(&context, out.as_deref())
        }
    }
}

/// What building and running the product needs: one Rust toolchain with WASM, Trunk, wasm-bindgen, wasm-opt.
pub(crate) fn setup_demo(context: &mut Context) -> Result<()> {
    apt::ensure(context, apt::BUILD)?;
    toolchain::ensure(context)?;
    tools::ensure(context)?;
    npm::ensure_node(context)?;
    npm::ensure_wasm_opt(context)
}

/// On top of that: lints, both browsers with their drivers, real SIP and TURN peers, and the e2e packages.
pub(crate) fn setup_test(context: &mut Context) -> Result<()> {
    setup_demo(context)?;
    toolchain::ensure_lints(context)?;
    apt::ensure(context, apt::TEST)?;
    npm::ensure_packages(context, "e2e")
}

fn parse(arguments: &[String]) -> Result<Task> {
    let mut rest = arguments.iter().map(String::as_str);
    let command = match rest.next() {
        None => return Ok(Task::Help),
        Some(command) => command,
    };
    let mut task = match command {
        "help" | "--help" | "-h" => Task::Help,
        "setup" => Task::Setup { demo: true, test: true },
        "demo" => Task::Demo(demo::Options { port: None, open: true }),
        "open-when-ready" => Task::OpenWhenReady { url: rest.next().unwrap_or_default().to_owned() },
        "test" => Task::Test { only: None, list: false },
        "bench" => Task::Bench { only: None, list: false },
        "screenshots" => Task::Screenshots { out: None },
        other => return Err(Failure(format!("there is no command `{}`; `cargo xtask --help` lists them", other))),
    };
    while let Some(flag) = rest.next() {
        let mut value = |what: &str| rest.next().map(str::to_owned).ok_or_else(|| Failure(format!("`{}` needs {}", flag, what)));
        match (&mut task, flag) {
            (_, "--help") | (_, "-h") => return Ok(Task::Help),
            (Task::Setup { demo, test }, "--for") => match value("`demo` or `test`")?.as_str() {
                "demo" => *test = false,
                "test" => *demo = false,
                other => return Err(Failure(format!("`--for {}` is neither `demo` nor `test`", other))),
            },
            (Task::Demo(options), "--port") => options.port = Some(ports::parse(&value("a port number")?)?),
            (Task::Demo(options), "--no-open") => options.open = false,
            (Task::Test { only, .. }, "--only") | (Task::Bench { only, .. }, "--only") => {
                *only = Some(value("a name")?.split(',').map(str::to_owned).collect());
            }
            (Task::Test { list, .. }, "--list") | (Task::Bench { list, .. }, "--list") => *list = true,
            (Task::Screenshots { out }, "--out") => *out = Some(value("a folder")?),
            (_, other) => return Err(Failure(format!("`{}` does not know `{}`; see `cargo xtask --help`", command, other))),
        }
    }
    Ok(task)
}
