//! Doors that ring a queue, through the whole server: who reads which door waits, who may open it, and what becomes of the figures.

use crate::rights::door;
use crate::support::{Client, Desk, Feed};
use crate::turned_away::{call, days, figures, on_the_floor};
use futures_util::StreamExt as _;
use serde_json::json;
use std::time::Duration;
use switchboard::config::{Config, Person, SiteDoors};
use switchboard::demo;
use switchboard::doors::model::{Line, Rings};
use switchboard::server::Server;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use wire::{
    CallTimeline, Callers, ClientFrame, Counted, Order, OrderResult, ReleaseOutcome, ReportCalls, ReportFigures, Role, Secret, ServerFrame,
    Snapshot, TimelineDetail, TimelineKind, TimelinePart, WaitingCaller, WaitingDoor,
};

/// Doors north and south both ring the queue of the north, whose agents are of either site.
fn house(config: &mut Config) {
    let tenant = &mut config.tenants[0];
    let password = tenant.people[0].password.clone();
    let person = |user: &str, role, site: &str| Person {
        user: user.into(),
        name: user.into(),
        roles: vec![role],
        sites: vec![site.into()],
        skills: switchboard::queue::Levels::new(),
        password: password.clone(),
        pbx: None,
    };
    tenant.people.extend([
        person("nora", Role::Agent, "north"),
        person("connie", Role::Concierge, "south"),
        person("norman", Role::Supervisor, "north"),
    ]);
    tenant.queues[0].agents = vec!["nora".into(), "connie".into()];
    tenant.doors = ["north", "south"].map(ringing).to_vec();
}

fn ringing(site: &str) -> SiteDoors {
    let mut doors = door(site);
    let entrance = &mut doors.entrances[0];
    entrance.name = format!("Gate of the {site}");
    entrance.station.sip_user = Some(entrance.id.clone());
    let rings = Rings::Queue { name: "support".into(), priority: 2 };
    entrance.station.line = Some(Line { password: Secret::new(demo::PASSWORD), rings });
    doors
}

/// A page, and what it is shown first.
async fn page(desk: &Desk, user: &str) -> (Client, Feed, Snapshot) {
    let client = desk.signed_in(user).await;
    let mut feed = client.feed().await;
    match feed.next_state().await {
        Some(ServerFrame::Snapshot(first)) => (client, feed, first),
        other => panic!("no snapshot but {other:?}"),
    }
}

/// The first of a queue as somebody's page shows it: on the floor of whoever is in charge, else among one's own queues.
async fn first(desk: &Desk, user: &str) -> WaitingCaller {
    let (_, _, shown) = page(desk, user).await;
    let floor = shown.floor.into_iter().flat_map(|floor| floor.queues).map(|of| of.queue);
    let mut all = floor.chain(shown.queues).filter(|queue| queue.name == "support");
    all.next().expect("the queue").first.remove(0)
}

