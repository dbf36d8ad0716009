//! Who may do what: registration, identities, forged addresses, floods. On simulated time.

use crate::support::{DOMAIN, OFFER, UNIX, World};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{EndpointEvent, FlowConfig};
use sip_ws::io::{Credentials, FlowId, Millis};
use switchboard::exchange::io::Input;
use switchboard::exchange::limits::{
    EXPIRES_MIN_S, FLOW_RATE, MAX_FAILURES_ACCOUNT, MAX_FLOWS_PER_USER, MAX_UNREGISTERED_PER_ADDRESS, UNREGISTERED_MS,
};

fn last_status(w: &World, phone: usize) -> Option<u16> {
    w.phones[phone].frames.last().and_then(|f| Message::parse(f).ok()).and_then(|m| m.status())
}

fn raw_request(method: &str, uri: &str, from: &str, to: &str, cseq: u32, extra: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK{method}{cseq}\r\nFrom: <{from}>;tag=f{cseq}\r\nTo: <{to}>\r\nCall-ID: raw{cseq}\r\n\
         CSeq: {cseq} {method}\r\nMax-Forwards: 70\r\nContact: <sip:x@x.invalid;transport=ws>\r\n{extra}Content-Length: 0\r\n\r\n"
    )
}

#[test]
fn registering_publishes_presence_and_unregistering_withdraws_it() {
    let mut w = World::new();
    let a = w.registered("ann");
    assert_eq!(w.people.last().map(|p| (p.party.user.as_str(), p.registered)), Some(("ann", true)));
    let m = w.register_message(a, 0);
    assert_eq!(w.request(a, m).and_then(|r| r.status()), Some(200));
    assert_eq!(w.people.last().map(|p| p.registered), Some(false));
}

#[test]
fn a_registration_answers_with_its_contacts_and_speaks_outbound() {
    let mut w = World::new();
    let a = w.phone("ann");
    w.connect(a);
    let mut m = w.register_message(a, 600);
    m.push(HeaderName::Supported, "outbound, path");
    let ok = w.request(a, m).unwrap();
    assert_eq!(ok.status(), Some(200));
    assert!(ok.has_token(HeaderName::Require, "outbound"));
    let contacts = ok.contacts().unwrap();
    assert_eq!(contacts.list().len(), 1);
    assert_eq!(contacts.list()[0].expires(), Some(600));
    let m = w.register_message(a, 1);
    let refused = w.request(a, m).unwrap();
    assert_eq!((refused.status(), refused.min_expires().unwrap()), (Some(423), Some(EXPIRES_MIN_S)));
}

#[test]
fn a_wrong_password_is_refused_audited_and_then_limited() {
    let mut w = World::new();
    let a = w.phone("ann");
    let flow = w.connect(a);
    w.phones[a].ep.set_credentials(flow, Some(Credentials { user: "ann".into(), password: "guess".into(), realm: DOMAIN.into() }));
    for n in 0..MAX_FAILURES_ACCOUNT {
        // Sockets of strangers are limited too.
        w.advance(1_000);
        assert_eq!(w.register(a), 403, "attempt {n}");
    }
    assert_eq!(w.audits.len(), MAX_FAILURES_ACCOUNT as usize);
    assert_eq!(w.audits.last().map(|a| a.kind), Some("sip.login-blocked"));
    // The right password no longer helps for a while, from anywhere.
    let b = w.phone("ann");
    w.connect(b);
    let m = w.register_message(b, 600);
    let blocked = w.request(b, m).unwrap();
    assert_eq!(blocked.status(), Some(403));
    assert!(blocked.retry_after().unwrap().is_some());
    // Desks have derived passwords, which nobody can lock out.
    let account = format!("{}:ann", (UNIX / 1000) + 600);
    let c = w.phone("ann");
    let flow = w.connect(c);
    w.phones[c].ep.set_credentials(
        flow,
        Some(Credentials { user: account.clone(), password: format!("derived-{DOMAIN}-{account}"), realm: DOMAIN.into() }),
    );
    assert_eq!(w.register(c), 200);
    w.advance(61_000);
    w.connect(b);
    assert_eq!(w.register(b), 200);
}

#[test]
fn expired_desk_credentials_are_refused_but_a_registered_desk_goes_on() {
    let mut w = World::new();
    let (a, _b) = (w.phone("ann"), w.registered("bob"));
    let flow = w.connect(a);
    let account = format!("{}:ann", (UNIX / 1000) + 60);
    w.phones[a].ep.set_credentials(
        flow,
        Some(Credentials { user: account.clone(), password: format!("derived-{DOMAIN}-{account}"), realm: DOMAIN.into() }),
    );
    assert_eq!(w.register(a), 200);
    w.advance(61_000);
    let m = w.register_message(a, 600);
    let refused = w.request(a, m).unwrap();
    assert_eq!((refused.status(), refused.reason()), (Some(403), &b"Credentials expired"[..]));
    w.call(a, "bob");
    assert!(w.incoming(1).is_some(), "the socket keeps its identity");
}

