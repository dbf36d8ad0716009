//! People at work: who does what since when, filtered by name and state.

use leptos::prelude::*;

use super::About;
use crate::components::kit::{
    Avatar, AvatarSize, Badge, Choice, Each, EmptyState, Glyph, IconButton, Select, TextField, Timer, When, memo, say,
};
use crate::components::words;
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
    let groups = memo(move || stores.agents.all().iter().map(|row| group(&row.doing)).collect::<Vec<_>>());
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
        let rows = stores.agents.all().into_iter();
        let rows = rows.filter(|row| matching(&row.name, &typed) && (chosen.is_empty() || group(&row.doing) == chosen));
        rows.map(|row| row.user).collect::<Vec<_>>()
    });
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
                <Each each=move || shown.get() key=|user| user.clone() let:user>
                    {stores.agents.row(&user).map(|row| view! { <Line row manage/> })}
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

/// One person.
#[component]
fn Line(row: Signal<AgentRow>, manage: About) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let part = move |read: fn(&AgentRow) -> String| Signal::derive(move || row.with(read));
    let name = part(|row| row.name.clone());
    let since = memo(move || row.with(|row| row.since));
    let badge = memo(move || row.with(|row| words::doing_of(t, &row.doing)));
    let set_by = move || row.with(|row| row.set_by.as_ref().map(|name| t.with(Key::FloorSetBy, &[("name", name)])));
    let call = move || {
        row.with(|row| {
            row.call.as_ref().map(|call| {
                let with = t.with(Key::FloorWith, &[("name", &call.with)]);
                call.queue.as_ref().map_or(with.clone(), |queue| format!("{with} \u{b7} {queue}"))
            })
        })
    };
    let queues = move || {
        let queues = row.with(|row| row.queues.clone()).into_iter();
        queues
            .map(|of| match of.on {
                true => view! { <li><bdi>{of.label}</bdi></li> }.into_any(),
                false => {
                    let words = t.with(Key::FloorAway, &[("queue", &of.label)]);
                    view! { <li><s aria-hidden="true"><bdi>{of.label}</bdi></s><span class="sr-only">{words}</span></li> }.into_any()
                }
            })
            .collect_view()
    };
    let steers = stores.floor.memo(|floor| floor.steers);
    view! {
        <li class="agent">
            <Avatar name size=AvatarSize::Small/>
            <div class="agent-who">
                <p class="agent-name clip"><bdi>{say(move || name.get())}</bdi></p>
                <ul class="agent-queues faint" aria-label=t.of(Key::QueuesTitle)>{queues}</ul>
            </div>
            <div class="agent-state">
                <Badge label=say(move || badge.get().0) tone=Signal::derive(move || badge.get().1)/>
                <span class="faint clip">{set_by}</span>
            </div>
            <Timer seconds=Signal::derive(move || since.get().passed(stores.now.get()))/>
            <p class="agent-call soft clip">{call}</p>
            <When when=move || steers.get()>
                <IconButton
                    label=move || t.with(Key::FloorManage, &[("name", &name.get())])
                    glyph=Glyph::Settings
                    press=move |()| manage.show(&row.with_untracked(|row| row.user.clone()))
                />
            </When>
        </li>
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
