//! Subscriptions (RFC 6665): asked for, kept up, moved to new flows, ended for every reason.

use sip_ws::codec::HeaderName;
use sip_ws::io::Command;
use sip_ws::watch::{Document, MAX_WATCHES, Notice, Package, WatchEnd, WatchId};

use crate::support::desk::World;
use crate::support::watched::{WATCH, Watched, watch};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const MWI: &str = "application/simple-message-summary";
const YES: &str = "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n";

fn over(end: WatchEnd) -> Vec<Notice> {
    vec![Notice::Over { watch: WATCH, end }]
}

fn active() -> Watched {
    let mut watched = Watched::active(Package::MessageSummary, MWI, YES);
    assert!(matches!(watched.state(), Document::Messages(_)));
    watched
}

#[test]
fn the_request_says_what_is_wanted_and_the_state_follows_at_once() {
    let mut watched = Watched::of(Package::MessageSummary);
    let subscribe = watched.subscribe();
    assert_eq!(subscribe.uri(), Some("sip:bob@portico.test"));
    for (name, value) in [(HeaderName::Event, "message-summary"), (HeaderName::Accept, MWI), (HeaderName::Expires, "600")] {
        assert_eq!(subscribe.header_str(name), Some(value));
    }
    assert!(subscribe.contact().expect("there").is_some() && subscribe.to().expect("there").tag().is_none());
    watched.answer(200, &["Expires: 600", "Contact: <sip:bob@h.invalid>"]);
    assert_eq!(watched.notices(), [], "nothing is known before the first notification");
    assert_eq!(watched.notify("active;expires=600", MWI, YES), 200);
    let Document::Messages(summary) = watched.state() else { panic!("messages") };
    assert_eq!((summary.waiting, summary.counts[0].new, summary.counts[0].urgent), (true, 2, Some((0, 2))));
}

#[test]
fn a_notification_that_overtakes_the_answer_makes_the_dialog() {
    let mut watched = Watched::of(Package::MessageSummary);
    assert_eq!(watched.notify("active;expires=600", MWI, YES), 200);
    watched.answer(200, &["Expires: 600", "Contact: <sip:bob@h.invalid>"]);
    watched.state();
    // Another fork is refused, and nothing of it is shown.
    watched.tag = "fork".to_owned();
    assert_eq!(watched.notify("active", MWI, YES), 481);
    assert_eq!((watched.notices(), watched.ignored()), (vec![], (1, 0)));
}

#[test]
fn it_is_refreshed_in_its_dialog_in_time_and_for_no_longer_than_granted() {
    let mut watched = active();
    watched.world.run(600_000 * 74 / 100);
    assert_eq!(watched.asked(), 1);
    while watched.asked() == 1 {
        watched.world.run(1_000);
    }
    assert!(watched.world.t() < 600_000 * 91 / 100, "between 75 and 90 % of its time");
    let refresh = watched.subscribe();
    assert_eq!((refresh.uri(), refresh.to().expect("there").tag()), (Some("sip:bob@h.invalid"), Some("notifier")));
    assert_eq!(refresh.cseq().expect("there").number, 2);
    // The server grants less, by which it is refreshed.
    watched.answer(200, &["Expires: 100", "Contact: <sip:bob@h.invalid>"]);
    watched.world.run(91_000);
    assert_eq!(watched.asked(), 3);
    assert_eq!(watched.notices(), []);
}

#[test]
fn a_refresh_without_answer_is_tried_again_and_then_begun_anew() {
    let mut watched = active();
    watched.world.run(545_000);
    let first = watched.subscribe();
    watched.world.run(55_000);
    watched.world.run(40_000);
    let last = watched.subscribe();
    assert_ne!(last.call_id().expect("there"), first.call_id().expect("there"), "it lapsed, so a new one is asked for");
    assert!(last.to().expect("there").tag().is_none());
}

