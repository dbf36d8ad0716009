//! One call from its first event to its last. While it runs, or its work may still be under way, the switchboard is asked for what comes next
//! and answers when there is something.

pub use wire::{
    CallQuality, Grade, Measured, ReleaseOutcome, SoundFault, SuperviseMode, TimelineDetail, TimelineKind as Kind, TimelinePart as Part,
    TimelineSound, TimelineState as State,
};
use wire::{CallTimeline, TimelineEvent, TimelineLane, TimelineSpan};

use super::{Effect, Office};
use crate::desk::Millis;
use crate::desk::call::{presentable, presentable_up_to};
use crate::desk::event::Failure;

/// After an answer, and after none.
const NEXT_MS: Millis = 500;
const AGAIN_MS: Millis = 5_000;
/// Work afterwards is waited for so long.
const WORK_MS: i64 = 10 * 60_000;
/// Parts of the drawing: a thousandth of its width each.
pub const WIDTH: i64 = 1000;
/// Nothing is drawn smaller.
const LEAST: i64 = 4;

/// The call that is shown.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    contact: Option<String>,
    told: Option<CallTimeline>,
    /// The page's clock when it was told.
    told_at: Millis,
    now: Millis,
    asking: bool,
    failed: Option<bool>,
    again_at: Option<Millis>,
}

/// The page about one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallView {
    /// Nothing is known yet.
    pub loading: bool,
    /// There is no such call, as far as this person may see.
    pub missing: bool,
    /// What is shown may be old: the switchboard does not answer.
    pub failed: bool,
    /// It runs.
    pub running: bool,
    /// Clock time at which it began, in milliseconds since 1970 began at the site.
    pub began: i64,
    /// How long it has lasted, with the work afterwards.
    pub lasted_ms: i64,
    /// Who had to do with it.
    pub lanes: Vec<LaneView>,
    /// What happened.
    pub events: Vec<EventView>,
    /// There was more than is told.
    pub cut: bool,
    /// How it sounded.
    pub sounds: Vec<TimelineSound>,
}

/// Somebody who had to do with the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneView {
    /// Name to show; may be empty.
    pub name: String,
    /// As what.
    pub part: Part,
    /// What they did, in order of time.
    pub bars: Vec<BarView>,
}

/// What somebody did for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarView {
    /// What.
    pub what: State,
    /// Where it begins, of [`WIDTH`].
    pub left: i64,
    /// How wide it is.
    pub width: i64,
    /// How long it lasted or has lasted.
    pub ms: i64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventView {
    /// Which it is: events of one moment may be alike.
    pub number: usize,
    /// Clock time at the site.
    pub at: i64,
    /// How long after the beginning.
    pub after_ms: i64,
    /// What.
    pub what: Kind,
    /// Whom or what it is about.
    pub who: String,
    /// Who did it.
    pub by: String,
    /// A word for the cause.
    pub cause: String,
    /// What else there is to tell.
    pub detail: Option<Told>,
}

/// What else there is to tell of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Told {
    /// The priority from then on.
    Priority(u8),
    /// Who hears whoever takes part.
    Mode(SuperviseMode),
    /// Class of the sound, and loss in thousandths, jitter and round trip.
    Sound(CallQuality, [Option<u16>; 3]),
    /// What became of a door.
    Door(ReleaseOutcome),
    /// How long the work took, what the call was about, words of the agent.
    Work(i64, String, String),
}

impl Timeline {
    /// Asks for what comes after what is known.
    fn ask(&mut self) -> Option<Effect> {
        let contact = self.contact.clone()?;
        self.again_at = None;
        self.asking = true;
        Some(Effect::LoadCall { contact, known: self.told.as_ref().map(|told| told.events.len()) })
    }

    fn came(&mut self, now: Millis, result: Result<CallTimeline, Failure>) {
        self.asking = false;
        match result {
            Ok(told) => {
                let ended = told.events.last().map_or(0, |event| event.at);
                let more = !told.over || told.now - ended < WORK_MS;
                self.again_at = more.then_some(now + NEXT_MS);
                (self.told, self.told_at, self.failed) = (Some(told), now, None);
            }
            Err(failure) => {
                let missing = matches!(failure.status, Some(403 | 404));
                self.failed = Some(missing);
                self.again_at = (!missing).then_some(now + AGAIN_MS);
            }
        }
    }

