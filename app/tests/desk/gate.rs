//! The sign-in page before the desk is loaded.

use app::desk::action::Action;
use app::desk::event::Failure;
use app::desk::gate::{Effect, Event, Gate};
use app::desk::settings::{Language, Settings, Theme};
use app::desk::view::session::{SignInError, SignInView};
use wire::{ErrorCode, Secret};

use crate::support::me;

fn effects(gate: &mut Gate) -> Vec<Effect> {
    std::iter::from_fn(|| gate.poll()).collect()
}

fn started() -> Gate {
    let mut gate = Gate::default();
    gate.handle(0, Event::Started(Settings::default(), vec!["xx".into(), "it-CH".into()]));
    let all = effects(&mut gate);
    assert_eq!(all, [Effect::ApplySettings(gate.settings().clone()), Effect::LoadSession]);
    gate
}

fn sign_in() -> Event {
    Event::Action(Action::SignIn { user: " agent1 ".into(), password: "portico".into(), new_password: None })
}

fn refused(status: Option<u16>, code: Option<ErrorCode>, retry_after: Option<u32>) -> Failure {
    Failure { status, code, retry_after }
}

fn said(error: SignInError) -> SignInView {
    SignInView { busy: false, error: Some(error) }
}

#[test]
fn the_form_is_there_at_once_in_the_browsers_language() {
    let mut gate = started();
    assert_eq!(gate.settings().language, Some(Language::It));
    assert_eq!(*gate.form(), SignInView::default());
    gate.handle(1, Event::Session(Ok(None)));
    assert_eq!(*gate.form(), SignInView::default());
    assert_eq!(effects(&mut gate), []);
}

#[test]
fn one_attempt_runs_at_a_time_and_leads_to_the_desk() {
    let mut gate = started();
    gate.handle(1, sign_in());
    gate.handle(2, sign_in());
    assert_eq!(
        effects(&mut gate),
        [Effect::SignIn { user: "agent1".into(), password: Secret::new("portico".to_owned()), new_password: None }]
    );
    gate.handle(3, Event::SignedIn(Ok(Box::new(me()))));
    assert_eq!(effects(&mut gate), [Effect::Enter(Box::new(me()))]);
    assert_eq!(*gate.form(), SignInView { busy: true, error: None }, "busy until the desk takes over");
}

#[test]
fn a_session_that_exists_leads_to_the_desk_but_not_past_an_attempt() {
    let mut gate = started();
    gate.handle(1, Event::Session(Ok(Some(Box::new(me())))));
    assert_eq!(effects(&mut gate), [Effect::Enter(Box::new(me()))]);

    let mut gate = started();
    gate.handle(1, sign_in());
    effects(&mut gate);
    gate.handle(2, Event::Session(Ok(Some(Box::new(me())))));
    assert_eq!(effects(&mut gate), [], "the answer to the attempt decides");
}

#[test]
fn refusals_have_their_words_and_too_many_attempts_end() {
    let mut gate = started();
    gate.handle(1, Event::Session(Err(refused(None, None, None))));
    assert_eq!(*gate.form(), said(SignInError::Unreachable));
    gate.handle(2, sign_in());
    gate.handle(3, Event::SignedIn(Err(refused(Some(401), Some(ErrorCode::BadCredentials), None))));
    assert_eq!(*gate.form(), said(SignInError::WrongPassword));
    gate.handle(4, sign_in());
    gate.handle(1_000, Event::SignedIn(Err(refused(Some(429), Some(ErrorCode::TooMany), Some(5)))));
    assert_eq!(*gate.form(), said(SignInError::TooManyAttempts { until: Some(6_000) }));
    gate.handle(5_999, Event::Tick);
    assert_eq!(*gate.form(), said(SignInError::TooManyAttempts { until: Some(6_000) }));
    gate.handle(6_000, Event::Tick);
    assert_eq!(*gate.form(), SignInView::default());
}

#[test]
fn a_desk_that_does_not_load_is_tried_again_without_signing_in_again() {
    let mut gate = started();
    gate.handle(1, Event::Action(Action::ReconnectNow));
    assert_eq!(effects(&mut gate), [], "nobody is signed in");
    gate.handle(2, Event::Session(Ok(Some(Box::new(me())))));
    effects(&mut gate);
    gate.handle(3, Event::NotLoaded);
    assert_eq!(*gate.form(), said(SignInError::NotLoaded));
    gate.handle(4, Event::Action(Action::ReconnectNow));
    assert_eq!(effects(&mut gate), [Effect::Enter(Box::new(me()))]);
    assert!(gate.form().busy);
}

#[test]
fn language_and_theme_are_saved_and_applied_when_they_change() {
    let mut gate = started();
    gate.handle(1, Event::Action(Action::SetTheme(Theme::Dark)));
    let dark = gate.settings().clone();
    assert_eq!(dark.theme, Theme::Dark);
    assert_eq!(effects(&mut gate), [Effect::SaveSettings(dark.clone()), Effect::ApplySettings(dark)]);
    gate.handle(2, Event::Action(Action::SetTheme(Theme::Dark)));
    assert_eq!(effects(&mut gate), []);
}

#[test]
fn a_password_that_is_good_once_asks_for_another() {
    let mut gate = Gate::default();
    gate.handle(0, sign_in());
    effects(&mut gate);
    let failure = Failure { status: Some(403), code: Some(ErrorCode::NewPassword), retry_after: None };
    gate.handle(1, Event::SignedIn(Err(failure)));
    assert_eq!(gate.form(), &SignInView { busy: false, error: Some(SignInError::NewPassword) });
    let again = Action::SignIn { user: "agent1".into(), password: "once".into(), new_password: Some("my own words".into()) };
    gate.handle(2, Event::Action(again));
    let sent = Effect::SignIn { user: "agent1".into(), password: Secret::new("once"), new_password: Some(Secret::new("my own words")) };
    assert_eq!(effects(&mut gate), [sent]);
}
