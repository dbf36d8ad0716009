//! The sign-in page before the desk is loaded: who may enter, said by the switchboard. The desk itself knows the same
//! form for whoever signs out.

use std::collections::VecDeque;

use wire::{Me, Secret};

use super::Millis;
use super::action::Action;
use super::event::Failure;
use super::settings::Settings;
use super::view::session::{SignInError, SignInView};

/// What happens at the gate.
#[derive(Debug)]
pub enum Event {
    /// The page begins with saved preferences and the browser's languages, the preferred one first.
    Started(Settings, Vec<String>),
    /// The user asks for something. Only the sign-in page's own actions mean anything here.
    Action(Action),
    /// A second or so has passed.
    Tick,
    /// Who is signed in already.
    Session(Result<Option<Box<Me>>, Failure>),
    /// An attempt to sign in.
    SignedIn(Result<Box<Me>, Failure>),
    /// The desk could not be loaded.
    NotLoaded,
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
    /// Load the desk and give the page to it.
    Enter(Box<Me>),
    /// Remember preferences.
    SaveSettings(Settings),
    /// Set language and colours.
    ApplySettings(Settings),
}

/// The gate. Give it one event, then carry out every effect; the form can be read at any time.
#[derive(Debug, Default)]
pub struct Gate {
    settings: Settings,
    form: SignInView,
    /// Signed in; the desk is being loaded, or could not be.
    entered: Option<Box<Me>>,
    effects: VecDeque<Effect>,
}

impl Gate {
    /// One thing happened, `now` on the page's clock.
    pub fn handle(&mut self, now: Millis, event: Event) {
        match event {
            Event::Started(settings, languages) => {
                self.settings = settings;
                self.settings.speak_one_of(&languages);
                self.effects.push_back(Effect::ApplySettings(self.settings.clone()));
                self.effects.push_back(Effect::LoadSession);
            }
            Event::Action(action) => self.act(action),
            Event::Tick => SignInError::clear_if_due(&mut self.form.error, now),
            Event::Session(result) => self.session_known(now, result),
            Event::SignedIn(Ok(me)) => self.enter(me),
            Event::SignedIn(Err(failure)) => self.refuse(SignInError::of(&failure, now)),
            Event::NotLoaded => self.refuse(SignInError::NotLoaded),
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The form as it is to be shown.
    #[must_use]
    pub fn form(&self) -> &SignInView {
        &self.form
    }

    /// What the user chose for this browser.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Shows the form again, after a session; `error` says why where the user did not ask for it.
    pub(super) fn open(&mut self, error: Option<SignInError>) {
        self.entered = None;
        self.form = SignInView { busy: false, error };
    }

    fn act(&mut self, action: Action) {
        let before = self.settings.clone();
        match action {
            Action::SignIn { user, password, new_password } if !self.form.busy => {
                self.form = SignInView { busy: true, error: None };
                self.effects.push_back(Effect::SignIn {
                    user: user.trim().to_owned(),
                    password: Secret::new(password),
                    new_password: new_password.map(Secret::new),
                });
            }
            Action::ReconnectNow if !self.form.busy => {
                if let Some(me) = self.entered.take() {
                    self.enter(me);
                }
            }
            Action::SetLanguage(language) => self.settings.language = Some(language),
            Action::SetTheme(theme) => self.settings.theme = theme,
            // The other actions belong to pages that are not here.
            _ => {}
        }
        if self.settings != before {
            self.effects.push_back(Effect::SaveSettings(self.settings.clone()));
            self.effects.push_back(Effect::ApplySettings(self.settings.clone()));
        }
    }

    fn session_known(&mut self, now: Millis, result: Result<Option<Box<Me>>, Failure>) {
        // Whoever has pressed the button already gets the answer to that.
        if self.form != SignInView::default() {
            return;
        }
        match result {
            Ok(Some(me)) => self.enter(me),
            Ok(None) => {}
            Err(failure) if failure.signed_out() => self.form.error = failure.revoked(),
            Err(failure) => self.refuse(SignInError::of(&failure, now)),
        }
    }

    fn enter(&mut self, me: Box<Me>) {
        self.form = SignInView { busy: true, error: None };
        self.entered = Some(me.clone());
        self.effects.push_back(Effect::Enter(me));
    }

    fn refuse(&mut self, error: SignInError) {
        self.form = SignInView { busy: false, error: Some(error) };
    }
}
