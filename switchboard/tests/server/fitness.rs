//! What pages say of their phones, on the running server: from the frame to the row of the floor, and whom the queue rings meanwhile.

use crate::sip_accounts::{Phone as Socket, profile, register};
use crate::support::{Client, Desk, Feed};
use crate::turned_away::call;
use futures_util::StreamExt as _;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message as Frame;
use wire::{AgentState, AgentStatus, Change, ClientFrame, FeedEnd, Order, OrderResult, Phone, PhoneFault, ServerFrame, Unready};

const FIT: Phone = Phone { fault: None };
const MUTE: Phone = Phone { fault: Some(PhoneFault::NoMicrophone) };

/// A supervisor who looks at the row of `agent1`.
struct Floor {
    desk: Desk,
    supervisor: Feed,
}

impl Floor {
    async fn start() -> Self {
        let desk = Desk::start_with(|config| config.limits.heartbeat_ms = 60_000).await;
        let supervisor = desk.signed_in("supervisor").await.feed().await;
        Self { desk, supervisor }
    }

    /// A page of `agent1` that says this of its phone with its first frame, or nothing.
    async fn page(&self, client: &Client, phone: Option<Phone>) -> Feed {
        let mut feed = client.feed_socket(Some(&client.base)).await.unwrap();
        let ticket = client.ticket().await;
        feed.send(&ClientFrame::Hello { ticket, wire: wire::VERSION, phone }).await;
        assert!(matches!(feed.next().await, Some(ServerFrame::Hello { .. })));
        feed
    }

    /// The first status of `agent1` from now on of which this holds.
    async fn row(&mut self, holds: impl Fn(&AgentStatus) -> bool) -> AgentStatus {
        self.supervisor.send(&ClientFrame::Resync).await;
        let wait = async {
            loop {
                let agents = match self.supervisor.next_state().await.expect("the feed goes on") {
                    ServerFrame::Snapshot(snapshot) => snapshot.floor.expect("a supervisor sees the floor").agents,
                    ServerFrame::Delta { changes, .. } => {
                        let rows = changes.into_iter().filter_map(|change| match change {
                            Change::FloorAgent { agent } => Some(agent),
                            _ => None,
                        });
                        rows.collect()
                    }
                    _ => continue,
                };
                if let Some(row) = agents.into_iter().find(|agent| agent.user == "agent1" && holds(&agent.status)) {
                    return row.status;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.expect("such a row")
    }

    async fn unready(&mut self, why: Option<Unready>) -> AgentStatus {
        self.row(|status| status.wants_calls && status.state != AgentState::Offline && status.unready == why).await
    }
}

/// `agent1` has a registered phone and wants calls.
async fn ready(client: &Client, page: &mut Feed) -> Socket {
    let sip = profile(client).await.sip;
    let (status, phone) = register(&client.base, "agent1", &sip.auth_user, &sip.auth_password).await;
    assert_eq!(status, 200);
    order(page, Order::Ready).await;
    phone
}

async fn order(page: &mut Feed, order: Order) {
    page.send(&ClientFrame::Order { id: 1, order }).await;
    loop {
        match page.next_state().await.expect("the feed goes on") {
            ServerFrame::Ordered { result, .. } => return assert_eq!(result, OrderResult::Done),
            _ => continue,
        }
    }
}

/// Whether the phone is rung within this time.
async fn rings(phone: &mut Socket, within: Duration) -> bool {
    let invite = async {
        loop {
            match phone.next().await.expect("the socket lives").unwrap() {
                Frame::Text(text) if text.starts_with("INVITE ") => return,
                _ => {}
            }
        }
    };
    tokio::time::timeout(within, invite).await.is_ok()
}

const MOMENT: Duration = Duration::from_millis(700);
const SOON: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_without_a_microphone_is_rung_for_nobody_until_the_page_says_that_it_is_back() {
    let mut floor = Floor::start().await;
    let client = floor.desk.signed_in("agent1").await;
    let mut page = floor.page(&client, Some(FIT)).await;
    let mut phone = ready(&client, &mut page).await;
    floor.unready(None).await;
    page.send(&ClientFrame::Phone { phone: Some(MUTE) }).await;
    let status = floor.unready(Some(Unready::NoMicrophone)).await;
    assert_eq!(status.state, AgentState::Ready, "what they want is not lost");
    let (waits, _caller) = call(&client.base, "agent2", "support", &[182, 480]).await;
    assert_eq!(waits, 182);
    assert!(!rings(&mut phone, MOMENT).await);
    page.send(&ClientFrame::Phone { phone: Some(FIT) }).await;
    assert!(rings(&mut phone, SOON).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_feed_of_an_unfit_page_rings_nobody_in_between() {
    let mut floor = Floor::start().await;
    let client = floor.desk.signed_in("agent1").await;
    let mut page = floor.page(&client, Some(MUTE)).await;
    let mut phone = ready(&client, &mut page).await;
    floor.unready(Some(Unready::NoMicrophone)).await;
    let (waits, _caller) = call(&client.base, "agent2", "support", &[182, 480]).await;
    assert_eq!(waits, 182);
    drop(page);
    floor.unready(Some(Unready::Silent)).await;
    let page = floor.page(&client, Some(MUTE)).await;
    floor.unready(Some(Unready::NoMicrophone)).await;
    assert!(!rings(&mut phone, MOMENT).await);
    // Its word goes with it: of a page that says nothing nothing is known, as of an older one.
    drop(page);
    let _older = floor.page(&client, None).await;
    assert!(rings(&mut phone, SOON).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_pages_that_is_fit_is_enough() {
    let mut floor = Floor::start().await;
    let client = floor.desk.signed_in("agent1").await;
    let mut page = floor.page(&client, Some(MUTE)).await;
    let _phone = ready(&client, &mut page).await;
    floor.unready(Some(Unready::NoMicrophone)).await;
    let other = floor.page(&client, Some(FIT)).await;
    floor.unready(None).await;
    drop(other);
    floor.unready(Some(Unready::NoMicrophone)).await;
    // The shift of that page is over.
    page.send(&ClientFrame::Phone { phone: None }).await;
    floor.unready(None).await;
}

#[tokio::test]
async fn a_page_that_says_another_thing_at_every_moment_is_cut_off() {
    let floor = Floor::start().await;
    let client = floor.desk.signed_in("agent1").await;
    let mut page = floor.page(&client, None).await;
    for n in 0..12 {
        page.send(&ClientFrame::Phone { phone: Some(if n % 2 == 0 { FIT } else { MUTE }) }).await;
    }
    loop {
        match page.next_state().await {
            Some(ServerFrame::End { reason }) => return assert_eq!(reason, FeedEnd::BadFrame),
            Some(_) => {}
            None => panic!("closed without a word"),
        }
    }
}
