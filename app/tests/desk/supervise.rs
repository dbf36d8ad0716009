//! Somebody in charge takes part in a call: at the agent's desk, and at their own.

use app::desk::CallKey;
use app::desk::action::Action;
use app::desk::effect::Effect;
use app::desk::event::{Event, Start};
use app::desk::kept::{CallNotes, KeptPart, Resume};
use app::desk::view::call::{PartView, SuperviseMode, SupervisorView};
use app::desk::view::desk::Notice;
use app::desk::view::floor::SteerWish;
use sip_ws::codec::{Supervision, SupervisionMode};
use sip_ws::io::{self, CallId, Command, Entry, LinkState};
use wire::{Floor, Order, OrderResult, ServerFrame, Snapshot, Steer};

use crate::support::{Bench, me, peer, profile, snapshot};

const SUE: CallKey = CallKey(1 << 40);

fn how(mode: SupervisionMode, shown: bool) -> Supervision {
    Supervision { mode, shown }
}

/// Sue takes part in the agent's call.
fn joins(bench: &mut Bench, of: CallKey, supervision: Option<Supervision>) {
    let hints = io::Hints { joins: Some(CallId(of.0)), supervision, ..io::Hints::default() };
    let (from, session_id) = (peer("agent2"), "e".repeat(32));
    bench.sip(io::Event::Incoming { call: CallId(SUE.0), from, to: peer("agent1"), has_video: false, session_id, first_for: None, hints });
}

fn shown(bench: &Bench, of: CallKey) -> Vec<SupervisorView> {
    bench.call(of).supervisors
}

#[test]
fn a_supervisor_is_let_in_without_a_ring_and_seen_with_the_call() {
    let (mut bench, call) = Bench::talking();
    bench.effects.clear();
    joins(&mut bench, call, Some(how(SupervisionMode::Listen, true)));
    let mix = Effect::Supervise { call: SUE, of: call, mode: SuperviseMode::Listen };
    let answer = Effect::Agent(Command::Answer { call: CallId(SUE.0), video: false });
    let at = |wanted: &Effect| bench.effects.iter().position(|effect| effect == wanted).expect("done");
    assert!(at(&mix) < at(&answer), "what is sent is a mix from the first packet on");
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::Sound(_))), "nothing rings");
    bench.answered(SUE);
    assert_eq!(bench.desk.call_views().len(), 1, "it is no call of the desk's");
    assert!(bench.desk.incoming_views().is_empty());
    assert!(!bench.call(call).hold.expect("answered"), "the caller is not put on hold");
    let view = |mode| SupervisorView { call: SUE, name: Some("Agent Two".into()), mode };
    assert_eq!(shown(&bench, call), [view(SuperviseMode::Listen)]);

    bench.effects.clear();
    bench.sip(io::Event::Supervision { call: CallId(SUE.0), supervision: how(SupervisionMode::Barge, true) });
    assert_eq!(bench.effects, [Effect::Supervise { call: SUE, of: call, mode: SuperviseMode::Barge }]);
    assert_eq!(shown(&bench, call), [view(SuperviseMode::Barge)]);

    bench.ended(SUE, io::EndCause::RemoteHangUp { reason: None });
    assert_eq!(shown(&bench, call), []);
    assert!(bench.call(call).hang_up, "the call goes on");
}

#[test]
fn who_listens_silently_is_not_named_and_who_is_vouched_for_by_nobody_rings() {
    let (mut bench, call) = Bench::talking();
    joins(&mut bench, call, Some(how(SupervisionMode::Listen, false)));
    assert_eq!(shown(&bench, call), [SupervisorView { call: SUE, name: None, mode: SuperviseMode::Listen }]);

    let (mut bench, call) = Bench::talking();
    bench.effects.clear();
    joins(&mut bench, call, None);
    assert!(!bench.commands().iter().any(|command| matches!(command, Command::Answer { .. })));
    assert_eq!(bench.desk.incoming_views().len(), 1, "an ordinary call, for the user to decide");
    assert_eq!(shown(&bench, call), []);
}

