//! Ten thousand dialogs in one endpoint of `sip-ws`: what one weighs, and whether a message costs the same with ten and with ten thousand.
//!
//! `cargo run --example dialogs`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program that stops at the first surprise")]

use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{Endpoint, EndpointConfig, EndpointEvent, FlowConfig, Output};
use sip_ws::io::{FlowId, Millis};
use std::time::{Duration, Instant};

const SDP: &str = include_str!("offer.sdp");
const FLOW: FlowId = FlowId(1);
/// Messages of one round.
const MESSAGES: usize = 5_000;
/// Messages that are made at a time: what comes from a socket was written a moment ago, and is in a cache.
const BATCH: usize = 50;
/// Rounds, of which the quickest counts: the machine has other work.
const ROUNDS: u32 = 7;

struct Dialogs {
    ep: Endpoint,
    now: Millis,
    /// From, To and Call-ID as the peer writes them, and the number of its last request.
    known: Vec<(String, String, String, u32)>,
}

fn main() {
    let mut base = None;
    for count in [10, 100, 1_000, 10_000] {
        let before = resident_bytes();
        let mut dialogs = Dialogs::of(count);
        let each = resident_bytes().saturating_sub(before) / count;
        let cost = (0..ROUNDS).map(|_| dialogs.round()).min().unwrap();
        let base = *base.get_or_insert(cost);
        let relative = cost.as_secs_f64() / base.as_secs_f64();
        let weight = if count == 10_000 { format!(", {each} octets resident each") } else { String::new() };
        println!("{count:>6} dialogs: {cost:?} per request and answer ({relative:.2} of that with ten){weight}");
    }
}

impl Dialogs {
    fn of(count: usize) -> Self {
        let config =
            EndpointConfig { allow: vec![Method::Info], max_sessions: count, max_transactions: 2 * count, ..EndpointConfig::default() };
        let mut ep = Endpoint::new(config, [7; 32]);
        ep.flow_opened(Millis(0), FLOW, FlowConfig { transport: "WSS".into(), sent_by: "own.invalid".into(), reliable: true });
        let mut dialogs = Self { ep, now: Millis(1_000), known: Vec::with_capacity(count) };
        for number in 0..count {
            dialogs.call(number);
        }
        // What waits for late answers of other forks is over after a minute.
        dialogs.now = dialogs.now.plus(60_000);
        dialogs.ep.handle_timeout(dialogs.now);
        dialogs.drain();
        assert_eq!(dialogs.ep.load(), (0, count, 0));
        dialogs
    }

    fn drain(&mut self) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        loop {
            match self.ep.poll() {
                Output::Transmit { bytes, .. } => sent.push(bytes),
                Output::Event(EndpointEvent::InDialog { txn, .. }) => self.ep.respond(self.now, txn, Message::response(200, "OK")),
                Output::Event(_) => {}
                Output::Wait(_) => return sent,
            }
        }
    }

    /// A call that is answered.
    fn call(&mut self, number: usize) {
        let mut invite = Message::request(Method::Invite, &format!("sip:peer{number}@portico.test"));
        invite.push(HeaderName::From, "<sip:own@portico.test>");
        invite.push(HeaderName::To, format!("<sip:peer{number}@portico.test>"));
        invite.push(HeaderName::Contact, "<sip:own@own.invalid;transport=ws>");
        invite.set_body("application/sdp", SDP);
        self.ep.invite(self.now, FLOW, invite);
        let sent = Message::parse(&self.drain()[0]).unwrap();
        let mut ok = sent.reply(200, "OK");
        let to = ok.to().unwrap().with_param("tag", Some(&format!("tag{number}")));
        ok.set(HeaderName::To, to.as_str());
        ok.push(HeaderName::Contact, format!("<sip:peer{number}@peer.invalid;transport=ws>"));
        ok.push(HeaderName::RecordRoute, "<sip:edge.portico.test;transport=ws;lr>");
        ok.set_body("application/sdp", SDP);
        self.ep.receive(self.now, FLOW, &ok.to_bytes());
        assert_eq!(self.drain().len(), 1, "the ACK");
        let header = |name| ok.header_str(name).unwrap().to_owned();
        self.known.push((header(HeaderName::To), header(HeaderName::From), header(HeaderName::CallId), 0));
    }

    /// Requests of the peers, all over the dialogs, each with its answer; the cost of one.
    fn round(&mut self) -> Duration {
        let mut cost = Duration::ZERO;
        for batch in 0..MESSAGES / BATCH {
            let frames = self.frames(batch);
            let began = Instant::now();
            let mut start = 0;
            for end in frames.ends {
                self.ep.receive(self.now, FLOW, &frames.octets[start..end]);
                start = end;
                assert_eq!(self.drain().len(), 1);
            }
            cost += began.elapsed();
        }
        self.now = self.now.plus(60_000);
        self.ep.handle_timeout(self.now);
        self.drain();
        cost / u32::try_from(MESSAGES).unwrap()
    }

    /// One behind the other, as from a socket's buffer: where the allocator has room among the dialogs is not the endpoint's cost.
    fn frames(&mut self, batch: usize) -> Frames {
        let count = self.known.len();
        let mut frames = Frames { octets: Vec::new(), ends: Vec::with_capacity(BATCH) };
        for n in batch * BATCH..(batch + 1) * BATCH {
            let (from, to, call_id, cseq) = &mut self.known[n * 7_919 % count];
            *cseq += 1;
            let mut info = Message::request(Method::Info, "sip:own@own.invalid;transport=ws");
            info.push(HeaderName::Via, format!("SIP/2.0/WSS peer.invalid;branch=z9hG4bK{call_id}{cseq}"));
            info.push(HeaderName::From, &*from);
            info.push(HeaderName::To, &*to);
            info.push(HeaderName::CallId, &*call_id);
            info.push(HeaderName::CSeq, format!("{cseq} INFO"));
            info.push(HeaderName::MaxForwards, "70");
            info.set_body("application/dtmf-relay", "Signal=1\r\nDuration=100\r\n");
            frames.octets.extend(info.to_bytes());
            frames.ends.push(frames.octets.len());
        }
        frames
    }
}

/// Messages and where each ends.
struct Frames {
    octets: Vec<u8>,
    ends: Vec<usize>,
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let kb: usize = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap();
    kb * 1_024
}
