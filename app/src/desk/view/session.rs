//! Who is signed in, and the sign-in form.

use wire::ErrorCode;

use crate::desk::call::presentable;
use crate::desk::event::Failure;
use crate::desk::office::view::leads;
use crate::desk::state::Session;
use crate::desk::{Desk, Millis};

/// What the whole page is about at this moment; decides between sign-in, device check and desk.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SessionView {
    /// Asking the switchboard whether a session exists. Lasts a moment after loading.
    #[default]
    Starting,
    /// Show the sign-in form.
    SignedOut(SignInView),
    /// Somebody is signed in.
    SignedIn(SignedInView),
}

impl SessionView {
    /// The signed-in person, if any.
    pub fn signed_in(&self) -> Option<&SignedInView> {
        match self {
            SessionView::SignedIn(view) => Some(view),
            SessionView::Starting | SessionView::SignedOut(_) => None,
        }
    }
}

/// The sign-in form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignInView {
    /// An attempt is under way: the button waits.
    pub busy: bool,
    /// Why the form is shown again.
    pub error: Option<SignInError>,
}

/// Why there is no session.
#[derive(Clone, Debug, PartialEq)]
pub enum SignInError {
    /// User name or password are wrong.
    WrongPassword,
    /// The password is right and good for one sign-in only, which must set another.
    NewPassword,
    /// Too many attempts; possible again at that moment.
    TooManyAttempts {
        /// On the page's clock.
        until: Option<Millis>,
    },
    /// The switchboard cannot be reached.
    Unreachable,
    /// The session ended by time or by an administrator; running calls were finished first.
    Expired,
    /// Somebody has ended the session before its time: its person in another browser, or an administrator.
    Revoked,
    /// Signed in, but the desk's program could not be loaded.
    NotLoaded,
    /// Anything else the switchboard answered, with its status code.
    Refused {
        /// HTTP status.
        status: u16,
    },
}

impl SignInError {
    /// Why a request failed, in the form's terms.
    pub(in crate::desk) fn of(failure: &Failure, now: Millis) -> SignInError {
        let until = failure.retry_after.map(|seconds| now + u64::from(seconds) * 1000);
        match (failure.code, failure.status) {
            (Some(ErrorCode::BadCredentials), _) | (None, Some(401)) => SignInError::WrongPassword,
            (Some(ErrorCode::NewPassword), _) => SignInError::NewPassword,
            (Some(ErrorCode::SessionRevoked), _) => SignInError::Revoked,
            (Some(ErrorCode::TooMany), _) | (_, Some(429)) => SignInError::TooManyAttempts { until },
            (_, Some(status)) => SignInError::Refused { status },
            (_, None) => SignInError::Unreachable,
        }
    }

    /// Forgets that there were too many attempts once another is possible.
    pub(in crate::desk) fn clear_if_due(error: &mut Option<SignInError>, now: Millis) {
        if matches!(error, Some(SignInError::TooManyAttempts { until: Some(until) }) if *until <= now) {
            *error = None;
        }
    }
}

/// The signed-in person.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedInView {
    /// User name.
    pub user: String,
    /// Name as shown to others.
    pub name: String,
    /// There are doors for this person, as far as is known by now.
    pub doors: bool,
    /// Leads others or looks on: the floor is theirs, and the office has pages beyond their own sessions.
    pub leads: bool,
    /// Before, in or after a shift.
    pub shift: Shift,
}

/// Whether this desk takes calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shift {
    /// Not yet: the device check is shown.
    #[default]
    Off,
    /// "Start shift" was pressed, devices and registration are being prepared.
    Starting,
    /// The desk is shown. Whether calls reach it is in the desk's link.
    On,
}

impl Desk {
    /// Who is signed in.
    #[must_use]
    pub fn session_view(&self) -> SessionView {
        match &self.state.session {
            Session::Starting | Session::Visitor(_) => SessionView::Starting,
            Session::In(signed_in) if signed_in.resuming => SessionView::Starting,
            Session::Out { busy, error } => SessionView::SignedOut(SignInView { busy: *busy, error: error.clone() }),
            Session::In(signed_in) => SessionView::SignedIn(SignedInView {
                user: signed_in.me.user.clone(),
                name: presentable(&signed_in.me.display_name),
                doors: if self.state.doors.loaded { !self.state.doors.sites.is_empty() } else { signed_in.me.doors },
                leads: leads(&signed_in.me),
                shift: signed_in.shift,
            }),
        }
    }
}
