//! The office: who enters, which pages there are, and how a session ends under it.

use app::desk::action::Action;
use app::desk::event::Failure;
use app::desk::office::action::Action as Wish;
use app::desk::office::view::{Done, PasswordDone};
use app::desk::office::{Effect, Event, Office, Tab};
use app::desk::settings::{Settings, Theme};
use app::desk::view::session::{SessionView, SignInError, SignInView};
use wire::{ErrorCode, Me, Role, Secret, SessionItem, SessionList, SessionsEnded, Site, WhoseSession};

use crate::support::me;

fn effects(office: &mut Office) -> Vec<Effect> {
    std::iter::from_fn(|| office.poll()).collect()
}

fn supervisor() -> Box<Me> {
    let site = Site { id: "north".into(), name: "North house".into(), zone: "Europe/Rome".into() };
    Box::new(Me { roles: vec![Role::Supervisor], sites: vec![site], ..me() })
}

/// The office of somebody whom the sign-in page has let in.
fn inside() -> Office {
    let mut office = Office::default();
    office.handle(0, Event::Started(Settings::default(), Vec::new(), Some(supervisor())));
    effects(&mut office);
    office
}

fn gone() -> Failure {
    Failure { status: Some(401), code: Some(ErrorCode::NotSignedIn), retry_after: None }
}

fn unreachable() -> Failure {
    Failure { status: None, code: None, retry_after: None }
}

fn said(error: SignInError) -> SessionView {
    SessionView::SignedOut(SignInView { busy: false, error: Some(error) })
}

#[test]
fn whoever_comes_from_the_sign_in_page_is_inside_at_once_and_nobody_is_asked() {
    let mut office = Office::default();
    office.handle(0, Event::Started(Settings::default(), Vec::new(), Some(supervisor())));
    assert_eq!(effects(&mut office), [Effect::ApplySettings(office.settings().clone())]);
    let view = office.office_view();
    assert_eq!((view.roles, view.sites), (vec![Role::Supervisor], vec!["North house".to_owned()]));
    assert!(view.tabs.contains(&Tab::Overview));
}

#[test]
fn a_page_that_begins_here_asks_who_is_signed_in() {
    let mut office = Office::default();
    office.handle(0, Event::Started(Settings::default(), Vec::new(), None));
    assert_eq!(effects(&mut office), [Effect::ApplySettings(office.settings().clone()), Effect::LoadSession]);
    assert_eq!(office.session_view(), SessionView::Starting);
    assert!(office.office_view().tabs.is_empty(), "nothing is shown of anybody yet");
    office.handle(1, Event::Session(Ok(Some(supervisor()))));
    assert!(office.session_view().signed_in().is_some_and(|me| me.user == "agent1"));
}

#[test]
fn without_a_session_there_is_the_form_and_it_leads_inside() {
    let mut office = Office::default();
    office.handle(0, Event::Started(Settings::default(), Vec::new(), None));
    effects(&mut office);
    office.handle(1, Event::Session(Ok(None)));
    assert_eq!(office.session_view(), SessionView::SignedOut(SignInView::default()));
    office.handle(2, Event::Action(Action::SignIn { user: " agent1".into(), password: "portico".into(), new_password: None }));
    assert_eq!(
        effects(&mut office),
        [Effect::SignIn { user: "agent1".into(), password: Secret::new("portico".to_owned()), new_password: None }]
    );
    office.handle(3, Event::SignedIn(Err(Failure { status: Some(401), code: Some(ErrorCode::BadCredentials), retry_after: None })));
    assert_eq!(office.session_view(), said(SignInError::WrongPassword));
    office.handle(4, Event::Action(Action::SignIn { user: "agent1".into(), password: "portico".into(), new_password: None }));
    effects(&mut office);
    office.handle(5, Event::SignedIn(Ok(supervisor())));
    assert!(office.session_view().signed_in().is_some());
}

