//! Door codes by INFO (RFC 6086, in the form that stations know): sent by the exchange in the station's own dialog, one digit after the
//! other. Nobody else's INFO opens anything: it passes from leg to leg of one call and never comes here.

use super::call::{Call, Stage};
use super::io::{Info, Output, Party};
use super::machine::{Machine, Timer};
use sip_ws::codec::{Message, Method};
use sip_ws::endpoint::{Body, RequestId, SessionId};
use sip_ws::io::Millis;
use std::collections::VecDeque;

/// A code on its way.
#[derive(Debug)]
pub(super) struct Toning {
    session: SessionId,
    /// Not sent yet.
    rest: VecDeque<Info>,
    /// Statuses so far; `None` for a digit without an answer.
    answers: Vec<Option<u16>>,
    /// When the first digit's time began to count; later codes to the same station wait for earlier ones.
    began: Option<Millis>,
    /// The digit whose answer is awaited.
    sent: Option<RequestId>,
}

impl Machine {
    /// Whether a station rang and talks with this person.
    pub fn talks(&self, station: &Party, person: &Party) -> bool {
        self.talk_of(station).is_some_and(|call| call.to == *person)
    }

    /// The call that a station made and that was answered.
    fn talk_of(&self, station: &Party) -> Option<&Call> {
        let mut calls = self.calls_of.get(station).into_iter().flatten().filter_map(|key| self.calls.get(key));
        calls.find(|call| call.from == *station && matches!(call.stage, Stage::Talking { .. }))
    }

    /// Sends a code to a station that is in a call. Without one nothing is sent.
    pub(super) fn tones(&mut self, station: &Party, infos: Vec<Info>, ticket: u64) {
        let Some(session) = self.talk_of(station).map(|call| call.caller) else {
            return self.out.push_back(Output::Toned { ticket, answers: Vec::new() });
        };
        let toning = Toning { session, rest: infos.into(), answers: Vec::new(), began: None, sent: None };
        self.tonings.insert(ticket, toning);
        self.next_tone(ticket);
    }

    /// Sends the next digit once its time has come and the one before is answered.
    pub(super) fn next_tone(&mut self, ticket: u64) {
        let now = self.clock.now;
        let Some(session) = self.tonings.get(&ticket).map(|toning| toning.session) else { return };
        if self.tonings.range(..ticket).any(|(_, earlier)| earlier.session == session) {
            return;
        }
        let Some(toning) = self.tonings.get_mut(&ticket).filter(|toning| toning.sent.is_none()) else { return };
        let began = *toning.began.get_or_insert(now);
        let Some(next) = toning.rest.front() else { return self.toned(ticket) };
        let due = began.plus(u64::from(next.at_ms));
        if due > now {
            return self.after(due.since(now), Timer::Tone(ticket));
        }
        let Some(next) = toning.rest.pop_front() else { return };
        let body = Body { content_type: next.content_type.to_owned(), bytes: next.body.into_bytes() };
        match self.ep.in_dialog(now, session, Method::Info, &[], Some(body)) {
            Ok(id) => {
                toning.sent = Some(id);
                self.tone_of.insert(id, ticket);
            }
            // The call is over. What was sent before may have been heard.
            Err(_) => {
                if !toning.answers.is_empty() {
                    toning.answers.push(None);
                }
                self.toned(ticket);
            }
        }
    }

    /// The station answered a digit, or will not any more. Returns whether the request was one of ours.
    pub(super) fn tone_answered(&mut self, id: RequestId, response: Option<&Message>) -> bool {
        let Some(ticket) = self.tone_of.remove(&id) else { return false };
        let Some(toning) = self.tonings.get_mut(&ticket) else { return true };
        let status = response.and_then(Message::status);
        toning.sent = None;
        toning.answers.push(status);
        match status {
            Some(200..=299) => self.next_tone(ticket),
            _ => self.toned(ticket),
        }
        true
    }

    fn toned(&mut self, ticket: u64) {
        let Some(toning) = self.tonings.remove(&ticket) else { return };
        self.out.push_back(Output::Toned { ticket, answers: toning.answers });
        let next = self.tonings.iter().find(|(_, later)| later.session == toning.session).map(|(ticket, _)| *ticket);
        if let Some(next) = next {
            self.next_tone(next);
        }
    }
}
