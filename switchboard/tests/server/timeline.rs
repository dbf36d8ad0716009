//! One call from its first event to its last, as the running server tells it.

use crate::support::{Client, Desk};
use std::time::{Duration, Instant};
use switchboard::config::Config;
use switchboard::ids::TenantId;
use switchboard::services::Services;
use switchboard::store::{ContactData, ContactEvent, ContactKind, Detail, LogEntry, WorkData};
use wire::{
    ApiError, CallQueue, CallTimeline, ErrorCode, Grade, Measured, SuperviseMode, TimelineDetail, TimelineKind, TimelinePart, TimelineSpan,
    TimelineState,
};

const BEGAN: i64 = 1_790_000_000_000;

/// Two sites with a queue each; the supervisor is at the first one.
fn sites(config: &mut Config) {
    let tenant = &mut config.tenants[0];
    let north = tenant.sites[0].clone();
    tenant.sites.push(wire::Site { id: "south".into(), name: "South".into(), ..north.clone() });
    tenant.queues[0].site = north.id.clone();
    tenant.queues[1].site = "south".into();
    for person in &mut tenant.people {
        person.sites = vec![north.id.clone()];
    }
    let mut sid = tenant.people.iter().find(|person| person.user == "agent2").unwrap().clone();
    (sid.user, sid.name, sid.sites) = ("sid".into(), "Sid South".into(), vec!["south".into()]);
    tenant.people.push(sid);
}

struct Contact {
    tenant: TenantId,
    id: &'static str,
}

impl Contact {
    fn event(&self, after: i64, kind: ContactKind, queue: Option<&str>, to: &str, by: &str) -> ContactEvent {
        let queue = queue.map(|name| CallQueue { name: name.into(), label: name.to_uppercase(), since: BEGAN });
        ContactEvent {
            tenant: self.tenant.clone(),
            contact: self.id.into(),
            at: BEGAN + after,
            kind,
            from_user: "~support~12ab34".into(),
            to_user: to.into(),
            data: ContactData {
                from_display: "Ada".into(),
                by: Some(by.to_owned()).filter(|by| !by.is_empty()),
                queue,
                ..ContactData::default()
            },
        }
    }
}

fn tenant(desk: &Desk) -> TenantId {
    desk.server.services().directory.tenants()[0].id.clone()
}

async fn told(client: &Client, contact: &str) -> CallTimeline {
    client.json(&format!("/api/calls/{contact}")).await
}

async fn record(services: &Services, events: &[ContactEvent]) {
    services.contacts.record(events).await.unwrap();
}

#[tokio::test]
async fn a_contact_is_told_from_its_first_event_to_its_last() {
    let desk = Desk::start_with(sites).await;
    let contact = Contact { tenant: tenant(&desk), id: "c1" };
    let support = Some("support");
    let with = |event: ContactEvent, detail| ContactEvent { data: ContactData { detail: Some(detail), ..event.data }, ..event };
    let mut done = contact.event(95_000, ContactKind::WrappedUp, support, "agent2", "agent2");
    done.data.work = Some(WorkData { ms: 15_000, disposition: Some("unknown-here".into()), note: "call back".into() });
    let poor = Measured { lost: 200, ..Measured::default() };
    let events = [
        contact.event(0, ContactKind::Queued, support, "support", ""),
        with(contact.event(1_000, ContactKind::Prioritised, support, "support", "supervisor"), Detail::Priority(2)),
        contact.event(2_000, ContactKind::Offered, support, "agent1", ""),
        contact.event(12_000, ContactKind::OfferMissed, support, "agent1", ""),
        contact.event(12_000, ContactKind::Offered, support, "agent2", ""),
        contact.event(15_000, ContactKind::Answered, support, "agent2", "agent2"),
        with(contact.event(20_000, ContactKind::Quality, support, "agent2", "agent2"), Detail::Measured(poor)),
        with(contact.event(25_000, ContactKind::Supervised, support, "agent2", "supervisor"), Detail::Mode(SuperviseMode::Whisper)),
        contact.event(35_000, ContactKind::SupervisionEnded, support, "agent2", "supervisor"),
        contact.event(40_000, ContactKind::Held, support, "agent2", "agent2"),
        contact.event(50_000, ContactKind::Resumed, support, "agent2", "agent2"),
        contact.event(60_000, ContactKind::Away, support, "agent2", "~support~12ab34"),
        contact.event(62_000, ContactKind::Back, support, "agent2", "~support~12ab34"),
        contact.event(80_000, ContactKind::Ended, support, "agent2", "~support~12ab34"),
        done,
    ];
    record(desk.server.services(), &events).await;
    let supervisor = desk.signed_in("supervisor").await;
    let told = told(&supervisor, "c1").await;
    let kinds: Vec<_> = told.events.iter().map(|event| event.what).collect();
    use TimelineKind::*;
    assert_eq!(
        kinds,
        [
            Queued,
            Prioritised,
            Offered,
            Missed,
            Offered,
            Answered,
            Quality,
            Supervised,
            SupervisionEnded,
            Held,
            Resumed,
            Away,
            Back,
            Ended,
            WrappedUp
        ]
    );
    assert!(told.over && !told.cut);
    assert_eq!((told.events[1].who.as_str(), told.events[1].by.as_str()), ("Ada", "Supervisor"));
    assert_eq!(told.events[6].detail, Some(TimelineDetail::Sound { measured: poor, quality: poor.quality() }));
    assert_eq!(told.sounds.iter().map(|sound| (sound.worst.grade, sound.last.grade)).collect::<Vec<_>>(), [(Grade::Poor, Grade::Poor)]);
    let lanes: Vec<_> = told.lanes.iter().map(|lane| (lane.part, lane.name.as_str())).collect();
    let people = desk.server.services().directory.people(&tenant(&desk));
    let name = |user: &str| people.iter().find(|person| person.user == user).unwrap().display_name.clone();
    let (one, two) = (name("agent1"), name("agent2"));
    use TimelinePart::{Agent, Caller, Queue, Supervisor};
    assert_eq!(lanes, [(Caller, "Ada"), (Queue, "support"), (Agent, &*one), (Agent, &*two), (Supervisor, "Supervisor")]);
    let holds = TimelineSpan { what: TimelineState::Holds, from: BEGAN + 40_000, until: Some(BEGAN + 50_000) };
    assert!(told.lanes[3].spans.contains(&holds), "{:?}", told.lanes[3].spans);
    let Some(TimelineDetail::Work { ms, note, .. }) = &told.events.last().unwrap().detail else { panic!("no work") };
    assert_eq!((*ms, note.as_str()), (15_000, "call back"));
    // What only tells of a call shows nobody another call, and counts nowhere.
    let page: wire::HistoryPage = desk.signed_in("agent2").await.json("/api/history").await;
    assert_eq!(page.rows.iter().map(|row| (row.ended_at, row.talk_ms)).collect::<Vec<_>>(), [(Some(BEGAN + 80_000), Some(65_000))]);
}

