//! Who did what when: a line for everybody who had to do with the call, along one axis of time.

use leptos::prelude::*;

use super::words;
use crate::components::kit::{Each, clock_text, memo, say};
use crate::desk::office::timeline::{BarView, LaneView, State, WIDTH};
use crate::i18n::{I18n, Word};
use crate::store::OfficeStores;

/// Height of a line, and of what lies within a conversation.
const HEIGHT: i64 = 24;
/// Spans of the axis.
const TICKS: i64 = 4;
/// What is drawn, in the order of the legend, with class, top and bottom: two of the same colour differ in height.
const KINDS: [(State, &str, i64, i64); 7] = [
    (State::Waits, "call-waits", 9, 15),
    (State::Rings, "call-rings", 6, 18),
    (State::Talks, "call-talks", 3, 21),
    (State::Holds, "call-holds", 9, 21),
    (State::Away, "call-away", 3, 9),
    (State::TakesPart, "call-part", 6, 18),
    (State::WrapsUp, "call-wraps", 9, 15),
];

/// Path of all bars of one kind.
fn path(bars: &[BarView], what: State, top: i64, bottom: i64) -> String {
    let bars = bars.iter().filter(|bar| bar.what == what);
    bars.map(|bar| format!("M{} {top}h{}V{bottom}h-{}z", bar.left, bar.width, bar.width)).collect()
}

/// The drawing.
#[component]
pub(super) fn Chart() -> impl IntoView {
    let t = I18n::use_context();
    let call = OfficeStores::use_context().call;
    let lanes = call.memo(|view| view.lanes.clone());
    let lasted = call.memo(|view| view.lasted_ms);
    let names = memo(move || lanes.with(|lanes| (0..lanes.len()).collect::<Vec<_>>()));
    let lane = move |index: usize| memo(move || lanes.with(|lanes| lanes.get(index).cloned()));
    let kinds = memo(move || {
        let used = |what| lanes.with(|lanes| lanes.iter().any(|lane| lane.bars.iter().any(|bar| bar.what == what)));
        KINDS.into_iter().filter(|kind| used(kind.0)).map(|kind| (kind.0, kind.1)).collect::<Vec<_>>()
    });
    let ticks = (0..=TICKS)
        .map(|tick| view! { <span>{say(move || clock_text((lasted.get() * tick / TICKS).unsigned_abs() / 1000))}</span> })
        .collect_view();
    view! {
        <figure class="report-chart" aria-label=t.of(Word::TlCourse)>
            <ul class="call-lanes">
                <Each each=move || names.get() key=|index| *index let:index>
                    <Lane lane=lane(index)/>
                </Each>
            </ul>
            <div class="call-axis num" aria-hidden="true">{ticks}</div>
            <div class="report-legend" aria-hidden="true">
                <Each each=move || kinds.get() key=|kind| kind.1 let:kind>
                    <span><svg class="call-key" viewBox="0 0 24 24"><path class=kind.1 d=key(kind.0)></path></svg>{say(move || t.get(words::state(kind.0)))}</span>
                </Each>
            </div>
        </figure>
    }
}

fn key(what: State) -> String {
    let kind = KINDS.into_iter().find(|kind| kind.0 == what);
    kind.map_or_else(String::new, |(_, _, top, bottom)| format!("M0 {top}h24V{bottom}h-24z"))
}

#[component]
fn Lane(lane: Memo<Option<LaneView>>) -> impl IntoView {
    let t = I18n::use_context();
    let name = move || lane.with(|lane| lane.as_ref().map_or(String::new(), |lane| lane.name.clone()));
    let part = move || lane.with(|lane| lane.as_ref().map_or("", |lane| t.get(words::part(lane.part))));
    let said = move || lane.with(|lane| lane.as_ref().map_or(String::new(), |lane| words::lane(t, lane)));
    let bars = move |what, top, bottom| lane.with(|lane| lane.as_ref().map_or(String::new(), |lane| path(&lane.bars, what, top, bottom)));
    let paths = KINDS.map(|(what, class, top, bottom)| view! { <path class=class d=say(move || bars(what, top, bottom))></path> });
    view! {
        <li class="call-lane">
            <div class="call-who">
                <p class="clip"><bdi>{say(name)}</bdi></p>
                <p class="faint">{say(part)}</p>
            </div>
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=say(said)>
                {paths.collect_view()}
            </svg>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_of_one_kind_are_one_path() {
        let bar = |what, left, width| BarView { what, left, width, ms: 0 };
        let bars = [bar(State::Talks, 0, 500), bar(State::Holds, 100, 50), bar(State::Talks, 600, 400)];
        assert_eq!(path(&bars, State::Talks, 3, 21), "M0 3h500V21h-500zM600 3h400V21h-400z");
        assert_eq!(path(&bars, State::Rings, 6, 18), "");
    }

    #[test]
    fn each_state_is_drawn_in_a_class_of_its_own() {
        let mut classes = KINDS.map(|kind| kind.1).to_vec();
        classes.sort_unstable();
        classes.dedup();
        assert_eq!(classes.len(), KINDS.len());
    }
}