#[test]
fn silence_and_server_trouble_are_tried_again_with_growing_pauses() {
    let mut watched = Watched::of(Package::MessageSummary);
    let mut last = 1;
    let mut pauses = Vec::new();
    for _ in 0..4 {
        let begun = watched.world.t();
        watched.answer(500, &[]);
        assert!(matches!(watched.notices()[..], [Notice::Stale { watch: WATCH, retry_at: Some(_) }]));
        while watched.asked() == last {
            watched.world.run(100);
        }
        last = watched.asked();
        pauses.push(watched.world.t() - begun);
    }
    for (at, pause) in pauses.iter().enumerate() {
        let upper = 5_000 << at;
        assert!((upper / 2..=upper + 100).contains(pause), "{pauses:?}");
    }
    // No answer at all.
    watched.world.run(33_000);
    assert!(matches!(watched.notices()[..], [Notice::Stale { .. }]));
}

#[test]
fn retry_after_is_obeyed_up_to_an_hour() {
    for (asked, low, high) in [("5", 5_000, 6_600), ("4294967295", 3_600_000, 3_962_000)] {
        let mut watched = Watched::of(Package::MessageSummary);
        watched.answer(503, &[&format!("Retry-After: {asked}")]);
        // Where in its range the pause lies is drawn; that nobody answers the second one either is another test's.
        let begun = watched.world.t();
        while watched.asked() == 1 && watched.world.t() - begun <= high + 1_000 {
            watched.world.run(50);
        }
        let pause = watched.world.t() - begun;
        assert!((low..=high + 50).contains(&pause), "{asked}: {pause}");
        assert_eq!(watched.asked(), 2, "{asked}");
    }
}

#[test]
fn an_interval_that_is_too_brief_is_raised_once() {
    let mut watched = Watched::of(Package::MessageSummary);
    watched.answer(423, &["Min-Expires: 1800"]);
    assert_eq!((watched.asked(), watched.subscribe().expires()), (2, Some(1_800)));
    watched.answer(423, &["Min-Expires: 1800"]);
    assert_eq!(watched.notices(), over(WatchEnd::Refused(423)));
}

#[test]
fn a_server_that_wants_more_each_time_is_asked_with_pauses() {
    let mut watched = Watched::of(Package::MessageSummary);
    watched.answer(423, &["Min-Expires: 10000"]);
    assert_eq!((watched.asked(), watched.subscribe().expires()), (2, Some(10_000)));
    watched.answer(423, &["Min-Expires: 10001"]);
    assert_eq!(watched.asked(), 2, "at once only the first time");
    watched.world.run(20_000);
    assert_eq!((watched.asked(), watched.subscribe().expires()), (3, Some(10_001)));
}

#[test]
fn refusals_that_will_not_change_end_it() {
    for (status, end) in [
        (401, WatchEnd::Credentials),
        (403, WatchEnd::Rejected),
        (404, WatchEnd::NoResource),
        (405, WatchEnd::Refused(405)),
        (489, WatchEnd::UnknownPackage),
        (603, WatchEnd::Rejected),
    ] {
        let mut watched = Watched::of(Package::MessageSummary);
        watched.answer(status, &[]);
        assert_eq!(watched.notices(), over(end));
        watched.world.run(2_000_000);
        assert_eq!(watched.asked(), 1, "and it is not asked again");
        assert_eq!(watched.notify("active", MWI, YES), 481);
    }
}

#[test]
fn every_reason_of_an_end_is_obeyed() {
    for (reason, end) in [("rejected", WatchEnd::Rejected), ("noresource", WatchEnd::NoResource), ("invariant", WatchEnd::Invariant)] {
        let mut watched = active();
        assert_eq!(watched.notify(&format!("terminated;reason={reason}"), "", ""), 200);
        assert_eq!(watched.notices(), over(end));
        watched.world.run(2_000_000);
        assert_eq!(watched.asked(), 1);
    }
    for (reason, at_once) in [
        (";reason=deactivated", true),
        (";reason=timeout", true),
        (";reason=probation", false),
        (";reason=giveup", false),
        (";reason=news", false),
        ("", false),
    ] {
        let mut watched = active();
        watched.world.run(40_000);
        assert_eq!(watched.notify(&format!("terminated{reason}"), "", ""), 200);
        assert_eq!(watched.asked(), 1 + usize::from(at_once), "{reason}");
        watched.world.run(5_500);
        assert_eq!(watched.asked(), 2, "{reason}");
        assert!(watched.subscribe().to().expect("there").tag().is_none(), "a new dialog");
    }
}

