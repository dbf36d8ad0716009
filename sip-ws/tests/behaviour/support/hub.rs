//! Any number of agents around one server that registers everybody and hands messages on by address, as an edge proxy does that
//! keeps no state of calls.

use std::collections::BTreeMap;

use sip_ws::codec::{Message, Method, UriRef};
use sip_ws::io::{CallId, Command, FlowId, Input, Millis, Output, Profile, SocketInput};

use super::desk::{Desk, START, profile, registered};
use super::transcript;

/// Loses frames by desk and line.
pub type Lose = Box<dyn FnMut(usize, &str) -> bool>;

/// For whom, on which flow, and what; nothing: the flow opens.
type Frame = (usize, FlowId, Option<Vec<u8>>);

/// The desks and what is between them.
pub struct Hub {
    pub now: Millis,
    pub desks: Vec<Desk>,
    pub lose: Lose,
    /// `ada INVITE`, one line per frame.
    pub trace: Vec<String>,
    /// The server asserts who calls (RFC 3325).
    pub asserts: bool,
    hosts: BTreeMap<String, usize>,
    /// The last 180 for each desk.
    rang: BTreeMap<usize, Message>,
    wire: BTreeMap<(Millis, u64), Frame>,
    sent: u64,
}

impl Hub {
    /// Registered desks of these names.
    pub fn of(names: &[&'static str]) -> Self {
        Self::with(names, &[])
    }

    /// As [`of`](Self::of); all of them trust these.
    pub fn with(names: &[&'static str], trusted: &[&str]) -> Self {
        let trusted: Vec<String> = trusted.iter().map(|t| (*t).to_owned()).collect();
        let desk =
            |(at, name): (usize, &&'static str)| Desk::with(Profile { trusted: trusted.clone(), ..profile(name) }, name, at as u8 + 1);
        let mut hub = Self {
            now: START,
            desks: names.iter().enumerate().map(desk).collect(),
            lose: Box::new(|_, _| false),
            trace: Vec::new(),
            asserts: true,
            hosts: BTreeMap::new(),
            rang: BTreeMap::new(),
            wire: BTreeMap::new(),
            sent: 0,
        };
        for desk in 0..names.len() {
            hub.command(desk, Command::Start);
        }
        hub.run(500);
        hub.clear();
        hub
    }

    pub fn clear(&mut self) {
        self.trace.clear();
        for desk in &mut self.desks {
            desk.events.clear();
            desk.media.clear();
        }
    }

    pub fn command(&mut self, desk: usize, command: Command) {
        self.input(desk, Input::Command(command));
    }

    /// `from` calls `to` and is answered; handles of both sides.
    pub fn connect(&mut self, from: usize, to: usize, call: u64) -> (CallId, CallId) {
        let target = self.desks[to].name.to_owned();
        self.command(from, Command::Call { call: CallId(call), target, video: false });
        self.run(200);
        let other = self.ringing(to).expect("it rings");
        self.command(to, Command::Answer { call: other, video: false });
        self.run(200);
        self.clear();
        (CallId(call), other)
    }

    /// The newest incoming call of a desk.
    pub fn ringing(&self, desk: usize) -> Option<CallId> {
        self.desks[desk].events.iter().rev().find_map(|event| match event {
            sip_ws::io::Event::Incoming { call, .. } => Some(*call),
            _ => None,
        })
    }

    fn input(&mut self, desk: usize, input: Input) {
        let now = self.now;
        self.desks[desk].agent.input(now, input);
        self.drain(desk);
    }

    fn drain(&mut self, index: usize) {
        loop {
            let output = self.desks[index].agent.poll();
            let Some(output) = self.desks[index].take(self.now, output) else { continue };
            match output {
                Output::Connect { flow, .. } => {
                    self.desks[index].flow = Some(flow);
                    self.send(index, flow, None);
                }
                Output::Send { flow, bytes } => self.on_server(index, flow, bytes),
                Output::Wait(at) => {
                    self.desks[index].deadline = at;
                    return;
                }
                Output::Disconnect { .. } | Output::Media(_) | Output::Event(_) | Output::Keep { .. } => {}
            }
        }
    }

    fn send(&mut self, to: usize, flow: FlowId, bytes: Option<Vec<u8>>) {
        self.sent += 1;
        self.wire.insert((self.now.plus(10), self.sent), (to, flow, bytes));
    }

    fn on_server(&mut self, from: usize, flow: FlowId, bytes: Vec<u8>) {
        let line = transcript::line(&bytes);
        if line == "ping" {
            return self.send(from, flow, Some(b"\r\n".to_vec()));
        }
        let Ok(mut message) = Message::parse(&bytes) else { return };
        if message.is_request()
            && let Ok(via) = message.top_via()
        {
            self.hosts.insert(via.host().to_owned(), from);
        }
        let own = message.is_request() && matches!(message.method(), Some(Method::Register | Method::Options));
        if own {
            let answer = registered(&message);
            return self.send(from, flow, Some(answer.to_bytes()));
        }
        self.trace.push(format!("{} {line}", self.desks[from].name));
        if (self.lose)(from, &line) {
            return;
        }
        if self.asserts {
            let value = format!("<sip:{}@portico.test>", self.desks[from].name);
            message.push_named("P-Asserted-Identity", value);
        }
        let to = match message.uri().map(UriRef::parse) {
            Some(Ok(uri)) => {
                let name = uri.user().unwrap_or_default().to_owned();
                self.hosts.get(uri.host()).copied().or_else(|| self.desks.iter().position(|desk| desk.name == name))
            }
            Some(Err(_)) => None,
            None => message.top_via().ok().and_then(|via| self.hosts.get(via.host()).copied()),
        };
        match to {
            Some(to) => {
                if message.status() == Some(180) {
                    self.rang.insert(to, message.clone());
                }
                if let Some(flow) = self.desks[to].flow {
                    self.send(to, flow, Some(message.to_bytes()));
                }
            }
            None if message.method().is_some_and(|method| *method != Method::Ack) => {
                let mut answer = message.reply(404, "Not Found");
                if let Ok(to) = answer.to() {
                    answer.set(sip_ws::codec::HeaderName::To, to.with_param("tag", Some("hub")).as_str());
                }
                self.send(from, flow, Some(answer.to_bytes()));
            }
            None => {}
        }
    }

    /// Lets everything happen up to `ms` from now.
    pub fn run(&mut self, ms: u64) {
        let end = self.now.plus(ms);
        loop {
            let frames = self.wire.first_key_value().map(|((at, _), _)| *at);
            let next = self.desks.iter().filter_map(|desk| desk.deadline).chain(frames).min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            if self.wire.first_key_value().is_some_and(|((at, _), _)| *at <= self.now)
                && let Some((_, (to, flow, bytes))) = self.wire.pop_first()
            {
                let input = bytes.map_or(SocketInput::Opened, SocketInput::Received);
                self.input(to, Input::Socket(flow, input));
                continue;
            }
            for desk in 0..self.desks.len() {
                if self.desks[desk].deadline.is_some_and(|at| at <= self.now) {
                    self.input(desk, Input::Timer);
                }
            }
        }
        self.now = end;
    }

    /// No transaction, session or call is left anywhere.
    pub fn assert_at_rest(&self) {
        for desk in &self.desks {
            assert_eq!(desk.agent.load(), (0, 0, 0, 0), "{} leaks (transactions, sessions, timers, calls)", desk.name);
        }
    }
}

impl Hub {
    /// Hands a frame to a desk by hand; the status of its last answer.
    pub fn ask(&mut self, desk: usize, bytes: &[u8]) -> Option<u16> {
        let flow = self.desks[desk].flow?;
        let now = self.now;
        self.desks[desk].agent.input(now, Input::Socket(flow, SocketInput::Received(bytes.to_vec())));
        let mut status = None;
        loop {
            let output = self.desks[desk].agent.poll();
            match self.desks[desk].take(now, output) {
                Some(Output::Send { bytes, .. }) => {
                    if let Ok(message) = Message::parse(&bytes) {
                        status = message.status().or(status);
                    }
                }
                Some(Output::Wait(at)) => {
                    self.desks[desk].deadline = at;
                    return status;
                }
                Some(Output::Connect { .. } | Output::Disconnect { .. } | Output::Media(_) | Output::Event(_) | Output::Keep { .. })
                | None => {}
            }
        }
    }

    /// The dialog of the last 180 that went to a desk, as that desk knows it.
    pub fn early_dialog(&self, desk: usize) -> Option<sip_ws::io::DialogRef> {
        let ringing = self.rang.get(&desk)?;
        Some(sip_ws::io::DialogRef {
            call_id: ringing.call_id().ok()?.into(),
            to_tag: ringing.from().ok()?.tag()?.into(),
            from_tag: ringing.to().ok()?.tag()?.into(),
            early_only: true,
        })
    }
}
