//! One Rust toolchain for native code and WASM: the one in use if it will do, else rustup's target, else Debian's packages.

use std::fs;
use std::path::{Path, PathBuf};

use crate::apt;
use crate::context::Context;
use crate::run::{self, Failure, Result};

/// The `rust-version` of the workspace.
const MINIMUM: (u32, u32) = (1, 94);
const WASM: &str = "wasm32-unknown-unknown";
/// The name rustup knows Debian's compiler by.
const DEBIAN: &str = "debian";

/// Chooses a toolchain that can build for WASM and installs what it lacks. All later children use it.
pub fn ensure(context: &mut Context) -> Result<()> {
    let rustup = context.find("rustup").is_some();
    if let Some(name) = std::env::var("PORTICO_TOOLCHAIN").ok().filter(|name| !name.is_empty()) {
        context.toolchain = Some(name);
    } else if builds_wasm(context) {
        return Ok(());
    } else if rustup && debian_is_linked(context) {
        context.toolchain = Some(DEBIAN.to_owned());
    }
    if builds_wasm(context) {
        return Ok(());
    }
    let version = version(context);
    let new_enough = version.map_or(false, |version| version >= MINIMUM);
    if rustup && new_enough && context.toolchain.as_deref() != Some(DEBIAN) {
        // The ordinary way. Where the release server cannot be reached, Debian's packages are next.
        let added = run::step(context, &format!("Rust target {} (rustup)", WASM), context.command("rustup").args(["target", "add", WASM]));
        match added {
            Ok(()) if builds_wasm(context) => return Ok(()),
            Ok(()) => {}
            Err(Failure(sentence)) if !apt::available(context) => return Err(Failure(sentence)),
            Err(_) => println!("  not to be had; trying Debian's packages"),
        }
    } else if rustup && !new_enough {
        return Err(too_old(version, "run `rustup update stable` and then this again"));
    }
    if !apt::available(context) {
        return Err(match version {
            Some(found) if found < MINIMUM => too_old(version, "install a current Rust from rustup.rs"),
            _ => Failure(format!("Rust has no {} target here; install Rust from rustup.rs, which has it", WASM)),
        });
    }
    from_debian(context, rustup)
}

/// Formatter and lints of the chosen toolchain, which only the tests need.
pub fn ensure_lints(context: &Context) -> Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if run::succeeds(context.command("cargo").args([subcommand, "--version"])) {
            continue;
        }
        if context.find("rustup").is_none() {
            return Err(Failure(format!("`cargo {}` is missing; install the {} of this Rust and run this again", subcommand, component)));
        }
        run::step(
            context,
            &format!("Rust component {} (rustup)", component),
            context.command("rustup").args(["component", "add", component]),
        )?;
    }
    Ok(())
}

fn from_debian(context: &mut Context, rustup: bool) -> Result<()> {
    apt::ensure(context, apt::RUST)?;
    if rustup {
        if !debian_is_linked(context) {
            run::step(context, "Toolchain `debian` for rustup", context.command("rustup").args(["toolchain", "link", DEBIAN, "/usr"]))?;
        }
        context.toolchain = Some(DEBIAN.to_owned());
    } else {
        // An older Rust may stand earlier on the path.
        context.add_to_path(PathBuf::from("/usr/bin"));
    }
    match version(context) {
        Some(found) if found >= MINIMUM => {}
        found => return Err(too_old(found, "the packages of this machine have no newer one, so install Rust from rustup.rs")),
    }
    if !builds_wasm(context) {
        build_std(context)?;
    }
    if builds_wasm(context) {
        Ok(())
    } else {
        Err(Failure(format!(
            "the std built for {} does not fit this rustc; remove {} and run this again",
            WASM,
            std_folder(context)?.display()
        )))
    }
}

