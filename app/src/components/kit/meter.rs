//! A level as a moving bar.

use leptos::prelude::*;

use super::boxed::{memo, say};

/// A level between 0 and 1. Read as a percentage in steps of ten, so that assistive technology is not flooded.
#[component]
pub fn Meter(
    /// Accessible name.
    #[prop(into)]
    label: TextProp,
    /// The level.
    #[prop(into)]
    level: Signal<f64>,
) -> impl IntoView {
    let percent = move || (level.get().clamp(0.0, 1.0) * 100.0).round();
    let coarse = memo(move || (percent() / 10.0).round() * 10.0);
    view! {
        <div
            class="meter"
            role="meter"
            aria-label=say(move || label.get())
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=say(move || coarse.get().to_string())
        >
            <div class="meter-fill" style:transform=move || format!("scaleX({})", percent() / 100.0)></div>
        </div>
    }
}
