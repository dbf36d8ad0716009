//! Limits on wrong codes. Four digits are ten thousand guesses: with these limits nobody tries more than a sliver of them.

use crate::ids::{PersonId, TenantId};
use std::collections::BTreeMap;
use wire::UnixMs;

/// Wrong codes that one person may type within [`PERSON_WINDOW_MS`].
pub const WRONG_PER_PERSON: usize = 5;
/// The time in which a person's wrong codes count.
pub const PERSON_WINDOW_MS: i64 = 15 * 60 * 1_000;
/// Wrong codes that one door takes from everybody within [`DOOR_WINDOW_MS`].
pub const WRONG_PER_DOOR: usize = 20;
/// The time in which a door's wrong codes count.
pub const DOOR_WINDOW_MS: i64 = 60 * 60 * 1_000;

/// Where the code of an attempt came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// From the server. A wrong one is a mistake of the configuration, not a guess, and does not count for the person.
    Stored,
    /// From a person.
    Typed,
}

/// Who or what is locked out, for the supervisor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockOut {
    /// One person.
    Person(PersonId),
    /// One door, for everybody.
    Door(String),
}

type PersonKey = (TenantId, PersonId);
type DoorKey = (TenantId, String);

/// Attempts of one person or door: under way, and failed.
#[derive(Debug, Default)]
struct Count {
    under_way: usize,
    wrong: Vec<UnixMs>,
}

impl Count {
    fn forget(&mut self, now: UnixMs, window: i64) {
        self.wrong.retain(|at| now.saturating_sub(*at) < window);
    }

    /// Until when no further attempt fits, counting those under way as wrong; `None` if one fits.
    fn full(&mut self, now: UnixMs, window: i64, limit: usize) -> Option<UnixMs> {
        self.forget(now, window);
        if self.wrong.len() + self.under_way < limit {
            return None;
        }
        // With attempts under way and nothing wrong yet, the answer of the station decides: shortly.
        Some(self.wrong.first().map_or(now + 1_000, |first| first + window))
    }

    fn done(&mut self, now: UnixMs, wrong: bool) {
        self.under_way = self.under_way.saturating_sub(1);
        if wrong {
            self.wrong.push(now);
        }
    }
}

/// Counts wrong codes per person and per door.
#[derive(Debug, Default)]
pub struct CodeGuard {
    people: BTreeMap<PersonKey, Count>,
    /// Every wrong code of a door.
    doors: BTreeMap<DoorKey, Count>,
    /// Wrong stored codes of a door: guesses of people do not lock out whoever needs no guess.
    stored: BTreeMap<DoorKey, Count>,
}

impl CodeGuard {
    /// Takes a place for one attempt, or says until when there is none.
    ///
    /// # Errors
    /// Too many were wrong.
    pub fn begin(&mut self, now: UnixMs, tenant: &TenantId, person: &PersonId, door: &str, source: Source) -> Result<(), UnixMs> {
        let door_key = (tenant.clone(), door.to_owned());
        match source {
            Source::Stored => {
                let count = self.stored.entry(door_key.clone()).or_default();
                if let Some(until) = count.full(now, DOOR_WINDOW_MS, WRONG_PER_DOOR) {
                    return Err(until);
                }
                count.under_way += 1;
                self.doors.entry(door_key).or_default().under_way += 1;
            }
            Source::Typed => {
                let person = self.people.entry((tenant.clone(), person.clone())).or_default();
                let door = self.doors.entry(door_key).or_default();
                let full = person.full(now, PERSON_WINDOW_MS, WRONG_PER_PERSON);
                if let Some(until) = full.max(door.full(now, DOOR_WINDOW_MS, WRONG_PER_DOOR)) {
                    return Err(until);
                }
                person.under_way += 1;
                door.under_way += 1;
            }
        }
        Ok(())
    }

    /// Gives the place back and says who is locked out by it.
    pub fn end(&mut self, now: UnixMs, tenant: &TenantId, person: &PersonId, door: &str, source: Source, wrong: bool) -> Vec<LockOut> {
        let door_key = (tenant.clone(), door.to_owned());
        let mut locked = Vec::new();
        let count = self.doors.entry(door_key.clone()).or_default();
        count.done(now, wrong);
        count.forget(now, DOOR_WINDOW_MS);
        if wrong && count.wrong.len() == WRONG_PER_DOOR {
            locked.push(LockOut::Door(door.to_owned()));
        }
        match source {
            Source::Stored => self.stored.entry(door_key).or_default().done(now, wrong),
            Source::Typed => {
                let count = self.people.entry((tenant.clone(), person.clone())).or_default();
                count.done(now, wrong);
                count.forget(now, PERSON_WINDOW_MS);
                if wrong && count.wrong.len() == WRONG_PER_PERSON {
                    locked.push(LockOut::Person(person.clone()));
                }
            }
        }
        locked
    }

    /// Forgets counts that say nothing any more.
    pub fn sweep(&mut self, now: UnixMs) {
        let keep = |count: &mut Count, window| {
            count.forget(now, window);
            count.under_way > 0 || !count.wrong.is_empty()
        };
        self.people.retain(|_, count| keep(count, PERSON_WINDOW_MS));
        self.doors.retain(|_, count| keep(count, DOOR_WINDOW_MS));
        self.stored.retain(|_, count| keep(count, DOOR_WINDOW_MS));
    }
}
