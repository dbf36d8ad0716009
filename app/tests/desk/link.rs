//! Registration, reconnection, fresh credentials, the feed.

use app::desk::action::Action;
use app::desk::effect::Effect;
use app::desk::event::Event;
use app::desk::view::call::CallNotice;
use app::desk::view::desk::{LinkView, Notice, Presence};
use app::desk::view::session::{SessionView, Shift, SignInError};
use sip_ws::io::{self, CallId, Command, LinkLoss, LinkState, Millis, RegistrationFailure, RegistrationState};
use wire::{Change, ClientFrame, ServerFrame};

use crate::support::{Bench, UNIX, person, profile, refused, snapshot};

fn down(bench: &mut Bench, retry_in: u64) {
    let (since, retry_at) = (Millis(bench.now), Millis(bench.now + retry_in));
    bench.sip(io::Event::Link(LinkState::Down { cause: LinkLoss::Closed, since, retry_at }));
}

#[test]
fn the_page_says_what_happens_to_its_link() {
    let mut bench = Bench::signed_in();
    let link = |bench: &Bench| bench.desk.desk_view().link;
    assert_eq!(link(&bench), LinkView::Off);
    bench.act(Action::StartShift);
    assert_eq!(link(&bench), LinkView::Connecting);
    bench.event(Event::Profile(Ok(Box::new(profile()))));
    assert!(bench.commands().contains(&Command::Start));
    bench.sip(io::Event::Link(LinkState::Connecting { attempt: 1 }));
    assert_eq!(link(&bench), LinkView::Connecting);
    bench.sip(io::Event::Link(LinkState::Up));
    bench.sip(io::Event::Registration(RegistrationState::Registering));
    assert_eq!(link(&bench), LinkView::Connecting);
    bench.registered();
    assert_eq!(link(&bench), LinkView::Ready);
    bench.sip(io::Event::Registration(RegistrationState::Registering));
    assert_eq!(link(&bench), LinkView::Ready, "a refresh is no interruption");

    down(&mut bench, 1_500);
    assert_eq!(link(&bench), LinkView::Reconnecting { retry_at: Some(bench.now + 1_500) });
    bench.sip(io::Event::Link(LinkState::Connecting { attempt: 1 }));
    assert_eq!(link(&bench), LinkView::Reconnecting { retry_at: None });
    bench.event(Event::Offline);
    assert_eq!(link(&bench), LinkView::Offline);
    bench.event(Event::Online);
    bench.sip(io::Event::Link(LinkState::Up));
    bench.sip(io::Event::Registration(RegistrationState::Failed {
        cause: RegistrationFailure::Refused { status: 503, reason: String::new() },
        retry_at: Some(Millis(9_000)),
    }));
    assert_eq!(link(&bench), LinkView::Refused { status: 503, retry_at: Some(9_000) });
    bench.act(Action::ReconnectNow);
    assert!(bench.commands().contains(&Command::RetryNow));
}

#[test]
fn a_lost_link_ends_no_call() {
    let (mut bench, key) = Bench::talking();
    down(&mut bench, 500);
    bench.sip(io::Event::Reach { call: CallId(key.0), reachable: false });
    assert_eq!(bench.call(key).notices, [CallNotice::LinkDown { until: bench.now + 120_000 }]);
    assert!(!bench.desk.desk_view().may_dial);
    assert!(bench.call(key).hang_up);
    bench.sip(io::Event::Link(LinkState::Up));
    bench.registered();
    bench.sip(io::Event::Reach { call: CallId(key.0), reachable: true });
    assert!(bench.call(key).notices.is_empty());
    assert!(bench.desk.desk_view().may_dial);
}

#[test]
fn credentials_are_fetched_before_they_end() {
    let mut bench = Bench::ready();
    bench.pass(539);
    assert!(!bench.effects.contains(&Effect::LoadProfile));
    bench.pass(2);
    assert!(bench.effects.contains(&Effect::LoadProfile), "a minute ahead");
    bench.effects.clear();
    let mut fresh = profile();
    fresh.sip.auth_user = "2:agent1".into();
    (fresh.now, fresh.sip.expires_at) = (UNIX + 541_000, Some(UNIX + 1_141_000));
    bench.event(Event::Profile(Ok(Box::new(fresh))));
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::Credentials(new) if new.user == "2:agent1")));
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::StartAgent(_))));
}

