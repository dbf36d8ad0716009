//! What became of the calls of a queue, one bar per quarter of an hour, and how the service level went beside its target.

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

/// The service level, a step per quarter of an hour with calls: it is a share of these calls and says nothing of the time between.
fn steps(bars: &[Bar]) -> String {
    let mut path = String::new();
    let mut goes_on = false;
    for (index, bar) in (0..).zip(bars) {
        let level = bar.percent();
        if let Some(level) = level {
            let (left, y) = (index * STEP + 1, height(level));
            path.push_str(&format!("{}{left} {y}h{}", if goes_on { 'L' } else { 'M' }, STEP - 2));
        }
        goes_on = level.is_some();
    }
    path
}

/// Where so many per cent are drawn: all of them leave room for the stroke.
fn height(percent: u32) -> u32 {
    HEIGHT - percent.min(100) * (HEIGHT - 1) / 100
}

/// The chart.
#[component]
pub(super) fn Chart(
    /// The oldest first.
    #[prop(into)]
    bars: Signal<Vec<Bar>>,
    /// Service level that is wanted, where it is one for all that is shown.
    #[prop(into)]
    target: Signal<Option<u32>>,
) -> impl IntoView {
    let t = I18n::use_context();
    let level = memo(move || bars.with(|bars| bars.iter().rev().find_map(|bar| bar.percent())));
    let words = move || {
        let sum = |read: fn(&Bar) -> u32| bars.with(|bars| bars.iter().map(read).sum::<u32>()).to_string();
        let values = [("in_time", sum(|bar| bar.in_time)), ("late", sum(|bar| bar.late)), ("lost", sum(|bar| bar.lost))];
        let calls = t.with(Key::FloorChart, &values.each_ref().map(|(mark, value)| (*mark, value.as_str())));
        match (level.get(), target.get()) {
            (Some(level), Some(target)) => {
                let levels = t.with(Key::FloorChartLevel, &[("level", &level.to_string()), ("target", &target.to_string())]);
                format!("{calls}. {levels}")
            }
            _ => calls,
        }
    };
    let drawn_level = memo(move || bars.with(|bars| steps(bars)));
    let drawn_target = move || match target.get().filter(|_| level.get().is_some()) {
        Some(target) => format!("M0 {}H{}", height(target), 100 * STEP),
        None => String::new(),
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
            <path class="chart-target" d=say(drawn_target)></path>
            <path class="chart-level" d=say(move || drawn_level.get())></path>
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

    #[test]
    fn the_level_is_drawn_where_there_were_calls_and_not_between() {
        let bar = |in_time, late| Bar { in_time, late, lost: 0 };
        assert_eq!(steps(&[bar(1, 1), bar(4, 0), Bar::default(), bar(0, 3)]), "M1 25h8L11 1h8M31 48h8");
        assert_eq!(steps(&[Bar::default()]), "");
        assert_eq!((height(0), height(80), height(100)), (48, 11, 1));
    }
}
