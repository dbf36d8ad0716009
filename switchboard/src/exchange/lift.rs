//! A station that rings and that the switchboard itself answers, for as long as it takes to send a door code in the media. Everybody else
//! stops ringing; the station is hung up afterwards.

use super::call::{Call, Stage};
use super::headers::{borrowed, session_id};
use super::io::{CallKey, ContactEvent, ContactKind, Output, Party};
use super::machine::{Machine, Timer};
use super::setup::contact_of;
use sip_ws::endpoint::{Body, SessionId};

/// Whoever sends the code has forgotten it by then.
const LONGEST_MS: u64 = 15_000;

/// What the history says where nothing came of it.
const NOT_OPENED: &str = "not-opened";

/// A station that was answered so, and what the history says of it once one knows how it went.
#[derive(Debug)]
pub(super) struct Lifted {
    session: SessionId,
    /// It has not hung up.
    listens: bool,
    opened: Vec<ContactEvent>,
    given_up: Vec<ContactEvent>,
}

impl Machine {
    /// The call of a station that rings and is not answered, with the media that it offers.
    pub fn unanswered(&self, station: &Party) -> Option<(CallKey, Vec<u8>)> {
        let calls = self.calls_of.get(station)?.iter().filter_map(|key| Some((key, self.calls.get(key)?)));
        let mut ringing = calls.filter(|(_, call)| call.from == *station && is_unanswered(call));
        let offer = |call: &Call| call.invite.as_ref().map(|invite| invite.message.body().to_vec()).filter(|offer| !offer.is_empty());
        ringing.find_map(|(key, call)| Some((key.clone(), offer(call)?)))
    }

    /// Answers the station with this description. Nothing comes of it where somebody else was quicker, or the visitor has gone.
    pub(super) fn lift(&mut self, key: &CallKey, answer: Vec<u8>, by: &Party, ticket: u64) {
        let lifted = self.answer_station(key, answer, by);
        let is_lifted = lifted.is_some();
        if let Some(session) = lifted {
            self.after(LONGEST_MS, Timer::Lifted(ticket));
            self.lifted.insert(ticket, session);
        }
        self.out.push_back(Output::Lifted { ticket, lifted: is_lifted });
    }

    /// The code is sent, or will not be: the station is hung up. Whoever waited and got none of it has given up.
    pub(super) fn lower(&mut self, ticket: u64, sent: bool) {
        let Some(Lifted { session, listens, opened, given_up }) = self.lifted.remove(&ticket) else { return };
        self.ep.hang_up(self.clock.now, session, &[]);
        let lines = if sent && listens { opened } else { given_up };
        self.out.extend(lines.into_iter().map(|line| Output::Contact(Box::new(line))));
    }

    /// A station that hangs up does not hear the rest of the code.
    pub(super) fn lifted_is_gone(&mut self, session: SessionId) {
        for lifted in self.lifted.values_mut().filter(|lifted| lifted.session == session) {
            lifted.listens = false;
        }
    }

    fn answer_station(&mut self, key: &CallKey, answer: Vec<u8>, by: &Party) -> Option<Lifted> {
        let call = self.calls.get(key).filter(|call| is_unanswered(call))?;
        let (caller, contact, call_waits) = (call.caller, call.contact.clone(), call.queue.is_some());
        let headers = [("Session-ID", session_id(&self.callee_half(key), Some(&contact)))];
        let body = Body { content_type: "application/sdp".to_owned(), bytes: answer };
        let target = contact_of(key, &self.domain_of(key));
        self.ep.accept(self.clock.now, caller, &target, &borrowed(&headers), Some(body)).ok()?;
        let gone = if call_waits { ContactKind::Abandoned } else { ContactKind::Cancelled };
        let gone = self.contact(key, gone, None, None, Some(NOT_OPENED));
        // No station says what became of tones.
        let told = |line: ContactEvent| if line.kind == ContactKind::Opened { ContactEvent { cause: Some("tones"), ..line } } else { line };
        let opened: Vec<ContactEvent> = self.leave_opened(key, by).into_iter().map(told).collect();
        let rung = opened.iter().filter(|line| line.kind == ContactKind::OfferMissed);
        let rung = rung.map(|line| ContactEvent { cause: Some(NOT_OPENED), ..line.clone() });
        let given_up = rung.chain(gone).collect();
        Some(Lifted { session: caller, listens: true, opened, given_up })
    }
}

pub(super) fn is_unanswered(call: &Call) -> bool {
    match call.stage {
        Stage::Waiting | Stage::Ringing(_) => !call.parked,
        Stage::Answering { .. } | Stage::Talking { .. } => false,
    }
}
