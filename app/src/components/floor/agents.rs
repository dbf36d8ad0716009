//! People at work: who does what since when, filtered by name and state.

use leptos::prelude::*;

use super::About;
use super::quality::{Drawn, Sound};
use super::row::{Manage, now_where, seen};
use crate::components::kit::{Avatar, AvatarSize, Badge, Choice, Each, EmptyState, Glyph, Select, TextField, Timer, Tone, When, memo, say};
use crate::components::words;
use crate::desk::view::floor::{AgentRow, MemberView};
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
        Doing::Silent | Doing::Resting | Doing::Unfit(_) => "unready",
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

/// One person. Of hundreds some change at any moment: what is said of one is made once, texts take their part of it, and the clock moves
/// in those that are seen.
#[component]
fn Line(user: String, name: String, row: Signal<AgentRow>, steers: Memo<bool>, manage: About) -> impl IntoView {
    let t = I18n::use_context();
    let (seen, note) = seen();
    let now = now_where(seen);
    let words = name.clone();
    let queues = memo(move || row.with(|row| row.queues.clone()));
    let said = memo(move || row.with(|row| Said::of(t, row)));
    let since = memo(move || row.with(|row| row.since));
    let sound = memo(move || row.with(|row| row.call.as_ref().and_then(Drawn::of)));
    view! {
        <li class="agent" on:contentvisibilityautostatechange=note>
            <Avatar name=Signal::stored(name.clone()) size=AvatarSize::Small/>
            <div class="agent-who">
                <p class="agent-name clip"><bdi>{name}</bdi></p>
                <ul class="agent-queues faint" aria-label=t.of(Key::QueuesTitle)>{move || queues.with(|queues| memberships(t, queues))}</ul>
            </div>
            <div class="agent-state">
                <Badge label=say(move || said.with(|said| said.doing.clone())) tone=Signal::derive(move || said.with(|said| said.tone))/>
                <span class="faint clip">{say(move || said.with(|said| said.set_by.clone()))}</span>
            </div>
            <Timer seconds=Signal::derive(move || since.get().passed(now()))/>
            <div class="agent-call soft">
                // Without a call it leads nowhere, and nobody comes to it by the keyboard.
                <p class="clip">
                    <a class="call-link" href=move || said.with(|said| said.address.clone()) target="_blank">
                        <bdi>{say(move || said.with(|said| said.call.clone()))}</bdi>
                    </a>
                </p>
                <Sound drawn=sound/>
            </div>
            <When when=steers>
                <Manage name=words.clone() what=user.clone() about=manage/>
            </When>
        </li>
    }
}

/// What is said of a person.
#[derive(PartialEq)]
struct Said {
    doing: String,
    tone: Tone,
    set_by: String,
    call: String,
    /// Of the page of the call.
    address: Option<String>,
}

impl Said {
    /// Tracks the language.
    fn of(t: I18n, row: &AgentRow) -> Said {
        let (doing, tone) = words::doing_of(t, &row.doing);
        let set_by = row.set_by.as_ref().map(|name| t.with(Key::FloorSetBy, &[("name", name)]));
        let call = row.call.as_ref().map(|call| {
            let with = t.with(Key::FloorWith, &[("name", &call.with)]);
            call.queue.as_ref().map_or(with.clone(), |queue| format!("{with} \u{b7} {queue}"))
        });
        let address = row.call.as_ref().map(|call| words::CALLS.to_owned() + &call.contact);
        Said { doing: doing + &row.longer, tone, set_by: set_by.unwrap_or_default(), call: call.unwrap_or_default(), address }
    }
}

fn memberships(t: I18n, queues: &[MemberView]) -> impl IntoView + use<> {
    let queues = queues.iter().map(|of| {
        let label = of.label.clone();
        match of.on {
            true => view! { <li><bdi>{label}</bdi></li> }.into_any(),
            false => {
                let words = t.with(Key::FloorAway, &[("queue", &label)]);
                view! { <li><s aria-hidden="true"><bdi>{label}</bdi></s><span class="sr-only">{words}</span></li> }.into_any()
            }
        }
    });
    queues.collect_view()
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
