//! The drivers in a real browser: what only a browser can prove. Logic is tested natively.
#![cfg(target_arch = "wasm32")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use app::driver::audio::Audio;
use app::driver::clock::Clock;
use app::driver::devices::{self, Devices, Fault, Kind};
use app::driver::rtc::{self, Rtc};
use app::driver::{page, random};
use sip_ws::io::{CallId, Direction, MediaInput, MediaRequest, MediaRequestId};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const CALL: CallId = CallId(1);

/// One side of a call.
struct Side {
    rtc: Rtc,
    media: Rc<RefCell<Vec<MediaInput>>>,
    samples: Rc<RefCell<Vec<rtc::Sample>>>,
    clock: Clock,
    next: Cell<u64>,
}

impl Side {
    fn new(clock: &Clock) -> Side {
        let (media, samples) = (Rc::<RefCell<Vec<MediaInput>>>::default(), Rc::<RefCell<Vec<rtc::Sample>>>::default());
        let (to_media, to_samples) = (media.clone(), samples.clone());
        let sink = Rc::new(move |event| match event {
            rtc::Event::Media(input) => to_media.borrow_mut().push(input),
            rtc::Event::Samples(samples) => *to_samples.borrow_mut() = samples,
            _ => {}
        });
        let audio = Audio::new(clock.clone(), Rc::new(|_| {}));
        Side { rtc: Rtc::new(clock.clone(), audio, sink), media, samples, clock: clock.clone(), next: Cell::new(1) }
    }

    fn request(&self) -> MediaRequestId {
        self.next.set(self.next.get() + 1);
        MediaRequestId(self.next.get())
    }

    async fn offer(&self, direction: Direction, video: Direction, fresh: bool) -> String {
        let request = self.request();
        self.rtc.request(MediaRequest::Offer { call: CALL, request, direction, video, fresh });
        self.description(request).await
    }

    async fn answer(&self, offer: String, fresh: bool) -> String {
        let request = self.request();
        let direction = Direction::SendRecv;
        self.rtc.request(MediaRequest::Answer { call: CALL, request, offer, direction, video: false, fresh });
        self.description(request).await
    }

    async fn apply(&self, sdp: String) {
        let request = self.request();
        self.rtc.request(MediaRequest::ApplyAnswer { call: CALL, request, sdp, early: false });
        self.reply(request).await;
    }

    async fn description(&self, request: MediaRequestId) -> String {
        match self.reply(request).await {
            MediaInput::LocalDescription { sdp, .. } => sdp,
            other => panic!("no description: {other:?}"),
        }
    }

    async fn reply(&self, wanted: MediaRequestId) -> MediaInput {
        let begun = self.clock.now();
        loop {
            let found = self.media.borrow_mut().pop();
            if let Some(input) = found {
                let (MediaInput::LocalDescription { request, .. }
                | MediaInput::Applied { request, .. }
                | MediaInput::Failed { request, .. }) = &input
                else {
                    // Late candidates answer nothing.
                    continue;
                };
                assert_eq!(*request, wanted);
                return input;
            }
            assert!(self.clock.now() - begun < 10_000, "the driver does not answer");
            self.clock.sleep(10).await;
        }
    }

    async fn received(&self) -> u64 {
        self.samples.borrow_mut().clear();
        self.rtc.sample();
        while self.samples.borrow().is_empty() {
            self.clock.sleep(10).await;
        }
        self.samples.borrow()[0].received
    }

    /// Waits until more packets than `before` have arrived.
    async fn hears(&self, before: u64) {
        let begun = self.clock.now();
        while self.received().await <= before {
            assert!(self.clock.now() - begun < 10_000, "no packets");
            self.clock.sleep(50).await;
        }
    }
}

fn fingerprint(sdp: &str) -> &str {
    sdp.lines().find(|line| line.starts_with("a=fingerprint:")).expect("a fingerprint")
}

#[wasm_bindgen_test]
async fn silence_flows_both_ways_and_moves_to_a_fresh_connection() {
    let clock = Clock::new();
    let (ours, theirs) = (Side::new(&clock), Side::new(&clock));
    ours.rtc.warm();
    clock.sleep(300).await;

    let offer = ours.offer(Direction::SendRecv, Direction::Inactive, false).await;
    assert!(offer.contains("a=candidate:") && offer.contains("a=sendrecv"), "{offer}");
    let answer = theirs.answer(offer.clone(), false).await;
    ours.apply(answer).await;
    ours.hears(0).await;
    theirs.hears(0).await;

    let fresh = ours.offer(Direction::SendRecv, Direction::Inactive, true).await;
    assert_ne!(fingerprint(&offer), fingerprint(&fresh));
    let answer = theirs.answer(fresh, true).await;
    ours.apply(answer).await;
    clock.sleep(1_000).await;
    let (at_ours, at_theirs) = (ours.received().await, theirs.received().await);
    assert!(at_ours > 0 && at_theirs > 0, "the fresh connections carry packets");
    ours.hears(at_ours).await;
    theirs.hears(at_theirs).await;
}

#[wasm_bindgen_test]
async fn hold_and_video_change_the_directions_of_the_same_connection() {
    let clock = Clock::new();
    let (ours, theirs) = (Side::new(&clock), Side::new(&clock));
    let offer = ours.offer(Direction::SendRecv, Direction::Inactive, false).await;
    let answer = theirs.answer(offer.clone(), false).await;
    ours.apply(answer).await;

    let hold = ours.offer(Direction::SendOnly, Direction::Inactive, false).await;
    assert!(hold.contains("a=sendonly"), "{hold}");
    assert_eq!(fingerprint(&offer), fingerprint(&hold));
    let answer = theirs.answer(hold, false).await;
    assert!(answer.contains("a=recvonly"), "{answer}");
    ours.apply(answer).await;

    let video = ours.offer(Direction::SendRecv, Direction::SendRecv, false).await;
    assert!(video.contains("m=video"), "{video}");
    let answer = theirs.answer(video, false).await;
    ours.apply(answer).await;
}

