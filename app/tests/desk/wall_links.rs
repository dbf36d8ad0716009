//! Links to the wallboard in the office: who has the page, and an address that is shown once.

use app::desk::event::Failure;
use app::desk::office::action::Action as Wish;
use app::desk::office::view::WallDone;
use app::desk::office::{Effect, Event, Office, Tab};
use app::desk::settings::Settings;
use wire::{Choice, ErrorCode, Me, Role, Secret, WallLink, WallList, WallWish};

use crate::support::me;

fn inside(role: Role) -> Office {
    let mut office = Office::at("https://desk.example".into());
    let me = Box::new(Me { roles: vec![role], ..me() });
    office.handle(0, Event::Started(Settings::default(), Vec::new(), Some(me)));
    effects(&mut office);
    office
}

fn effects(office: &mut Office) -> Vec<Effect> {
    std::iter::from_fn(|| office.poll()).collect()
}

fn list(token: Option<&str>) -> WallList {
    let link = WallLink {
        id: "l1".into(),
        name: "Lobby".into(),
        queues: vec!["Reception".into(), "Support".into()],
        by: "Supervisor".into(),
        expires_at: 9,
        used_at: None,
        screens: 2,
    };
    let choices = vec![Choice { name: "support".into(), label: "Support".into() }];
    WallList { links: vec![link], choices, token: token.map(Secret::new) }
}

fn make(name: &str, queues: &[&str]) -> Event {
    Event::Wish(Wish::MakeWall { name: name.into(), queues: queues.iter().map(|&name| name.into()).collect(), days: 7 })
}

#[test]
fn the_page_is_for_supervisors_and_administrators() {
    for (role, has) in [(Role::Supervisor, true), (Role::Administrator, true), (Role::Viewer, false), (Role::Agent, false)] {
        assert_eq!(inside(role).office_view().tabs.contains(&Tab::Screens), has, "{role:?}");
    }
}

#[test]
fn an_address_is_shown_once_copied_and_put_away() {
    let mut office = inside(Role::Supervisor);
    office.handle(1, make("  ", &["support"]));
    office.handle(1, make("Lobby", &[]));
    assert_eq!(effects(&mut office), [], "nothing that the switchboard would refuse");
    office.handle(2, make(" Lobby ", &["support"]));
    office.handle(2, make("Lobby", &["support"]));
    let wish = WallWish { name: "Lobby".into(), queues: vec!["support".into()], days: 7 };
    assert_eq!(effects(&mut office), [Effect::MakeWall(wish)], "one at a time");
    assert!(office.walls_view().making);
    office.handle(3, Event::WallMade(Ok(list(Some("t0ken")))));
    let view = office.walls_view();
    let made = view.made.expect("a link");
    assert_eq!((made.name.as_str(), made.address.expose(), made.copied), ("Lobby", "https://desk.example/wall#t0ken", None));
    assert_eq!((view.rows[0].queues.as_str(), view.rows[0].screens, view.queues.len()), ("Reception, Support", 2, 1));
    office.handle(4, Event::Wish(Wish::CopyWall));
    assert_eq!(effects(&mut office), [Effect::Copy(Secret::new("https://desk.example/wall#t0ken"))]);
    office.handle(5, Event::Copied(false));
    assert_eq!(office.walls_view().made.and_then(|made| made.copied), Some(false));
    office.handle(6, Event::Wish(Wish::PutWallAway));
    office.handle(7, Event::Walls(Ok(list(None))));
    assert_eq!(office.walls_view().made, None, "nobody shows it again");
}

#[test]
fn what_came_of_revoking_is_said_and_the_session_may_be_what_is_missing() {
    let mut office = inside(Role::Administrator);
    let revoke = || Event::Wish(Wish::RevokeWall { id: "l1".into() });
    office.handle(1, revoke());
    assert_eq!(effects(&mut office), [Effect::RevokeWall { id: "l1".into() }]);
    office.handle(2, Event::WallRevoked(Ok(WallList::default())));
    assert_eq!((office.walls_view().done, office.walls_view().rows.len()), (Some(WallDone::Revoked), 0));
    let refused = |status, code| Failure { status: Some(status), code: Some(code), retry_after: None };
    office.handle(3, revoke());
    office.handle(4, Event::WallRevoked(Err(refused(404, ErrorCode::NotFound))));
    assert_eq!(office.walls_view().done, Some(WallDone::Gone));
    assert!(effects(&mut office).contains(&Effect::LoadWalls), "what there is now is looked at");
    office.handle(5, make("Lobby", &["support"]));
    office.handle(6, Event::WallMade(Err(refused(503, ErrorCode::Unavailable))));
    assert_eq!(office.walls_view().done, Some(WallDone::TooMany));
    office.handle(7, make("Lobby", &["support"]));
    assert_eq!(office.walls_view().done, None, "what became of an earlier wish is old");
    office.handle(8, Event::WallMade(Err(refused(401, ErrorCode::NotSignedIn))));
    assert!(office.office_view().tabs.is_empty() && office.walls_view() == Default::default(), "nothing of it stays");
}
