//! Entry point of the sign-in page, which is loaded before the desk.

use app::pages::SignIn;
use leptos::prelude::*;

fn main() {
    app::runner::gate::start(|| view! { <SignIn/> });
}