#[tokio::test]
async fn what_others_have_is_as_good_as_not_there() {
    let desk = Desk::start_with(sites).await;
    let (here, there, own) = (("north", "support"), ("south", "reception"), "direct");
    let services = desk.server.services();
    for (id, queue) in [here, there] {
        let contact = Contact { tenant: tenant(&desk), id };
        record(services, &[contact.event(0, ContactKind::Queued, Some(queue), queue, "")]).await;
    }
    // Without a queue it is that of the people in it.
    let contact = Contact { tenant: tenant(&desk), id: own };
    record(services, &[contact.event(0, ContactKind::Offered, None, "agent1", "")]).await;
    let elsewhere = Contact { tenant: tenant(&desk), id: "direct-south" };
    record(services, &[elsewhere.event(0, ContactKind::Offered, None, "sid", "")]).await;
    let supervisor = desk.signed_in("supervisor").await;
    for (contact, status) in [("north", 200), ("direct", 200), ("south", 404), ("direct-south", 404), ("nothing", 404)] {
        assert_eq!(supervisor.get(&format!("/api/calls/{contact}")).await.status(), status, "{contact}");
    }
    let agent = desk.signed_in("agent1").await;
    assert_eq!(agent.get("/api/calls/north").await.status(), 403);
    assert_eq!(desk.client().get("/api/calls/north").await.status(), 401);
    assert_eq!(supervisor.get("/api/calls/north?known=many").await.status(), 400);
    // A transfer to somebody here makes it one of here as well.
    let south = Contact { tenant: tenant(&desk), id: "south" };
    let mut answered = south.event(9, ContactKind::Answered, None, "agent1", "agent1");
    answered.data.cause = Some("transferred".into());
    record(services, &[answered]).await;
    assert_eq!(supervisor.get("/api/calls/south").await.status(), 200);
}

#[tokio::test]
async fn an_answer_waits_for_the_next_event_of_that_call() {
    let desk = Desk::start_with(sites).await;
    let services = desk.server.services();
    let (contact, other) = (Contact { tenant: tenant(&desk), id: "c1" }, Contact { tenant: tenant(&desk), id: "c2" });
    let support = Some("support");
    record(services, &[contact.event(0, ContactKind::Queued, support, "support", "")]).await;
    let supervisor = desk.signed_in("supervisor").await;
    // What is known already is told at once where less is known.
    let first: CallTimeline = supervisor.json("/api/calls/c1?known=0").await;
    assert_eq!(first.events.len(), 1);
    let began = Instant::now();
    let waits = supervisor.json::<CallTimeline>("/api/calls/c1?known=1");
    let happens = async {
        record(services, &[other.event(0, ContactKind::Queued, support, "support", "")]).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        record(services, &[contact.event(1_000, ContactKind::Abandoned, support, "support", "")]).await;
    };
    let (second, ()) = tokio::join!(waits, happens);
    assert_eq!(second.events.len(), 2, "the other call is none of this");
    assert!(began.elapsed() >= Duration::from_millis(300) && second.over);
}