#[test]
fn a_session_that_was_ended_elsewhere_is_noticed_and_said() {
    let mut office = inside();
    office.handle(29_999, Event::Tick);
    assert_eq!(effects(&mut office), []);
    office.handle(30_000, Event::Tick);
    assert_eq!(effects(&mut office), [Effect::LoadSession]);
    office.handle(30_001, Event::Session(Err(unreachable())));
    assert!(office.session_view().signed_in().is_some(), "a lost network ends no session");
    office.handle(31_000, Event::Shown);
    assert_eq!(effects(&mut office), [Effect::LoadSession]);
    office.handle(31_001, Event::Session(Ok(None)));
    assert_eq!(office.session_view(), said(SignInError::Expired));
    assert!(office.office_view().tabs.is_empty());
    office.handle(90_000, Event::Tick);
    assert_eq!(effects(&mut office), [], "nobody is signed in, so nobody is looked after");
}

#[test]
fn signing_out_leads_to_the_form_once_the_server_has_done_it() {
    let mut office = inside();
    office.handle(1, Event::Action(Action::SignOut));
    assert_eq!(effects(&mut office), [Effect::SignOut]);
    office.handle(2, Event::SignedOut(Err(unreachable())));
    assert!(office.office_view().sign_out_failed, "it is said that the session still runs");
    office.handle(3, Event::Action(Action::SignOut));
    assert_eq!(effects(&mut office), [Effect::SignOut]);
    assert!(!office.office_view().sign_out_failed);
    office.handle(4, Event::SignedOut(Ok(())));
    assert_eq!(office.session_view(), SessionView::SignedOut(SignInView::default()));

    let mut office = inside();
    office.handle(1, Event::Action(Action::SignOut));
    office.handle(2, Event::SignedOut(Err(gone())));
    assert_eq!(office.session_view(), SessionView::SignedOut(SignInView::default()), "there was nothing left to end");
}

#[test]
fn roles_that_change_change_the_pages() {
    let mut office = inside();
    office.handle(1, Event::Session(Ok(Some(Box::new(Me { roles: vec![Role::Viewer], ..*supervisor() })))));
    assert_eq!(office.office_view().roles, [Role::Viewer]);
}

#[test]
fn language_and_theme_are_saved_and_applied_when_they_change() {
    let mut office = inside();
    office.handle(1, Event::Action(Action::SetTheme(Theme::Dark)));
    let dark = office.settings().clone();
    assert_eq!(dark.theme, Theme::Dark);
    assert_eq!(effects(&mut office), [Effect::SaveSettings(dark.clone()), Effect::ApplySettings(dark)]);
}

#[test]
fn nothing_of_administration_stays_after_a_session() {
    use app::desk::office::admin::{Answer, Ask, Errand, Topic, Typed};
    let mut office = inside();
    let place = wire::AdminPlace { sites: Vec::new(), own: Vec::new(), everywhere: true };
    office.handle(1, Event::Answer(Answer::Reasons(Ok(wire::ReasonsPage { place, reasons: Vec::new() }))));
    office.handle(1, Event::Ask(Ask::Add(Topic::Reasons)));
    let typed =
        Typed::new(|draft| *draft = app::desk::office::admin::Draft::Reason(wire::Choice { name: "tea".into(), label: "Tea".into() }));
    office.handle(1, Event::Ask(Ask::Change(Topic::Reasons, typed)));
    assert_eq!(effects(&mut office), [Effect::Errand(Errand::Guard(true))]);
    // A list that is refused for want of a session ends it too.
    office.handle(2, Event::Answer(Answer::People(Err(app::desk::office::admin::Refused::Failed(gone())))));
    assert_eq!(office.session_view(), said(SignInError::Expired));
    assert_eq!(effects(&mut office), [Effect::Errand(Errand::Guard(false))]);
    assert!(office.admin().form(Topic::Reasons).is_none() && office.admin().reasons.known().is_none());
    office.handle(3, Event::Ask(Ask::Look(Topic::People)));
    assert!(effects(&mut office).is_empty(), "nobody asks without a session");
}