#[test]
fn a_server_that_ends_it_at_once_is_not_asked_in_a_circle() {
    let mut watched = active();
    for _ in 0..3 {
        assert_eq!(watched.notify("terminated;reason=deactivated", "", ""), 200);
        let before = watched.asked();
        watched.world.run(2_000);
        assert_eq!(watched.asked(), before, "there is a pause");
        while watched.asked() == before {
            watched.world.run(1_000);
        }
        watched.answer(200, &["Expires: 600", "Contact: <sip:bob@h.invalid>"]);
        assert_eq!(watched.notify("active;expires=600", MWI, YES), 200);
    }
}

#[test]
fn pending_is_told_and_becomes_active() {
    let mut watched = Watched::of(Package::MessageSummary);
    watched.answer(200, &["Expires: 600", "Contact: <sip:bob@h.invalid>"]);
    assert_eq!(watched.notify("pending;expires=600", "", ""), 200);
    assert_eq!(watched.notices(), [Notice::Pending { watch: WATCH }]);
    assert_eq!(watched.notify("active;expires=600", MWI, YES), 200);
    watched.state();
}

#[test]
fn taking_it_back_says_so_and_waits_for_the_last_word() {
    let mut watched = active();
    watched.world.with_agent(0, |agent, now| agent.unsubscribe(now, WATCH));
    assert_eq!(watched.subscribe().expires(), Some(0));
    assert_eq!(watched.notices(), over(WatchEnd::Local));
    watched.answer(200, &["Expires: 0"]);
    assert_eq!(watched.notify("terminated;reason=timeout", MWI, YES), 200);
    assert_eq!((watched.notices(), watched.ignored()), (vec![], (0, 0)));
    watched.world.run(1_000);
    assert_eq!(watched.notify("active", MWI, YES), 481, "it is forgotten");
    watched.world.run(100_000);
    watched.world.command(0, Command::Stop);
    watched.world.run(10_000);
    watched.world.assert_at_rest();
}

#[test]
fn taking_it_back_before_it_is_answered_is_said_as_soon_as_it_can_be() {
    let mut watched = Watched::of(Package::MessageSummary);
    watched.world.with_agent(0, |agent, now| agent.unsubscribe(now, WATCH));
    assert_eq!(watched.asked(), 1);
    watched.answer(200, &["Expires: 600", "Contact: <sip:bob@h.invalid>"]);
    assert_eq!((watched.asked(), watched.subscribe().expires()), (2, Some(0)));
    assert_eq!(watched.subscribe().to().expect("there").tag(), Some("notifier"));
}

#[test]
fn a_new_flow_refreshes_in_the_dialog_and_481_begins_anew() {
    let mut watched = active();
    watched.world.close(0);
    assert_eq!(watched.notices(), [Notice::Stale { watch: WATCH, retry_at: None }]);
    watched.world.run(3_000);
    assert_eq!(watched.asked(), 2);
    assert_eq!(watched.subscribe().to().expect("there").tag(), Some("notifier"));
    watched.answer(481, &[]);
    assert_eq!(watched.asked(), 3);
    assert!(watched.subscribe().to().expect("there").tag().is_none());
    watched.answer(200, &["Expires: 600", "Contact: <sip:bob@h.invalid>"]);
    watched.world.run(1);
    assert_eq!(watched.notify("active;expires=600", MWI, YES), 200);
    watched.state();
}