#[wasm_bindgen_test]
async fn an_offer_can_be_taken_back_and_the_peers_taken() {
    let clock = Clock::new();
    let (ours, theirs) = (Side::new(&clock), Side::new(&clock));
    let offer = ours.offer(Direction::SendRecv, Direction::Inactive, false).await;
    let answer = theirs.answer(offer, false).await;
    ours.apply(answer).await;
    let _abandoned = ours.offer(Direction::Inactive, Direction::Inactive, false).await;
    ours.rtc.request(MediaRequest::Rollback { call: CALL });
    let offer = theirs.offer(Direction::SendRecv, Direction::Inactive, false).await;
    let answer = ours.answer(offer, false).await;
    theirs.apply(answer).await;
    ours.hears(0).await;
}

#[wasm_bindgen_test]
async fn nonsense_is_refused_and_not_thrown() {
    let clock = Clock::new();
    let side = Side::new(&clock);
    let request = side.request();
    side.rtc.request(MediaRequest::Answer {
        call: CALL,
        request,
        offer: "v=0\r\nthis is no description".into(),
        direction: Direction::SendRecv,
        video: false,
        fresh: false,
    });
    assert!(matches!(side.reply(request).await, MediaInput::Failed { .. }));
    assert!(!side.rtc.dtmf(CALL, '1', 100), "no tones without a call");
}

#[wasm_bindgen_test]
async fn timers_fire_in_order_and_dropped_ones_do_not() {
    let clock = Clock::new();
    let fired = Rc::<RefCell<Vec<u32>>>::default();
    let log = |n: u32| {
        let fired = fired.clone();
        move || fired.borrow_mut().push(n)
    };
    let second = clock.after(80, log(2));
    let first = clock.after(20, log(1));
    drop(clock.after(10, log(9)));
    let begun = clock.now();
    clock.sleep(200).await;
    assert!(clock.now() - begun >= 195, "{}", clock.now() - begun);
    assert_eq!(*fired.borrow(), [1, 2]);
    drop((first, second));
}

#[wasm_bindgen_test]
async fn every_refusal_of_a_device_has_its_cause() {
    let cases = [
        ("NotAllowedError", "Permission dismissed", Fault::Dismissed),
        ("NotFoundError", "", Fault::Missing),
        ("NotReadableError", "", Fault::InUse),
        ("OverconstrainedError", "", Fault::ChosenGone),
        ("SecurityError", "", Fault::Policy),
        ("TypeError", "", Fault::Other),
    ];
    let clock = Clock::new();
    for (name, message, expected) in cases {
        refuse_with(name, message);
        let failed = Rc::<Cell<Option<(Kind, Fault)>>>::default();
        let seen = failed.clone();
        let devices = Devices::new(Rc::new(move |event| {
            if let devices::Event::Failed(kind, fault) = event {
                seen.set(Some((kind, fault)));
            }
        }));
        devices.open(Kind::Microphone, None);
        let begun = clock.now();
        while failed.get().is_none() && clock.now() - begun < 3_000 {
            clock.sleep(10).await;
        }
        assert_eq!(failed.get(), Some((Kind::Microphone, expected)), "{name}");
        assert!(devices.track(Kind::Microphone).is_none());
    }
    restore();
}

/// Lets `getUserMedia` fail with this exception.
fn refuse_with(name: &str, message: &str) {
    let body = format!("navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException({message:?}, {name:?}));");
    js_sys::eval(&body).expect("the method can be replaced");
}

fn restore() {
    js_sys::eval("delete navigator.mediaDevices.getUserMedia;").expect("the method can be restored");
}

#[wasm_bindgen_test]
fn the_page_prints_dates_in_the_users_language() {
    let instant = 1_750_000_000_000;
    let german = page::format_date(instant, true, false, "de");
    assert!(german.contains("2025") && german != page::format_date(instant, true, false, "en"), "{german}");
    assert_eq!(page::format_date(instant, true, true, "not a tag"), "");
}

#[wasm_bindgen_test]
fn a_fault_uncovers_the_screen_that_waits_for_it() {
    page::show_fault();
    js_sys::eval("document.body.insertAdjacentHTML('beforeend', '<div id=fault hidden><button></button></div>')")
        .expect("an element can be added");
    let hidden = || js_sys::eval("document.getElementById('fault').hidden").expect("the screen is there").as_bool();
    assert_eq!(hidden(), Some(true));
    page::show_fault();
    assert_eq!(hidden(), Some(false));
}

#[wasm_bindgen_test]
fn randomness_is_there_and_differs() {
    assert_ne!(random::seed().expect("a seed"), random::seed().expect("a seed"));
    let uuid = random::uuid().expect("a uuid");
    assert_eq!(uuid.len(), 36);
    assert_eq!(uuid.as_bytes()[14], b'4');
}

#[wasm_bindgen_test]
async fn a_stun_server_that_never_answers_does_not_hold_a_call_back() {
    let clock = Clock::new();
    let side = Side::new(&clock);
    let servers = vec![rtc::IceServer { urls: vec!["stun:127.0.0.1:9".into()], username: None, credential: None }];
    side.rtc.set_ice(rtc::Ice { servers, relay_only: false });
    let begun = clock.now();
    let offer = side.offer(Direction::SendRecv, Direction::Inactive, false).await;
    // The browser itself would wait for ten seconds; the rule says half a second, the rest is for a busy machine.
    assert!(clock.now() - begun < 3_000, "{} ms", clock.now() - begun);
    assert!(offer.contains("m=audio"));
}
