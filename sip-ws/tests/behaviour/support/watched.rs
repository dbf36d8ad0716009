//! A desk that watches something, and the server side of its subscription played by hand.

use sip_ws::codec::{HeaderName, Message};
use sip_ws::watch::{Notice, Package, Watch, WatchId};

use super::desk::World;

pub const WATCH: WatchId = WatchId(7);

/// What a desk wants to see.
pub fn watch(package: Package) -> Watch {
    Watch { target: "bob".to_owned(), package, expires: 600 }
}

/// Ada is registered and subscribes; her SUBSCRIBE requests go nowhere, the tests answer them.
pub struct Watched {
    pub world: World,
    /// Number of the last NOTIFY.
    number: u32,
    /// Tag of the notifier.
    pub tag: String,
}

impl Watched {
    pub fn of(package: Package) -> Self {
        let mut world = World::ready();
        world.lose = Box::new(|_, line| line.contains("SUBSCRIBE") || line.contains("NOTIFY"));
        let mut watched = Self { world, number: 0, tag: "notifier".to_owned() };
        watched.world.with_agent(0, |agent, now| agent.subscribe(now, WATCH, watch(package)));
        watched
    }

    /// Subscribed, notified once with this body.
    pub fn active(package: Package, content_type: &str, body: &str) -> Self {
        let mut watched = Self::of(package);
        watched.answer(200, &["Expires: 600", "Contact: <sip:bob@h.invalid>"]);
        assert_eq!(watched.notify("active;expires=600", content_type, body), 200);
        watched
    }

    /// The last SUBSCRIBE.
    pub fn subscribe(&self) -> Message {
        self.world.subscribes(0).pop().expect("one was sent")
    }

    /// The package that was asked for.
    pub fn event(&self) -> String {
        self.subscribe().header_str(HeaderName::Event).expect("there").to_owned()
    }

    /// How many SUBSCRIBE requests there were.
    pub fn asked(&self) -> usize {
        self.world.subscribes(0).len()
    }

    /// Answers the last SUBSCRIBE.
    pub fn answer(&mut self, status: u16, lines: &[&str]) {
        let mut reply = self.subscribe().reply(status, "Whatever");
        if let Some(to) = reply.to().ok().filter(|to| to.tag().is_none()) {
            reply.set(HeaderName::To, to.with_param("tag", Some(&self.tag)).as_str());
        }
        for line in lines {
            let (name, value) = line.split_once(": ").expect("a header");
            reply.push_named(name, value);
        }
        self.world.inject(0, &reply.to_bytes());
    }

    /// A NOTIFY in the dialog of the last SUBSCRIBE; the status of the answer.
    pub fn notify(&mut self, state: &str, content_type: &str, body: &str) -> u16 {
        self.number += 1;
        self.notify_as(&self.event(), self.number, state, content_type, body.as_bytes())
    }

    /// As [`notify`](Self::notify), with another package or number.
    pub fn notify_as(&mut self, event: &str, number: u32, state: &str, content_type: &str, body: &[u8]) -> u16 {
        let subscribe = self.subscribe();
        let (from, call_id) = (subscribe.header_str(HeaderName::From).expect("there"), subscribe.call_id().expect("there"));
        let mut notify = format!(
            "NOTIFY sip:ada@x.invalid SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bK{}{number}{}\r\nMax-Forwards: 70\r\n\
             From: <sip:bob@portico.test>;tag={}\r\nTo: {from}\r\nCall-ID: {call_id}\r\nCSeq: {number} NOTIFY\r\n\
             Contact: <sip:bob@h.invalid>\r\nEvent: {event}\r\nSubscription-State: {state}\r\n",
            self.tag,
            self.world.t(),
            self.tag
        )
        .into_bytes();
        if !body.is_empty() {
            notify.extend_from_slice(format!("Content-Type: {content_type}\r\n").as_bytes());
        }
        notify.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        notify.extend_from_slice(body);
        self.world.inject(0, &notify);
        self.world.last_frame(0).and_then(|answer| answer.status()).expect("it is answered")
    }

    /// All notices that nobody has taken.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::iter::from_fn(|| self.world.desks[0].agent.next_notice()).collect()
    }

    /// Only states, of which there is one.
    pub fn state(&mut self) -> sip_ws::watch::Document {
        let mut notices = self.notices();
        match (notices.pop(), notices.is_empty()) {
            (Some(Notice::State { watch: WATCH, document }), true) => document,
            other => panic!("one state is expected: {other:?} {notices:?}"),
        }
    }

    /// Bodies and notifications that were ignored.
    pub fn ignored(&self) -> (u64, u64) {
        let odd = self.world.desks[0].agent.odd_notifies();
        (odd.unsolicited, odd.unreadable)
    }
}
