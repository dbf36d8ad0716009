//! What the desk says of its phone: whether a ring would be heard here, and whoever answers it.

use app::desk::action::Action;
use app::desk::effect::Effect;
use app::desk::event::{Device, Event, Start};
use app::desk::kept::Resume;
use app::desk::settings::DeviceKind::{self, Microphone};
use app::desk::view::desk::Notice;
use app::desk::view::device_check::DeviceFault;
use sip_ws::io;
use wire::{ClientFrame, Phone, PhoneFault, ServerFrame};

use crate::support::{Bench, me, profile, snapshot};

const FIT: Option<Phone> = Some(Phone { fault: None });

fn faulty(fault: PhoneFault) -> Option<Phone> {
    Some(Phone { fault: Some(fault) })
}

/// What was said since the last look.
fn said(bench: &mut Bench) -> Vec<Option<Phone>> {
    let effects = std::mem::take(&mut bench.effects);
    let frames = effects.into_iter().filter_map(|effect| match effect {
        Effect::SendFeed(ClientFrame::Phone { phone }) => Some(phone),
        _ => None,
    });
    frames.collect()
}

/// With which words a feed was opened since the last look.
fn opened(bench: &mut Bench) -> Vec<Option<Phone>> {
    let effects = std::mem::take(&mut bench.effects);
    effects.into_iter().filter_map(|effect| if let Effect::OpenFeed(phone) = effect { Some(phone) } else { None }).collect()
}

fn opens(bench: &Bench, id: Option<&str>) -> bool {
    bench.effects.contains(&Effect::OpenDevice { kind: Microphone, id: id.map(str::to_owned) })
}

/// In a shift, with a microphone that lives and a ring sound that may begin.
fn fit() -> Bench {
    let mut bench = Bench::ready();
    bench.event(Event::SoundLocked(false));
    assert_eq!(said(&mut bench), [FIT]);
    bench
}

fn list(bench: &mut Bench, microphones: &[&str]) {
    let device = |id: &&str| Device { kind: Microphone, id: (*id).into(), label: String::new() };
    bench.event(Event::DevicesListed(microphones.iter().map(device).collect()));
}

#[test]
fn a_phone_is_spoken_of_from_the_start_of_a_shift_to_its_end_and_only_when_it_changes() {
    let mut bench = Bench::signed_in();
    assert_eq!(said(&mut bench), [], "nothing rings here before a shift");
    bench.act(Action::StartShift);
    assert_eq!(said(&mut bench), [faulty(PhoneFault::Starting)], "whether the ring sound may begin is not known yet");
    bench.event(Event::SoundLocked(false));
    assert_eq!(said(&mut bench), [FIT]);
    bench.event(Event::Profile(Ok(Box::new(profile()))));
    bench.event(Event::SoundLocked(false));
    bench.pass(10);
    assert_eq!(said(&mut bench), []);
    bench.act(Action::EndShift);
    assert_eq!(said(&mut bench), [None]);
}

#[test]
fn a_locked_ring_sound_is_a_fault_until_a_gesture() {
    let mut bench = fit();
    bench.event(Event::SoundLocked(true));
    assert_eq!(said(&mut bench), [faulty(PhoneFault::SoundLocked)]);
    bench.event(Event::Gesture);
    assert!(bench.effects.contains(&Effect::UnlockSound));
    bench.event(Event::SoundLocked(false));
    assert_eq!(said(&mut bench), [FIT]);
}

#[test]
fn each_fault_of_the_microphone_has_its_word() {
    let words = [
        (DeviceFault::Denied, PhoneFault::MicrophoneNotAllowed),
        (DeviceFault::Missing, PhoneFault::NoMicrophone),
        (DeviceFault::InUse, PhoneFault::MicrophoneFailed),
        (DeviceFault::Dismissed, PhoneFault::MicrophoneNotAllowed),
    ];
    let mut bench = fit();
    for (fault, word) in words {
        bench.event(Event::DeviceFailed(Microphone, fault));
        assert_eq!(said(&mut bench), [faulty(word)], "{fault:?}");
    }
    bench.event(Event::SoundLocked(true));
    assert_eq!(said(&mut bench), [], "one reason at a time");
    bench.event(Event::DeviceFailed(DeviceKind::Camera, DeviceFault::Missing));
    assert_eq!(said(&mut bench), [], "nobody needs a camera");
}

#[test]
fn while_the_microphone_is_opened_again_what_was_known_before_counts() {
    let mut bench = fit();
    bench.event(Event::DeviceLost(Microphone));
    assert!(opens(&bench, None), "perhaps there is another one");
    assert_eq!(said(&mut bench), []);
    bench.event(Event::DeviceFailed(Microphone, DeviceFault::Missing));
    assert_eq!(said(&mut bench), [faulty(PhoneFault::NoMicrophone)]);
    list(&mut bench, &["a"]);
    assert!(opens(&bench, None));
    assert_eq!(said(&mut bench), []);
    bench.event(Event::DeviceOpened(Microphone));
    assert_eq!(said(&mut bench), [FIT]);
}

#[test]
fn a_new_feed_has_the_word_in_its_first_frame() {
    let mut bench = fit();
    bench.event(Event::DeviceFailed(Microphone, DeviceFault::Missing));
    bench.event(Event::FeedClosed { signed_out: false });
    bench.effects.clear();
    bench.pass(6);
    assert_eq!(opened(&mut bench), [faulty(PhoneFault::NoMicrophone)]);
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(1)))));
    assert_eq!(said(&mut bench), [], "it is said already");
    // What changes while a feed is being opened is said as soon as it is there.
    bench.event(Event::FeedClosed { signed_out: false });
    bench.pass(6);
    bench.event(Event::DeviceOpened(Microphone));
    assert_eq!(said(&mut bench), []);
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(1)))));
    assert_eq!(said(&mut bench), [FIT]);
}

