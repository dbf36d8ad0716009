//! Callers whom a queue turns away or passes on, as real calls: counted at the queue that did it, on the floor and in the reports, with
//! the calls behind each figure, once, over a restart too.

use crate::sip_accounts::{Phone, register};
use crate::support::{Client, Desk, config};
use futures_util::{SinkExt as _, StreamExt as _};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use sip_ws::codec::{HeaderName, Message, Method};
use std::time::Duration;
use switchboard::demo;
use switchboard::queue::Hours;
use switchboard::server::Server;
use tokio_tungstenite::tungstenite::Message as Frame;
use wire::{Counted, Interval, Report, ReportCalls, ReportFigures, Secret, ServerFrame};

/// Hours of a day that is neither this one nor the next, wherever the clocks stand.
pub fn closed() -> Hours {
    let day = Timestamp::now().to_zoned(TimeZone::UTC).saturating_add(3.days()).strftime("%a 10:00-11:00").to_string();
    Hours::parse(TimeZone::UTC, &[&day.to_lowercase()]).unwrap()
}

/// Calls a queue from a registered phone; the first of these answers to it, and the socket that the call lives on.
pub async fn call(base: &str, user: &str, queue: &str, answers: &[u16]) -> (u16, Phone) {
    call_as(base, user, queue, None, answers).await
}

/// The same as this contact: 32 hexadecimal digits.
pub async fn call_as(base: &str, user: &str, queue: &str, contact: Option<&str>, answers: &[u16]) -> (u16, Phone) {
    let (status, mut socket) = register(base, user, user, &Secret::new(demo::PASSWORD)).await;
    assert_eq!(status, 200, "{user}");
    let mut invite = Message::request(Method::Invite, &format!("sip:{queue}@portico.test"));
    invite.push(HeaderName::Via, format!("SIP/2.0/WS x.invalid;branch=z9hG4bK{user}{queue}"));
    invite.push(HeaderName::MaxForwards, "70");
    invite.push(HeaderName::From, format!("<sip:{user}@portico.test>;tag=f"));
    invite.push(HeaderName::To, format!("<sip:{queue}@portico.test>"));
    invite.push(HeaderName::CallId, format!("{user}-{queue}"));
    invite.push(HeaderName::CSeq, "1 INVITE");
    invite.push(HeaderName::Contact, format!("<sip:{user}@x.invalid;transport=ws>"));
    if let Some(contact) = contact {
        invite.push(HeaderName::SessionId, format!("{contact};remote={}", "0".repeat(32)));
    }
    invite.set_body("application/sdp", *include_bytes!("../../examples/offer.sdp"));
    socket.send(Frame::text(String::from_utf8(invite.to_bytes()).unwrap())).await.unwrap();
    let status = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let Some(Ok(frame)) = socket.next().await else { panic!("{user}: the socket ended") };
            let Frame::Text(text) = frame else { continue };
            let message = Message::parse(text.as_bytes()).unwrap();
            if let Some(status) = message.status().filter(|status| answers.contains(status)) {
                return status;
            }
        }
    });
    (status.await.expect("an answer"), socket)
}

/// Today, with the days around it: no midnight is between a call and its report.
pub fn days() -> String {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    format!("from={}&to={}", today.saturating_sub(1.day()), today.saturating_add(1.day()))
}

pub async fn figures(client: &Client, queue: &str) -> ReportFigures {
    let report: Report = client.json(&format!("/api/reports/queues?{}&queue={queue}", days())).await;
    report.total
}

pub async fn on_the_floor(client: &Client, queue: &str) -> Interval {
    let mut feed = client.feed().await;
    match feed.next_state().await {
        Some(ServerFrame::Snapshot(first)) => {
            let figures = first.floor.expect("a supervisor sees the floor").figures.into_iter().find(|of| of.queue == queue);
            Interval::sum(figures.iter().flat_map(|of| &of.intervals))
        }
        other => panic!("no snapshot but {other:?}"),
    }
}

