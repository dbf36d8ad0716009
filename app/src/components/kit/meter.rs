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
    let percent = move || (level.get().clamp(0.0, 1.0) * 100.0).round() as u64;
    let coarse = memo(move || (percent() + 5) / 10 * 10);
    view! {
        <div
            class="meter"
            role="meter"
            aria-label=say(move || label.get())
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=say(move || coarse.get().to_string())
        >
            <div class="meter-fill" style:transform=move || scale_x(percent() * 10)></div>
        </div>
    }
}

/// A horizontal scale in thousandths, at most the whole. In whole numbers: what prints fractions weighs seven thousand bytes of a download.
pub fn scale_x(thousandths: u64) -> String {
    let thousandths = thousandths.min(1000);
    format!("scaleX({}.{:03})", thousandths / 1000, thousandths % 1000)
}

#[cfg(test)]
mod tests {
    use super::scale_x;

    #[test]
    fn scales_are_shares_of_the_whole() {
        assert_eq!(
            [0, 7, 350, 1000, 4000].map(scale_x),
            ["scaleX(0.000)", "scaleX(0.007)", "scaleX(0.350)", "scaleX(1.000)", "scaleX(1.000)"]
        );
    }
}