#[test]
fn hold_is_known_to_what_mixes_before_the_other_side_is_asked() {
    let (mut bench, call) = Bench::talking();
    joins(&mut bench, call, Some(how(SupervisionMode::Barge, true)));
    bench.answered(SUE);
    let hold = |on| Effect::Hold { call, on };
    for on in [true, false] {
        bench.effects.clear();
        bench.act(Action::Hold { call, on });
        let asked = Effect::Agent(if on { Command::Hold { call: CallId(call.0) } } else { Command::Resume { call: CallId(call.0) } });
        let at = |wanted: &Effect| bench.effects.iter().position(|effect| effect == wanted).expect("done");
        assert!(at(&hold(on)) < at(&asked), "{on}: whoever is on hold hears no supervisor from the press on");
    }
    // The other side does not resume: it is on hold as before.
    bench.act(Action::Hold { call, on: true });
    bench.sip(io::Event::Hold { call: CallId(call.0), local: true, remote: false });
    bench.act(Action::Hold { call, on: false });
    bench.effects.clear();
    bench.sip(io::Event::ChangeFailed { call: CallId(call.0), status: 488 });
    assert!(bench.effects.contains(&hold(true)));
    assert!(bench.effects.contains(&Effect::Mute { call, on: true }));
    assert_eq!(shown(&bench, call)[0].mode, SuperviseMode::Barge, "who takes part goes on doing so");

    // After a reload it is still held, whichever of the two calls is there first.
    for legs in [[SUE, call], [call, SUE]] {
        let kept = |key| (key, bench.desk.call_notes(key).expect("kept"));
        let mut later = resumed(vec![kept(call), kept(SUE)]);
        for key in legs {
            let user = if key == SUE { "agent2" } else { "agent3" };
            later.sip(io::Event::Restored { call: CallId(key.0), peer: peer(user), outgoing: false, session_id: "s".into(), video: false });
            if key == call {
                later.sip(io::Event::Hold { call: CallId(key.0), local: true, remote: false });
            }
        }
        assert!(later.effects.contains(&hold(true)));
        assert!(later.effects.contains(&Effect::Supervise { call: SUE, of: call, mode: SuperviseMode::Barge }));
    }
}

#[test]
fn a_page_that_was_loaded_again_lets_them_in_again() {
    let (mut before, call) = Bench::talking();
    joins(&mut before, call, Some(how(SupervisionMode::Whisper, true)));
    let notes = before.desk.call_notes(SUE).expect("kept");
    assert_eq!(notes.part, Some(KeptPart::Theirs { of: call.0, mode: SuperviseMode::Whisper, shown: true }));
    before.pass(5);
    assert_eq!(before.desk.call_notes(SUE), Some(notes.clone()), "nothing to write anew each second");

    let of = before.desk.call_notes(call).expect("kept");
    let mut bench = resumed(vec![(call, of), (SUE, notes)]);
    for (key, user) in [(SUE, "agent2"), (call, "agent3")] {
        let session_id = "s".into();
        bench.sip(io::Event::Restored { call: CallId(key.0), peer: peer(user), outgoing: false, session_id, video: false });
    }
    assert_eq!(bench.desk.call_views().len(), 1);
    assert!(bench.effects.contains(&Effect::Supervise { call: SUE, of: call, mode: SuperviseMode::Whisper }));
    assert_eq!(shown(&bench, call), [SupervisorView { call: SUE, name: Some("Agent Two".into()), mode: SuperviseMode::Whisper }]);
}

/// Agent One's page is loaded again with these calls.
fn resumed(calls: Vec<(CallKey, CallNotes)>) -> Bench {
    let mut bench = Bench::blank();
    let resume = Some(Resume { person: "p1".into(), visit: None, calls });
    bench.event(Event::Started(Start { languages: vec!["en".into()], online: true, seed: 7, resume, ..Start::default() }));
    bench.event(Event::Session(Ok(Some(Box::new(me())))));
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(4)))));
    bench.event(Event::Profile(Ok(Box::new(profile()))));
    bench.sip(io::Event::Link(LinkState::Up));
    bench.registered();
    bench
}

fn in_charge() -> Bench {
    let mut bench = Bench::ready();
    let floor = Some(Floor { steers: true, ..Floor::default() });
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(Snapshot { floor, ..snapshot(9) }))));
    bench.effects.clear();
    bench
}

