//! Where everything is: repository, cache, and the environment every child process gets.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Failure, Result};

/// Found once per invocation; the set-up steps add what they install.
pub struct Context {
    /// Root of the repository.
    pub root: PathBuf,
    /// `PORTICO_CACHE`: tools and build products that outlive a clone.
    pub cache: PathBuf,
    /// Cargo's target folder for all builds.
    pub target: PathBuf,
    /// The rustup toolchain of every child, once it is chosen; `None` without rustup.
    pub toolchain: Option<String>,
    path: Vec<PathBuf>,
}

impl Context {
    /// Looks at the environment; creates nothing.
    pub fn discover() -> Result<Context> {
        let root = repository()?;
        let cache = match env::var_os("PORTICO_CACHE") {
            Some(folder) if !folder.is_empty() => absolute(PathBuf::from(folder))?,
            _ => home()?.join(".cache").join("portico"),
        };
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) if !folder.is_empty() => absolute(PathBuf::from(folder))?,
            _ => cache.join("target"),
        };
        let path = vec![cache.join("tools").join("bin")];
        Ok(Context { root, cache, target, toolchain: None, path })
    }

    /// Puts a folder in front of the search path of all later children.
    pub fn add_to_path(&mut self, folder: PathBuf) {
        if !self.path.contains(&folder) {
            self.path.insert(0, folder);
        }
    }

    /// A command in the repository's root, with our tools first on its path and the chosen toolchain.
    pub fn command(&self, program: &str) -> Command {
        let mut search = self.path.clone();
        search.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        // Daemons such as kamailio and turnserver live where an ordinary user's path does not look.
        search.push(PathBuf::from("/usr/sbin"));
        let mut command = Command::new(find_in(&search, program).unwrap_or_else(|| PathBuf::from(program)));
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        if let Ok(joined) = env::join_paths(&search) {
            command.env("PATH", joined);
        }
        if let Some(toolchain) = &self.toolchain {
            command.env("RUSTUP_TOOLCHAIN", toolchain);
        }
        // `cargo run` describes xtask to us; a build must not take that for its own description.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text == "CARGO" || text == "CARGO_MANIFEST_DIR" || text == "CARGO_MANIFEST_PATH" || text.starts_with("CARGO_PKG_") {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Where a program of this name is, if anywhere.
    pub fn find(&self, program: &str) -> Option<PathBuf> {
        let mut search = self.path.clone();
        search.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        search.push(PathBuf::from("/usr/sbin"));
        find_in(&search, program)
    }

    /// The native switchboard after a dev build.
    pub fn switchboard(&self) -> PathBuf {
        self.target.join("debug").join(format!("switchboard{}", env::consts::EXE_SUFFIX))
    }

    /// The built app.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }
}

fn find_in(search: &[PathBuf], program: &str) -> Option<PathBuf> {
    // Windows starts npm only by its script's full name.
    let names: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ""] } else { &[""] };
    search
        .iter()
        .flat_map(|folder| names.iter().map(move |suffix| folder.join(format!("{}{}", program, suffix))))
        .find(|candidate| candidate.is_file())
}

/// Cargo says where xtask's manifest is at run time, so a binary cached for another clone works on this one.
fn repository() -> Result<PathBuf> {
    if let Some(manifest) = env::var_os("CARGO_MANIFEST_DIR") {
        if let Some(root) = Path::new(&manifest).parent() {
            return Ok(root.to_path_buf());
        }
    }
    let here = env::current_dir().map_err(|error| Failure(format!("the current folder cannot be read: {}", error)))?;
    here.ancestors()
        .find(|folder| folder.join("xtask").join("Cargo.toml").is_file())
        .map(Path::to_path_buf)
        .ok_or_else(|| Failure("this is not inside a clone of Portico; run it from the repository".to_owned()))
}

fn home() -> Result<PathBuf> {
    env::var_os("HOME")
        .or_else(|| env::var_os("USERPROFILE"))
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .ok_or_else(|| Failure("neither HOME nor PORTICO_CACHE is set, so there is no place for the tools; set PORTICO_CACHE".to_owned()))
}

fn absolute(path: PathBuf) -> Result<PathBuf> {
    if path.is_absolute() {
        return Ok(path);
    }
    let here = env::current_dir().map_err(|error| Failure(format!("the current folder cannot be read: {}", error)))?;
    Ok(here.join(path))
}
