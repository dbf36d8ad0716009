//! Calls and service level over the time of a report.

use std::sync::Arc;

use leptos::prelude::*;

use super::words;
use crate::components::kit::say;
use crate::desk::office::reports::{Bar, Shown, Value};
use crate::desk::office::view::{Granularity, ReportKind};
use crate::i18n::{I18n, Word};
use crate::store::{Calendar, DateStyle};

/// Units of the drawing: a span, and the height of the highest one.
const STEP: i64 = 10;
const HEIGHT: i64 = 100;

/// Three paths: in time at the bottom, later ones above, lost ones on top.
fn columns(bars: &[Bar], highest: i64) -> [String; 3] {
    let mut paths = [const { String::new() }; 3];
    for (index, bar) in (0..).zip(bars) {
        let mut below = 0;
        for (path, count) in paths.iter_mut().zip([bar.good, bar.late, bar.bad]) {
            let at = |count: i64| HEIGHT - count * HEIGHT / highest;
            let (bottom, top) = (at(below), at(below + count));
            if count > 0 {
                path.push_str(&format!("M{} {bottom}V{top}h{}V{bottom}z", index * STEP + 1, STEP - 2));
            }
            below += count;
        }
    }
    paths
}

/// The line of the service level, broken where nobody called; a level that stands alone is a short stroke.
fn level(bars: &[Bar]) -> String {
    let mut path = String::new();
    let mut drawn = false;
    for (index, bar) in (0..).zip(bars) {
        let Some(level) = bar.level else {
            drawn = false;
            continue;
        };
        let y = HEIGHT - level * HEIGHT / 1000;
        let (left, middle) = (index * STEP, index * STEP + STEP / 2);
        path.push_str(&if drawn { format!("L{middle} {y}") } else { format!("M{} {y}H{middle}", left + 2) });
        path.push_str(&format!("H{}", left + STEP - 2));
        drawn = true;
    }
    path
}

/// The chart with its legend; nothing where there is one span only.
#[component]
pub(super) fn Chart(
    /// The report.
    shown: Arc<Shown>,
) -> impl IntoView {
    let t = I18n::use_context();
    let calendar = Calendar::use_context();
    let bars = &shown.bars;
    if bars.len() < 2 {
        return None;
    }
    let of_queues = matches!(shown.report.kind, ReportKind::Queues | ReportKind::Sites);
    let highest = bars.iter().map(|bar| bar.good + bar.late + bar.bad).max().unwrap_or(0).max(4);
    let [good, late, bad] = columns(bars, highest);
    let line = level(bars);
    let total = shown.report.total;
    let timed = matches!(shown.report.granularity, Granularity::Quarter | Granularity::Hour);
    let one_day = shown.report.from == shown.report.to;
    let style = if !timed {
        DateStyle::Date
    } else if one_day {
        DateStyle::Time
    } else {
        DateStyle::DateTime
    };
    let (first, last) = (bars.first().map_or(0, |bar| bar.at), bars.last().map_or(0, |bar| bar.at));
    let printed = move |at: i64| say(move || calendar.print(at, style, t.language().tag()));
    let size = format!("0 0 {} {HEIGHT}", i64::try_from(bars.len()).unwrap_or(i64::MAX) * STEP);
    let missed: i64 = bars.iter().map(|bar| bar.bad).sum();
    let words = move || {
        let count = |count: i64| words::value(Value::Count(count), t.language());
        if of_queues {
            let values = [
                ("in_time", count(total.in_time)),
                ("late", count(total.answered + total.opened - total.in_time)),
                ("lost", count(total.lost)),
            ];
            t.with(Word::ChartQueues, &values.each_ref().map(|(mark, value)| (*mark, value.as_str())))
        } else {
            t.with(Word::ChartOthers, &[("answered", &count(total.answered)), ("missed", &count(missed))])
        }
    };
    let legend: &[(&str, Word)] = if of_queues {
        &[("good", Word::FigInTime), ("warn", Word::LegendLate), ("bad", Word::FigLost), ("level", Word::FigLevel)]
    } else if shown.report.kind == ReportKind::Agents {
        &[("good", Word::FigAnswered), ("bad", Word::FigMissed)]
    } else {
        &[("good", Word::FigAnswered)]
    };
    Some(view! {
        <figure class="report-chart">
            <div class="report-plot">
                <span class="report-top num" aria-hidden="true">{words::value(Value::Count(highest), t.language())}</span>
                <svg class="report-bars" viewBox=size role="img" aria-label=say(words) preserveAspectRatio="none">
                    <path class="chart-good" d=good></path>
                    <path class="chart-warn" d=late></path>
                    <path class="chart-bad" d=bad></path>
                    <path class="report-level" d=line></path>
                </svg>
                {of_queues.then(|| view! { <span class="report-full num" aria-hidden="true">"100\u{a0}%"</span> })}
            </div>
            <div class="report-times num" aria-hidden="true"><span>{printed(first)}</span><span>{printed(last)}</span></div>
            <figcaption class="report-legend">
                {legend.iter().map(|(look, word)| view! { <span><i class=format!("swatch swatch-{look}")></i>{t.of(*word)}</span> }).collect_view()}
            </figcaption>
        </figure>
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_each_other_and_the_line_breaks_where_nobody_called() {
        let called = |good, late, bad| Bar { good, late, bad, level: Some(good * 1000 / (good + late + bad)), ..Bar::default() };
        let bars = [called(2, 1, 1), Bar::default(), called(0, 0, 4), called(4, 0, 0)];
        assert_eq!(columns(&bars, 4), ["M1 100V50h8V100zM31 100V0h8V100z", "M1 50V25h8V50z", "M1 25V0h8V25zM21 100V0h8V100z"]);
        assert_eq!(level(&bars), "M2 50H5H8M22 100H25H28L35 0H38");
        assert_eq!(columns(&[Bar::default()], 4), ["", "", ""]);
    }
}
