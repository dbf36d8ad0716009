//! Root component: contexts and routes.

use leptos::prelude::*;

/// The whole page. `Stores`, `Dispatch` and `Media` are in context when it runs.
#[component]
pub fn App() -> impl IntoView {}