fn item(id: &str, user: &str, current: bool) -> SessionItem {
    SessionItem {
        id: id.into(),
        person: WhoseSession { id: format!("p-{user}"), user: user.into(), display_name: format!("Name of {user}") },
        own: user == "agent1",
        current,
        browser: "Firefox 140".into(),
        system: if current { "Linux".into() } else { String::new() },
        address: "192.0.2.1".into(),
        signed_in_at: 1,
        seen_at: 2,
        expires_at: 3,
        open: false,
    }
}

fn find(office: &mut Office, now: u64, find: &str) {
    office.handle(now, Event::Wish(Wish::FindSessions { find: find.into() }));
    assert_eq!(effects(office), [Effect::LoadSessions { find: find.into(), after: None }]);
}

#[test]
fn sessions_are_listed_and_an_answer_to_an_older_search_is_not() {
    let mut office = inside();
    find(&mut office, 1, "");
    assert!(office.sessions_view().loading);
    find(&mut office, 2, "one");
    let list = |sessions| SessionList { sessions, next: None, now: 9 };
    office.handle(3, Event::Sessions(String::new(), None, Ok(list(vec![item("x", "agent2", false)]))));
    assert!(office.sessions_view().rows.is_empty());
    office.handle(4, Event::Sessions("one".into(), None, Ok(list(vec![item("a", "agent1", true), item("b", "agent1", false)]))));
    let view = office.sessions_view();
    assert_eq!(view.rows.iter().map(|row| row.device.as_str()).collect::<Vec<_>>(), ["Firefox 140 \u{b7} Linux", "Firefox 140"]);
    assert!(view.more_own && !view.of_others && !view.loading);
}

#[test]
fn pages_of_sessions_come_behind_each_other_and_an_old_one_is_not_added() {
    let mut office = inside();
    find(&mut office, 1, "");
    let page =
        |id: &str, next: Option<&str>| Ok(SessionList { sessions: vec![item(id, "agent1", false)], next: next.map(str::to_owned), now: 9 });
    let ids = |office: &Office| office.sessions_view().rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    office.handle(2, Event::Sessions(String::new(), None, page("c", Some("2.c"))));
    for _ in 0..2 {
        office.handle(3, Event::Wish(Wish::MoreSessions));
    }
    let after = Some("2.c".to_owned());
    let asked = Effect::LoadSessions { find: String::new(), after: after.clone() };
    assert_eq!(effects(&mut office), [asked], "asked for once");
    office.handle(4, Event::Sessions(String::new(), after.clone(), page("b", Some("2.b"))));
    assert_eq!((ids(&office), office.sessions_view().more), (vec!["c".to_owned(), "b".to_owned()], true));
    office.handle(5, Event::Sessions(String::new(), after, page("b", Some("2.b"))));
    assert_eq!(ids(&office), ["c", "b"], "the same page once more adds nothing");
    office.handle(6, Event::Wish(Wish::MoreSessions));
    office.handle(7, Event::Sessions(String::new(), Some("2.b".into()), page("a", None)));
    assert_eq!((ids(&office), office.sessions_view().more), (vec!["c".to_owned(), "b".to_owned(), "a".to_owned()], false));
    effects(&mut office);
    office.handle(8, Event::Wish(Wish::MoreSessions));
    assert_eq!(effects(&mut office), [], "there is no more");
}

#[test]
fn what_was_ended_is_said_and_the_list_is_asked_for_again() {
    let mut office = inside();
    find(&mut office, 1, "one");
    office.handle(2, Event::Wish(Wish::EndSession { id: "b".into() }));
    assert_eq!(effects(&mut office), [Effect::EndSession { id: "b".into() }]);
    office.handle(3, Event::SessionsEnded(Ok(SessionsEnded { ended: 1 })));
    assert_eq!(effects(&mut office), [Effect::LoadSessions { find: "one".into(), after: None }]);
    assert_eq!(office.sessions_view().done, Some(Done::Ended(1)));
    office.handle(4, Event::SessionsEnded(Err(Failure { status: Some(404), code: Some(ErrorCode::NotFound), retry_after: None })));
    assert_eq!(office.sessions_view().done, Some(Done::Gone));
    office.handle(5, Event::SessionsEnded(Err(unreachable())));
    assert_eq!(office.sessions_view().done, Some(Done::Failed));
    effects(&mut office);
    find(&mut office, 6, "");
    assert_eq!(office.sessions_view().done, None, "the page was opened anew");
}

