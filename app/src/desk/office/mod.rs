//! The office: reports and administration, without a phone. Who is signed in, and which pages that person has.

pub mod action;
pub mod admin;
pub mod audit;
pub mod reports;
mod sessions;
mod tab;
pub mod timeline;
pub mod view;
mod walls;

use std::collections::VecDeque;

use wire::{
    AuditPage, AuditProof, CallTimeline, LockoutList, Me, Report, ReportCalls, Role, Secret, SessionList, SessionsEnded, WallList, WallWish,
};

use self::admin::Admin;
pub use self::tab::Tab;
use super::Millis;
use super::action::Action;
use super::event::Failure;
use super::gate::{self, Gate};
use super::settings::Settings;
use super::view::session::SignInError;

/// How often the switchboard is asked whether the session still runs: nothing tells this page by itself.
const LOOK_EVERY_MS: u64 = 30_000;

/// What happens in the office.
#[derive(Debug)]
pub enum Event {
    /// The page begins with preferences, the browser's languages, and who is signed in where the sign-in page said it.
    Started(Settings, Vec<String>, Option<Box<Me>>),
    /// The user asks for something that every page has: signing in or out, language, colours.
    Action(Action),
    /// A page of administration asks for something.
    Ask(admin::Ask),
    /// What it asked for was answered.
    Answer(admin::Answer),
    /// The user asks for something of the pages about sessions.
    Wish(action::Action),
    /// A second or so has passed.
    Tick,
    /// The page is looked at again.
    Shown,
    /// Who is signed in.
    Session(Result<Option<Box<Me>>, Failure>),
    /// An attempt to sign in.
    SignedIn(Result<Box<Me>, Failure>),
    /// The session was ended, or could not be.
    SignedOut(Result<(), Failure>),
    /// Sessions that hold some letters, behind a place in their list.
    Sessions(String, Option<String>, Result<SessionList, Failure>),
    /// What came of ending sessions.
    SessionsEnded(Result<SessionsEnded, Failure>),
    /// What came of setting another password.
    PasswordChanged(Result<SessionsEnded, Failure>),
    /// Who is locked out.
    Lockouts(Result<LockoutList, Failure>),
    /// What came of lifting a lock-out.
    LockoutLifted(Result<(), Failure>),
    /// A report that was asked for.
    Report(Box<reports::Ask>, Result<Box<Report>, Failure>),
    /// Rows of the audit log that were asked for with these words.
    Audit(reports::Query, Result<AuditPage, Failure>),
    /// Whether the audit log is as it was written.
    AuditProof(Result<AuditProof, Failure>),
    /// Calls behind a figure that were asked for with these words.
    Calls(reports::Query, Result<ReportCalls, Failure>),
    /// What is known of a call.
    Call(String, Result<Box<CallTimeline>, Failure>),
    /// The links to the wallboard.
    Walls(Result<WallList, Failure>),
    /// What came of making one.
    WallMade(Result<WallList, Failure>),
    /// What came of revoking one.
    WallRevoked(Result<WallList, Failure>),
    /// Whether something was copied.
    Copied(bool),
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Ask who is signed in.
    LoadSession,
    /// Ask for a session.
    SignIn {
        /// User name.
        user: String,
        /// Password.
        password: Secret,
        /// The password from now on, where the present one is good for one sign-in only.
        new_password: Option<Secret>,
    },
    /// End the session.
    SignOut,
    /// Ask who is signed in where.
    LoadSessions {
        /// Letters that person or address hold.
        find: String,
        /// Behind this place.
        after: Option<String>,
    },
    /// Set another password for oneself.
    ChangePassword {
        /// The one of now.
        present: Secret,
        /// The one from now on.
        new: Secret,
    },
    /// End one session.
    EndSession {
        /// Its id.
        id: String,
    },
    /// End all sessions of a person but this one.
    EndSessions {
        /// Id of the person; nobody's for one's own.
        person: Option<String>,
    },
    /// Ask who is locked out.
    LoadLockouts,
    /// Lift a lock-out.
    LiftLockout {
        /// Its id.
        id: String,
    },
    /// Ask for a report.
    LoadReport {
        /// Which.
        ask: reports::Ask,
        /// Time zone whose days are meant.
        zone: String,
    },
    /// Ask for rows of the audit log.
    LoadAudit {
        /// Words of the request.
        query: reports::Query,
    },
    /// Ask whether the audit log is as it was written.
    ProveAudit,
    /// Ask for the calls behind a figure.
    LoadCalls {
        /// Words of the request.
        query: reports::Query,
    },
    /// Ask for a call.
    LoadCall {
        /// Which.
        contact: String,
        /// Answered when there are more events than so many.
        known: Option<usize>,
    },
    /// Ask for the links to the wallboard.
    LoadWalls,
    /// Make one.
    MakeWall(WallWish),
    /// Revoke one.
    RevokeWall {
        /// Its id.
        id: String,
    },
    /// Put a text where it can be pasted from.
    Copy(Secret),
    /// Remember preferences.
    SaveSettings(Settings),
    /// Set language and colours.
    ApplySettings(Settings),
    /// Something of administration.
    Errand(admin::Errand),
}