#[test]
fn an_expired_session_lets_the_call_end_first() {
    let (mut bench, key) = Bench::talking();
    bench.event(Event::FeedClosed { signed_out: true });
    assert_eq!(bench.shift(), Shift::On);
    bench.ended(key, io::EndCause::LocalHangUp);
    let expected = Some(SignInError::Expired);
    assert!(matches!(bench.desk.session_view(), SessionView::SignedOut(view) if view.error == expected));
    assert!(bench.effects.contains(&Effect::Agent(Command::Stop)));
}

#[test]
fn a_shift_that_cannot_start_says_so() {
    let mut bench = Bench::signed_in();
    bench.act(Action::StartShift);
    bench.event(Event::Profile(Err(refused(503))));
    assert_eq!(bench.shift(), Shift::Off);
    assert!(bench.desk.desk_view().notices.contains(&Notice::NotConnected));
}

#[test]
fn the_feed_is_applied_in_order_and_asked_again_after_a_gap() {
    let mut bench = Bench::ready();
    let names = |bench: &Bench| bench.desk.people_view().into_iter().map(|person| person.name).collect::<Vec<_>>();
    assert_eq!(names(&bench), ["Agent One", "Agent Two", "Concierge"]);
    let change = |seq, name: &str, presence| {
        let person = person("p2", "agent2", name, presence);
        Event::Feed(Box::new(ServerFrame::Delta { seq, now: UNIX, changes: vec![Change::Person { person }] }))
    };
    bench.event(change(5, "Zone Two", wire::Presence::OnCall));
    assert_eq!(names(&bench), ["Agent One", "Concierge", "Zone Two"]);
    assert_eq!(bench.desk.people_view()[2].presence, Presence::Busy);
    bench.effects.clear();
    bench.event(change(7, "Agent Gap", wire::Presence::Available));
    assert!(bench.effects.contains(&Effect::SendFeed(ClientFrame::Resync)));
    assert_eq!(names(&bench)[2], "Zone Two", "nothing is shown that may be wrong");
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(9)))));
    assert_eq!(names(&bench)[1], "Agent Two");
    bench.event(Event::Feed(Box::new(ServerFrame::Heartbeat { beat: 3, seq: None })));
    assert!(bench.effects.contains(&Effect::SendFeed(ClientFrame::Heartbeat { beat: 3 })));
}

#[test]
fn a_mark_and_a_heartbeat_tell_of_a_change_that_was_lost() {
    let mut bench = Bench::ready();
    let asks = |bench: &mut Bench, seq| {
        bench.effects.clear();
        bench.event(Event::Feed(Box::new(ServerFrame::Mark { seq })));
        let marked = bench.effects.contains(&Effect::SendFeed(ClientFrame::Resync));
        bench.effects.clear();
        bench.event(Event::Feed(Box::new(ServerFrame::Heartbeat { beat: 3, seq: Some(seq) })));
        assert!(bench.effects.contains(&Effect::SendFeed(ClientFrame::Heartbeat { beat: 3 })), "it is answered all the same");
        assert_eq!(bench.effects.contains(&Effect::SendFeed(ClientFrame::Resync)), marked, "both say the same");
        marked
    };
    assert!(!asks(&mut bench, 4));
    let change = Change::Person { person: person("p2", "agent2", "Zone Two", wire::Presence::OnCall) };
    bench.event(Event::Feed(Box::new(ServerFrame::Delta { seq: 5, now: UNIX, changes: vec![change] })));
    assert!(!asks(&mut bench, 5));
    assert!(asks(&mut bench, 6), "the last change did not come");
    assert!(asks(&mut bench, 7), "nor did the snapshot");
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(7)))));
    assert!(!asks(&mut bench, 7));
}

