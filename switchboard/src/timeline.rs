//! A contact as it went: its events in words of pages, and who did what from when until when. Pure. A third of it are its tests.

use crate::doors::VEILED;
use crate::store::{ContactEvent, ContactKind, Detail};
use std::collections::BTreeMap;
use wire::{
    CallQuality, ReleaseOutcome, TimelineDetail, TimelineEvent, TimelineKind, TimelineLane, TimelinePart, TimelineSound, TimelineSpan,
    TimelineState, UnixMs,
};

/// A door that was opened, or should have been, in the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// When.
    pub at: UnixMs,
    /// Name of the door.
    pub door: String,
    /// Name of who opened it.
    pub by: String,
    /// What became of it.
    pub outcome: ReleaseOutcome,
}

/// What there is to tell of a contact.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// Who had to do with it, in the order in which they came.
    pub lanes: Vec<TimelineLane>,
    /// What happened, the oldest first.
    pub events: Vec<TimelineEvent>,
    /// How it sounded.
    pub sounds: Vec<TimelineSound>,
    /// It has ended.
    pub over: bool,
}

/// Names and words that the events themselves do not say.
pub trait Words {
    /// Name of a person, where the house knows one of this user name.
    fn person(&self, user: &str) -> Option<String>;
    /// What a call of a queue was about.
    fn disposition(&self, queue: &str, name: &str) -> String;
    /// Whether words of agents about calls of this queue may be read.
    fn reads(&self, queue: &str) -> bool;
}

/// Tells a contact by its events, in order of time.
#[must_use]
pub fn tell(events: &[ContactEvent], openings: &[Opening], words: &dyn Words) -> Story {
    let may_be_open = |outcome| matches!(outcome, ReleaseOutcome::Opened | ReleaseOutcome::SentNotConfirmed | ReleaseOutcome::NoReply);
    let door_told = openings.iter().any(|opening| may_be_open(opening.outcome));
    let mut teller = Teller { words, door_told, keys: Vec::new(), names: BTreeMap::new(), story: Story::default() };
    for event in events {
        teller.event(event);
    }
    let doors = openings.iter().map(|opening| TimelineEvent {
        at: opening.at,
        what: TimelineKind::Door,
        who: opening.door.clone(),
        by: opening.by.clone(),
        cause: String::new(),
        detail: Some(TimelineDetail::Door { outcome: opening.outcome }),
    });
    teller.story.events.extend(doors);
    // Stable: what happened in one moment stays in the order in which it was written.
    teller.story.events.sort_by_key(|event| event.at);
    teller.story
}

struct Teller<'a> {
    words: &'a dyn Words,
    /// A release says how the door was opened.
    door_told: bool,
    /// What each lane is known by: user name, or name of a queue.
    keys: Vec<(TimelinePart, String)>,
    /// By user name.
    names: BTreeMap<String, String>,
    story: Story,
}