/// Where the person stands.
#[derive(Debug, Default)]
enum Presence {
    /// The switchboard is being asked.
    #[default]
    Starting,
    /// The form is shown.
    Out,
    /// Signed in.
    In(Box<Me>),
}

/// The office. Give it one event, then carry out every effect; its views can be read at any time.
#[derive(Debug, Default)]
pub struct Office {
    gate: Gate,
    presence: Presence,
    looked_at: Millis,
    sign_out_failed: bool,
    admin: Admin,
    sessions: sessions::Sessions,
    reports: reports::Reports,
    audit: audit::Audit,
    walls: walls::Walls,
    timeline: timeline::Timeline,
    /// Scheme, host and port of the page.
    origin: String,
    effects: VecDeque<Effect>,
}

impl Office {
    /// An office of a page from this origin: links for screens begin with it.
    #[must_use]
    pub fn at(origin: String) -> Office {
        Office { origin, ..Office::default() }
    }

    /// One thing happened, `now` on the page's clock.
    pub fn handle(&mut self, now: Millis, event: Event) {
        match event {
            Event::Started(settings, languages, me) => {
                self.gate.handle(now, gate::Event::Started(settings, languages));
                if let Some(me) = me {
                    self.enter(now, me);
                }
            }
            Event::Action(Action::SignOut) => self.sign_out(),
            Event::Action(action) => self.gate.handle(now, gate::Event::Action(action)),
            Event::Ask(ask) => {
                if matches!(self.presence, Presence::In(_)) {
                    let mut errands = VecDeque::new();
                    self.admin.ask(ask, &mut errands);
                    self.effects.extend(errands.into_iter().map(Effect::Errand));
                }
            }
            Event::Answer(answer) => {
                if let Some(failure) = answer.failure().cloned() {
                    self.ended_by(&failure);
                }
                let mut errands = VecDeque::new();
                self.admin.answer(answer, &mut errands);
                self.effects.extend(errands.into_iter().map(Effect::Errand));
            }
            Event::Tick => {
                self.gate.handle(now, gate::Event::Tick);
                self.tick_call(now);
                if now >= self.looked_at + LOOK_EVERY_MS {
                    self.look(now);
                }
            }
            Event::Shown => self.look(now),
            Event::Session(result) => self.session_known(now, result),
            Event::SignedIn(result) => self.gate.handle(now, gate::Event::SignedIn(result)),
            Event::SignedOut(result) => self.signed_out(result),
            Event::Wish(action) => self.wish(action),
            Event::Sessions(find, after, result) => self.sessions_came(&find, after.as_ref(), result),
            Event::PasswordChanged(result) => self.password_changed(result),
            Event::SessionsEnded(result) => self.sessions_ended(result),
            Event::Lockouts(result) => self.lockouts_came(result),
            Event::LockoutLifted(result) => self.lockout_lifted(result),
            Event::Report(ask, result) => self.report_came(*ask, result),
            Event::Audit(query, result) => self.audit_came(&query, result),
            Event::AuditProof(result) => self.audit_proven(result),
            Event::Calls(query, result) => self.calls_came(&query, &result),
            Event::Call(contact, result) => self.call_came(now, &contact, result.map(|told| *told)),
            Event::Walls(result) => self.walls_came(result),
            Event::WallMade(result) => self.wall_made(result),
            Event::WallRevoked(result) => self.wall_revoked(result),
            Event::Copied(copied) => self.copied(copied),
        }
        self.follow_gate(now);
    }

