//! What became of the calls of a queue, one bar per quarter of an hour.

use leptos::prelude::*;

use crate::components::kit::{memo, say};
use crate::desk::view::floor::Bar;
use crate::i18n::{I18n, Key};

/// Units of the drawing: a bar with its gap, and the height of the highest one.
const STEP: u32 = 10;
const HEIGHT: u32 = 48;

/// Three paths: in time at the bottom, later ones above, lost ones on top.
fn paths(bars: &[Bar]) -> [String; 3] {
    let highest = bars.iter().map(|bar| bar.in_time + bar.late + bar.lost).max().unwrap_or(0).max(4);
    let mut paths = [const { String::new() }; 3];
    for (index, bar) in (0..).zip(bars) {
        let mut below = 0;
        for (path, count) in paths.iter_mut().zip([bar.in_time, bar.late, bar.lost]) {
            let at = |count: u32| HEIGHT - count * HEIGHT / highest;
            let (bottom, top) = (at(below), at(below + count));
            if count > 0 {
                path.push_str(&format!("M{} {bottom}V{top}h{}V{bottom}z", index * STEP + 1, STEP - 2));
            }
            below += count;
        }
    }
    paths
}

/// The chart.
#[component]
pub(super) fn Chart(
    /// The oldest first.
    #[prop(into)]
    bars: Signal<Vec<Bar>>,
) -> impl IntoView {
    let t = I18n::use_context();
    let words = move || {
        let sum = |read: fn(&Bar) -> u32| bars.with(|bars| bars.iter().map(read).sum::<u32>()).to_string();
        let values = [("in_time", sum(|bar| bar.in_time)), ("late", sum(|bar| bar.late)), ("lost", sum(|bar| bar.lost))];
        t.with(Key::FloorChart, &values.each_ref().map(|(mark, value)| (*mark, value.as_str())))
    };
    let drawn = memo(move || bars.with(|bars| paths(bars)));
    let path = move |index: usize| say(move || drawn.with(|paths| paths[index].clone()));
    let size = say(move || format!("0 0 {} {}", bars.with(Vec::len).max(1) * STEP as usize, HEIGHT + 1));
    view! {
        <svg class="chart" viewBox=size role="img" aria-label=say(words) preserveAspectRatio="none">
            <path class="chart-good" d=path(0)></path>
            <path class="chart-warn" d=path(1)></path>
            <path class="chart-bad" d=path(2)></path>
            <path class="chart-line" d=format!("M0 {HEIGHT}.5H{}", 100 * STEP)></path>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_each_other_and_nothing_is_drawn_for_nothing() {
        assert_eq!(paths(&[Bar::default(), Bar::default()]), ["", "", ""]);
        let bars = [Bar { in_time: 2, late: 1, lost: 1 }, Bar { in_time: 0, late: 0, lost: 4 }];
        assert_eq!(paths(&bars), ["M1 48V24h8V48z", "M1 24V12h8V24z", "M1 12V0h8V12zM11 48V0h8V48z"]);
    }
}
