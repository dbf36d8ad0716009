//! People at work: who does what since when, filtered by name and state.

use leptos::prelude::*;

use super::About;
use super::row::{Manage, now_where, seen};
use crate::components::kit::{Avatar, AvatarSize, Choice, Each, EmptyState, Glyph, Select, TextField, When, badge, memo, timer};
use crate::components::words;
use crate::desk::Millis;
use crate::desk::view::floor::AgentRow;
use crate::desk::view::work::Doing;
use crate::i18n::{I18n, Key};
use crate::store::Stores;

/// Groups of states that one can look for, with the value of the chooser.
const GROUPS: [(&str, Key); 6] = [
    ("ready", Key::FloorReady),
    ("busy", Key::FloorBusy),
    ("wrap-up", Key::FloorWrapUp),
    ("paused", Key::FloorPaused),
    ("unready", Key::FloorUnready),
    ("offline", Key::FloorOffline),
];

fn group(doing: &Doing) -> &'static str {
    match doing {
        Doing::Ready => "ready",
        Doing::Ringing | Doing::OnCall => "busy",
        Doing::WrapUp => "wrap-up",
        Doing::NotReady | Doing::PausedByMisses | Doing::Paused(_) => "paused",
        Doing::Silent | Doing::Resting => "unready",
        Doing::Offline => "offline",
    }
}

/// Whether a person is looked for: every word begins a word of the name.
fn matching(name: &str, typed: &str) -> bool {
    let name = name.to_lowercase();
    typed.to_lowercase().split_whitespace().all(|word| name.split_whitespace().any(|part| part.starts_with(word)))
}

/// The list with its search.
#[component]
pub fn Agents(
    /// The dialog about one of them.
    manage: About,
) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let typed = RwSignal::new(String::new());
    let chosen = RwSignal::new(String::new());
    let groups = memo(move || stores.agents.each(|row| Some(group(&row.doing))));
    let choices = memo(move || {
        let groups = groups.get();
        let label = |name: &str, count: usize| format!("{name} ({count})");
        let all = Choice { value: String::new(), label: label(t.get(Key::FloorAll), groups.len()) };
        let each = GROUPS.iter().map(|(value, key)| {
            let count = groups.iter().filter(|group| group == &value).count();
            Choice { value: (*value).to_owned(), label: label(t.get(*key), count) }
        });
        std::iter::once(all).chain(each).collect::<Vec<_>>()
    });
    let shown = memo(move || {
        let (typed, chosen) = (typed.get(), chosen.get());
        let wanted =
            |row: &AgentRow| (chosen.is_empty() || group(&row.doing) == chosen) && (typed.is_empty() || matching(&row.name, &typed));
        // Whoever gets another name gets another row.
        stores.agents.each(|row| wanted(row).then(|| (row.user.clone(), row.name.clone())))
    });
    let steers = stores.floor.memo(|floor| floor.steers);
    let nobody = memo(move || stores.agents.is_empty());
    view! {
        <section class="agents-box" aria-label=t.of(Key::FloorAgents)>
            <div class="floor-tools">
                <TextField label=t.of(Key::FloorFind) id="floor-find" value=typed kind=Signal::stored("search")/>
                <Select
                    label=t.of(Key::FloorFilter)
                    id="floor-filter"
                    choices=choices
                    value=chosen
                    choose=move |value: String| chosen.set(value)
                />
            </div>
            <ul class="agents" aria-label=t.of(Key::FloorAgents)>
                <Each each=move || shown.get() key=Clone::clone let:((user, name))>
                    {stores.agents.row(&user).map(|row| view! { <Line user name row steers manage/> })}
                </Each>
            </ul>
            <When when=move || shown.with(Vec::is_empty)>
                <When
                    when=move || nobody.get()
                    fallback=move || view! {
                        <EmptyState glyph=Glyph::Search title=t.of(Key::FloorNoMatch) text=t.of(Key::FloorNoMatchText)/>
                    }
                >
                    <EmptyState glyph=Glyph::People title=t.of(Key::FloorNoAgents) text=t.of(Key::FloorNoAgentsText)/>
                </When>
            </When>
        </section>
    }
}

/// One person. Of hundreds some change at any moment: what changes is one text, and the clock moves in those that are seen.
#[component]
fn Line(user: String, name: String, row: Signal<AgentRow>, steers: Memo<bool>, manage: About) -> impl IntoView {
    let t = I18n::use_context();
    let (seen, note) = seen();
    let now = now_where(seen);
    let words = name.clone();
    let texts = move || row.with(|row| texts(t, row, now()));
    view! {
        <li class="agent" on:contentvisibilityautostatechange=note>
            <Avatar name=Signal::stored(name) size=AvatarSize::Small/>
            {texts}
            <When when=steers>
                <Manage name=words.clone() what=user.clone() about=manage/>
            </When>
        </li>
    }
}

fn texts(t: I18n, row: &AgentRow, now: Millis) -> impl IntoView + use<> {
    let (label, tone) = words::doing_of(t, &row.doing);
    let set_by = row.set_by.as_ref().map(|name| t.with(Key::FloorSetBy, &[("name", name)]));
    let call = row.call.as_ref().map(|call| {
        let with = t.with(Key::FloorWith, &[("name", &call.with)]);
        call.queue.as_ref().map_or(with.clone(), |queue| format!("{with} \u{b7} {queue}"))
    });
    let queues = row.queues.iter().map(|of| {
        let away = (!of.on).then(|| {
            let words = t.with(Key::FloorAway, &[("queue", &of.label)]);
            view! { <s aria-hidden="true"><bdi>{of.label.clone()}</bdi></s><span class="sr-only">{words}</span> }
        });
        let there = of.on.then(|| view! { <bdi>{of.label.clone()}</bdi> });
        view! { <li>{there}{away}</li> }
    });
    view! {
        <div class="agent-who">
            <p class="agent-name clip"><bdi>{row.name.clone()}</bdi></p>
            <ul class="agent-queues faint" aria-label=t.get(Key::QueuesTitle)>{queues.collect_view()}</ul>
        </div>
        <div class="agent-state">
            {badge(label, tone)}
            <span class="faint clip">{set_by}</span>
        </div>
        {timer(t, row.since.passed(now))}
        <p class="agent-call soft clip">{call}</p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_group_that_can_be_chosen() {
        let all = [Doing::Ready, Doing::Ringing, Doing::WrapUp, Doing::NotReady, Doing::Silent, Doing::Offline];
        assert_eq!(all.map(|doing| group(&doing)), GROUPS.map(|(value, _)| value));
        assert_eq!(group(&Doing::Paused("Lunch".into())), group(&Doing::PausedByMisses));
    }

    #[test]
    fn names_are_found_by_the_beginnings_of_their_words() {
        assert!(matching("Agent Two", "") && matching("Agent Two", "tw ag"));
        assert!(!matching("Agent Two", "wo") && !matching("Agent Two", "agent three"));
    }
}