#[tokio::test]
async fn whom_a_queue_turns_away_or_passes_on_is_counted_there_once_with_the_call() {
    let data = tempfile::tempdir().unwrap();
    let mut settings = config(data.path());
    let tenant = &mut settings.tenants[0];
    let queue = tenant.queues.iter().find(|queue| queue.name == "reception").unwrap().clone();
    // Nobody takes calls in any of them.
    let like = |name: &str, max_waiting, max_wait_seconds, hours, overflow: Option<&str>| {
        let mut queue = queue.clone();
        (queue.name, queue.label, queue.max_waiting, queue.max_wait_seconds) = (name.into(), name.into(), max_waiting, max_wait_seconds);
        (queue.hours, queue.overflow) = (hours, overflow.map(str::to_owned));
        queue
    };
    tenant.queues.extend([
        like("night", 5, None, Some(closed()), None),
        like("late", 5, None, Some(closed()), Some("wide")),
        like("narrow", 1, None, None, None),
        like("brief", 5, Some(1), None, Some("wide")),
        like("wide", 5, None, None, None),
    ]);
    let desk = Desk { server: Server::start(settings.clone()).await.unwrap(), data };
    let base = desk.server.url();
    let (status, _one) = call(&base, "agent1", "narrow", &[182, 486]).await;
    assert_eq!(status, 182, "waits");
    assert_eq!(call(&base, "agent2", "narrow", &[182, 486]).await.0, 486, "as many wait as may");
    assert_eq!(call(&base, "agent2", "night", &[182, 480]).await.0, 480, "closed");
    let (status, two) = call(&base, "agent2", "late", &[182, 480]).await;
    assert_eq!(status, 182, "waits in the queue that it overflows to");
    let (status, three) = call(&base, "concierge", "brief", &[182, 480]).await;
    assert_eq!(status, 182, "waits");

    let head = desk.signed_in("supervisor").await;
    let (one, none) = (1, ReportFigures::default());
    let expected = [
        ("narrow", ReportFigures { found_full: one, ..none }),
        ("night", ReportFigures { found_closed: one, ..none }),
        ("late", ReportFigures { overflowed: one, ..none }),
        ("brief", ReportFigures { overflowed: one, ..none }),
    ];
    let wait = async {
        for (queue, expected) in &expected {
            while figures(&head, queue).await != *expected {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("the figures of each");
    assert_eq!(figures(&head, "wide").await, none, "they wait there");
    for (queue, turned_away, overflowed) in [("narrow", 1, 0), ("night", 1, 0), ("late", 0, 1), ("brief", 0, 1), ("wide", 0, 0)] {
        let seen = on_the_floor(&head, queue).await;
        assert_eq!((seen.turned_away, seen.overflowed, seen.lost), (turned_away, overflowed, 0), "{queue}");
    }

    // Behind each figure is the call.
    for (counted, as_what, queue, caller) in [
        ("found-full", Counted::FoundFull, "narrow", "agent2"),
        ("found-closed", Counted::FoundClosed, "night", "agent2"),
        ("overflowed", Counted::Overflowed, "late", "agent2"),
        ("overflowed", Counted::Overflowed, "brief", "concierge"),
    ] {
        let path = format!("/api/reports/calls?{}&report=queues&queue={queue}&counted={counted}", days());
        let calls: ReportCalls = head.json(&path).await;
        let seen: Vec<_> = calls.rows.iter().map(|row| (row.counted, row.queue.as_str(), row.caller.address.as_str())).collect();
        assert_eq!(seen, [(as_what, queue, caller)]);
        assert!(calls.rows[0].agent.is_empty() && calls.rows[0].talk_ms.is_none());
        // The second that it waits runs on the clock that never steps, what is written down is of the clock of the day: each is cut to a
        // whole millisecond, and the latter may be set meanwhile.
        assert_eq!(calls.rows[0].waited_ms >= 900, queue == "brief", "{}", calls.rows[0].waited_ms);
        let file = head.get(&format!("{path}&format=csv")).await.text().await.unwrap();
        let word = serde_json::to_value(as_what).unwrap();
        assert_eq!(file.matches(word.as_str().unwrap()).count(), 1, "{file}");
    }
    let file = head.get(&format!("/api/reports/queues?{}&format=csv", days())).await.text().await.unwrap();
    assert!(file.lines().next().unwrap().contains(",found closed,found full,overflowed,"), "{file}");
    assert!(file.lines().any(|line| line.contains(",night,night,,0,0,0,0,0,1,0,0,")), "{file}");

    // Whoever gives up where they were passed on to is lost there.
    drop((two, three));
    desk.server.stop().await;
    let desk = Desk { server: Server::start(settings).await.unwrap(), data: desk.data };
    let head = desk.signed_in("supervisor").await;
    for (queue, expected) in expected {
        assert_eq!(figures(&head, queue).await, expected, "{queue} after a restart");
        let seen = on_the_floor(&head, queue).await;
        assert_eq!(i64::from(seen.turned_away), expected.found_closed + expected.found_full, "{queue} after a restart");
        assert_eq!(i64::from(seen.overflowed), expected.overflowed, "{queue} after a restart");
    }
    let store = &desk.server.services().store;
    store.recount().await.unwrap();
    for (queue, expected) in expected {
        assert_eq!(figures(&head, queue).await, expected, "{queue}, counted from the events again");
    }
}

/// Gives up waiting: CANCEL, and the ACK of the 487.
async fn give_up(socket: &mut Phone, user: &str, queue: &str) {
    for (method, number) in [(Method::Cancel, "1 CANCEL"), (Method::Ack, "1 ACK")] {
        let mut message = Message::request(method, &format!("sip:{queue}@portico.test"));
        message.push(HeaderName::Via, format!("SIP/2.0/WS x.invalid;branch=z9hG4bK{user}{queue}"));
        message.push(HeaderName::MaxForwards, "70");
        message.push(HeaderName::From, format!("<sip:{user}@portico.test>;tag=f"));
        message.push(HeaderName::To, format!("<sip:{queue}@portico.test>"));
        message.push(HeaderName::CallId, format!("{user}-{queue}"));
        message.push(HeaderName::CSeq, number);
        socket.send(Frame::text(String::from_utf8(message.to_bytes()).unwrap())).await.unwrap();
        if number == "1 ACK" {
            return;
        }
        loop {
            let Some(Ok(frame)) = socket.next().await else { panic!("{user}: the socket ended") };
            let Frame::Text(text) = frame else { continue };
            if Message::parse(text.as_bytes()).unwrap().status() == Some(487) {
                break;
            }
        }
    }
}

#[tokio::test]
async fn whoever_gives_up_and_calls_again_in_time_is_one_caller_who_waited_all_the_time() {
    let data = tempfile::tempdir().unwrap();
    let mut settings = config(data.path());
    let queue = settings.tenants[0].queues.iter_mut().find(|queue| queue.name == "reception").unwrap();
    (queue.max_wait_seconds, queue.overflow, queue.short_seconds) = (None, None, 0);
    let desk = Desk { server: Server::start(settings.clone()).await.unwrap(), data };
    let base = desk.server.url();
    let head = desk.signed_in("supervisor").await;
    let (one, none) = (ReportFigures { lost: 1, ..ReportFigures::default() }, ReportFigures::default());
    let counted = async |expected: ReportFigures| {
        let counted = async {
            while figures(&head, "reception").await != expected || i64::from(on_the_floor(&head, "reception").await.lost) != expected.lost {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), counted).await.expect("the figures");
    };
    let path = format!("/api/reports/calls?{}&report=queues&queue=reception", days());
    let contacts = async |head: &Client| {
        let calls: ReportCalls = head.json(&path).await;
        calls.rows.into_iter().map(|row| (row.contact, row.counted)).collect::<Vec<_>>()
    };
    let (first, second) = ("a".repeat(32), "b".repeat(32));
    let (status, mut phone) = call_as(&base, "agent1", "reception", Some(&first), &[182, 480]).await;
    assert_eq!(status, 182, "waits");
    give_up(&mut phone, "agent1", "reception").await;
    counted(one).await;
    assert_eq!(contacts(&head).await, [(first, Counted::Lost)]);
    let (status, mut phone) = call_as(&base, "agent1", "reception", Some(&second), &[182, 480]).await;
    assert_eq!(status, 182, "waits again");
    counted(none).await;
    assert_eq!(contacts(&head).await, []);
    give_up(&mut phone, "agent1", "reception").await;
    counted(one).await;
    let lost = [(second, Counted::Lost)];
    assert_eq!(contacts(&head).await, lost);
    desk.server.stop().await;

    let desk = Desk { server: Server::start(settings).await.unwrap(), data: desk.data };
    let head = desk.signed_in("supervisor").await;
    assert_eq!((figures(&head, "reception").await, on_the_floor(&head, "reception").await.lost), (one, 1), "after a restart");
    desk.server.services().store.recount().await.unwrap();
    assert_eq!((figures(&head, "reception").await, contacts(&head).await), (one, lost.to_vec()), "counted from the events again");
}
