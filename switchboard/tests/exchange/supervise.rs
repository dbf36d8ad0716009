//! Somebody in charge takes part in the call of an agent: admitted, told how, and over with it.

use crate::access::of_session;
use crate::support::{DOMAIN, OFFER, World};
use crate::transfer::{answer_late, answer_offer, refer};
use sip_ws::codec::SupervisionMode;
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{EndpointEvent, SessionId};
use sip_ws::io::Millis;
use switchboard::exchange::io::{AuditedPart, Input, Over};
use switchboard::exchange::limits::{GRANT_MS, LEG_LOST_MS, MAX_SUPERVISORS};
use wire::{OrderResult, Steer, SuperviseMode};

/// Ann talks with agent bob, and cid is in charge.
struct Floor {
    w: World,
    ann: usize,
    bob: usize,
    cid: usize,
    caller: SessionId,
    callee: SessionId,
    contact: String,
}

fn floor() -> Floor {
    let mut w = World::new();
    let (ann, bob, cid) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    let (caller, callee) = w.connected(ann, bob);
    let contact = w.contact_of(ann, caller);
    Floor { w, ann, bob, cid, caller, callee, contact }
}

impl Floor {
    fn order(&mut self, mode: SuperviseMode) -> OrderResult {
        self.w.steer(Steer::Supervise { user: "bob".into(), contact: self.contact.clone(), mode }, &[])
    }

    fn grant(&mut self, mode: SuperviseMode) -> String {
        match self.order(mode) {
            OrderResult::Admitted { dialog } => dialog,
            other => panic!("{other:?}"),
        }
    }

    /// Calls with Join, as a phone that claims whatever it likes.
    fn join(&mut self, phone: usize, dialog: &str) -> SessionId {
        let mut invite = self.w.invite_message(phone, "bob", Some(OFFER));
        invite.push(HeaderName::Join, dialog);
        invite.push(HeaderName::Require, "join");
        invite.push(HeaderName::Supervision, "barge");
        self.w.invite(phone, invite)
    }

    fn refused(&mut self, phone: usize, dialog: &str) -> u16 {
        let session = self.join(phone, dialog);
        self.w.rejected(phone, session).and_then(|response| response.status()).unwrap_or(0)
    }

    /// The supervisor is in: their leg, and that of the agent's phone.
    fn in_it(&mut self, mode: SuperviseMode) -> (SessionId, SessionId) {
        let dialog = self.grant(mode);
        let own = self.join(self.cid, &dialog);
        let (theirs, _) = self.w.incoming(self.bob).expect("bob's phone is asked");
        self.w.answer(self.bob, theirs);
        assert!(self.w.accepted(self.cid, own).is_some());
        (own, theirs)
    }

    /// Orders another mode: how the agent's phone is told of it, and what comes of the order when that has answered with this status.
    fn change(&mut self, mode: SuperviseMode, status: u16) -> (Option<String>, Option<OrderResult>) {
        self.w.begin_steer("cid", Steer::Supervise { user: "bob".into(), contact: self.contact.clone(), mode }, &[]);
        assert_eq!(self.w.steered(), None, "nothing holds before the phone that mixes knows of it");
        (self.told(status), self.w.steered())
    }

    /// How the agent's phone was told that somebody takes part, answered with this status.
    fn told(&mut self, status: u16) -> Option<String> {
        let info = |e: &EndpointEvent| matches!(e, EndpointEvent::InDialog { message, .. } if message.method() == Some(&Method::Info));
        let Some(EndpointEvent::InDialog { txn, message, .. }) = self.w.take(self.bob, info) else { return None };
        self.w.respond(self.bob, txn, message.reply(status, "OK"));
        message.header_str(HeaderName::Supervision).map(str::to_owned)
    }

    /// What the log says of parts in the call that are over: whose they were, how they took part last, and why it ended.
    fn over(&self) -> Vec<(&str, SupervisionMode, Over)> {
        let ended = self.w.audits.iter().filter(|audit| audit.kind == "sip.supervision" && audit.outcome == "ended");
        ended
            .map(|audit| {
                let AuditedPart { agent, contact, mode, why, .. } = audit.part.as_deref().expect("what it was");
                assert_eq!((agent.as_str(), contact), ("bob", &self.contact));
                (audit.subject.as_str(), *mode, *why)
            })
            .collect()
    }

    fn at_rest(&mut self) {
        self.w.advance(LEG_LOST_MS);
        assert!(self.w.disk.is_empty());
        let (transactions, sessions, _) = self.w.machine.load();
        assert_eq!((transactions, sessions), (0, 0));
    }
}

