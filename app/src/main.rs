//! Entry point: mounts the desk in the page.

fn main() {
    app::runner::start();
}
