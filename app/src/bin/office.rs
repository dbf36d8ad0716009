//! Entry point of the office: reports and administration.

use app::office::Office;
use leptos::prelude::*;

fn main() {
    app::runner::office::start(|| view! { <Office/> });
}
