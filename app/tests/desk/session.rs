//! Signing in and out.

use app::desk::action::Action;
use app::desk::effect::Effect;
use app::desk::event::{Event, Failure, Start};
use app::desk::settings::{Language, Theme};
use app::desk::view::session::{SessionView, Shift, SignInError, SignInView};
use sip_ws::io::Command;
use wire::{ErrorCode, Me, Role, ServerFrame};

use crate::support::{Bench, me, refused, snapshot};

fn form(bench: &Bench) -> SignInView {
    match bench.desk.session_view() {
        SessionView::SignedOut(view) => view,
        other => panic!("no form: {other:?}"),
    }
}

fn sign_in() -> Action {
    Action::SignIn { user: " agent1 ".into(), password: "portico".into(), new_password: None }
}

#[test]
fn a_fresh_page_asks_and_shows_the_form_in_the_browsers_language() {
    let mut bench = Bench::new();
    assert_eq!(bench.desk.session_view(), SessionView::Starting);
    assert!(bench.effects.contains(&Effect::LoadSession));
    assert_eq!(bench.desk.settings().language, Some(Language::Fr));
    bench.event(Event::Session(Ok(None)));
    assert_eq!(form(&bench), SignInView::default());
}

#[test]
fn whoever_has_signed_in_on_the_page_before_is_not_asked_for_again() {
    let mut bench = Bench::blank();
    bench.event(Event::Started(Start { online: true, session: Some(Box::new(me())), ..Start::default() }));
    assert!(bench.desk.session_view().signed_in().is_some());
    assert!(!bench.effects.contains(&Effect::LoadSession));
    assert!(bench.effects.contains(&Effect::OpenFeed(None)));
}

#[test]
fn whose_rights_were_changed_has_another_menu_at_once() {
    let mut bench = Bench::ready();
    let leads = |bench: &Bench| bench.desk.session_view().signed_in().map(|me| (me.leads, me.shift));
    assert_eq!(leads(&bench), Some((false, Shift::On)));
    // The switchboard sends all anew to whoever has other rights from now on.
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(30)))));
    assert!(bench.effects.contains(&Effect::LoadSession));
    bench.event(Event::Session(Err(Failure { status: Some(503), code: None, retry_after: None })));
    bench.event(Event::Session(Ok(None)));
    let somebody = Me { id: "p2".into(), roles: vec![Role::Administrator], ..me() };
    bench.event(Event::Session(Ok(Some(Box::new(somebody)))));
    assert_eq!(leads(&bench), Some((false, Shift::On)), "neither of these says anything about us");
    bench.event(Event::Session(Ok(Some(Box::new(Me { roles: vec![Role::Administrator], ..me() })))));
    assert_eq!(leads(&bench), Some((true, Shift::On)), "the shift goes on");
}

#[test]
fn a_wrong_password_is_said_and_one_attempt_runs_at_a_time() {
    let mut bench = Bench::new();
    bench.event(Event::Session(Ok(None)));
    bench.act(sign_in());
    bench.act(sign_in());
    let attempts = bench.effects.iter().filter(|effect| matches!(effect, Effect::SignIn { .. })).count();
    assert_eq!(attempts, 1);
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::SignIn { user, .. } if user == "agent1")));
    assert!(form(&bench).busy);
    bench.event(Event::SignedIn(Err(Failure { status: Some(401), code: Some(ErrorCode::BadCredentials), retry_after: None })));
    assert_eq!(form(&bench), SignInView { busy: false, error: Some(SignInError::WrongPassword) });
    bench.act(sign_in());
    assert_eq!(form(&bench).error, None);
    bench.event(Event::SignedIn(Ok(Box::new(me()))));
    assert!(bench.desk.session_view().signed_in().is_some());
}

#[test]
fn every_refusal_has_its_own_words() {
    let mut bench = Bench::new();
    bench.event(Event::Session(Ok(None)));
    let mut answer = |failure| {
        bench.act(sign_in());
        bench.event(Event::SignedIn(Err(failure)));
        (form(&bench).error, bench.now)
    };
    let (error, now) = answer(Failure { status: Some(429), code: Some(ErrorCode::TooMany), retry_after: Some(30) });
    assert_eq!(error, Some(SignInError::TooManyAttempts { until: Some(now + 30_000) }));
    assert_eq!(answer(Failure { status: None, code: None, retry_after: None }).0, Some(SignInError::Unreachable));
    assert_eq!(answer(refused(500)).0, Some(SignInError::Refused { status: 500 }));
}

#[test]
fn the_lock_out_notice_leaves_when_it_is_over() {
    let mut bench = Bench::new();
    bench.event(Event::Session(Ok(None)));
    bench.act(sign_in());
    bench.event(Event::SignedIn(Err(Failure { status: Some(429), code: None, retry_after: Some(3) })));
    bench.pass(2);
    assert!(form(&bench).error.is_some());
    bench.pass(2);
    assert_eq!(form(&bench).error, None);
}

#[test]
fn signing_out_unregisters_and_forgets() {
    let (mut bench, _) = Bench::talking();
    bench.act(Action::SignOut);
    assert_eq!(form(&bench), SignInView::default());
    for expected in [Effect::Agent(Command::Stop), Effect::DropAgent, Effect::CloseFeed, Effect::SignOut] {
        assert!(bench.effects.contains(&expected), "{expected:?}");
    }
    assert!(bench.desk.call_views().is_empty() && bench.desk.people_view().is_empty());
    assert!(bench.desk.history_view().rows.is_empty());
}

#[test]
fn preferences_are_saved_and_applied_once() {
    let mut bench = Bench::new();
    bench.effects.clear();
    bench.act(Action::SetTheme(Theme::Dark));
    bench.act(Action::SetTheme(Theme::Dark));
    let saves = bench.effects.iter().filter(|effect| matches!(effect, Effect::SaveSettings(_))).count();
    assert_eq!(saves, 1);
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::ApplySettings(settings) if settings.theme == Theme::Dark)));
}

#[test]
fn actions_print_nothing_personal() {
    let actions = [sign_in(), Action::Dial { target: "0791234567".into(), video: false }];
    for action in actions {
        let text = format!("{action:?}");
        assert!(!text.contains("agent1") && !text.contains("portico") && !text.contains("079"), "{text}");
    }
}