#[tokio::test]
async fn a_story_that_is_too_long_is_cut_and_over_all_the_same() {
    let desk = Desk::start_with(sites).await;
    let contact = Contact { tenant: tenant(&desk), id: "long" };
    let support = Some("support");
    let mut events = vec![
        contact.event(0, ContactKind::Queued, support, "support", ""),
        contact.event(1, ContactKind::Answered, support, "agent1", "agent1"),
    ];
    let holds = [ContactKind::Held, ContactKind::Resumed].into_iter().cycle().zip(2..1_100);
    events.extend(holds.map(|(kind, at)| contact.event(at, kind, support, "agent1", "agent1")));
    record(desk.server.services(), &events).await;
    let supervisor = desk.signed_in("supervisor").await;
    let running = told(&supervisor, "long").await;
    assert_eq!((running.cut, running.over, running.events.len()), (true, false, 1_000));
    record(desk.server.services(), &[contact.event(9_000, ContactKind::Ended, support, "agent1", "agent1")]).await;
    let over: CallTimeline = supervisor.json("/api/calls/long?known=1000").await;
    assert!(over.cut && over.over);
    let last = over.events.last().unwrap();
    assert_eq!((last.what, last.at), (TimelineKind::Ended, BEGAN + 9_000));
}

#[tokio::test]
async fn a_door_of_a_call_is_found_however_many_others_were_opened_meanwhile() {
    let desk = Desk::start_with(sites).await;
    let (services, tenant) = (desk.server.services(), tenant(&desk));
    let now = switchboard::clock::now_ms();
    let contact = Contact { tenant: tenant.clone(), id: "rang_%\"" };
    let mut event = contact.event(0, ContactKind::Queued, Some("support"), "support", "");
    event.at = now - 1_000;
    record(services, &[event]).await;
    let row = |call: &str| {
        let entry = LogEntry::new(Some(tenant.clone()), "door_release", "opened").detail("release", "r").detail("site", "north");
        let entry = entry.detail("door", "gate").detail("kind", "open").detail("relays", "1=opened").detail("asked", now.to_string());
        entry.detail("call", call).personal("person", "p").personal("name", format!("who opened for {call}"))
    };
    for _ in 0..1_000 {
        services.store.log(&row("rang of another")).await.unwrap();
    }
    services.store.log(&row(contact.id)).await.unwrap();
    let supervisor = desk.signed_in("supervisor").await;
    let told = told(&supervisor, "rang_%25%22").await;
    let doors: Vec<_> = told.events.iter().filter(|event| event.what == TimelineKind::Door).map(|event| event.by.as_str()).collect();
    assert_eq!(doors, ["who opened for rang_%\""]);
}

#[tokio::test]
async fn who_has_no_session_or_no_right_any_more_hears_nothing_of_what_happens() {
    let desk = Desk::start_with(sites).await;
    let services = desk.server.services();
    let contact = Contact { tenant: tenant(&desk), id: "c1" };
    let support = Some("support");
    record(services, &[contact.event(0, ContactKind::Queued, support, "support", "")]).await;
    let supervisor = desk.signed_in("supervisor").await;
    let waits = supervisor.get("/api/calls/c1?known=1");
    let happens = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        for session in services.store.sessions(&tenant(&desk), 0, None, 10).await.unwrap() {
            services.store.revoke_session(&session.id, switchboard::clock::now_ms()).await.unwrap();
        }
        record(services, &[contact.event(1_000, ContactKind::Abandoned, support, "support", "")]).await;
    };
    let (answer, ()) = tokio::join!(waits, happens);
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.json::<ApiError>().await.unwrap().code, ErrorCode::SessionRevoked);
}

#[tokio::test]
async fn a_session_has_so_many_answers_wait_at_most() {
    let desk = Desk::start_with(sites).await;
    let services = desk.server.services();
    let contact = Contact { tenant: tenant(&desk), id: "c1" };
    record(services, &[contact.event(0, ContactKind::Queued, Some("support"), "support", "")]).await;
    let supervisor = desk.signed_in("supervisor").await;
    let wait = || {
        let client = supervisor.clone();
        tokio::spawn(async move { client.json::<CallTimeline>("/api/calls/c1?known=1").await })
    };
    let parked: Vec<_> = (0..4).map(|_| wait()).collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let at_once = tokio::time::timeout(Duration::from_secs(5), wait()).await.expect("one too many is answered at once").unwrap();
    assert_eq!(at_once.events.len(), 1);
    assert!(parked.iter().all(|waits| !waits.is_finished()), "the others wait on");
    // Another session has places of its own.
    let another = desk.signed_in("supervisor").await;
    let waits = tokio::time::timeout(Duration::from_millis(500), another.json::<CallTimeline>("/api/calls/c1?known=1")).await;
    assert!(waits.is_err(), "it waits");
    record(services, &[contact.event(1_000, ContactKind::Abandoned, Some("support"), "support", "")]).await;
    for waits in parked {
        assert!(waits.await.unwrap().over);
    }
    // Their places are free again.
    let waits = tokio::time::timeout(Duration::from_millis(500), supervisor.json::<CallTimeline>("/api/calls/c1?known=2")).await;
    assert!(waits.is_err(), "it waits");
}
