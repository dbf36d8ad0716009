//! Entry point of the wallboard of a screen at which nobody signs in.

use app::pages::Screen;
use leptos::prelude::*;

fn main() {
    app::runner::wall::start(|| view! { <Screen/> });
}