/// Orders a mode and returns the number of the order.
fn order(bench: &mut Bench, mode: SuperviseMode) -> u64 {
    bench.effects.clear();
    bench.act(Action::Steer(SteerWish::Supervise("agent2".into(), "c1".into(), mode)));
    let sent = bench.effects.iter().find_map(|effect| match effect {
        Effect::SendFeed(wire::ClientFrame::Order { id, order: Order::Steer { steer } }) => Some((*id, steer.clone())),
        _ => None,
    });
    let (id, steer) = sent.expect("ordered");
    assert_eq!(steer, Steer::Supervise { user: "agent2".into(), contact: "c1".into(), mode });
    id
}

fn ordered(bench: &mut Bench, id: u64, result: OrderResult) {
    bench.event(Event::Feed(Box::new(ServerFrame::Ordered { id, result })));
}

/// Sue's own desk, listening.
fn listening() -> (Bench, CallKey) {
    let mut bench = in_charge();
    let id = order(&mut bench, SuperviseMode::Listen);
    let dialog = "a1@x;to-tag=t1;from-tag=f1";
    ordered(&mut bench, id, OrderResult::Admitted { dialog: dialog.into() });
    let entered = bench.effects.iter().find_map(|effect| match effect {
        Effect::Agent(Command::CallInto { call, target, dialog, how, .. }) => Some((*call, target.clone(), dialog.to_string(), *how)),
        _ => None,
    });
    let (call, target, named, entry) = entered.expect("the phone goes there");
    assert_eq!((target.as_str(), named.as_str(), entry), ("agent2", dialog, Entry::Join));
    let key = CallKey(call.0);
    assert!(bench.effects.contains(&Effect::Mute { call: key, on: true }), "who listens is silent from the beginning");
    bench.answered(key);
    (bench, key)
}

fn part(bench: &Bench, call: CallKey) -> Option<SuperviseMode> {
    bench.call(call).part.map(|part| part.mode)
}

#[test]
fn a_supervisor_is_heard_only_once_the_other_mode_holds() {
    let (mut bench, call) = listening();
    let view = bench.call(call);
    assert_eq!(view.part, Some(PartView { user: "agent2".into(), contact: "c1".into(), mode: SuperviseMode::Listen }));
    assert_eq!((view.mute, view.transfer, view.keypad, view.camera), (None, false, false, None), "nothing that makes no sense");
    let id = order(&mut bench, SuperviseMode::Whisper);
    assert!(!bench.effects.contains(&Effect::Mute { call, on: false }), "not before the agent's desk knows");
    ordered(&mut bench, id, OrderResult::Done);
    assert!(bench.effects.contains(&Effect::Mute { call, on: false }));
    assert_eq!((part(&bench, call), bench.call(call).mute), (Some(SuperviseMode::Whisper), Some(false)));

    let id = order(&mut bench, SuperviseMode::Barge);
    ordered(&mut bench, id, OrderResult::TooLate);
    assert_eq!(part(&bench, call), Some(SuperviseMode::Whisper));
    assert!(bench.desk.desk_view().notices.contains(&Notice::OrderTooLate));

    let id = order(&mut bench, SuperviseMode::Listen);
    assert!(bench.effects.contains(&Effect::Mute { call, on: true }), "at once, whatever becomes of the order");
    ordered(&mut bench, id, OrderResult::Done);
    assert_eq!(part(&bench, call), Some(SuperviseMode::Listen));
}

#[test]
fn a_part_survives_a_reload_and_is_in_nobodys_history() {
    let (mut bench, call) = listening();
    let notes = bench.desk.call_notes(call).expect("kept");
    assert_eq!(notes.part, Some(KeptPart::Ours { contact: "c1".into(), mode: SuperviseMode::Listen }));
    bench.ended(call, io::EndCause::LocalHangUp);
    assert!(bench.desk.history_view().rows.is_empty());

    let mut later = resumed(vec![(call, notes)]);
    let session_id = "s".into();
    later.sip(io::Event::Restored { call: CallId(call.0), peer: peer("agent2"), outgoing: true, session_id, video: false });
    let wanted = PartView { user: "agent2".into(), contact: "c1".into(), mode: SuperviseMode::Listen };
    assert_eq!(later.call(call).part, Some(wanted));
    assert!(later.effects.contains(&Effect::Mute { call, on: true }));
}
