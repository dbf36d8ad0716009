//! Signing in and out, and the end of a session.

use wire::{Me, Secret};

use crate::desk::Desk;
use crate::desk::effect::Effect;
use crate::desk::event::Failure;
use crate::desk::state::{AccessLog, Doors, Feed, Floor, History, Link, Session, SignedIn, Work};
use crate::desk::view::session::{Shift, SignInError};

impl Desk {
    pub(super) fn session_known(&mut self, result: Result<Option<Box<Me>>, Failure>) {
        match &mut self.state.session {
            Session::Starting => {}
            // Asked again after a new snapshot. That a session is over is the feed's to say.
            Session::In(signed_in) => {
                if let Ok(Some(me)) = result
                    && me.id == signed_in.me.id
                {
                    signed_in.me = *me;
                }
                return;
            }
            Session::Out { .. } | Session::Visitor(_) => return,
        }
        match result {
            Ok(Some(me)) => self.enter(*me),
            Ok(None) => self.state.session = Session::Out { busy: false, error: None },
            Err(failure) if failure.signed_out() => self.state.session = Session::Out { busy: false, error: failure.revoked() },
            Err(failure) => self.state.session = Session::Out { busy: false, error: Some(SignInError::of(&failure, self.state.now)) },
        }
    }

    pub(super) fn sign_in(&mut self, user: String, password: String, new_password: Option<String>) {
        let Session::Out { busy, error } = &mut self.state.session else { return };
        if *busy {
            return;
        }
        *busy = true;
        *error = None;
        self.effect(Effect::SignIn {
            user: user.trim().to_owned(),
            password: Secret::new(password),
            new_password: new_password.map(Secret::new),
        });
    }

    pub(super) fn signed_in(&mut self, result: Result<Box<Me>, Failure>) {
        if !matches!(self.state.session, Session::Out { busy: true, .. }) {
            return;
        }
        match result {
            Ok(me) => self.enter(*me),
            Err(failure) => self.state.session = Session::Out { busy: false, error: Some(SignInError::of(&failure, self.state.now)) },
        }
    }

    pub(super) fn sign_out(&mut self) {
        if matches!(self.state.session, Session::In(_)) {
            self.leave_work();
            self.leave(None);
            self.effect(Effect::SignOut);
        }
    }

    pub(super) fn signed_out(&mut self, result: &Result<(), Failure>) {
        if let Err(failure) = result {
            self.state.log(format!("sign-out was not confirmed: {:?}", failure.status));
        }
    }

    /// The session is over on the server. Running calls need none and go on; the form comes after the last one.
    pub(super) fn expire(&mut self) {
        if let Session::In(signed_in) = &mut self.state.session {
            signed_in.expired = true;
        }
    }

    /// Somebody has ended the session: what it was used for ends with it, calls too. The switchboard hangs them up.
    pub(super) fn revoked(&mut self) {
        if matches!(self.state.session, Session::In(_)) {
            self.leave(Some(SignInError::Revoked));
        }
    }

    pub(super) fn expire_if_due(&mut self) {
        if matches!(&self.state.session, Session::In(signed_in) if signed_in.expired) {
            self.leave(Some(SignInError::Expired));
        }
    }

    pub(super) fn tick_session(&mut self) {
        let now = self.state.now;
        if let Session::Out { error, .. } = &mut self.state.session {
            SignInError::clear_if_due(error, now);
        }
    }

    pub(super) fn enter(&mut self, me: Me) {
        self.state.session = Session::In(Box::new(SignedIn { me, shift: Shift::Off, expired: false, resuming: false }));
        self.effect(Effect::ListDevices);
        // The feed says that there is a phone from its first frame on.
        self.resume_shift();
        self.connect_feed();
    }

    /// Forgets everything of this person.
    fn leave(&mut self, error: Option<SignInError>) {
        self.stop_agent();
        self.effect(Effect::Keep(None));
        self.state.calls.clear();
        self.state.supervisors.clear();
        self.state.feed = Feed::default();
        self.state.work = Work::default();
        self.state.floor = Floor::default();
        self.state.callers = None;
        self.state.orders.waiting.clear();
        self.state.told.clear();
        self.state.doors = Doors::default();
        self.state.access = AccessLog::default();
        self.state.history = History::default();
        self.state.link = Link::default();
        self.state.notices.clear();
        self.state.samples.clear();
        self.effect(Effect::CloseFeed);
        self.effect(Effect::Cool);
        self.state.session = Session::Out { busy: false, error };
    }
}