async fn opens(client: &Client, door: &str) -> u16 {
    let body = json!({ "id": switchboard::ids::new_id(), "relays": [1] });
    client.post(&format!("/api/doors/{door}/release"), &body).await.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_door_is_named_to_those_of_its_site_and_opened_by_them_alone() {
    let desk = Desk::start_with(house).await;
    let (status, _station) = call(&desk.server.url(), "gate-south", "support", &[180, 182, 480]).await;
    assert_eq!(status, 180, "a station rings back");
    let named = Some(WaitingDoor { entrance: "Gate of the south".into(), site: "South gate".into() });
    for (user, sees) in [("supervisor", true), ("norman", false), ("connie", true), ("nora", false)] {
        let waits = first(&desk, user).await;
        assert_eq!((waits.priority, waits.door.is_some()), (2, true), "{user} sees that a door waits");
        assert_eq!(waits.door == named, sees, "{user}: {waits:?}");
        assert_eq!(waits.door == Some(WaitingDoor::default()), !sees, "{user}: {waits:?}");
        assert_eq!(waits.display_name == "Gate of the south", sees, "{user}: {waits:?}");
        let client = desk.signed_in(user).await;
        if let Ok(all) = client.get("/api/queues/support/callers").await.json::<Callers>().await {
            assert_eq!(all.callers, [waits], "{user}: the same in the list of everybody");
        }
    }

    // An agent of the queue who is of another site opens nothing there, rung or not; a concierge of the site does, and takes calls.
    let (nora, ..) = page(&desk, "nora").await;
    assert_eq!(opens(&nora, "gate-south").await, 403);
    let (connie, mut feed, shown) = page(&desk, "connie").await;
    assert!(shown.agent.is_some(), "a concierge works for a queue like anybody");
    feed.send(&ClientFrame::Order { id: 1, order: Order::Ready }).await;
    let done = async {
        loop {
            match feed.next().await {
                Some(ServerFrame::Ordered { id: 1, result }) => return result,
                Some(_) => {}
                None => panic!("the feed ended"),
            }
        }
    };
    assert_eq!(timeout(Duration::from_secs(10), done).await.unwrap(), OrderResult::Done);
    // Its station is out of reach: who knows whether it opened. The visitor waits on.
    assert_eq!(opens(&connie, "gate-south").await, 200);
    assert_eq!(desk.server.services().hub.waiting(&tenant(&desk), "support"), 1);
}

fn tenant(desk: &Desk) -> switchboard::ids::TenantId {
    desk.server.services().directory.tenants()[0].id.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_is_opened_unanswered_counts_as_opened_in_time_and_as_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let mut settings = crate::support::config(data.path());
    house(&mut settings);
    let desk = Desk { server: Server::start(settings.clone()).await.unwrap(), data };
    let (_, mut station) = call(&desk.server.url(), "gate-south", "support", &[180]).await;
    let services = desk.server.services();
    let connie = services.directory.person(&tenant(&desk), "connie").unwrap();
    services.floor.opened(&connie, "gate-south");
    let refused = async {
        while let Some(Ok(frame)) = station.next().await {
            if let Frame::Text(text) = frame
                && text.starts_with("SIP/2.0 480 Door opened")
            {
                return text.contains("SIP;cause=200;text=\"Door opened\"");
            }
        }
        false
    };
    assert!(timeout(Duration::from_secs(10), refused).await.unwrap(), "the station is told");

    let head = desk.signed_in("supervisor").await;
    let expected = ReportFigures { opened: 1, in_time: 1, ..ReportFigures::default() };
    let counted = async {
        while figures(&head, "support").await != expected {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(20), counted).await.expect("the figures");
    let seen = on_the_floor(&head, "support").await;
    assert_eq!((seen.opened, seen.in_time, seen.answered, seen.lost, seen.waited_ms), (1, 1, 0, 0, 0));
    assert_eq!(seen.percent(), Some(100));
    let calls: ReportCalls = head.json(&format!("/api/reports/calls?{}&report=queues&queue=support&counted=opened", days())).await;
    let [row] = &calls.rows[..] else { panic!("{calls:?}") };
    assert_eq!(
        (row.counted, row.in_time, row.agent.as_str(), row.caller.address.as_str()),
        (Counted::Opened, true, "connie", "gate-south")
    );
    let own: ReportCalls = head.json(&format!("/api/reports/calls?{}&report=agents&agent=connie&counted=opened", days())).await;
    assert_eq!(own.rows.len(), 1, "whoever opened it did the work");
    let file = head.get(&format!("/api/reports/queues?{}&format=csv", days())).await.text().await.unwrap();
    assert!(file.lines().next().unwrap().contains(",answered,in time,opened,lost,"), "{file}");

    // A restart finds the same, and so does whoever counts the history anew.
    drop(station);
    desk.server.stop().await;
    let desk = Desk { server: Server::start(settings).await.unwrap(), data: desk.data };
    let head = desk.signed_in("supervisor").await;
    assert_eq!((figures(&head, "support").await, on_the_floor(&head, "support").await.opened), (expected, 1));
    desk.server.services().store.recount().await.unwrap();
    assert_eq!(figures(&head, "support").await, expected);
}

/// The contact of the one call of a queue that the reports know.
async fn counted(client: &Client) -> String {
    let path = format!("/api/reports/calls?{}&report=queues&queue=support", days());
    let row = async {
        loop {
            if let Some(row) = client.json::<ReportCalls>(&path).await.rows.pop() {
                return row.contact;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(10), row).await.expect("it is counted")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_elsewhere_has_no_name_in_the_story_of_its_call_or_in_the_reports() {
    let desk = Desk::start_with(house).await;
    let (_, _station) = call(&desk.server.url(), "gate-south", "support", &[180]).await;
    let services = desk.server.services();
    // Opened from the page of doors: the release names no call.
    services.floor.opened(&services.directory.person(&tenant(&desk), "connie").unwrap(), "gate-south");
    let (head, norman) = (desk.signed_in("supervisor").await, desk.signed_in("norman").await);
    let contact = counted(&head).await;
    let (story, calls) = (format!("/api/calls/{contact}"), format!("/api/reports/calls?{}&report=queues&queue=support", days()));
    for path in [story.clone(), calls.clone(), format!("{calls}&format=csv")] {
        let names = async |client: &Client| {
            let answer = client.get(&path).await;
            assert_eq!(answer.status(), 200, "{path}");
            let text = answer.text().await.unwrap();
            ["gate-south", "Gate of the south"].iter().any(|name| text.contains(name))
        };
        assert_eq!((names(&head).await, names(&norman).await), (true, false), "{path}");
    }
    assert_eq!(norman.json::<ReportCalls>(&calls).await.rows[0].contact, contact, "the call itself is one of their queue");
    let told: CallTimeline = norman.json(&story).await;
    assert_eq!((told.lanes[0].part, told.lanes[0].name.as_str()), (TimelinePart::Caller, ""), "somebody waited");
    assert!(!told.lanes[0].spans.is_empty());
    let opened = |told: &CallTimeline| {
        let doors: Vec<_> = told.events.iter().filter(|event| event.what == TimelineKind::Door).collect();
        let [door] = doors[..] else { panic!("{told:?}") };
        assert_eq!(door.detail, Some(TimelineDetail::Door { outcome: ReleaseOutcome::Opened }));
        (door.who.clone(), door.by.clone())
    };
    assert_eq!(opened(&told), (String::new(), String::new()), "who opened elsewhere is nobody's business here");
    assert_eq!(opened(&head.json(&story).await), ("Gate of the south".to_owned(), "connie".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_news_of_a_call_hears_what_became_of_its_door() {
    let desk = Desk::start_with(house).await;
    let (_, _station) = call(&desk.server.url(), "gate-south", "support", &[180]).await;
    let services = desk.server.services();
    let (connie, head) = (desk.signed_in("connie").await, desk.signed_in("supervisor").await);
    let rows = services.store.history(&tenant(&desk), "gate-south", None, 1, switchboard::clock::now_ms()).await.unwrap().rows;
    let contact = rows[0].contact.clone();
    let known = head.json::<CallTimeline>(&format!("/api/calls/{contact}")).await.events.len();
    let path = format!("/api/calls/{contact}?known={known}");
    let body = json!({ "id": switchboard::ids::new_id(), "relays": [1], "call": contact });
    let opens = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(connie.post("/api/doors/gate-south/release", &body).await.status(), 200);
    };
    let waits = timeout(Duration::from_secs(15), head.json::<CallTimeline>(&path));
    let (told, ()) = tokio::join!(waits, opens);
    let told = told.expect("long before the answer would come anyway");
    assert_eq!(told.events.last().map(|event| event.what), Some(TimelineKind::Door), "{told:?}");
}