fn header(message: &Message, name: HeaderName) -> &str {
    message.header_str(name).unwrap_or_default()
}

#[test]
fn a_supervisor_is_let_in_by_the_phone_that_has_the_call() {
    let mut f = floor();
    // A second phone of the agent has nothing to do with it.
    let second = f.w.registered("bob");
    let lines = f.w.contacts.len();
    let dialog = f.grant(SuperviseMode::Listen);
    let own = f.join(f.cid, &dialog);
    let (theirs, invite) = f.w.incoming(f.bob).expect("bob's phone is asked");
    assert!(f.w.incoming(second).is_none());
    assert_eq!(header(&invite, HeaderName::Join), dialog, "the dialog as that phone knows it");
    assert_eq!(header(&invite, HeaderName::Require), "join", "no other phone rings");
    assert_eq!(header(&invite, HeaderName::Supervision), "listen;shown", "what was ordered, not what the supervisor's phone says");
    assert!(header(&invite, HeaderName::PAssertedIdentity).contains("sip:cid@"));
    assert!(f.w.phones[f.bob].ep.find_dialog(&invite.join().unwrap()).is_some_and(|(session, _)| session == f.callee));
    f.w.answer(f.bob, theirs);
    assert!(f.w.accepted(f.cid, own).is_some());
    // It is nobody's contact and keeps no agent busy; the history of the call knows of it.
    let noted = |f: &Floor| f.w.contacts[lines..].iter().map(|event| (event.kind.as_str(), event.contact.clone())).collect::<Vec<_>>();
    assert_eq!(noted(&f), [("supervised", f.contact.clone())]);
    assert_eq!((f.w.does("ann"), f.w.does("bob"), f.w.does("cid")), ((0, 1), (0, 1), (0, 1)));
    // The supervisor leaves: nobody else notices.
    f.w.hang_up(f.cid, own);
    assert!(f.w.ended(f.bob, theirs).is_some());
    assert!(f.w.ended(f.ann, f.caller).is_none());
    assert_eq!(f.over(), [("cid", SupervisionMode::Listen, Over::Left)]);
    assert_eq!((f.w.does("ann"), f.w.does("bob"), f.w.does("cid")), ((0, 1), (0, 1), (0, 0)));
    assert_eq!(noted(&f).last(), Some(&("supervision-ended", f.contact.clone())));
    f.w.hang_up(f.ann, f.caller);
    f.at_rest();
}

#[test]
fn the_mode_changes_in_a_running_session_by_order_only() {
    let mut f = floor();
    let (own, theirs) = f.in_it(SuperviseMode::Listen);
    let done = |how: &str| (Some(how.to_owned()), Some(OrderResult::Done));
    assert_eq!(f.change(SuperviseMode::Whisper, 200), done("whisper;shown"));
    assert_eq!(f.change(SuperviseMode::Barge, 200), done("barge;shown"));
    assert_eq!(f.change(SuperviseMode::Listen, 500), (Some("listen;shown".into()), Some(OrderResult::TooLate)), "not said to hold");
    assert_eq!(f.change(SuperviseMode::Barge, 200), done("barge;shown"));
    assert_eq!(f.order(SuperviseMode::Unknown), OrderResult::Invalid);
    // What the supervisor's phone says itself does not cross.
    let now = Millis(f.w.now);
    let header = [("Supervision", "barge")];
    f.w.phones[f.cid].ep.in_dialog(now, own, Method::Info, &header, None).unwrap();
    f.w.run();
    assert_eq!(f.told(200), None);
    // While the agent's page is away it mixes as before: nobody is told otherwise. When it is back, fewer hear the supervisor.
    let (callee, bob) = (f.callee, f.bob);
    for (mode, told) in [(SuperviseMode::Whisper, "whisper;shown"), (SuperviseMode::Barge, "whisper;shown")] {
        f.w.disconnect(bob);
        assert_eq!(f.order(mode), OrderResult::TooLate);
        assert_eq!(f.told(200), None);
        f.w.reconnect(bob, &[callee, theirs]);
        assert_eq!(f.told(200).as_deref(), Some(told));
    }
    // Its socket breaks while it is being told.
    f.w.begin_steer("cid", Steer::Supervise { user: "bob".into(), contact: f.contact.clone(), mode: SuperviseMode::Listen }, &[]);
    f.w.disconnect(bob);
    assert_eq!(f.w.steered(), Some(OrderResult::TooLate));
    f.w.phones[bob].events.clear();
    f.w.reconnect(bob, &[callee, theirs]);
    assert_eq!(f.told(200).as_deref(), Some("listen;shown"));
    f.w.hang_up(f.bob, callee);
    assert!(f.w.ended(f.cid, own).is_some(), "over with the call");
    f.at_rest();
}

