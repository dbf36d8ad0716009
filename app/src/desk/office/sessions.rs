//! Sessions and lock-outs: what was asked for, and what came of it.

use wire::{ErrorCode, Lockout, LockoutKind, LockoutList, Secret, SessionItem, SessionList, SessionsEnded};

use super::{Effect, Office};
use crate::desk::call::presentable;
use crate::desk::event::Failure;

/// A list that is asked for.
#[derive(Debug)]
pub(super) struct Asked<T> {
    /// As it came last; nothing has yet where there is none.
    pub(super) list: Option<T>,
    pub(super) loading: bool,
    pub(super) failed: bool,
}

impl<T> Default for Asked<T> {
    fn default() -> Self {
        Asked { list: None, loading: false, failed: false }
    }
}

/// What the pages about sessions know.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    find: String,
    list: Asked<SessionList>,
    lockouts: Asked<LockoutList>,
    done: Option<Done>,
    pub(super) password: Option<PasswordDone>,
}

/// What became of another password for oneself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordDone {
    /// An answer is awaited.
    Asked,
    /// It counts, and so many other sessions were ended.
    Set(u32),
    /// The present one is another.
    Wrong,
    /// It can be none: too short, too long, or the present one.
    Unfit,
    /// Too many tries: not within so many seconds.
    Wait(u32),
    /// It was not done.
    Failed,
}

/// What became of the last wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// So many sessions were ended.
    Ended(u32),
    /// The lock-out is lifted.
    Lifted,
    /// It was there no more.
    Gone,
    /// It was not done.
    Failed,
}

/// The page of the sessions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionsView {
    /// The sessions.
    pub rows: Vec<SessionRow>,
    /// There are more.
    pub more: bool,
    /// There are others than one's own to look for.
    pub of_others: bool,
    /// One has others than this one.
    pub more_own: bool,
    /// What was looked for.
    pub find: String,
    /// An answer is awaited.
    pub loading: bool,
    /// There was none.
    pub failed: bool,
    /// What became of the last wish.
    pub done: Option<Done>,
    /// What became of another password.
    pub password: Option<PasswordDone>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionRow {
    /// Its id.
    pub id: String,
    /// Id of its person.
    pub person: String,
    /// Name of its person.
    pub name: String,
    /// One's own.
    pub own: bool,
    /// This one.
    pub current: bool,
    /// Browser and system; empty where they are not known.
    pub device: String,
    /// Where it was used last.
    pub address: String,
    /// When it began, Unix milliseconds.
    pub since: i64,
    /// When it was used last, Unix milliseconds.
    pub seen: i64,
    /// A desk of it is open.
    pub open: bool,
}

/// The page of the lock-outs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LockoutsView {
    /// The lock-outs.
    pub rows: Vec<LockoutRow>,
    /// An answer is awaited.
    pub loading: bool,
    /// There was none.
    pub failed: bool,
    /// What became of the last wish.
    pub done: Option<Done>,
}

/// A lock-out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LockoutRow {
    /// Its id.
    pub id: String,
    /// What is locked out.
    pub kind: LockoutKind,
    /// Whose accounts were tried.
    pub names: String,
    /// Where the last try came from.
    pub address: String,
    /// When it began, Unix milliseconds.
    pub since: i64,
    /// When it ends by itself, Unix milliseconds.
    pub until: i64,
}

impl Office {
    pub(super) fn find_sessions(&mut self, find: String) {
        let sessions = &mut self.sessions;
        if sessions.find != find {
            sessions.list.list = None;
        }
        sessions.find.clone_from(&find);
        (sessions.list.loading, sessions.list.failed) = (true, false);
        self.effects.push_back(Effect::LoadSessions { find, after: None });
    }

    pub(super) fn more_sessions(&mut self) {
        let sessions = &mut self.sessions;
        let Some(after) = sessions.list.list.as_ref().and_then(|list| list.next.clone()).filter(|_| !sessions.list.loading) else { return };
        (sessions.list.loading, sessions.list.failed) = (true, false);
        self.effects.push_back(Effect::LoadSessions { find: sessions.find.clone(), after: Some(after) });
    }

    pub(super) fn sessions_came(&mut self, find: &str, after: Option<&String>, mut result: Result<SessionList, Failure>) {
        let known = self.sessions.list.list.as_ref();
        // Something else is looked for meanwhile.
        if self.sessions.find != find || after.is_some() && known.and_then(|list| list.next.as_ref()) != after {
            return;
        }
        if let (Some(_), Some(known), Ok(page)) = (after, known, &mut result) {
            page.sessions.splice(..0, known.sessions.iter().cloned());
        }
        self.came(result, |sessions| &mut sessions.list);
    }

