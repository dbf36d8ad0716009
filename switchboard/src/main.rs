//! Wiring only: the command line is in the library, so that tests can use everything that runs.

fn main() -> std::process::ExitCode {
    switchboard::cli::run()
}