#[test]
fn it_ends_with_the_agents_part_of_the_call() {
    // The caller hangs up.
    let mut f = floor();
    let (own, theirs) = f.in_it(SuperviseMode::Whisper);
    f.w.hang_up(f.ann, f.caller);
    assert!(f.w.ended(f.cid, own).flatten().is_some_and(|bye| header(&bye, HeaderName::Reason).contains("The call is over")));
    assert!(f.w.ended(f.bob, theirs).is_some());
    f.at_rest();
    // Before the agent's phone has let them in.
    let mut f = floor();
    let dialog = f.grant(SuperviseMode::Listen);
    let own = f.join(f.cid, &dialog);
    f.w.hang_up(f.ann, f.caller);
    assert_eq!(f.w.rejected(f.cid, own).and_then(|response| response.status()), Some(480));
    f.at_rest();
    // The supervisor has the call instead of the agent.
    let mut f = floor();
    let (own, theirs) = f.in_it(SuperviseMode::Listen);
    let OrderResult::Admitted { dialog } = f.w.steer(Steer::TakeOver { user: "bob".into(), contact: f.contact.clone() }, &[]) else {
        panic!("not admitted")
    };
    let mut invite = f.w.invite_message(f.cid, "bob", Some(OFFER));
    invite.push(HeaderName::Replaces, &dialog);
    let taking = f.w.invite(f.cid, invite);
    let now = Millis(f.w.now);
    let caller = f.caller;
    f.w.phones[f.ann].ep.answer_reinvite(now, caller, 200, "OK", &[], Some(sip_ws::endpoint::Body::sdp(crate::support::ANSWER))).unwrap();
    f.w.run();
    assert!(f.w.accepted(f.cid, taking).is_some());
    assert!(f.w.ended(f.cid, own).is_some() && f.w.ended(f.bob, theirs).is_some(), "there is no agent to listen to");
    assert_eq!(f.over(), [("cid", SupervisionMode::Listen, Over::TakenOver)]);
    assert!(f.w.ended(f.ann, caller).is_none());
    f.w.hang_up(f.ann, caller);
    f.at_rest();
}

#[test]
fn the_log_says_who_was_in_whose_call_how_and_why_it_ended() {
    let barge = |why| [("cid", SupervisionMode::Barge, why)];
    // How they took part last counts, and the call has ended.
    let mut f = floor();
    f.in_it(SuperviseMode::Whisper);
    assert_eq!(f.change(SuperviseMode::Barge, 200).1, Some(OrderResult::Done));
    assert_eq!(f.over(), []);
    f.w.hang_up(f.ann, f.caller);
    assert_eq!(f.over(), barge(Over::CallOver));
    // The agent's phone hangs up on them alone.
    let mut f = floor();
    let (own, theirs) = f.in_it(SuperviseMode::Barge);
    f.w.hang_up(f.bob, theirs);
    assert!(f.w.ended(f.cid, own).is_some());
    assert_eq!(f.over(), barge(Over::LetGo));
    // It lets nobody in.
    let mut f = floor();
    let dialog = f.grant(SuperviseMode::Barge);
    let own = f.join(f.cid, &dialog);
    f.w.advance(15_000);
    assert!(f.w.rejected(f.cid, own).is_some());
    assert_eq!(f.over(), barge(Over::NotLetIn));
    // They give up before it has.
    let mut f = floor();
    let dialog = f.grant(SuperviseMode::Barge);
    let own = f.join(f.cid, &dialog);
    f.w.hang_up(f.cid, own);
    assert_eq!(f.over(), barge(Over::Left));
    // Their page goes and does not come back.
    let mut f = floor();
    f.in_it(SuperviseMode::Barge);
    f.w.disconnect(f.cid);
    f.w.advance(LEG_LOST_MS);
    assert_eq!(f.over(), barge(Over::Lost));
    // Their session is ended.
    let mut f = floor();
    f.cid = of_session(&mut f.w, "cid", "s1");
    f.in_it(SuperviseMode::Barge);
    f.w.input(Input::SessionEnded { session: "s1".into(), until: i64::MAX });
    assert_eq!(f.over(), barge(Over::SessionEnded));
    // The agent passes the call on.
    let mut f = floor();
    f.in_it(SuperviseMode::Barge);
    let target_phone = f.w.registered("sup1");
    let (bob, ann, caller, callee) = (f.bob, f.ann, f.caller, f.callee);
    assert_eq!(refer(&mut f.w, bob, callee, &format!("<sip:sup1@{DOMAIN}>")), 202);
    let (target, _) = f.w.incoming(target_phone).expect("the target rings");
    answer_late(&mut f.w, target_phone, target);
    answer_offer(&mut f.w, ann, caller);
    assert_eq!(f.over(), barge(Over::PassedOn));
    // Over a restart.
    let mut f = floor();
    let (own, theirs) = f.in_it(SuperviseMode::Barge);
    f.w.kill_and_restart();
    let (ann, bob, cid) = (f.ann, f.bob, f.cid);
    let (caller, callee) = (f.caller, f.callee);
    f.w.reconnect(ann, &[caller]);
    f.w.reconnect(bob, &[callee, theirs]);
    f.w.reconnect(cid, &[own]);
    f.w.hang_up(cid, own);
    assert_eq!(f.over(), barge(Over::Left), "the contact is known as before");
}

