//! Trunk and wasm-bindgen, built once from source into the cache. Nothing is downloaded as a binary.

use std::path::Path;

use crate::context::Context;
use crate::run::{self, Failure, Result};

const TRUNK: &str = "0.21.14";

/// Installs each unless the right version answers.
pub fn ensure(context: &Context) -> Result<()> {
    let bindgen = locked_version(&run::read(&context.root.join("Cargo.lock"))?, "wasm-bindgen")
        .ok_or_else(|| Failure("Cargo.lock names no wasm-bindgen".to_owned()))?;
    if reported(context, "wasm-bindgen").as_deref() != Some(bindgen.as_str()) {
        // Not --locked: its lock file names a crate version that has been withdrawn.
        install(
            context,
            &format!("wasm-bindgen {} (from source, about 4 minutes)", bindgen),
            &["wasm-bindgen-cli", "--version", &bindgen],
            &[("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")],
        )?;
    }
    if reported(context, "trunk").as_deref() != Some(TRUNK) {
        // It moves files about; optimising it costs more minutes than it ever saves.
        install(
            context,
            &format!("trunk {} (from source, about 5 minutes)", TRUNK),
            &["trunk", "--version", TRUNK, "--locked", "--no-default-features", "--features", "rustls"],
            &[
                ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
                ("CARGO_PROFILE_RELEASE_LTO", "off"),
                ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
            ],
        )?;
    }
    Ok(())
}

fn install(context: &Context, title: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    let target = context.cache.join("build-tools");
    let mut command = context.command("cargo");
    command.arg("install").args(arguments).arg("--force").arg("--root").arg(context.cache.join("tools"));
    command.env("CARGO_TARGET_DIR", &target).envs(environment.iter().copied());
    run::step(context, title, &mut command)?;
    // Only the programs are needed from here on; the objects are hundreds of megabytes.
    let _ = std::fs::remove_dir_all(&target);
    Ok(())
}

/// The version of a program in our own tools folder; one elsewhere on the path is not asked.
fn reported(context: &Context, program: &str) -> Option<String> {
    let path = context.cache.join("tools").join("bin").join(format!("{}{}", program, std::env::consts::EXE_SUFFIX));
    answer(context, &path)?.split_whitespace().nth(1).map(str::to_owned)
}

fn answer(context: &Context, path: &Path) -> Option<String> {
    run::output(context.command(&path.to_string_lossy()).env_remove("NO_COLOR").arg("--version"))
}

/// The version of a package in a Cargo.lock.
fn locked_version(lock: &str, name: &str) -> Option<String> {
    let mut lines = lock.lines();
    let wanted = format!("name = \"{}\"", name);
    lines.find(|line| *line == wanted)?;
    Some(lines.next()?.strip_prefix("version = \"")?.trim_end_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_exact_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "bindgen"), None);
    }
}