#[test]
fn a_page_that_was_loaded_again_in_a_shift_asks_whether_it_may_ring() {
    let mut bench = Bench::blank();
    let resume = Some(Resume { person: "p1".into(), visit: None, calls: Vec::new() });
    bench.event(Event::Started(Start { languages: vec!["en".into()], online: true, seed: 7, resume, ..Start::default() }));
    bench.event(Event::Session(Ok(Some(Box::new(me())))));
    assert!(bench.effects.contains(&Effect::TrySound));
    assert_eq!(opened(&mut bench), [faulty(PhoneFault::Starting)], "nobody is rung before this page knows more");
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(4)))));
    bench.event(Event::SoundLocked(true));
    assert_eq!(said(&mut bench), [], "still the microphone");
    bench.event(Event::DeviceOpened(Microphone));
    assert!(bench.effects.contains(&Effect::TrySound), "a page that has it may play sounds");
    assert_eq!(said(&mut bench), [faulty(PhoneFault::SoundLocked)]);
    bench.event(Event::SoundLocked(false));
    assert_eq!(said(&mut bench), [FIT]);
}

#[test]
fn a_ring_sound_that_may_begin_says_nothing_of_a_call_whose_sound_was_refused() {
    let mut bench = Bench::ready();
    bench.event(Event::SoundBegun);
    assert_eq!(said(&mut bench), [FIT]);
    let asks = |bench: &Bench| bench.desk.desk_view().notices.contains(&Notice::SoundLocked);
    // It begins late: then nothing is locked any more, and no gesture was needed.
    bench.event(Event::SoundLocked(true));
    assert!(asks(&bench));
    bench.event(Event::SoundBegun);
    assert!(!asks(&bench));
    said(&mut bench);
    // The sound of a call is refused, whatever becomes of the ring sound meanwhile.
    for meanwhile in [vec![], vec![Event::SoundLocked(true)]] {
        bench.event(Event::PlayRefused);
        meanwhile.into_iter().for_each(|event| bench.event(event));
        bench.event(Event::SoundBegun);
        assert!(asks(&bench), "the button stays");
        assert_eq!(said(&mut bench), [faulty(PhoneFault::SoundLocked)]);
        // A press, and both are heard.
        bench.effects.clear();
        bench.event(Event::Gesture);
        assert!(bench.effects.contains(&Effect::UnlockSound));
        bench.event(Event::SoundLocked(false));
        assert!(!asks(&bench));
        assert_eq!(said(&mut bench), [FIT]);
    }
}

#[test]
fn the_microphone_is_tried_again_when_one_has_left_and_not_under_a_call() {
    let mut bench = fit();
    list(&mut bench, &["a"]);
    list(&mut bench, &["a", "b"]);
    assert!(!opens(&bench, None), "one that comes changes nothing");
    let key = bench.rings("agent2", false);
    list(&mut bench, &["a"]);
    assert!(!opens(&bench, None), "a call goes on with what it has");
    bench.ended(key, io::EndCause::Cancelled);
    assert!(opens(&bench, None));
    bench.event(Event::DeviceOpened(Microphone));
    bench.effects.clear();
    bench.pass(3);
    assert!(!opens(&bench, None), "once");
    list(&mut bench, &[]);
    bench.event(Event::DeviceFailed(Microphone, DeviceFault::Missing));
    assert_eq!(said(&mut bench), [faulty(PhoneFault::NoMicrophone)]);
}

#[test]
fn another_microphone_in_place_of_the_chosen_one_is_for_calls_by_hand() {
    let mut bench = fit();
    list(&mut bench, &["a", "b"]);
    bench.act(Action::SelectDevice { kind: Microphone, id: Some("b".into()) });
    bench.event(Event::DeviceOpened(Microphone));
    bench.event(Event::DeviceLost(Microphone));
    bench.event(Event::DeviceFailed(Microphone, DeviceFault::ChosenGone));
    bench.event(Event::DeviceOpened(Microphone));
    assert_eq!(said(&mut bench), [faulty(PhoneFault::MicrophoneGone)]);
    list(&mut bench, &["a"]);
    assert!(opens(&bench, Some("b")), "which is tried all the same");
    bench.event(Event::DeviceFailed(Microphone, DeviceFault::ChosenGone));
    bench.event(Event::DeviceOpened(Microphone));
    assert_eq!(said(&mut bench), []);
    list(&mut bench, &["a", "b"]);
    assert!(opens(&bench, Some("b")), "it is back");
    bench.event(Event::DeviceOpened(Microphone));
    assert_eq!(said(&mut bench), [FIT]);
}

#[test]
fn another_mind_about_the_microphone_is_taken_up_without_a_question() {
    let mut bench = fit();
    bench.event(Event::DeviceAllowed(Microphone, true));
    assert!(!opens(&bench, None), "it is open");
    bench.event(Event::DeviceAllowed(Microphone, false));
    assert!(opens(&bench, None), "its fault says why");
    bench.event(Event::DeviceFailed(Microphone, DeviceFault::Denied));
    assert_eq!(said(&mut bench), [faulty(PhoneFault::MicrophoneNotAllowed)]);
    bench.event(Event::DeviceAllowed(Microphone, false));
    assert!(!opens(&bench, None), "nobody asked for it");
    bench.event(Event::DeviceAllowed(Microphone, true));
    assert!(opens(&bench, None));
    bench.event(Event::DeviceOpened(Microphone));
    assert_eq!(said(&mut bench), [FIT]);
}
