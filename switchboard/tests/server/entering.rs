//! Whoever was given leave to come into a call comes in while they have the right to it, and not a moment longer.

use crate::admin::change_person;
use crate::kill::{SDP, contact};
use crate::phone::{DOMAIN, Phone};
use crate::steering::{open, ordered};
use crate::support::Desk;
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{EndpointEvent, SessionId};
use wire::{OrderResult, Role, Steer, SuperviseMode};

/// Calls with the dialog that the leave names.
async fn come_in(phone: &Phone, header: HeaderName, option: &'static str, dialog: String) -> SessionId {
    let mut m = Message::request(Method::Invite, &format!("sip:agent2@{DOMAIN}"));
    m.push(HeaderName::From, format!("<sip:{}@{DOMAIN}>", phone.user));
    m.push(HeaderName::To, format!("<sip:agent2@{DOMAIN}>"));
    m.push(HeaderName::Contact, format!("<{}>", phone.contact));
    m.push(header, dialog);
    m.push(HeaderName::Require, option);
    m.set_body("application/sdp", SDP);
    phone.with(move |ep, now, flow| ep.invite(now, flow, m)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leave_to_come_into_a_call_ends_at_once_with_the_right_to_it() {
    let desk = Desk::start().await;
    let url = desk.server.url();
    let (mut caller, mut agent) = (Phone::registered(&url, "agent1", 1).await, Phone::registered(&url, "agent2", 2).await);
    let (call, _) = caller.connected_to(&mut agent, SDP).await;
    let contact = contact(&caller, call).await;
    let mut boss = Phone::registered(&url, "supervisor", 3).await;
    let (mut feed, _) = open(&desk, "supervisor").await;
    let admin = desk.signed_in("admin").await;
    let user = || "agent2".to_owned();
    let ways = [
        (HeaderName::Replaces, "replaces", Steer::TakeOver { user: user(), contact: contact.clone() }),
        (HeaderName::Join, "join", Steer::Supervise { user: user(), contact: contact.clone(), mode: SuperviseMode::Barge }),
    ];
    for (id, (header, option, steer)) in (1..).zip(ways) {
        let OrderResult::Admitted { dialog } = ordered(&mut feed, id, steer).await else { panic!("no leave") };
        assert_eq!(change_person(&admin, "supervisor", |form| form.roles = vec![Role::Agent]).await.0, 200);
        let refused = come_in(&boss, header, option, dialog.clone()).await;
        assert_eq!(boss.rejected(refused).await, Some(403), "{option}");
        // Who has the right again asks again.
        let again = change_person(&admin, "supervisor", |form| form.roles = vec![Role::Supervisor, Role::Agent]).await;
        assert_eq!(again.0, 200);
        let refused = come_in(&boss, header, option, dialog).await;
        assert_eq!(boss.rejected(refused).await, Some(403), "{option}");
    }
    // While the other side is asked for its answer, too.
    let OrderResult::Admitted { dialog } = ordered(&mut feed, 9, Steer::TakeOver { user: user(), contact: contact.clone() }).await else {
        panic!("no leave")
    };
    let taking = come_in(&boss, HeaderName::Replaces, "replaces", dialog).await;
    assert!(caller.event(|e| matches!(e, EndpointEvent::Reoffer { .. }).then_some(())).await.is_some());
    assert_eq!(change_person(&admin, "supervisor", |form| form.roles = vec![Role::Agent]).await.0, 200);
    assert_eq!(boss.rejected(taking).await, Some(480));
    assert!(agent.heard(|e| matches!(e, EndpointEvent::Ended { .. }).then_some(())).is_none(), "the call goes on as it was");
    // A change that takes no right away takes no leave away.
    assert_eq!(change_person(&admin, "supervisor", |form| form.roles = vec![Role::Supervisor, Role::Agent]).await.0, 200);
    caller.hang_up(call).await;
    let (call, _) = caller.connected_to(&mut agent, SDP).await;
    let contact = crate::kill::contact(&caller, call).await;
    let OrderResult::Admitted { dialog } = ordered(&mut feed, 10, Steer::TakeOver { user: user(), contact }).await else {
        panic!("no leave")
    };
    assert_eq!(change_person(&admin, "concierge", |form| form.display_name = "Somebody Else".into()).await.0, 200);
    come_in(&boss, HeaderName::Replaces, "replaces", dialog).await;
    assert!(
        caller.event(|e| matches!(e, EndpointEvent::Reoffer { .. }).then_some(())).await.is_some(),
        "the right stands, and so does the leave"
    );
}