#[test]
fn nobody_registers_another_address() {
    let mut w = World::new();
    let a = w.registered("ann");
    let mut m = w.register_message(a, 600);
    m.set(HeaderName::To, format!("<sip:bob@{DOMAIN}>"));
    assert_eq!(w.request(a, m).and_then(|r| r.status()), Some(403));
    let mut m = w.register_message(a, 0);
    m.set(HeaderName::To, format!("<sip:bob@{DOMAIN}>"));
    m.set(HeaderName::Contact, "*");
    m.push(HeaderName::Expires, "0");
    assert_eq!(w.request(a, m).and_then(|r| r.status()), Some(403));
    assert_eq!(w.audits.iter().filter(|a| a.kind == "sip.forged-identity").count(), 1, "told once per socket");
}

#[test]
fn a_socket_is_one_person() {
    let mut w = World::new();
    let a = w.registered("ann");
    let flow = w.phones[a].flow.unwrap();
    w.phones[a].ep.set_credentials(flow, Some(Credentials { user: "bob".into(), password: "portico".into(), realm: DOMAIN.into() }));
    let mut m = w.register_message(a, 600);
    m.set(HeaderName::To, format!("<sip:bob@{DOMAIN}>"));
    assert_eq!(w.request(a, m).and_then(|r| r.status()), Some(403));
}

#[test]
fn requests_before_an_identity_are_challenged_and_keep_no_state() {
    let mut w = World::new();
    let a = w.phone("ann");
    w.connect(a);
    for (n, method) in ["INVITE", "MESSAGE", "SUBSCRIBE", "BYE", "OPTIONS"].iter().enumerate() {
        let m =
            raw_request(method, &format!("sip:bob@{DOMAIN}"), &format!("sip:ann@{DOMAIN}"), &format!("sip:bob@{DOMAIN}"), n as u32 + 1, "");
        w.raw(a, m.as_bytes());
        let answer = Message::parse(w.phones[a].frames.last().unwrap()).unwrap();
        assert_eq!(answer.status(), Some(401), "{method}");
        let offered: Vec<_> = answer.www_authenticate().unwrap().iter().map(|c| c.param("algorithm").unwrap().to_owned()).collect();
        assert_eq!(offered, ["SHA-256", "MD5"]);
        assert_eq!(answer.www_authenticate().unwrap()[0].param("realm"), Some(DOMAIN));
    }
    assert_eq!(w.machine.gauges()[2..].iter().map(|g| g.1).collect::<Vec<_>>(), [0, 0, 0]);
    let frames = w.phones[a].frames.len();
    w.raw(a, raw_request("ACK", &format!("sip:bob@{DOMAIN}"), "sip:ann@x", "sip:bob@x", 9, "").as_bytes());
    assert_eq!(w.phones[a].frames.len(), frames, "an ACK is never answered");
}

#[test]
fn an_invite_can_bring_its_own_digest() {
    let mut w = World::new();
    let (a, b) = (w.phone("ann"), w.registered("bob"));
    w.connect(a);
    w.call(a, "bob");
    assert!(w.incoming(b).is_some(), "{:?}", w.phones[a].events);
}

#[test]
fn a_forged_from_is_rewritten_and_audited() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let mut m = w.invite_message(a, "bob", Some(OFFER));
    m.set(HeaderName::From, format!("\"Cid\" <sip:cid@{DOMAIN}>"));
    m.push(HeaderName::PAssertedIdentity, format!("<sip:cid@{DOMAIN}>"));
    w.invite(a, m);
    let (_, invite) = w.incoming(b).unwrap();
    assert_eq!(invite.from().unwrap().uri().as_str(), format!("sip:ann@{DOMAIN}"));
    assert!(!String::from_utf8(invite.to_bytes()).unwrap().contains("cid@"));
    assert_eq!(w.audits.last().map(|a| (a.kind, a.subject.as_str())), Some(("sip.forged-identity", "ann")));
}

#[test]
fn a_dialog_belongs_to_its_people() {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (caller, callee) = w.connected(a, b);
    let dialog = w.phones[a].ep.dialog(caller).unwrap().clone();
    let bye = format!(
        "BYE sip:x@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bKevil\r\nFrom: <sip:ann@{DOMAIN}>;tag={}\r\nTo: <sip:bob@{DOMAIN}>;tag={}\r\n\
         Call-ID: {}\r\nCSeq: 99 BYE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        dialog.local_tag, dialog.remote_tag, dialog.call_id
    );
    w.raw(c, bye.as_bytes());
    assert_eq!(last_status(&w, c), Some(403));
    assert!(w.ended(b, callee).is_none());
    // The same words from the right person on a new socket are good.
    w.disconnect(a);
    w.connect(a);
    assert_eq!(w.register(a), 200);
    w.raw(a, bye.as_bytes());
    assert!(w.ended(b, callee).is_some());
}