#[test]
fn a_change_that_comes_twice_or_out_of_order_changes_nothing_until_the_feed_is_whole_again() {
    for wrong in [5, 4, 7] {
        let mut bench = Bench::ready();
        let delta = |seq, name: &str| {
            let person = person("p2", "agent2", name, wire::Presence::OnCall);
            Event::Feed(Box::new(ServerFrame::Delta { seq, now: UNIX, changes: vec![Change::Person { person }] }))
        };
        let shown = |bench: &Bench, name: &str| bench.desk.people_view().iter().any(|person| person.name == name);
        bench.event(delta(5, "Zone Two"));
        bench.effects.clear();
        bench.event(delta(wrong, "Wrong"));
        // What comes before the snapshot is in it already, and asks for no second one.
        bench.event(delta(6, "Wrong"));
        bench.event(delta(wrong, "Wrong"));
        let asked = bench.effects.iter().filter(|effect| **effect == Effect::SendFeed(ClientFrame::Resync)).count();
        assert_eq!((asked, shown(&bench, "Zone Two"), shown(&bench, "Wrong")), (1, true, false), "{wrong} after 5");
        bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(9)))));
        assert!(shown(&bench, "Agent Two"), "{wrong} after 5");
        bench.event(delta(10, "Next"));
        assert!(shown(&bench, "Next"), "{wrong} after 5");
    }
}

#[test]
fn a_lost_feed_is_tried_again_with_patience() {
    let mut bench = Bench::ready();
    for _ in 0..6 {
        bench.event(Event::FeedClosed { signed_out: false });
        bench.effects.clear();
        bench.pass(6);
        assert_eq!(bench.effects.iter().filter(|effect| matches!(effect, Effect::OpenFeed(_))).count(), 1);
    }
    assert!(bench.desk.desk_view().notices.contains(&Notice::FeedLost));
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(1)))));
    assert!(!bench.desk.desk_view().notices.contains(&Notice::FeedLost));
}

#[test]
fn a_feed_on_which_nothing_arrives_any_more_is_opened_anew() {
    let mut bench = Bench::ready();
    let hello = || Event::Feed(Box::new(ServerFrame::Hello { wire: wire::VERSION, build: "1".into(), heartbeat_ms: 5_000 }));
    let beat = || Event::Feed(Box::new(ServerFrame::Heartbeat { beat: 1, seq: None }));
    let opened = |bench: &Bench| bench.effects.iter().filter(|effect| matches!(effect, Effect::OpenFeed(_))).count();
    bench.event(hello());
    for _ in 0..4 {
        bench.pass(19);
        bench.event(beat());
    }
    bench.effects.clear();
    bench.pass(19);
    assert_eq!(opened(&bench), 0);
    bench.pass(7);
    assert!(bench.effects.contains(&Effect::CloseFeed), "whatever the socket says");
    assert_eq!(opened(&bench), 1);
    // The next one does not even say hello.
    bench.effects.clear();
    bench.pass(26);
    assert_eq!(opened(&bench), 1);
    assert!(bench.desk.desk_view().notices.contains(&Notice::FeedLost));
}

#[test]
fn only_the_idle_page_reloads_for_a_newer_switchboard() {
    let hello = |build: &str| Event::Feed(Box::new(ServerFrame::Hello { wire: wire::VERSION, build: build.into(), heartbeat_ms: 5_000 }));
    let mut idle = Bench::signed_in();
    idle.event(hello("1"));
    idle.event(hello("1"));
    assert!(!idle.effects.contains(&Effect::Reload));
    idle.event(hello("2"));
    assert!(idle.effects.contains(&Effect::Reload));

    let (mut talking, _) = Bench::talking();
    talking.event(hello("1"));
    talking.event(hello("2"));
    assert!(!talking.effects.contains(&Effect::Reload));
    assert!(talking.desk.desk_view().notices.contains(&Notice::NewVersion));
}

#[test]
fn people_of_a_foreign_pbx_can_be_called_unseen() {
    let mut bench = Bench::signed_in();
    bench.act(Action::StartShift);
    let mut foreign = profile();
    foreign.sip.exchange = false;
    bench.event(Event::Profile(Ok(Box::new(foreign))));
    bench.sip(io::Event::Link(LinkState::Up));
    bench.registered();
    let people = bench.desk.people_view();
    assert!(people[2].call && people[2].presence == Presence::Offline);
    assert!(!people[0].call, "not oneself");
    assert!(!Bench::ready().desk.people_view()[2].call, "our own exchange knows better");
}

#[test]
fn a_fault_of_our_own_is_shown() {
    let mut bench = Bench::ready();
    bench.event(Event::Fault("no secure randomness in this browser"));
    assert_eq!(bench.desk.desk_view().notices, [Notice::Internal]);
}
