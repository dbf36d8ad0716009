//! Running other programs: one line per step, a sign of life while it is long, and one sentence when it fails.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::context::Context;

/// Why xtask stops: one sentence for the person at the terminal.
#[derive(Debug)]
pub struct Failure(pub String);

/// Everything here either works or ends in a sentence.
pub type Result<T> = std::result::Result<T, Failure>;

const LIFE_SIGN: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(100);
/// What is repeated of a panic: where it was and what it said.
const PANIC_LINES: usize = 5;

/// What a program prints on its standard output, trimmed; `None` when it cannot be started or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    if output.status.success() {
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        None
    }
}

/// Whether a program can be started and ends well; it prints nothing here.
pub fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().map_or(false, |status| status.success())
}

/// One step of set-up or build. Its output goes to a log; the terminal gets a line, signs of life, and the tail on failure.
pub fn step(context: &Context, title: &str, command: &mut Command) -> Result<()> {
    println!("• {}", title);
    let log = log_file(context, title)?;
    let started = Instant::now();
    let outcome = watch(command, &log, started);
    match outcome {
        Ok(true) => {
            let took = started.elapsed();
            if took > Duration::from_secs(3) {
                println!("  done in {}", spell(took));
            }
            Ok(())
        }
        Ok(false) => {
            let text = tail(&log, 30);
            eprintln!("{}", text);
            Err(Failure(format!("{} failed{}; the whole log is {}", lower_first(title), reason(&text), log.display())))
        }
        Err(error) => Err(Failure(format!("{} failed: `{}` could not be started ({})", lower_first(title), program(command), error))),
    }
}

/// A stage of the tests: everything it prints is passed on as it comes, and the closing lines of its runners are kept, with what each
/// test that failed says first.
pub fn pass_on(command: &mut Command) -> Result<(bool, Vec<String>)> {
    let name = program(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Failure(format!("`{}` could not be started ({})", name, error)))?;
    let mut closing = Vec::new();
    // Lines of a panic that are still to come.
    let mut panic = 0;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).map_or(false, |read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            println!("{}", text);
            if text.starts_with("thread '") && text.contains("' panicked at ") {
                panic = PANIC_LINES;
            }
            if panic > 0 || is_closing_line(&text) {
                closing.push(text.trim().to_owned());
            }
            panic = if text.is_empty() { 0 } else { panic.saturating_sub(1) };
            line.clear();
        }
    }
    let status = child.wait().map_err(|error| Failure(format!("`{}` was lost ({})", name, error)))?;
    Ok((status.success(), closing))
}

/// The last lines of libtest, wasm-bindgen-test (`test result: …`) and node's runner (`# pass 12`, `ℹ pass 12`).
fn is_closing_line(line: &str) -> bool {
    let text = line.trim();
    if text.starts_with("test result:") {
        // A binary without tests says nothing worth repeating.
        return !text.contains(" 0 passed; 0 failed");
    }
    ["# ", "ℹ "].iter().any(|mark| {
        text.strip_prefix(mark)
            .map_or(false, |rest| ["tests ", "pass ", "fail ", "cancelled ", "skipped "].iter().any(|word| rest.starts_with(word)))
    })
}

/// "3 min 20 s", "12 s".
pub fn spell(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 60 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else {
        format!("{} s", seconds)
    }
}

/// Writes a file and says which one when that fails.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| Failure(format!("{} cannot be created: {}", folder.display(), error)))?;
    }
    fs::write(path, content).map_err(|error| Failure(format!("{} cannot be written: {}", path.display(), error)))
}

/// Reads a text file and says which one when that fails.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| Failure(format!("{} cannot be read: {}", path.display(), error)))
}

fn watch(command: &mut Command, log: &Path, started: Instant) -> std::io::Result<bool> {
    let file = File::create(log)?;
    let mut child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn()?;
    let mut said = started;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if said.elapsed() >= LIFE_SIGN {
            said = Instant::now();
            let last = tail(log, 1);
            println!("  … {}  {}", spell(started.elapsed()), last.trim().chars().take(90).collect::<String>());
            std::io::stdout().flush()?;
        }
        thread::sleep(LOOK);
    }
}

fn log_file(context: &Context, title: &str) -> Result<PathBuf> {
    let folder = context.cache.join("logs");
    fs::create_dir_all(&folder).map_err(|error| Failure(format!("{} cannot be created: {}", folder.display(), error)))?;
    let name: String =
        title.chars().take(40).map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' }).collect();
    Ok(folder.join(format!("{}.log", name.trim_matches('-'))))
}

/// The last `lines` lines that are not empty.
fn tail(path: &Path, lines: usize) -> String {
    const ENOUGH: u64 = 16 * 1024;
    let mut text = Vec::new();
    if let Ok(mut file) = File::open(path) {
        let length = file.metadata().map_or(0, |data| data.len());
        // A log that cannot be read only costs the hint in the message.
        let _ = file.seek(SeekFrom::Start(length.saturating_sub(ENOUGH)));
        let _ = file.read_to_end(&mut text);
    }
    let text = String::from_utf8_lossy(&text);
    let kept: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    kept[kept.len().saturating_sub(lines)..].join("\n")
}

/// What the log of a failed program says about the cause, as the middle of a sentence.
fn reason(log: &str) -> &'static str {
    const NETWORK: [&str; 14] = [
        "Could not resolve",
        "Temporary failure resolving",
        "Could not connect",
        "Failed to fetch",
        "failed to fetch",
        "Network is unreachable",
        "network failure",
        "ENOTFOUND",
        "EAI_AGAIN",
        "ECONNREFUSED",
        "ETIMEDOUT",
        "could not download file",
        "failed to download",
        "Connection timed out",
    ];
    if NETWORK.iter().any(|sign| log.contains(sign)) {
        " because something could not be downloaded (is there a network, or a proxy to set?)"
    } else if log.contains("No space left on device") {
        " because the disk is full"
    } else if log.contains("Permission denied") || log.contains("are you root") {
        " because it is not permitted to this user"
    } else {
        ""
    }
}

fn program(command: &Command) -> String {
    Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_those_that_count_something() {
        assert!(is_closing_line("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured"));
        assert!(is_closing_line("ℹ pass 31"));
        assert!(is_closing_line("# fail 0"));
        assert!(!is_closing_line("test result: ok. 0 passed; 0 failed; 0 ignored"));
        assert!(!is_closing_line("# Subtest: a call"));
    }

    #[test]
    fn a_missing_network_is_named() {
        assert!(reason("error: failed to download from `https://…`").contains("network"));
        assert_eq!(reason("error[E0308]: mismatched types"), "");
    }

    #[test]
    fn times_read_like_speech() {
        assert_eq!(spell(Duration::from_secs(12)), "12 s");
        assert_eq!(spell(Duration::from_secs(200)), "3 min 20 s");
    }
}