#[test]
fn another_tenants_namesake_is_another_person() {
    let mut w = World::new();
    let a = w.registered("ann");
    let foreign = w.phone("ann");
    let flow = w.connect(foreign);
    let account = format!("{}:ann", (UNIX / 1000) + 600);
    w.phones[foreign].ep.set_credentials(
        flow,
        Some(Credentials { user: account.clone(), password: format!("derived-other.test-{account}"), realm: "other.test".into() }),
    );
    let mut m = w.register_message(foreign, 600);
    m.set_uri("sip:other.test");
    m.set(HeaderName::To, "<sip:ann@other.test>");
    assert_eq!(w.request(foreign, m).and_then(|r| r.status()), Some(200));
    let b = w.registered("bob");
    w.call(b, "ann");
    assert!(w.incoming(a).is_some());
    assert!(w.incoming(foreign).is_none());
    // Credentials of one tenant open nothing in another.
    let thief = w.phone("bob");
    let flow = w.connect(thief);
    w.phones[thief].ep.set_credentials(
        flow,
        Some(Credentials { user: account.clone(), password: format!("derived-other.test-{account}"), realm: DOMAIN.into() }),
    );
    assert_eq!(w.register(thief), 403);
}

#[test]
fn sockets_that_never_register_are_closed_and_cannot_crowd_out_others() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    for n in 0..2_000_u64 {
        w.input(Input::FlowOpened { flow: FlowId(10_000 + n), address: [192, 0, 2, 7].into() });
    }
    assert!(w.machine.gauges()[0].1 <= MAX_UNREGISTERED_PER_ADDRESS + 2);
    let c = w.registered("cid");
    assert!(w.phones[c].flow.is_some(), "somebody new from the same address gets in");
    w.advance(UNREGISTERED_MS + 1);
    assert_eq!(w.machine.gauges()[0].1, 3);
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some());
}

#[test]
fn a_flood_is_answered_503_and_then_cut_while_others_talk() {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (caller, callee) = w.connected(a, b);
    let mut limited = 0;
    for n in 0..5_000 {
        if w.phones[c].flow.is_none() {
            break;
        }
        w.raw(
            c,
            raw_request("OPTIONS", &format!("sip:{DOMAIN}"), &format!("sip:cid@{DOMAIN}"), &format!("sip:{DOMAIN}"), n + 1, "").as_bytes(),
        );
        if last_status(&w, c) == Some(503) {
            limited += 1;
            assert!(Message::parse(w.phones[c].frames.last().unwrap()).unwrap().retry_after().unwrap().is_some());
        }
    }
    assert!(limited > 1_000 && w.phones[c].flow.is_none(), "{limited}");
    assert!(w.phones[c].frames.len() as u32 >= FLOW_RATE.1);
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some());
}

#[test]
fn a_flood_of_calls_from_one_person_is_limited() {
    let mut w = World::new();
    let (a, _b) = (w.registered("ann"), w.registered("bob"));
    let sessions: Vec<_> = (0..200).map(|_| w.call(a, "bob")).collect();
    let refused = sessions.iter().filter(|s| w.rejected(a, **s).is_some_and(|m| m.status() == Some(503))).count();
    assert!(refused >= 130, "{refused}");
    assert!(w.machine.gauges()[2].1 <= 64);
}

#[test]
fn noise_is_counted_and_ends_the_socket() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    for n in 0..100_u32 {
        if w.phones[a].flow.is_some() {
            w.raw(a, &n.to_be_bytes());
        }
    }
    assert!(w.phones[a].flow.is_none());
    assert!(w.phones[b].flow.is_some());
}

#[test]
fn sockets_of_one_person_are_capped_and_the_oldest_goes() {
    let mut w = World::new();
    let phones: Vec<_> = (0..=MAX_FLOWS_PER_USER).map(|_| w.phone("ann")).collect();
    for phone in &phones {
        w.connect(*phone);
        assert!([200, 403].contains(&w.register(*phone)));
    }
    assert!(w.phones[phones[0]].flow.is_none());
    assert!(w.phones[*phones.last().unwrap()].flow.is_some());
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    let mut w = World::new();
    let a = w.registered("ann");
    for (method, status) in [(Method::Subscribe, 489), (Method::Options, 200), (Method::Publish, 405), (Method::Refer, 603)] {
        let mut m = Message::request(method.clone(), &format!("sip:bob@{DOMAIN}"));
        m.push(HeaderName::From, format!("<sip:ann@{DOMAIN}>"));
        m.push(HeaderName::To, format!("<sip:bob@{DOMAIN}>"));
        m.push(HeaderName::Contact, "<sip:x@x.invalid>");
        m.push(HeaderName::Event, "presence");
        assert_eq!(w.request(a, m).and_then(|r| r.status()), Some(status), "{method}");
    }
}