#[test]
fn whoever_loses_the_right_is_in_the_call_no_longer() {
    let mut f = floor();
    let (own, theirs) = f.in_it(SuperviseMode::Whisper);
    let parts = f.w.machine.parts();
    let part = parts.first().expect("they are in it");
    assert_eq!((parts.len(), part.by.user.as_str(), part.agent.user.as_str(), &part.queue), (1, "cid", "bob", &None));
    f.w.input(Input::RightLost { call: part.call.clone() });
    assert!(f.w.ended(f.cid, own).is_some() && f.w.ended(f.bob, theirs).is_some());
    assert!(f.w.ended(f.ann, f.caller).is_none(), "the call itself goes on");
    assert_eq!(f.over(), [("cid", SupervisionMode::Whisper, Over::RightLost)]);
    assert!(f.w.machine.parts().is_empty());
    f.w.hang_up(f.ann, f.caller);
    f.at_rest();
    // Before the agent's phone has let them in.
    let mut f = floor();
    let dialog = f.grant(SuperviseMode::Listen);
    let own = f.join(f.cid, &dialog);
    let call = f.w.machine.parts()[0].call.clone();
    f.w.input(Input::RightLost { call });
    assert!(f.w.rejected(f.cid, own).is_some());
    assert_eq!(f.over(), [("cid", SupervisionMode::Listen, Over::RightLost)]);
}

#[test]
fn nobody_joins_without_a_grant_of_the_kind() {
    let mut f = floor();
    let dialog = f.grant(SuperviseMode::Listen);
    assert_eq!(f.refused(f.ann, &dialog), 403, "somebody else who knows the dialog");
    assert!(f.w.audits.iter().any(|audit| audit.kind == "sip.supervision-refused" && audit.subject == "ann"));
    f.w.advance(GRANT_MS + 1);
    assert_eq!(f.refused(f.cid, &dialog), 403, "too late");
    // Who may take a call over may not listen by that, nor the other way round.
    let OrderResult::Admitted { dialog } = f.w.steer(Steer::TakeOver { user: "bob".into(), contact: f.contact.clone() }, &[]) else {
        panic!("not admitted")
    };
    assert_eq!(f.refused(f.cid, &dialog), 403);
    // An agent's phone that does not answer lets nobody in, and rings for no minute.
    let dialog = f.grant(SuperviseMode::Listen);
    let own = f.join(f.cid, &dialog);
    f.w.advance(15_000);
    assert!(f.w.rejected(f.cid, own).is_some());
    // One's own call, and one that is not there.
    let own = f.w.steer(Steer::Supervise { user: "cid".into(), contact: f.contact.clone(), mode: SuperviseMode::Listen }, &[]);
    assert_eq!(own, OrderResult::TooLate);
    let gone = f.w.steer(Steer::Supervise { user: "bob".into(), contact: "another".into(), mode: SuperviseMode::Listen }, &[]);
    assert_eq!(gone, OrderResult::TooLate);
    f.w.hang_up(f.ann, f.caller);
    f.at_rest();
}