    fn view(&self) -> CallView {
        let missing = self.failed == Some(true);
        let Some(told) = self.told.as_ref().filter(|_| !missing) else {
            return CallView {
                loading: self.asking && self.failed.is_none(),
                missing,
                failed: self.failed == Some(false),
                ..CallView::default()
            };
        };
        let began = told.events.first().map_or(told.now, |event| event.at);
        let now = told.now + i64::try_from(self.now.saturating_sub(self.told_at)).unwrap_or(0);
        let last = told.events.last().map_or(told.now, |event| event.at);
        let ended = if told.over { last } else { now.max(last) };
        let lasted_ms = (ended - began).max(1);
        CallView {
            loading: false,
            missing,
            failed: self.failed.is_some(),
            running: !told.over,
            began: began + told.clock_ms,
            lasted_ms,
            lanes: told.lanes.iter().map(|lane| lane_view(lane, began, ended, lasted_ms)).collect(),
            events: told.events.iter().enumerate().map(|(number, event)| event_view(number, event, began, told.clock_ms)).collect(),
            cut: told.cut,
            sounds: told.sounds.iter().map(|sound| TimelineSound { who: presentable(&sound.who), ..sound.clone() }).collect(),
        }
    }
}

fn lane_view(lane: &TimelineLane, began: i64, ended: i64, lasted_ms: i64) -> LaneView {
    let bar = |span: &TimelineSpan| {
        let until = span.until.unwrap_or(ended).max(span.from);
        let place = |at: i64| ((at - began).clamp(0, lasted_ms) * WIDTH) / lasted_ms;
        let width = (place(until) - place(span.from)).max(LEAST);
        BarView { what: span.what, left: place(span.from).min(WIDTH - width), width, ms: until - span.from }
    };
    LaneView { name: presentable(&lane.name), part: lane.part, bars: lane.spans.iter().map(bar).collect() }
}

fn event_view(number: usize, event: &TimelineEvent, began: i64, clock_ms: i64) -> EventView {
    let told = match &event.detail {
        Some(TimelineDetail::Priority { priority }) => Some(Told::Priority(*priority)),
        Some(TimelineDetail::Mode { mode }) => Some(Told::Mode(*mode)),
        Some(TimelineDetail::Sound { measured, quality }) => {
            let lost = measured.lost.max(measured.lost_there.unwrap_or_default());
            Some(Told::Sound(*quality, [Some(lost), Some(measured.jitter_ms), measured.round_trip_ms]))
        }
        Some(TimelineDetail::Door { outcome }) => Some(Told::Door(*outcome)),
        Some(TimelineDetail::Work { ms, about, note }) => {
            Some(Told::Work(*ms, presentable(about), presentable_up_to(note, wire::NOTE_LIMIT)))
        }
        Some(TimelineDetail::Unknown) | None => None,
    };
    EventView {
        number,
        at: event.at + clock_ms,
        after_ms: event.at - began,
        what: event.what,
        who: presentable(&event.who),
        by: presentable(&event.by),
        cause: event.cause.clone(),
        detail: told,
    }
}

impl Office {
    pub(super) fn open_call(&mut self, contact: String) {
        self.timeline = Timeline { contact: Some(contact), now: self.timeline.now, ..Timeline::default() };
        self.effects.extend(self.timeline.ask());
    }

    pub(super) fn close_call(&mut self) {
        self.timeline = Timeline { now: self.timeline.now, ..Timeline::default() };
    }

    pub(super) fn call_again(&mut self) {
        if !self.timeline.asking {
            self.effects.extend(self.timeline.ask());
        }
    }

    pub(super) fn call_came(&mut self, now: Millis, contact: &str, result: Result<CallTimeline, Failure>) {
        // Another one is looked at meanwhile.
        if self.timeline.contact.as_deref() != Some(contact) {
            return;
        }
        self.timeline.now = now;
        let failure = result.as_ref().err().cloned();
        self.timeline.came(now, result);
        if let Some(failure) = failure {
            self.ended_by(&failure);
        }
    }

    pub(super) fn tick_call(&mut self, now: Millis) {
        self.timeline.now = now;
        if self.timeline.again_at.is_some_and(|at| at <= now) {
            self.effects.extend(self.timeline.ask());
        }
    }

    /// The page about one call.
    #[must_use]
    pub fn call_view(&self) -> CallView {
        self.timeline.view()
    }
}