#[test]
fn what_is_wanted_without_a_link_is_asked_for_when_there_is_one() {
    let mut world = World::new();
    world.lose = Box::new(|_, line| line.contains("SUBSCRIBE"));
    world.with_agent(0, |agent, now| agent.subscribe(now, WATCH, watch(Package::Presence)));
    world.run(60_000);
    assert_eq!(world.subscribes(0).len(), 0);
    world.register();
    assert_eq!(world.subscribes(0).len(), 1);
}

#[test]
fn an_outage_longer_than_the_subscription_begins_anew() {
    let mut watched = active();
    watched.world.up = false;
    watched.world.close(0);
    watched.world.run(700_000);
    assert_eq!(watched.asked(), 1);
    watched.world.up = true;
    watched.world.command(0, Command::RetryNow);
    watched.world.run(3_000);
    assert!(watched.subscribe().to().expect("there").tag().is_none());
}

#[test]
fn asked_once_is_told_once() {
    let mut watched = Watched::of(Package::MessageSummary);
    watched.world.with_agent(0, |agent, now| agent.unsubscribe(now, WATCH));
    watched.notices();
    let once = sip_ws::watch::Watch { expires: 0, ..watch(Package::MessageSummary) };
    watched.world.with_agent(0, |agent, now| agent.subscribe(now, WatchId(8), once));
    watched.answer(200, &["Expires: 0", "Contact: <sip:bob@h.invalid>"]);
    assert_eq!(watched.notify("terminated;reason=timeout", MWI, YES), 200);
    let notices = watched.notices();
    assert!(matches!(notices[0], Notice::State { watch: WatchId(8), .. }), "{notices:?}");
    assert_eq!(notices[1], Notice::Over { watch: WatchId(8), end: WatchEnd::Local });
}

#[test]
fn stop_takes_all_back_and_leaving_the_page_says_nothing() {
    let mut watched = active();
    watched.world.command(0, Command::Stop);
    assert_eq!(watched.subscribe().expires(), Some(0));
    watched.world.run(10_000);
    watched.world.assert_at_rest();
    let mut watched = active();
    watched.world.command(0, Command::Leave);
    assert_eq!(watched.asked(), 1);
    watched.world.assert_at_rest();
}

#[test]
fn handles_and_targets_are_checked_and_the_number_is_limited() {
    let mut watched = active();
    watched.world.with_agent(0, |agent, now| {
        agent.subscribe(now, WATCH, watch(Package::Presence));
        agent.subscribe(now, WatchId(8), sip_ws::watch::Watch { target: "sip:".to_owned(), ..watch(Package::Presence) });
        for id in 0..MAX_WATCHES as u64 {
            agent.subscribe(now, WatchId(100 + id), watch(Package::Presence));
        }
    });
    let ends: Vec<Notice> = watched.notices();
    assert_eq!(ends[0], Notice::Over { watch: WATCH, end: WatchEnd::Limit });
    assert_eq!(ends[1], Notice::Over { watch: WatchId(8), end: WatchEnd::Target });
    assert_eq!(ends[2], Notice::Over { watch: WatchId(99 + MAX_WATCHES as u64), end: WatchEnd::Limit });
    assert_eq!(ends.len(), 3);
}

#[test]
fn notifications_of_nothing_are_counted_and_refused() {
    let mut watched = active();
    assert_eq!(watched.notify_as("presence", 9, "active", MWI, YES.as_bytes()), 481, "another package");
    assert_eq!(watched.notify_as("message-summary", 1, "active", MWI, YES.as_bytes()), 500, "an old number");
    let (unsolicited, unreadable) = watched.ignored();
    assert_eq!((unsolicited, unreadable, watched.notices()), (1, 0, vec![]));
}

/// Servers keep agents in tasks that move between threads.
#[test]
fn an_agent_can_move_between_threads() {
    const fn moves<T: Send + Sync>() {}
    moves::<sip_ws::Agent>();
}