#[test]
fn it_cannot_be_transferred_or_supervised_itself() {
    let mut f = floor();
    let (own, theirs) = f.in_it(SuperviseMode::Listen);
    for (phone, session) in [(f.cid, own), (f.bob, theirs)] {
        let now = Millis(f.w.now);
        let to = format!("<sip:ann@{DOMAIN}>");
        let id = f.w.phones[phone].ep.in_dialog(now, session, Method::Refer, &[("Refer-To", &to)], None).unwrap();
        f.w.run();
        assert_eq!(f.w.response(phone, id).and_then(|response| response.status()), Some(403));
    }
    let contact = f.w.contact_of(f.cid, own);
    for user in ["bob", "cid"] {
        let steer = Steer::Supervise { user: user.into(), contact: contact.clone(), mode: SuperviseMode::Listen };
        assert_eq!(f.w.steer(steer, &[]), OrderResult::TooLate);
    }
    f.w.hang_up(f.ann, f.caller);
    f.at_rest();
}

#[test]
fn a_restart_loses_no_supervisor_and_keeps_none_of_a_call_that_is_lost() {
    for kept in [true, false] {
        let mut f = floor();
        let (own, theirs) = f.in_it(SuperviseMode::Whisper);
        if !kept {
            let about = f.w.disk.iter().find(|(_, row)| row.supervises.is_none()).map(|(key, _)| key.clone()).unwrap();
            f.w.disk.remove(&about);
        }
        f.w.kill_and_restart();
        let (ann, bob, cid) = (f.ann, f.bob, f.cid);
        let (caller, callee) = (f.caller, f.callee);
        f.w.reconnect(ann, &[caller]);
        f.w.reconnect(bob, &[callee, theirs]);
        f.w.reconnect(cid, &[own]);
        assert_eq!(f.w.ended(cid, own).is_some(), !kept);
        assert_eq!(f.w.ended(bob, theirs).is_some(), !kept);
        if kept {
            assert_eq!(f.told(200).as_deref(), Some("whisper;shown"), "told again: an order may have been under way");
            assert_eq!(f.change(SuperviseMode::Listen, 200).1, Some(OrderResult::Done), "still known as theirs");
            f.w.hang_up(ann, caller);
            assert!(f.w.ended(cid, own).is_some());
        }
    }
}

#[test]
fn only_listening_can_be_silent() {
    let mut f = floor();
    let mut all = crate::support::directory();
    let mut tenant = (*all.tenants[0]).clone();
    tenant.silent_supervision = true;
    all.tenants[0] = std::sync::Arc::new(tenant);
    f.w.input(Input::Directory(all));
    let dialog = f.grant(SuperviseMode::Listen);
    let own = f.join(f.cid, &dialog);
    let (theirs, invite) = f.w.incoming(f.bob).expect("bob's phone is asked");
    assert_eq!(header(&invite, HeaderName::Supervision), "listen");
    f.w.answer(f.bob, theirs);
    assert!(f.w.accepted(f.cid, own).is_some());
    // The log has it either way, and that it was silent.
    f.w.hang_up(f.cid, own);
    let silent = |f: &Floor| f.w.audits.iter().filter_map(|audit| audit.part.as_ref().map(|part| part.silent)).collect::<Vec<_>>();
    assert_eq!(silent(&f), [true]);
    f.in_it(SuperviseMode::Listen);
    assert_eq!(f.change(SuperviseMode::Whisper, 200).0.as_deref(), Some("whisper;shown"), "a voice that nobody explains helps no agent");
    f.w.hang_up(f.ann, f.caller);
    assert_eq!(silent(&f), [true, false]);
    f.at_rest();
}

#[test]
fn a_supervisor_whose_page_is_gone_comes_in_again() {
    let mut f = floor();
    let (_, theirs) = f.in_it(SuperviseMode::Barge);
    f.w.disconnect(f.cid);
    let bob = f.bob;
    f.cid = f.w.registered("cid");
    let (own, _) = f.in_it(SuperviseMode::Listen);
    assert!(f.w.ended(bob, theirs).is_some(), "what was left of it is over");
    assert_eq!(f.over(), [("cid", SupervisionMode::Barge, Over::Anew)]);
    f.w.hang_up(f.ann, f.caller);
    assert!(f.w.ended(f.cid, own).is_some());
}

#[test]
fn not_everybody_at_once() {
    let mut f = floor();
    for n in 0..=MAX_SUPERVISORS {
        let steer = Steer::Supervise { user: "bob".into(), contact: f.contact.clone(), mode: SuperviseMode::Listen };
        let user = format!("sup{n}");
        let result = f.w.steer_as(&user, steer, &[]);
        if n == MAX_SUPERVISORS {
            assert_eq!(result, OrderResult::TooLate);
            return;
        }
        let OrderResult::Admitted { dialog } = result else { panic!("{result:?}") };
        let phone = f.w.registered(&user);
        f.join(phone, &dialog);
        assert!(f.w.incoming(f.bob).is_some());
    }
}