    pub(super) fn change_password(&mut self, present: Secret, new: Secret) {
        if self.sessions.password != Some(PasswordDone::Asked) {
            self.sessions.password = Some(PasswordDone::Asked);
            self.effects.push_back(Effect::ChangePassword { present, new });
        }
    }

    pub(super) fn password_changed(&mut self, result: Result<SessionsEnded, Failure>) {
        self.sessions.password = Some(match result {
            Ok(ended) => PasswordDone::Set(ended.ended),
            Err(failure) => {
                self.ended_by(&failure);
                match failure.code {
                    Some(ErrorCode::Forbidden) => PasswordDone::Wrong,
                    Some(ErrorCode::NewPassword) => PasswordDone::Unfit,
                    Some(ErrorCode::TooMany) => PasswordDone::Wait(failure.retry_after.unwrap_or(60)),
                    _ => PasswordDone::Failed,
                }
            }
        });
        if let Some(PasswordDone::Set(_)) = self.sessions.password {
            let find = self.sessions.find.clone();
            self.find_sessions(find);
        }
    }

    pub(super) fn load_lockouts(&mut self) {
        (self.sessions.lockouts.loading, self.sessions.lockouts.failed) = (true, false);
        self.effects.push_back(Effect::LoadLockouts);
    }

    pub(super) fn lockouts_came(&mut self, result: Result<LockoutList, Failure>) {
        self.came(result, |sessions| &mut sessions.lockouts);
    }

    fn came<T>(&mut self, result: Result<T, Failure>, of: fn(&mut Sessions) -> &mut Asked<T>) {
        let asked = of(&mut self.sessions);
        asked.loading = false;
        match result {
            Ok(list) => (asked.list, asked.failed) = (Some(list), false),
            Err(failure) => {
                asked.failed = true;
                self.ended_by(&failure);
            }
        }
    }

    /// Sessions were ended, or not; what there is now is looked at again.
    pub(super) fn sessions_ended(&mut self, result: Result<SessionsEnded, Failure>) {
        self.done(result.map(|ended| Done::Ended(ended.ended)));
        let find = self.sessions.find.clone();
        self.find_sessions(find);
    }

    pub(super) fn lockout_lifted(&mut self, result: Result<(), Failure>) {
        self.done(result.map(|()| Done::Lifted));
        self.load_lockouts();
    }

    fn done(&mut self, result: Result<Done, Failure>) {
        self.sessions.done = Some(match result {
            Ok(done) => done,
            Err(failure) if failure.status == Some(404) => Done::Gone,
            Err(failure) => {
                self.ended_by(&failure);
                Done::Failed
            }
        });
    }

    /// The page is opened anew: what became of earlier wishes is old.
    pub(super) fn forget_done(&mut self) {
        self.sessions.done = None;
    }

    /// The page of the sessions.
    #[must_use]
    pub fn sessions_view(&self) -> SessionsView {
        let sessions = &self.sessions;
        let rows: Vec<SessionRow> = sessions.list.list.iter().flat_map(|list| &list.sessions).map(session_row).collect();
        SessionsView {
            more: sessions.list.list.as_ref().is_some_and(|list| list.next.is_some()),
            of_others: self.leads_others(),
            more_own: rows.iter().any(|row| row.own && !row.current),
            rows,
            find: sessions.find.clone(),
            loading: sessions.list.loading,
            failed: sessions.list.failed,
            done: sessions.done,
            password: sessions.password,
        }
    }

    /// The page of the lock-outs.
    #[must_use]
    pub fn lockouts_view(&self) -> LockoutsView {
        let lockouts = &self.sessions.lockouts;
        LockoutsView {
            rows: lockouts.list.iter().flat_map(|list| &list.lockouts).map(lockout_row).collect(),
            loading: lockouts.loading,
            failed: lockouts.failed,
            done: self.sessions.done,
        }
    }
}

fn session_row(item: &SessionItem) -> SessionRow {
    let device = [&item.browser, &item.system].into_iter().filter(|part| !part.is_empty()).map(|part| presentable(part));
    SessionRow {
        id: item.id.clone(),
        person: item.person.id.clone(),
        name: presentable(&item.person.display_name),
        own: item.own,
        current: item.current,
        device: device.collect::<Vec<_>>().join(" \u{b7} "),
        address: presentable(&item.address),
        since: item.signed_in_at,
        seen: item.seen_at,
        open: item.open,
    }
}

fn lockout_row(lockout: &Lockout) -> LockoutRow {
    LockoutRow {
        id: lockout.id.clone(),
        kind: lockout.kind,
        names: lockout.people.iter().map(|person| presentable(&person.display_name)).collect::<Vec<_>>().join(", "),
        address: presentable(&lockout.address),
        since: lockout.since,
        until: lockout.until,
    }
}
