//! A station that rings and that the switchboard itself answers, for as long as it takes to send a door code in the media. Everybody else
//! stops ringing; the station is hung up afterwards.

use super::call::{Call, Stage};
use super::headers::{borrowed, session_id};
use super::io::{CallKey, Output, Party};
use super::machine::{Machine, Timer};
use super::setup::{ELSEWHERE, contact_of};
use sip_ws::endpoint::Body;

/// Whoever sends the code has forgotten it by then.
const LONGEST_MS: u64 = 15_000;

impl Machine {
    /// The call of a station that rings and is not answered, with the media that it offers.
    pub fn unanswered(&self, station: &Party) -> Option<(CallKey, Vec<u8>)> {
        let calls = self.calls_of.get(station)?.iter().filter_map(|key| Some((key, self.calls.get(key)?)));
        let mut ringing = calls.filter(|(_, call)| call.from == *station && is_unanswered(call));
        let offer = |call: &Call| call.invite.as_ref().map(|invite| invite.message.body().to_vec()).filter(|offer| !offer.is_empty());
        ringing.find_map(|(key, call)| Some((key.clone(), offer(call)?)))
    }

    /// Answers the station with this description. Nothing comes of it where somebody else was quicker, or the visitor has gone.
    pub(super) fn lift(&mut self, key: &CallKey, answer: Vec<u8>, ticket: u64) {
        let lifted = self.answer_station(key, answer);
        if let Some(session) = lifted {
            self.lifted.insert(ticket, session);
            self.after(LONGEST_MS, Timer::Lifted(ticket));
        }
        self.out.push_back(Output::Lifted { ticket, lifted: lifted.is_some() });
    }

    /// The code is sent: the station is hung up.
    pub(super) fn lower(&mut self, ticket: u64) {
        if let Some(session) = self.lifted.remove(&ticket) {
            self.ep.hang_up(self.clock.now, session, &[]);
        }
    }

    fn answer_station(&mut self, key: &CallKey, answer: Vec<u8>) -> Option<sip_ws::endpoint::SessionId> {
        let call = self.calls.get(key).filter(|call| is_unanswered(call))?;
        let (caller, contact) = (call.caller, call.contact.clone());
        let headers = [("Session-ID", session_id(&self.callee_half(key), Some(&contact)))];
        let body = Body { content_type: "application/sdp".to_owned(), bytes: answer };
        let target = contact_of(key, &self.domain_of(key));
        self.ep.accept(self.clock.now, caller, &target, &borrowed(&headers), Some(body)).ok()?;
        // Nobody has missed anything.
        self.group_over(key, "answered-elsewhere");
        self.leave_unanswered(key, Some("opened"), &[ELSEWHERE]);
        Some(caller)
    }
}

fn is_unanswered(call: &Call) -> bool {
    match call.stage {
        Stage::Waiting | Stage::Ringing(_) => !call.parked,
        Stage::Answering { .. } | Stage::Talking { .. } => false,
    }
}