    /// What is administered.
    #[must_use]
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// What the user chose for this browser.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        self.gate.settings()
    }

    /// The form asks for what it needs; whom it lets in is in the office.
    fn follow_gate(&mut self, now: Millis) {
        while let Some(effect) = self.gate.poll() {
            let effect = match effect {
                gate::Effect::LoadSession if matches!(self.presence, Presence::In(_)) => continue,
                gate::Effect::LoadSession => Effect::LoadSession,
                gate::Effect::SignIn { user, password, new_password } => Effect::SignIn { user, password, new_password },
                gate::Effect::Enter(me) => {
                    self.enter(now, me);
                    continue;
                }
                gate::Effect::SaveSettings(settings) => Effect::SaveSettings(settings),
                gate::Effect::ApplySettings(settings) => Effect::ApplySettings(settings),
            };
            self.effects.push_back(effect);
        }
    }

    fn wish(&mut self, action: action::Action) {
        if !matches!(self.presence, Presence::In(_)) {
            return;
        }
        self.forget_done();
        self.forget_wall_done();
        match action {
            action::Action::FindSessions { find } => self.find_sessions(find),
            action::Action::MoreSessions => self.more_sessions(),
            action::Action::EndSession { id } => self.effects.push_back(Effect::EndSession { id }),
            action::Action::EndSessions { person } => self.effects.push_back(Effect::EndSessions { person }),
            action::Action::ChangePassword { present, new } => self.change_password(present, new),
            action::Action::ForgetPassword => self.sessions.password = None,
            action::Action::LoadLockouts => self.load_lockouts(),
            action::Action::Audit(wish) => self.audit_wish(wish),
            action::Action::Reports(wish) => self.reports_wish(wish),
            action::Action::LiftLockout { id } => self.effects.push_back(Effect::LiftLockout { id }),
            action::Action::OpenCall { contact } => self.open_call(contact),
            action::Action::CloseCall => self.close_call(),
            action::Action::CallAgain => self.call_again(),
            action::Action::LoadWalls => self.load_walls(),
            action::Action::MakeWall { name, queues, days } => self.make_wall(&name, queues, days),
            action::Action::RevokeWall { id } => self.effects.push_back(Effect::RevokeWall { id }),
            action::Action::CopyWall => self.copy_wall(),
            action::Action::PutWallAway => self.put_wall_away(),
        }
    }

    /// Whether the person has others to look after.
    fn leads_others(&self) -> bool {
        matches!(&self.presence, Presence::In(me) if me.roles.contains(&Role::Administrator))
    }

    fn enter(&mut self, now: Millis, me: Box<Me>) {
        self.presence = Presence::In(me);
        self.looked_at = now;
        self.sign_out_failed = false;
    }

    fn look(&mut self, now: Millis) {
        if matches!(self.presence, Presence::In(_)) {
            self.looked_at = now;
            self.effects.push_back(Effect::LoadSession);
        }
    }

    fn session_known(&mut self, now: Millis, result: Result<Option<Box<Me>>, Failure>) {
        match (&mut self.presence, result) {
            (Presence::In(me), Ok(Some(known))) => {
                // Somebody else has signed in by another tab: nothing of the one before may stay.
                if me.id != known.id {
                    self.clear();
                }
                self.presence = Presence::In(known);
            }
            (Presence::In(_), Ok(None)) => self.leave(Some(SignInError::Expired)),
            // The next look may find the switchboard again.
            (Presence::In(_), Err(failure)) => self.ended_by(&failure),
            (Presence::Starting | Presence::Out, result) => {
                self.presence = Presence::Out;
                self.gate.handle(now, gate::Event::Session(result));
            }
        }
    }

    /// A request of a page was refused: the session may be what is missing.
    fn ended_by(&mut self, failure: &Failure) {
        if failure.signed_out() && matches!(self.presence, Presence::In(_)) {
            self.leave(Some(failure.revoked().unwrap_or(SignInError::Expired)));
        }
    }

    fn sign_out(&mut self) {
        if matches!(self.presence, Presence::In(_)) {
            self.sign_out_failed = false;
            self.effects.push_back(Effect::SignOut);
        }
    }

    fn signed_out(&mut self, result: Result<(), Failure>) {
        match result {
            Ok(()) => self.leave(None),
            Err(failure) if failure.signed_out() => self.leave(None),
            // Whoever walks away from this screen must know that the session still runs.
            Err(_) => self.sign_out_failed = true,
        }
    }

    fn leave(&mut self, error: Option<SignInError>) {
        self.clear();
        self.presence = Presence::Out;
        self.gate.open(error);
    }

    /// Forgets what the pages have shown.
    fn clear(&mut self) {
        self.sessions = sessions::Sessions::default();
        self.reports = reports::Reports::default();
        self.audit = audit::Audit::default();
        self.walls = walls::Walls::default();
        self.timeline = timeline::Timeline::default();
        self.sign_out_failed = false;
        let mut errands = VecDeque::new();
        self.admin.forget(&mut errands);
        self.effects.extend(errands.into_iter().map(Effect::Errand));
    }
}
