//! Plays a recording again, as somebody sent it in: `cargo run -p sip-ws --example replay -- portico-recording.txt`. Says at which line
//! the agent of today says something else.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

use sip_ws::record::replay;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("which file? replay portico-recording.txt");
        return ExitCode::FAILURE;
    };
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(e) => {
            eprintln!("{}: {e}", file.display());
            return ExitCode::FAILURE;
        }
    };
    match replay(&text) {
        Ok(replayed) => {
            println!("the same: {} inputs, {} outputs", replayed.inputs, replayed.outputs);
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}
