//! What a person sees on a machine that lacks something: one clear sentence, and an exit code that is not 0.
//! The machine is a folder of small scripts that is the whole search path.
#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A machine with nothing but what a test puts on it.
struct Machine {
    folder: PathBuf,
}

impl Machine {
    fn new() -> Machine {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("xtask-machine-{}-{}", std::process::id(), number));
        fs::create_dir_all(folder.join("bin")).unwrap();
        let machine = Machine { folder };
        // The shell that the scripts themselves need, and a C compiler that is never called.
        machine.link("sh", "/bin/sh");
        machine.program("cc", "exit 0");
        machine
    }

    fn bin(&self) -> PathBuf {
        self.folder.join("bin")
    }

    fn link(&self, name: &str, target: &str) {
        std::os::unix::fs::symlink(target, self.bin().join(name)).unwrap();
    }

    fn program(&self, name: &str, script: &str) -> &Machine {
        let path = self.bin().join(name);
        fs::write(&path, format!("#!/bin/sh\n{}\n", script)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// A rustc of this version; it compiles for WASM only if `wasm` says so.
    fn rustc(&self, version: &str, wasm: bool) -> &Machine {
        let compile = if wasm { "exit 0" } else { "exit 1" };
        self.program(
            "rustc",
            &format!(
                "case \"$1\" in --version) echo 'rustc {} (abc 2026-01-01)';; --print) echo /nowhere;; *) {};; esac",
                version, compile
            ),
        )
    }

    fn ordinary_user(&self) -> &Machine {
        self.program("id", "echo 1000").program("sudo", "exit 1")
    }

    fn root(&self) -> &Machine {
        self.program("id", "echo 0")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(arguments)
            .env("PATH", self.bin())
            .env("PORTICO_CACHE", self.folder.join("cache"))
            .env("CARGO_MANIFEST_DIR", Path::new(env!("CARGO_MANIFEST_DIR")))
            .env_remove("PORTICO_TOOLCHAIN")
            .output()
            .unwrap()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The last line on standard error is the sentence, and it holds all of `parts`.
#[track_caller]
fn refused(output: &Output, code: i32, parts: &[&str]) {
    let errors = String::from_utf8_lossy(&output.stderr);
    let sentence = errors.lines().last().unwrap_or_default();
    assert!(sentence.starts_with("xtask: "), "{}", errors);
    for part in parts {
        assert!(sentence.contains(part), "`{}` is not in: {}", part, sentence);
    }
    assert_eq!(output.status.code(), Some(code), "{}", errors);
}

#[test]
fn an_unknown_command_and_an_unknown_flag() {
    let machine = Machine::new();
    refused(&machine.run(&["frobnicate"]), 2, &["no command `frobnicate`", "--help"]);
    refused(&machine.run(&["demo", "--fast"]), 2, &["`demo` does not know `--fast`"]);
    refused(&machine.run(&["demo", "--port", "http"]), 2, &["`http` is no port"]);
    refused(&machine.run(&["setup", "--for", "lunch"]), 2, &["neither `demo` nor `test`"]);
}

#[test]
fn an_unknown_stage_is_refused_before_anything_is_installed() {
    refused(&Machine::new().run(&["test", "--only", "fmt,nonsense"]), 1, &["no stage `nonsense`", "--list"]);
}

#[test]
fn help_succeeds_and_names_every_command() {
    let output = Machine::new().run(&["--help"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for command in ["setup", "demo", "test", "bench", "screenshots"] {
        assert!(text.contains(command), "{}", text);
    }
    assert!(output.status.success());
}

#[test]
fn a_port_in_use_is_said_before_anything_is_built() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Machine::new().run(&["demo", "--port", &port]);
    refused(&output, 1, &["not free", &port, "--port"]);
    assert!(output.stdout.is_empty());
}

#[test]
fn an_old_rust_of_rustup() {
    let machine = Machine::new();
    machine.rustc("1.80.0", true).program("rustup", "exit 0");
    refused(&machine.run(&["setup"]), 1, &["Rust 1.80 is too old", "1.94", "rustup update stable"]);
}

#[test]
fn an_old_rust_without_rustup_and_without_apt() {
    let machine = Machine::new();
    machine.rustc("1.63.0", true);
    refused(&machine.run(&["setup"]), 1, &["Rust 1.63 is too old", "rustup.rs"]);
}

#[test]
fn no_rust_at_all() {
    refused(&Machine::new().run(&["setup"]), 1, &["rustup.rs"]);
}

#[test]
fn packages_are_missing_and_the_user_is_not_root() {
    let machine = Machine::new();
    machine.rustc("1.63.0", true).ordinary_user().program("apt-get", "exit 100").program("dpkg-query", "exit 1");
    refused(&machine.run(&["setup"]), 1, &["needs root", "sudo apt-get install rustc-web cargo-web"]);
}

#[test]
fn no_network_for_apt() {
    let machine = Machine::new();
    machine.rustc("1.63.0", true).root().program("dpkg-query", "exit 1");
    machine.program(
        "apt-get",
        "echo \"Err:1 http://deb.debian.org bookworm InRelease Temporary failure resolving 'deb.debian.org'\"; exit 100",
    );
    refused(&machine.run(&["setup"]), 1, &["package lists", "could not be downloaded", "network"]);
}

#[test]
fn the_target_cannot_be_fetched_and_there_is_no_apt() {
    let machine = Machine::new();
    machine.rustc("1.96.0", false);
    machine.program(
        "rustup",
        "case \"$1\" in target) echo 'error: could not download file from https://static.rust-lang.org' >&2; exit 1;; esac",
    );
    refused(&machine.run(&["setup"]), 1, &["wasm32-unknown-unknown", "could not be downloaded"]);
}

#[test]
fn the_registry_cannot_be_reached() {
    let machine = Machine::new();
    machine.rustc("1.96.0", true);
    machine.program("cargo", "echo 'error: failed to download from https://registry.invalid: Could not resolve host' >&2; exit 101");
    refused(&machine.run(&["setup"]), 1, &["wasm-bindgen", "could not be downloaded"]);
}

#[test]
fn the_toolchain_in_place_is_used_without_installing_anything() {
    let machine = Machine::new();
    machine.rustc("1.96.0", true);
    for forbidden in ["apt-get", "rustup"] {
        machine.program(forbidden, "echo called >> \"$PORTICO_CACHE/called\"; exit 1");
    }
    machine.program("cargo", "exit 1");
    // It gets past the toolchain and stops at the first tool, which `cargo` refuses to install.
    refused(&machine.run(&["setup"]), 1, &["wasm-bindgen"]);
    assert!(!machine.folder.join("cache").join("called").exists());
}