#[test]
fn another_password_is_asked_for_once_and_what_came_of_it_is_said() {
    let mut office = inside();
    let change = || Event::Wish(Wish::ChangePassword { present: Secret::new("before"), new: Secret::new("a better one") });
    office.handle(1, change());
    office.handle(1, change());
    let asked = Effect::ChangePassword { present: Secret::new("before"), new: Secret::new("a better one") };
    assert_eq!(effects(&mut office), [asked], "while an answer is awaited nothing is asked");
    let refused = |status, code, retry_after| Err(Failure { status: Some(status), code: Some(code), retry_after });
    for (result, said) in [
        (refused(403, ErrorCode::Forbidden, None), PasswordDone::Wrong),
        (refused(403, ErrorCode::NewPassword, None), PasswordDone::Unfit),
        (refused(429, ErrorCode::TooMany, Some(40)), PasswordDone::Wait(40)),
        (Err(unreachable()), PasswordDone::Failed),
    ] {
        office.handle(2, Event::PasswordChanged(result));
        assert_eq!(office.sessions_view().password, Some(said));
        assert_eq!(effects(&mut office), [], "nothing was ended");
    }
    office.handle(3, Event::PasswordChanged(Ok(SessionsEnded { ended: 2 })));
    assert_eq!(office.sessions_view().password, Some(PasswordDone::Set(2)));
    assert_eq!(effects(&mut office), [Effect::LoadSessions { find: String::new(), after: None }], "the others are gone");
    office.handle(4, Event::Wish(Wish::ForgetPassword));
    assert_eq!(office.sessions_view().password, None);
}

#[test]
fn a_session_that_somebody_ended_is_said_so_and_nothing_of_it_stays() {
    let revoked = || Failure { status: Some(401), code: Some(ErrorCode::SessionRevoked), retry_after: None };
    let mut office = inside();
    find(&mut office, 1, "");
    office
        .handle(2, Event::Sessions(String::new(), None, Ok(SessionList { sessions: vec![item("a", "agent1", true)], next: None, now: 9 })));
    office.handle(3, Event::Session(Err(revoked())));
    assert_eq!(office.session_view(), said(SignInError::Revoked));
    assert!(office.sessions_view().rows.is_empty());
    office.handle(4, Event::Wish(Wish::LoadLockouts));
    assert_eq!(effects(&mut office), [], "nobody is signed in");

    let mut office = Office::default();
    office.handle(0, Event::Started(Settings::default(), Vec::new(), None));
    office.handle(1, Event::Session(Err(revoked())));
    assert_eq!(office.session_view(), said(SignInError::Revoked), "also where the page begins with it");
}

#[test]
fn lock_outs_are_for_administrators_and_are_asked_for_again_after_one_was_lifted() {
    let mut office = inside();
    assert!(!office.office_view().tabs.contains(&Tab::Lockouts));
    office.handle(1, Event::Session(Ok(Some(Box::new(Me { roles: vec![Role::Administrator], ..*supervisor() })))));
    assert!(office.office_view().tabs.contains(&Tab::Lockouts));
    office.handle(2, Event::Wish(Wish::LiftLockout { id: "l".into() }));
    assert_eq!(effects(&mut office), [Effect::LiftLockout { id: "l".into() }]);
    office.handle(3, Event::LockoutLifted(Ok(())));
    assert_eq!(effects(&mut office), [Effect::LoadLockouts]);
    assert_eq!(office.lockouts_view().done, Some(Done::Lifted));
}