impl Teller<'_> {
    fn event(&mut self, event: &ContactEvent) {
        use TimelineKind as Kind;
        use TimelineState as State;
        let (at, kind) = (event.at, event.kind);
        let caller = self.name(&event.from_user, &event.data.from_display);
        let called = self.name(&event.to_user, &event.data.to_display);
        let by_user = event.data.by.clone().unwrap_or_default();
        let by = self.name(&by_user, "");
        let from = self.lane(&event.from_user, &caller, TimelinePart::Caller, event);
        match kind {
            ContactKind::Queued | ContactKind::Overflowed => {
                self.close_queues(at);
                self.begin(from, State::Waits, at);
                let queue = self.find((TimelinePart::Queue, event.to_user.clone()), &called);
                self.begin(Some(queue), State::Waits, at);
                let what = if kind == ContactKind::Queued { Kind::Queued } else { Kind::Moved };
                self.say(event, what, called, String::new(), None);
            }
            ContactKind::Offered => {
                let of_queue = event.data.queue.is_some() || self.story.events.iter().any(|event| event.what == Kind::Answered);
                let to = self.lane(&event.to_user, &called, TimelinePart::Agent, event);
                self.begin(to, State::Rings, at);
                self.say(event, if of_queue { Kind::Offered } else { Kind::Called }, called, String::new(), None);
            }
            ContactKind::Ringing => self.say(event, Kind::Rings, called, String::new(), None),
            ContactKind::OfferMissed | ContactKind::OfferDeclined | ContactKind::OfferFailed => {
                let to = self.lane(&event.to_user, &called, TimelinePart::Agent, event);
                self.end(to, State::Rings, at);
                let what = match kind {
                    ContactKind::OfferMissed => Kind::Missed,
                    ContactKind::OfferDeclined => Kind::Declined,
                    _ => Kind::NotReached,
                };
                self.say(event, what, called, String::new(), None);
            }
            ContactKind::Answered => {
                let to = self.lane(&event.to_user, &called, TimelinePart::Agent, event);
                self.close_queues(at);
                // Whoever else rang rings no more, and whoever else talked has left.
                for lane in 0..self.story.lanes.len() {
                    self.end(Some(lane), State::Rings, at);
                    if Some(lane) != from && Some(lane) != to {
                        self.leaves(lane, at);
                    }
                }
                for side in [from, to] {
                    self.end(side, State::Waits, at);
                    self.begin(side, State::Talks, at);
                }
                self.say(event, Kind::Answered, called, String::new(), None);
            }
            ContactKind::Held | ContactKind::Resumed => {
                let lane = self.lane(&by_user, &by, TimelinePart::Agent, event);
                match kind {
                    ContactKind::Held => self.begin(lane, State::Holds, at),
                    _ => self.end(lane, State::Holds, at),
                }
                self.say(event, if kind == ContactKind::Held { Kind::Held } else { Kind::Resumed }, by, String::new(), None);
            }
            ContactKind::Transferred if event.data.cause.as_deref() == Some("taken-over") => {
                self.say(event, Kind::TakenOver, by, String::new(), None);
            }
            ContactKind::Transferred => {
                if let Some(lane) = self.lane(&by_user, &by, TimelinePart::Agent, event) {
                    self.leaves(lane, at);
                }
                self.say(event, Kind::Transferred, by, String::new(), None);
            }
            ContactKind::Prioritised => {
                let detail = match event.data.detail {
                    Some(Detail::Priority(priority)) => Some(TimelineDetail::Priority { priority }),
                    _ => None,
                };
                self.say(event, Kind::Prioritised, caller, by, detail);
            }
            ContactKind::Supervised | ContactKind::SupervisionEnded => {
                let lane = Some(self.find((TimelinePart::Supervisor, by_user), &by));
                self.end(lane, State::TakesPart, at);
                let detail = match event.data.detail {
                    Some(Detail::Mode(mode)) => Some(TimelineDetail::Mode { mode }),
                    _ => None,
                };
                let supervised = kind == ContactKind::Supervised;
                if supervised {
                    self.begin(lane, State::TakesPart, at);
                }
                self.say(event, if supervised { Kind::Supervised } else { Kind::SupervisionEnded }, by, String::new(), detail);
            }
            ContactKind::Quality => {
                let Some(Detail::Measured(measured)) = event.data.detail else { return };
                let quality = measured.quality();
                self.sounds(&by, quality);
                self.say(event, Kind::Quality, by, String::new(), Some(TimelineDetail::Sound { measured, quality }));
            }
            ContactKind::Away | ContactKind::Back => {
                let lane = self.lane(&by_user, &by, TimelinePart::Agent, event);
                match kind {
                    ContactKind::Away => self.begin(lane, State::Away, at),
                    _ => self.end(lane, State::Away, at),
                }
                self.say(event, if kind == ContactKind::Away { Kind::Away } else { Kind::Back }, by, String::new(), None);
            }
            // In another call, whose story tells how that went.
            ContactKind::Returned => self.say(event, Kind::Back, caller, String::new(), None),
            ContactKind::Refused
            | ContactKind::Missed
            | ContactKind::Cancelled
            | ContactKind::Failed
            | ContactKind::Abandoned
            | ContactKind::Opened
            | ContactKind::Ended => {
                // Where both sides were lost at once the second end says nothing.
                if self.story.over {
                    return;
                }
                self.story.over = true;
                for span in self.story.lanes.iter_mut().flat_map(|lane| &mut lane.spans).filter(|span| span.until.is_none()) {
                    span.until = Some(at);
                }
                // One from the page of doors names no call.
                if kind == ContactKind::Opened && !self.door_told {
                    let by_tones = event.data.cause.as_deref() == Some("tones");
                    let outcome = if by_tones { ReleaseOutcome::SentNotConfirmed } else { ReleaseOutcome::Opened };
                    let detail = Some(TimelineDetail::Door { outcome });
                    let (at, cause) = (event.at, String::new());
                    self.story.events.push(TimelineEvent { at, what: Kind::Door, who: caller.clone(), by: by.clone(), cause, detail });
                }
                let (what, who) = match kind {
                    // The door itself is told with its outcome, and nobody hangs up.
                    ContactKind::Opened => (Kind::Ended, String::new()),
                    ContactKind::Ended => (Kind::Ended, by),
                    ContactKind::Abandoned | ContactKind::Cancelled => (Kind::GivenUp, caller),
                    _ => (Kind::NotAnswered, called),
                };
                self.say(event, what, who, String::new(), None);
            }
            ContactKind::WrappedUp => self.wrapped_up(event, called),
        }
    }

    fn wrapped_up(&mut self, event: &ContactEvent, who: String) {
        let work = event.data.work.clone().unwrap_or_default();
        let queue = event.data.queue.as_ref().map_or("", |queue| queue.name.as_str());
        if let Some(lane) = self.lane(&event.to_user, &who, TimelinePart::Agent, event) {
            let (from, until) = (event.at - work.ms.max(0), Some(event.at));
            self.story.lanes[lane].spans.push(TimelineSpan { what: TimelineState::WrapsUp, from, until });
        }
        let about = work.disposition.map(|name| self.words.disposition(queue, &name)).unwrap_or_default();
        let note = if self.words.reads(queue) { work.note } else { String::new() };
        self.say(event, TimelineKind::WrappedUp, who, String::new(), Some(TimelineDetail::Work { ms: work.ms, about, note }));
    }

    fn say(&mut self, event: &ContactEvent, what: TimelineKind, who: String, by: String, detail: Option<TimelineDetail>) {
        let cause = event.data.cause.clone().unwrap_or_default();
        self.story.events.push(TimelineEvent { at: event.at, what, who, by, cause, detail });
    }

    /// The name of somebody. Who did something is a user name only: what they were called before is remembered.
    fn name(&mut self, user: &str, display: &str) -> String {
        if user == VEILED {
            return String::new();
        }
        let guest = || {
            let number = user.strip_prefix(crate::exchange::GUEST)?.rsplit(crate::exchange::GUEST).next()?;
            Some(format!("#{}", number.get(..4).unwrap_or(number).to_uppercase()))
        };
        let shown = Some(display).filter(|display| !display.is_empty()).map(str::to_owned);
        let named = self.words.person(user).or(shown);
        if let Some(name) = &named
            && !user.is_empty()
        {
            self.names.insert(user.to_owned(), name.clone());
        }
        named.or_else(|| self.names.get(user).cloned()).or_else(guest).unwrap_or_else(|| user.to_owned())
    }

    /// The lane of somebody; that of before, whatever they took part as then.
    fn lane(&mut self, user: &str, name: &str, part: TimelinePart, event: &ContactEvent) -> Option<usize> {
        let key = if user.is_empty() { name } else { user };
        if key.is_empty() {
            return None;
        }
        let known = self.keys.iter().position(|(part, known)| known == key && matches!(part, TimelinePart::Caller | TimelinePart::Agent));
        if known.is_some() {
            return known;
        }
        // Only the first event says who called: after a transfer somebody else stands there.
        let part = if part == TimelinePart::Caller && !self.keys.is_empty() { TimelinePart::Agent } else { part };
        let name = if part == TimelinePart::Agent && name == user { self.name(user, &event.data.to_display) } else { name.to_owned() };
        Some(self.find((part, key.to_owned()), &name))
    }

    fn find(&mut self, key: (TimelinePart, String), name: &str) -> usize {
        self.keys.iter().position(|known| *known == key).unwrap_or_else(|| {
            self.story.lanes.push(TimelineLane { name: name.to_owned(), part: key.0, spans: Vec::new() });
            self.keys.push(key);
            self.keys.len() - 1
        })
    }

    fn begin(&mut self, lane: Option<usize>, what: TimelineState, at: UnixMs) {
        let Some(lane) = lane.and_then(|lane| self.story.lanes.get_mut(lane)) else { return };
        if !lane.spans.iter().any(|span| span.what == what && span.until.is_none()) {
            lane.spans.push(TimelineSpan { what, from: at, until: None });
        }
    }

    fn end(&mut self, lane: Option<usize>, what: TimelineState, at: UnixMs) {
        let lane = lane.and_then(|lane| self.story.lanes.get_mut(lane));
        let spans = lane.into_iter().flat_map(|lane| &mut lane.spans);
        for span in spans.filter(|span| span.what == what && span.until.is_none()) {
            span.until = Some(at);
        }
    }

    /// Somebody is in the conversation no longer.
    fn leaves(&mut self, lane: usize, at: UnixMs) {
        for what in [TimelineState::Talks, TimelineState::Holds, TimelineState::Away] {
            self.end(Some(lane), what, at);
        }
    }

    fn close_queues(&mut self, at: UnixMs) {
        for lane in 0..self.keys.len() {
            if self.keys[lane].0 == TimelinePart::Queue {
                self.end(Some(lane), TimelineState::Waits, at);
            }
        }
    }

    fn sounds(&mut self, who: &str, quality: CallQuality) {
        match self.story.sounds.iter_mut().find(|sound| sound.who == who) {
            Some(sound) => {
                sound.last = quality;
                if quality.grade > sound.worst.grade {
                    sound.worst = quality;
                }
            }
            None => self.story.sounds.push(TimelineSound { who: who.to_owned(), worst: quality, last: quality }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TenantId;
    use crate::store::{ContactData, WorkData};
    use wire::{CallQueue, Grade, Measured, SuperviseMode};

    struct House;

    impl Words for House {
        fn person(&self, user: &str) -> Option<String> {
            [("bob", "Bob"), ("cid", "Cid"), ("sue", "Sue")].into_iter().find(|known| known.0 == user).map(|known| known.1.to_owned())
        }

        fn disposition(&self, _: &str, name: &str) -> String {
            name.to_uppercase()
        }

        fn reads(&self, queue: &str) -> bool {
            queue == "support"
        }
    }

    fn event(at: UnixMs, kind: ContactKind, to: &str, by: &str) -> ContactEvent {
        let queue = CallQueue { name: "support".into(), label: "Support".into(), since: 0 };
        ContactEvent {
            tenant: TenantId::new("t"),
            contact: "c".into(),
            at,
            kind,
            from_user: "~support~12ab34".into(),
            to_user: to.into(),
            data: ContactData {
                to_display: if to == "support" { "Support".into() } else { String::new() },
                by: Some(by.to_owned()).filter(|by| !by.is_empty()),
                queue: Some(queue),
                ..ContactData::default()
            },
        }
    }

    fn spans(story: &Story, name: &str) -> Vec<String> {
        let lane = story.lanes.iter().find(|lane| lane.name == name).expect("a lane");
        let line = |span: &TimelineSpan| format!("{:?} {}-{}", span.what, span.from, span.until.map_or(String::new(), |at| at.to_string()));
        lane.spans.iter().map(line).collect()
    }

    fn kinds(story: &Story) -> Vec<String> {
        story.events.iter().map(|event| format!("{:?} {}", event.what, event.who)).collect()
    }

    #[test]
    fn a_call_of_a_queue_is_told_with_who_did_what_when() {
        let mut done = event(95, ContactKind::WrappedUp, "cid", "cid");
        done.data.work = Some(WorkData { ms: 15, disposition: Some("sold".into()), note: "a note".into() });
        let events = [
            event(0, ContactKind::Queued, "support", ""),
            event(10, ContactKind::Offered, "bob", ""),
            event(20, ContactKind::OfferMissed, "bob", ""),
            event(20, ContactKind::Offered, "cid", ""),
            event(25, ContactKind::Answered, "cid", "cid"),
            event(40, ContactKind::Held, "cid", "cid"),
            event(50, ContactKind::Resumed, "cid", "cid"),
            event(80, ContactKind::Ended, "cid", "~support~12ab34"),
            event(81, ContactKind::Failed, "cid", ""),
            done,
        ];
        let story = tell(&events, &[], &House);
        let said = ["Queued Support", "Offered Bob", "Missed Bob", "Offered Cid", "Answered Cid", "Held Cid", "Resumed Cid", "Ended #12AB"];
        assert_eq!(kinds(&story), [&said[..], &["WrappedUp Cid"]].concat());
        assert!(story.over);
        assert_eq!(story.lanes.iter().map(|lane| lane.part).collect::<Vec<_>>(), {
            use TimelinePart::{Agent, Caller, Queue};
            [Caller, Queue, Agent, Agent]
        });
        assert_eq!(spans(&story, "#12AB"), ["Waits 0-25", "Talks 25-80"]);
        assert_eq!(spans(&story, "Support"), ["Waits 0-25"]);
        assert_eq!(spans(&story, "Bob"), ["Rings 10-20"]);
        assert_eq!(spans(&story, "Cid"), ["Rings 20-25", "Talks 25-80", "Holds 40-50", "WrapsUp 80-95"]);
        assert_eq!(
            story.events.last().and_then(|event| event.detail.clone()),
            Some(TimelineDetail::Work { ms: 15, about: "SOLD".into(), note: "a note".into() })
        );
    }

    #[test]
    fn a_door_that_was_opened_is_told_once_however_it_was_opened() {
        let door = |cause: Option<&str>, openings: &[Opening]| {
            let mut opened = event(9, ContactKind::Opened, "bob", "bob");
            (opened.from_user, opened.data.from_display) = ("gate".into(), "Gate".into());
            opened.data.cause = cause.map(str::to_owned);
            let story = tell(&[opened], openings, &House);
            let outcome = |event: &TimelineEvent| match event.detail {
                Some(TimelineDetail::Door { outcome }) => Some((event.who.clone(), event.by.clone(), outcome)),
                _ => None,
            };
            assert!(story.over);
            story.events.iter().filter_map(outcome).collect::<Vec<_>>()
        };
        let of = |outcome| ("Gate".to_owned(), "Bob".to_owned(), outcome);
        assert_eq!(door(None, &[]), [of(ReleaseOutcome::Opened)]);
        assert_eq!(door(Some("tones"), &[]), [of(ReleaseOutcome::SentNotConfirmed)]);
        let opening = |outcome| Opening { at: 8, door: "Gate".into(), by: "Bob".into(), outcome };
        assert_eq!(door(None, &[opening(ReleaseOutcome::Opened)]), [of(ReleaseOutcome::Opened)]);
        // One that failed is not how it opened.
        let both = door(None, &[opening(ReleaseOutcome::Busy)]);
        assert_eq!(both, [of(ReleaseOutcome::Busy), of(ReleaseOutcome::Opened)]);
    }

    #[test]
    fn a_guest_who_gave_a_name_has_it_in_what_they_do() {
        let mut first = event(0, ContactKind::Queued, "support", "");
        first.data.from_display = "Ada".into();
        let story = tell(&[first, event(1, ContactKind::Ended, "bob", "~support~12ab34")], &[], &House);
        assert_eq!(kinds(&story), ["Queued Support", "Ended Ada"]);
        assert_eq!(story.lanes[0].name, "Ada");
    }

    #[test]
    fn who_leaves_a_call_talks_no_more_and_the_caller_goes_on() {
        let events = [
            event(0, ContactKind::Queued, "support", ""),
            event(1, ContactKind::Answered, "bob", "bob"),
            event(10, ContactKind::Held, "bob", "bob"),
            event(20, ContactKind::Offered, "cid", ""),
            event(30, ContactKind::Transferred, "bob", "bob"),
            event(30, ContactKind::Answered, "cid", "cid"),
        ];
        let story = tell(&events, &[], &House);
        assert_eq!(spans(&story, "Bob"), ["Talks 1-30", "Holds 10-30"]);
        assert_eq!(spans(&story, "Cid"), ["Rings 20-30", "Talks 30-"]);
        assert_eq!(spans(&story, "#12AB"), ["Waits 0-1", "Talks 1-"]);
        assert!(!story.over);
    }

    #[test]
    fn a_transfer_to_a_queue_waits_there_again() {
        let mut left = event(10, ContactKind::Transferred, "bob", "bob");
        left.data.cause = Some("queue".into());
        let mut second = event(10, ContactKind::Queued, "sales", "");
        second.data.to_display = "Sales".into();
        let events = [
            event(0, ContactKind::Queued, "support", ""),
            event(5, ContactKind::Answered, "bob", "bob"),
            left,
            second,
            event(20, ContactKind::Abandoned, "sales", ""),
        ];
        let story = tell(&events, &[], &House);
        assert_eq!(spans(&story, "Bob"), ["Talks 5-10"]);
        assert_eq!(spans(&story, "Sales"), ["Waits 10-20"]);
        assert_eq!(kinds(&story).last().map(String::as_str), Some("GivenUp #12AB"));
    }

    #[test]
    fn supervision_is_a_lane_of_its_own_and_each_mode_a_span() {
        let mode = |at, mode| ContactEvent {
            data: ContactData { detail: Some(Detail::Mode(mode)), by: Some("sue".into()), ..ContactData::default() },
            ..event(at, ContactKind::Supervised, "bob", "")
        };
        let events = [
            event(0, ContactKind::Offered, "bob", ""),
            event(1, ContactKind::Answered, "bob", "bob"),
            mode(2, SuperviseMode::Listen),
            mode(4, SuperviseMode::Barge),
            event(6, ContactKind::SupervisionEnded, "bob", "sue"),
        ];
        let story = tell(&events, &[], &House);
        assert_eq!(spans(&story, "Sue"), ["TakesPart 2-4", "TakesPart 4-6"]);
        assert_eq!(story.events[3].detail, Some(TimelineDetail::Mode { mode: SuperviseMode::Barge }));
        // Taken over, she has a lane as one who talks.
        let mut taken = event(8, ContactKind::Transferred, "bob", "sue");
        taken.data.cause = Some("taken-over".into());
        let events = [&events[..], &[taken, event(8, ContactKind::Answered, "sue", "sue")]].concat();
        let story = tell(&events, &[], &House);
        assert_eq!(spans(&story, "Bob"), ["Rings 0-1", "Talks 1-8"]);
        assert_eq!(kinds(&story)[5..], ["TakenOver Sue", "Answered Sue"]);
    }

    #[test]
    fn the_worst_and_the_last_sound_are_kept_by_whose_page_heard_it() {
        let sound = |at, lost| ContactEvent {
            data: ContactData {
                detail: Some(Detail::Measured(Measured { lost, ..Measured::default() })),
                by: Some("bob".into()),
                ..ContactData::default()
            },
            ..event(at, ContactKind::Quality, "bob", "")
        };
        let events = [event(0, ContactKind::Answered, "bob", "bob"), sound(1, 0), sound(2, 300), sound(3, 60)];
        let story = tell(&events, &[], &House);
        let grades: Vec<_> = story.sounds.iter().map(|sound| (sound.who.as_str(), sound.worst.grade, sound.last.grade)).collect();
        assert_eq!(grades, [("Bob", Grade::Poor, Grade::Fair)]);
    }

    #[test]
    fn words_of_agents_are_read_where_the_queue_is_and_doors_stand_in_time() {
        let mut done = event(20, ContactKind::WrappedUp, "bob", "bob");
        done.data.work = Some(WorkData { ms: 1, disposition: None, note: "a secret".into() });
        if let Some(queue) = &mut done.data.queue {
            queue.name = "elsewhere".into();
        }
        let opening = Opening { at: 5, door: "Gate".into(), by: "Bob".into(), outcome: ReleaseOutcome::Opened };
        let story = tell(&[event(0, ContactKind::Queued, "support", ""), done], &[opening], &House);
        assert_eq!(kinds(&story), ["Queued Support", "Door Gate", "WrappedUp Bob"]);
        assert_eq!(story.events[2].detail, Some(TimelineDetail::Work { ms: 1, about: String::new(), note: String::new() }));
    }
}
