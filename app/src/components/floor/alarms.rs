//! What is wrong at the queues, until it is right again; acknowledged ones stay, quietly, with the name of who has seen them.

use leptos::prelude::*;

use crate::components::kit::{Button, Each, Look, Note, Tone, When, clock_text, memo, say};
use crate::desk::view::floor::{Alarm, AlarmView};
use crate::i18n::{I18n, Key};
use crate::store::{Board, DateStyle, Platform};

/// All alarms; nothing while all is well.
#[component]
pub fn Alarms(
    /// Says that one has seen an alarm of a queue, for whoever may.
    #[prop(optional)]
    acknowledge: Option<Callback<(String, Alarm)>>,
    /// Lines that there is room for; the last one says how many more there are.
    #[prop(default = usize::MAX)]
    room: usize,
) -> impl IntoView {
    let t = I18n::use_context();
    let all = Board::use_context().floor.memo(|floor| floor.alarms.clone());
    let told = move |all: &[AlarmView]| if all.len() > room { room - 1 } else { all.len() };
    let alarms = memo(move || all.with(|all| all[..told(all)].to_vec()));
    let more = memo(move || all.with(|all| all.len() - told(all)));
    view! {
        <div class="alarms" role="region" aria-label=t.of(Key::FloorAlarms)>
            <Each each=move || alarms.get() key=|alarm| (alarm.queue.clone(), alarm.kind, alarm.known.clone()) let:alarm>
                <Line alarm acknowledge/>
            </Each>
            <When when=move || { more.get() > 0 }>
                <p class="alarms-more">{say(move || t.with(Key::AlarmsMore, &[("n", &more.get().to_string())]))}</p>
            </When>
        </div>
    }
}

/// Its colour; what somebody has seen is quiet.
pub(super) fn tone(kind: Alarm, new: bool) -> Tone {
    match kind {
        _ if !new => Tone::Off,
        Alarm::LongWait | Alarm::Nobody | Alarm::Unknown => Tone::Bad,
        Alarm::ServiceLevel => Tone::Warn,
    }
}

#[component]
fn Line(alarm: AlarmView, acknowledge: Option<Callback<(String, Alarm)>>) -> impl IntoView {
    let t = I18n::use_context();
    let board = Board::use_context();
    let platform = Platform::use_context();
    let steers = board.floor.memo(|floor| floor.steers);
    let AlarmView { queue, label, kind, known } = alarm;
    let row = board.queues.row(&queue);
    let words = move || {
        // The thresholds are the queue's own.
        let (seconds, percent) = row.map_or((0, 0), |row| row.with(|row| (row.alarm_s, row.target_percent)));
        let (key, mark, value) = match kind {
            Alarm::LongWait => (Key::AlarmLong, "time", clock_text(u64::from(seconds))),
            Alarm::ServiceLevel => (Key::AlarmLevel, "percent", percent.to_string()),
            Alarm::Nobody | Alarm::Unknown => (Key::AlarmNobody, "", String::new()),
        };
        t.with(key, &[("queue", &label), (mark, &value)])
    };
    let new = known.is_none();
    let tone = tone(kind, new);
    let press = acknowledge.map(|acknowledge| Callback::new(move |()| acknowledge.run((queue.clone(), kind))));
    // A screen at which nobody signs in is not told who it was.
    let by = known.filter(|known| !known.by.is_empty()).map(|known| {
        let style = if known.long_ago { DateStyle::DateTime } else { DateStyle::Time };
        move || {
            let time = platform.date_time(known.at, style, t.language().tag());
            t.with(Key::AlarmKnown, &[("name", &known.by), ("time", &time)])
        }
    });
    view! {
        <Note tone=tone>
            <p role=new.then_some("alert")>{words}</p>
            {by.map(|by| view! { <span class="faint">{by}</span> })}
            {press.filter(|_| new).map(|press| view! {
                <When when=move || steers.get()>
                    <Button label=t.of(Key::AlarmKnow) look=Look::Quiet class="btn-sm" press/>
                </When>
            })}
        </Note>
    }
}
