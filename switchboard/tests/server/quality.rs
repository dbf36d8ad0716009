//! How calls sound, as pages say, on the floor of the running server.

use crate::support::{Desk, Feed, ringing};
use std::time::Duration;
use switchboard::ids::TenantId;
use wire::{
    CallItem, CallQuality, CallState, Change, ClientFrame, FeedEnd, FloorAgent, Grade, HistoryRow, Measured, Outcome, ServerFrame,
    SoundFault,
};

const GOOD: CallQuality = CallQuality { grade: Grade::Good, fault: None };

struct Floor {
    desk: Desk,
    tenant: TenantId,
    supervisor: Feed,
}

impl Floor {
    /// A supervisor looks, and `agent1` talks.
    async fn start(heartbeat_ms: u32) -> Self {
        let desk = Desk::start_with(|config| config.limits.heartbeat_ms = heartbeat_ms).await;
        let tenant = desk.server.services().directory.tenants()[0].id.clone();
        let mut supervisor = desk.signed_in("supervisor").await.feed().await;
        let Some(ServerFrame::Snapshot(first)) = supervisor.next_state().await else { panic!("no snapshot") };
        assert!(first.floor.expect("a supervisor sees the floor").agents.iter().any(|agent| agent.user == "agent1"));
        let floor = Self { desk, tenant, supervisor };
        floor.talks(CallState::Connected);
        floor
    }

    async fn page(&self) -> Feed {
        let mut feed = self.desk.signed_in("agent1").await.feed().await;
        assert!(matches!(feed.next_state().await, Some(ServerFrame::Snapshot(_))));
        feed
    }

    fn talks(&self, state: CallState) {
        let call = CallItem { state, answered_at: Some(2), ..ringing("c1") };
        self.desk.server.services().hub.call_changed(&self.tenant, "agent1", call);
    }

    /// The next row of the agent of which this holds.
    async fn row(&mut self, holds: impl Fn(&FloorAgent) -> bool) -> FloorAgent {
        loop {
            let frame = tokio::time::timeout(Duration::from_secs(10), self.supervisor.next_state()).await.expect("a row of the agent");
            let changes = match frame.expect("the feed goes on") {
                ServerFrame::Delta { changes, .. } => changes,
                _ => continue,
            };
            for change in changes {
                match change {
                    Change::FloorAgent { agent } if agent.user == "agent1" && holds(&agent) => return agent,
                    _ => {}
                }
            }
        }
    }

    /// What the row of the agent says now, in a snapshot.
    async fn now(&mut self) -> Option<CallQuality> {
        self.supervisor.send(&ClientFrame::Resync).await;
        loop {
            let frame = self.supervisor.next_state().await.expect("a snapshot");
            if let ServerFrame::Snapshot(snapshot) = frame {
                return snapshot.floor?.agents.into_iter().find(|agent| agent.user == "agent1")?.quality;
            }
        }
    }
}

fn says(contact: &str, measured: Measured) -> ClientFrame {
    ClientFrame::Quality { contact: contact.into(), measured }
}

/// The switchboard has read everything that the page sent before: it answers a request for a snapshot.
async fn read(page: &mut Feed) {
    page.send(&ClientFrame::Resync).await;
    while !matches!(page.next_state().await.expect("a snapshot"), ServerFrame::Snapshot(_)) {}
}

#[tokio::test]
async fn the_class_of_a_call_stands_in_the_row_until_the_page_goes() {
    let mut floor = Floor::start(60_000).await;
    let mut page = floor.page().await;
    page.send(&says("c1", Measured { lost_there: Some(3), round_trip_ms: Some(20), ..Measured::default() })).await;
    assert_eq!(floor.row(|row| row.quality.is_some()).await.quality, Some(GOOD));
    // Decimals change nothing.
    page.send(&says("c1", Measured { lost: 2, jitter_ms: 3, ..Measured::default() })).await;
    read(&mut page).await;
    assert_eq!(floor.now().await, Some(GOOD));
    floor.talks(CallState::Held);
    assert_eq!(floor.row(|row| row.call.as_ref().is_some_and(|call| call.state == CallState::Held)).await.quality, None);
    floor.talks(CallState::Connected);
    assert_eq!(floor.row(|row| row.call.as_ref().is_some_and(|call| call.state == CallState::Connected)).await.quality, Some(GOOD));
    drop(page);
    floor.row(|row| row.quality.is_none()).await;
    // The next load of the page says it again.
    let mut page = floor.page().await;
    page.send(&says("c1", Measured::default())).await;
    floor.row(|row| row.quality == Some(GOOD)).await;
    let row = HistoryRow {
        contact: "c1".into(),
        direction: wire::Direction::Incoming,
        peer: wire::Peer::default(),
        started_at: 1,
        answered_at: Some(2),
        ended_at: Some(3),
        talk_ms: Some(1),
        outcome: Outcome::Answered,
        queue: None,
    };
    floor.desk.server.services().hub.call_ended(&floor.tenant, "agent1", row);
    let row = floor.row(|row| row.call.is_none()).await;
    assert_eq!(row.quality, None);
    // Of a call that is over nothing is taken.
    page.send(&says("c1", Measured::default())).await;
    read(&mut page).await;
    assert_eq!(floor.now().await, None);
}

#[tokio::test]
async fn a_silent_page_says_nothing_of_a_call() {
    let mut floor = Floor::start(300).await;
    let mut page = floor.page().await;
    let fault = Measured { fault: Some(SoundFault::NotHeard), ..Measured::default() };
    page.send(&says("c1", fault)).await;
    assert_eq!(floor.row(|row| row.quality.is_some()).await.quality, Some(fault.quality()));
    // It answers no heartbeat.
    floor.row(|row| row.quality.is_none()).await;
    drop(page);
}

#[tokio::test]
async fn nobody_says_how_the_call_of_another_one_sounds() {
    let mut floor = Floor::start(60_000).await;
    let mut other = floor.desk.signed_in("agent2").await.feed().await;
    read(&mut other).await;
    other.send(&says("c1", Measured::default())).await;
    read(&mut other).await;
    assert_eq!(floor.now().await, None);
    let mut page = floor.page().await;
    for (contact, state) in [("another", CallState::Connected), ("c1", CallState::Ringing)] {
        let call = CallItem { state, answered_at: None, ..ringing("c1") };
        floor.desk.server.services().hub.call_changed(&floor.tenant, "agent1", call);
        page.send(&says(contact, Measured::default())).await;
    }
    read(&mut page).await;
    assert_eq!(floor.now().await, None, "nobody has answered it");
}

#[tokio::test]
async fn numbers_that_cannot_be_end_the_feed() {
    let floor = Floor::start(60_000).await;
    for measured in [Measured { lost: 1001, ..Measured::default() }, Measured { jitter_ms: 10_001, ..Measured::default() }] {
        let mut page = floor.page().await;
        page.send(&says("c1", measured)).await;
        assert_eq!(page.next_state().await, Some(ServerFrame::End { reason: FeedEnd::BadFrame }), "{measured:?}");
    }
}
