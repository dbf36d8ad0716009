//! The running product with sample people: builds app and switchboard, then becomes the switchboard.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::app;
use crate::context::Context;
use crate::run::{self, Failure, Result};

/// How the demo was asked for.
pub struct Options {
    /// `--port`; `None` is 8080.
    pub port: Option<u16>,
    /// Open a browser where there is a display.
    pub open: bool,
}

/// Builds and serves until Ctrl-C or SIGTERM. The switchboard prints `ready http://…` once the page can be used.
pub fn run(context: &Context, port: u16, open: bool) -> Result<()> {
    run::step(context, "Switchboard", context.command("cargo").args(["build", "--locked", "--package", "switchboard"]))?;
    app::build(context)?;
    println!("• Sign in as agent1, agent2, supervisor, concierge or admin; the password is portico");
    println!("  Two people in two browser windows (one of them private) can call each other. Ctrl-C stops.");
    println!("  The pages of the stations ring their doors; north rings agent1, agent2 and concierge, south concierge and supervisor.");
    if open && display() {
        open_later(port);
    }
    let mut command = context.command(&context.switchboard().to_string_lossy());
    command.args(["demo", "--port", &port.to_string(), "--app"]).arg(context.dist());
    command.arg("--data").arg(context.root.join(".portico").join("demo"));
    become_program(command)
}

/// On Unix this process is replaced: signals reach the switchboard itself, and its exit code is the demo's.
#[cfg(unix)]
fn become_program(mut command: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(Failure(format!("the switchboard could not be started ({})", error)))
}

/// Elsewhere Ctrl-C goes to every process of the terminal; the switchboard stops by itself and is waited for.
#[cfg(not(unix))]
fn become_program(mut command: Command) -> Result<()> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure(format!("the switchboard ended with {}", status))),
        Err(error) => Err(Failure(format!("the switchboard could not be started ({})", error))),
    }
}

fn display() -> bool {
    cfg!(any(target_os = "macos", windows))
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).map_or(false, |value| !value.is_empty()))
}

/// A second xtask waits for the page, since this process is about to be the switchboard.
fn open_later(port: u16) {
    if let Ok(itself) = std::env::current_exe() {
        let waiting = Command::new(itself)
            .args(["open-when-ready", &format!("http://127.0.0.1:{}/", port)])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        if waiting.is_err() {
            println!("  (no browser could be opened; open the address yourself)");
        }
    }
}

/// Waits until the switchboard says it is healthy, then hands the address to the desktop.
pub fn open_when_ready(url: &str) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(60);
    let port: u16 = url
        .trim_start_matches("http://127.0.0.1:")
        .trim_end_matches('/')
        .parse()
        .map_err(|_| Failure(format!("`{}` is no address of the demo", url)))?;
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if healthy(port) {
            let opened = match std::env::consts::OS {
                "macos" => run::succeeds(Command::new("open").arg(url)),
                "windows" => run::succeeds(Command::new("cmd").args(["/C", "start", "", url])),
                _ => run::succeeds(Command::new("xdg-open").arg(url)),
            };
            return if opened { Ok(()) } else { Err(Failure("no browser could be opened".to_owned())) };
        }
        thread::sleep(Duration::from_millis(200));
    }
    Err(Failure("the demo did not come up".to_owned()))
}

fn healthy(port: u16) -> bool {
    let limit = Duration::from_secs(1);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut answer = [0; 12];
    TcpStream::connect_timeout(&address, limit)
        .and_then(|mut stream| {
            stream.set_read_timeout(Some(limit))?;
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
            stream.read_exact(&mut answer)
        })
        .map_or(false, |()| &answer == b"HTTP/1.1 200")
}