/// Debian ships no compiled std for WASM, only its source: it is compiled once and put into the sysroot, where every tool finds it.
fn build_std(context: &Context) -> Result<()> {
    let destination = std_folder(context)?;
    let by_sudo = apt::privilege(context).ok_or_else(|| {
        Failure(format!(
            "std for {} must be written to {}, which needs root; run `cargo xtask setup` once as root",
            WASM,
            destination.display()
        ))
    })?;
    let package = context.cache.join("std");
    let target = package.join("target");
    // An earlier, perhaps interrupted, build for another rustc would be copied along.
    let _ = fs::remove_dir_all(&package);
    run::write(&package.join("Cargo.toml"), "[package]\nname = \"stdcarrier\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n")?;
    run::write(&package.join("src").join("lib.rs"), "#![no_std]\n")?;
    run::step(
        context,
        &format!("std for {} from Debian's sources (about 1 minute)", WASM),
        context
            .command("cargo")
            .current_dir(&package)
            // Debian's compiler is a stable one; the flag admits -Zbuild-std. Without bitcode, link-time optimisation fails.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_DIR", &target)
            .args(["build", "--release", "--target", WASM, "-Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test"]),
    )?;
    let built = target.join(WASM).join("release").join("deps");
    let script = format!(
        "mkdir -p '{to}' && rm -rf '{to}'/* && rm -f '{from}'/*stdcarrier* && cp '{from}'/*.rlib '{from}'/*.rmeta '{to}'/",
        from = built.display(),
        to = destination.display()
    );
    run::step(context, "Putting it into the sysroot", &mut apt::elevated(context, by_sudo, &script))?;
    // What was compiled against another std cannot be linked with this one ("can't find crate").
    let _ = fs::remove_dir_all(context.target.join(WASM));
    let _ = fs::remove_dir_all(&package);
    Ok(())
}

fn std_folder(context: &Context) -> Result<PathBuf> {
    run::output(context.command("rustc").args(["--print", "sysroot"]))
        .map(|sysroot| Path::new(&sysroot).join("lib").join("rustlib").join(WASM).join("lib"))
        .ok_or_else(|| Failure("rustc does not say where its libraries are".to_owned()))
}

/// Compiles three lines for WASM: the only proof that std is there *and* belongs to this very rustc.
fn builds_wasm(context: &Context) -> bool {
    if version(context).map_or(true, |found| found < MINIMUM) {
        return false;
    }
    let folder = context.cache.join("probe");
    let source = folder.join("probe.rs");
    if run::write(&source, "pub fn probe() -> String {\n    format!(\"{:?}\", std::collections::BTreeMap::<u8, u8>::new())\n}\n").is_err() {
        return false;
    }
    run::succeeds(
        context
            .command("rustc")
            .current_dir(&folder)
            .args(["--target", WASM, "--crate-type", "rlib", "--edition", "2021", "--emit", "metadata", "--out-dir"])
            .arg(&folder)
            .arg(&source),
    )
}

fn debian_is_linked(context: &Context) -> bool {
    run::output(context.command("rustup").args(["toolchain", "list"]))
        .map_or(false, |list| list.lines().any(|line| line.split_whitespace().next() == Some(DEBIAN)))
}

/// Major and minor of the chosen rustc.
fn version(context: &Context) -> Option<(u32, u32)> {
    parse_version(&run::output(context.command("rustc").arg("--version"))?)
}

fn parse_version(line: &str) -> Option<(u32, u32)> {
    let mut parts = line.split_whitespace().nth(1)?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn too_old(found: Option<(u32, u32)>, advice: &str) -> Failure {
    match found {
        Some((major, minor)) => {
            Failure(format!("Rust {}.{} is too old, Portico needs {}.{}; {}", major, minor, MINIMUM.0, MINIMUM.1, advice))
        }
        None => Failure(format!("no working rustc was found, Portico needs Rust {}.{}; {}", MINIMUM.0, MINIMUM.1, advice)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_rustc_says() {
        assert_eq!(parse_version("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"), Some((1, 96)));
        assert_eq!(parse_version("rustc 1.97.0-nightly (abc 2026-06-01)"), Some((1, 97)));
        assert_eq!(parse_version("bash: rustc: command not found"), None);
    }

    #[test]
    fn the_minimum_is_that_of_the_workspace() {
        let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("rust-version = \"{}.{}\"", MINIMUM.0, MINIMUM.1)));
    }
}