#[test]
fn a_closed_socket_is_not_rung_and_its_person_is_shown_away_after_the_grace() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    w.disconnect(b);
    let caller = w.call(a, "bob");
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(480));
    w.advance(6_000);
    assert_eq!(w.people.iter().rev().find(|p| p.party.user == "bob").map(|p| p.registered), Some(false));
}

#[test]
fn a_person_who_is_removed_loses_the_socket() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let mut directory = crate::support::directory();
    let mut tenant = (*directory.tenants[0]).clone();
    tenant.people.remove("bob");
    directory.tenants[0] = std::sync::Arc::new(tenant);
    w.input(Input::Directory(directory));
    assert!(w.phones[b].flow.is_none() && w.phones[a].flow.is_some());
    let caller = w.call(a, "bob");
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(404));
}

#[test]
fn a_new_socket_of_a_phone_replaces_its_half_open_one() {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (_caller, callee) = w.connected(a, b);
    // Bob's socket dies silently; the desk connects again while the exchange still holds the dead one.
    let dead = w.phones[b].flow.take().unwrap();
    w.phones[b].ep.flow_lost(Millis(w.now), dead);
    w.reconnect(b, &[callee]);
    let now = Millis(w.now);
    let info = w.phones[a].ep.in_dialog(now, _caller, Method::Info, &[], None).unwrap();
    w.run();
    let at_bob = w.take(b, |e| matches!(e, EndpointEvent::InDialog { .. }));
    let Some(EndpointEvent::InDialog { txn, message, .. }) = at_bob else { panic!("{:?}", w.phones[b].events) };
    w.respond(b, txn, message.reply(200, "OK"));
    assert_eq!(w.response(a, info).and_then(|m| m.status()), Some(200));
    w.input(Input::FlowClosed { flow: dead, leaving: false });
    assert!(w.people.iter().rev().find(|p| p.party.user == "bob").is_some_and(|p| p.registered));
    let _ = FlowConfig { transport: String::new(), sent_by: String::new(), reliable: true };
}

/// A phone with the credentials that a page got for its session.
pub fn of_session(w: &mut World, user: &str, session: &str) -> usize {
    let phone = w.phone(user);
    connect_as(w, phone, session);
    assert_eq!(w.register(phone), 200);
    phone
}

fn connect_as(w: &mut World, phone: usize, session: &str) {
    let flow = w.connect(phone);
    let user = format!("{}.{session}:{}", UNIX / 1_000 + 600, w.phones[phone].user);
    let password = format!("derived-{DOMAIN}-{user}");
    w.phones[phone].ep.set_credentials(flow, Some(Credentials { user, password, realm: DOMAIN.into() }));
}

#[test]
fn phones_of_an_ended_session_hang_up_and_come_back_no_more() {
    let mut w = World::new();
    let (a, c) = (w.registered("ann"), w.registered("cid"));
    let (lost, kept) = (of_session(&mut w, "bob", "s1"), of_session(&mut w, "bob", "s2"));
    let (_, at_ann) = w.connected(lost, a);
    let (_, at_cid) = w.connected(kept, c);
    w.input(Input::SessionEnded { session: "s1".into(), until: UNIX + 600_000 });
    assert_eq!(w.closed.iter().map(|(_, why)| *why).collect::<Vec<_>>(), ["the session was ended"]);
    assert!(w.ended(a, at_ann).is_some(), "nobody waits for whoever does not come back");
    assert!(w.ended(c, at_cid).is_none(), "another session of the same person goes on");
    assert_eq!(w.register(kept), 200);
    connect_as(&mut w, lost, "s1");
    assert_eq!(w.register(lost), 403);
    // Nobody rings there.
    let caller = w.call(a, "bob");
    assert!(w.incoming(kept).is_some() && w.incoming(lost).is_none());
    w.hang_up(a, caller);
    // The exchange does not remember it for ever.
    w.advance(600_001);
    connect_as(&mut w, lost, "s3");
    assert_eq!(w.register(lost), 403, "expired by then");
}

#[test]
fn credentials_of_a_session_that_was_ended_before_a_restart_are_refused() {
    let mut w = World::new();
    w.input(Input::SessionEnded { session: "s1".into(), until: UNIX + 600_000 });
    let phone = w.phone("bob");
    connect_as(&mut w, phone, "s1");
    assert_eq!(w.register(phone), 403);
    connect_as(&mut w, phone, "s2");
    assert_eq!(w.register(phone), 200);
}
