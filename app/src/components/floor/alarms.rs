//! What is wrong at the queues, until it is right again; acknowledged ones stay, quietly.

use leptos::prelude::*;

use crate::components::kit::{Button, Look, Note, Tone, clock_text};
use crate::desk::action::Action;
use crate::desk::view::floor::{AlarmKind, AlarmView};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// All alarms; nothing while all is well.
#[component]
pub fn Alarms() -> impl IntoView {
    let t = I18n::use_context();
    let alarms = Stores::use_context().floor.memo(|floor| floor.alarms.clone());
    view! {
        <div class="alarms" role="region" aria-label=t.of(Key::FloorAlarms)>
            <For each=move || alarms.get() key=|alarm| (alarm.queue.clone(), alarm.kind, alarm.known) let:alarm>
                <Line alarm/>
            </For>
        </div>
    }
}

#[component]
fn Line(alarm: AlarmView) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let AlarmView { queue, label, kind, known } = alarm;
    let row = stores.floor_queues.row(&queue);
    let words = move || {
        // The thresholds are the queue's own.
        let (seconds, percent) = row.map_or((0, 0), |row| row.with(|row| (row.alarm_s, row.target_percent)));
        let (key, mark, value) = match kind {
            AlarmKind::LongWait => (Key::AlarmLong, "time", clock_text(u64::from(seconds))),
            AlarmKind::ServiceLevel => (Key::AlarmLevel, "percent", percent.to_string()),
            AlarmKind::Nobody => (Key::AlarmNobody, "", String::new()),
        };
        t.with(key, &[("queue", &label), (mark, &value)])
    };
    let tone = match (known, kind) {
        (true, _) => Tone::Off,
        (false, AlarmKind::LongWait | AlarmKind::Nobody) => Tone::Bad,
        (false, AlarmKind::ServiceLevel) => Tone::Warn,
    };
    let acknowledge = Callback::new(move |()| dispatch.send(Action::Acknowledge { queue: queue.clone(), alarm: kind }));
    view! {
        <Note tone=tone>
            <p role=(!known).then_some("alert")>{words}</p>
            {match known {
                true => view! { <span class="faint">{t.of(Key::AlarmKnown)}</span> }.into_any(),
                false => view! { <Button label=t.of(Key::AlarmKnow) look=Look::Quiet class="btn-sm" press=acknowledge/> }.into_any(),
            }}
        </Note>
    }
}
