//! What the SIP agent tells.

use sip_ws::io::{self, CallId, Direction, Peer};

use crate::desk::call::{Call, Stage, end_cause, identify};
use crate::desk::effect::Effect;
use crate::desk::view::call::{AskedBy, EndCause, Waiting};
use crate::desk::{CallKey, Desk, Millis};

impl Desk {
    pub(super) fn sip(&mut self, event: io::Event) {
        match event {
            io::Event::Link(state) => self.link_changed(state),
            io::Event::Registration(state) => self.registration_changed(state),
            io::Event::Incoming { call, from, has_video, session_id, hints, .. } => match (hints.joins, hints.supervision) {
                (Some(of), Some(how)) => self.supervised(key(call), key(of), &from, how),
                _ => {
                    self.incoming(key(call), &from, has_video, session_id);
                    if let Some(intent) = hints.answer {
                        self.wants_answer(key(call), Millis::from(intent.after) * 1_000);
                    }
                }
            },
            io::Event::Supervision { call, supervision } => self.supervised_otherwise(key(call), supervision),
            io::Event::Queued { call, place } => {
                self.queued(key(call), Waiting { position: place.position, estimate_s: place.estimate_s });
            }
            io::Event::Dialling { call, session_id } => self.change(call, |call| call.session_id = session_id),
            io::Event::Progress { call, status, early_media, place, .. } => {
                let place = place.map(|place| Waiting { position: place.position, estimate_s: place.estimate_s });
                self.progress(call, status, early_media, place);
            }
            io::Event::Answered { call, session_id, peer } => self.answered(key(call), session_id, peer),
            io::Event::Restored { call, peer, outgoing, session_id, video } => self.returned(key(call), &peer, outgoing, session_id, video),
            io::Event::Redirected { call, .. } => self.state.log(format!("call {}: sent on", call.0)),
            io::Event::RedirectAsked { call, to } => self.asked(key(call), &to, AskedBy::Redirection),
            io::Event::TransferAsked { call, to, .. } => self.asked(key(call), &to, AskedBy::Transfer),
            io::Event::Peer { call, peer } => self.peer_changed(key(call), &peer),
            io::Event::Transfer { call, state } => self.transfer_news(key(call), &state),
            io::Event::Following { new, to, .. } => self.following(key(new), &to),
            io::Event::Remote { call, wish } => self.pressed_afar(key(call), wish),
            io::Event::Hold { call, local, remote } => self.held(key(call), local, remote),
            io::Event::Video { call, direction } => self.change(call, |call| call.video = direction),
            io::Event::DtmfReceived { .. } => {}
            io::Event::DtmfFailed { call, status, .. } => self.state.log(format!("call {}: key refused ({status})", call.0)),
            io::Event::LateCandidates { call } => self.late_candidates(key(call)),
            io::Event::ChangeFailed { call, status } => self.change_failed(call, status),
            io::Event::Reach { call, reachable } => self.reach(call, reachable),
            io::Event::Ended { call, cause } => self.ended(key(call), &cause),
            io::Event::Ignored { command, why } => self.state.log(format!("ignored {command}: {why}")),
            io::Event::Warning(text) => self.state.log(text),
        }
    }

    fn reach(&mut self, call: CallId, reachable: bool) {
        let now = self.state.now;
        self.change(call, |call| call.lost_at = (!reachable).then(|| call.lost_at.unwrap_or(now)));
    }

    fn incoming(&mut self, key: CallKey, from: &Peer, has_video: bool, session_id: String) {
        let (who, address) = identify(from, self.domain(), &self.state.feed.people);
        let mut call = Call::new(key, false, who, address, self.state.now, self.state.unix);
        call.offered_video = has_video;
        call.session_id = session_id;
        self.state.calls.push(call);
    }

    fn progress(&mut self, call: CallId, status: u16, early_media: bool, place: Option<Waiting>) {
        self.change(call, |call| {
            if !matches!(call.stage, Stage::Dialing | Stage::Ringing | Stage::EarlyMedia) {
                return;
            }
            // 182 says that we wait; anything after it that we do not any more.
            call.place = place.or(call.place.filter(|_| status == 182));
            call.stage = match status {
                _ if early_media => Stage::EarlyMedia,
                // A late 180 does not bring the local ringback over sound that is already there.
                180..=199 if call.stage != Stage::EarlyMedia => Stage::Ringing,
                _ => call.stage,
            };
        });
    }

    /// Whoever we spoke with has transferred us to a queue: nobody is there, and no media is expected, until somebody answers.
    fn queued(&mut self, key: CallKey, place: Waiting) {
        let now = self.state.now;
        let Some(call) = self.find(key).filter(|call| call.answered()) else { return };
        call.place = Some(place);
        call.queued_at = call.queued_at.or(Some(now));
        call.media.calm();
    }

    fn answered(&mut self, key: CallKey, session_id: String, peer: Option<Peer>) {
        let identified = peer.filter(|peer| peer.asserted).map(|peer| identify(&peer, self.domain(), &self.state.feed.people));
        let (now, unix) = (self.state.now, self.state.unix);
        let Some(call) = self.find(key).filter(|call| call.live()) else { return };
        if let Some((who, address)) = identified {
            (call.who, call.address) = (who, address);
        }
        if !session_id.is_empty() {
            call.session_id = session_id;
        }
        if call.answered_at.is_none() {
            (call.answered_at, call.answered_unix) = (Some(now), Some(unix));
        }
        // Out of the queue that they were in until now.
        call.place = None;
        // Hung up in the same moment: the agent ends it.
        if call.stage != Stage::Ending {
            call.stage = Stage::Active;
        }
    }

    fn held(&mut self, key: CallKey, local: bool, remote: bool) {
        let Some(call) = self.find(key).filter(|call| call.live()) else { return };
        (call.held_by_us, call.held_by_them) = (local, remote);
        // What was agreed before a reload is what the user wants.
        if call.returning && local && !call.hold_wanted {
            call.hold_wanted = true;
            self.send_as_held(key);
        }
        self.restart_watch(key);
    }

    /// The call goes on as before the change that did not happen.
    fn change_failed(&mut self, call: CallId, status: u16) {
        self.state.log(format!("call {}: change refused ({status})", call.0));
        let Some(known) = self.find(key(call)).filter(|call| call.live()) else { return };
        let turned = std::mem::replace(&mut known.hold_wanted, known.held_by_us) != known.held_by_us;
        let sends = matches!(known.video, Direction::SendRecv | Direction::SendOnly);
        let refused = known.camera && !sends && !known.held_by_us && !known.held_by_them;
        if turned {
            self.send_as_held(key(call));
        }
        if let Some(known) = self.find(key(call)).filter(|_| refused) {
            (known.camera, known.video_wanted) = (false, false);
            self.effect(Effect::SendCamera { call: key(call), on: false });
        }
    }

    fn ended(&mut self, key: CallKey, cause: &io::EndCause) {
        let now = self.state.now;
        self.state.supervisors.retain(|supervisor| supervisor.key != key && supervisor.of != key);
        let Some(at) = self.state.calls.iter().position(|call| call.key == key && call.live()) else { return };
        let mut call = self.state.calls.remove(at);
        let phrase = match cause {
            io::EndCause::Rejected { phrase, .. } => phrase.as_str(),
            io::EndCause::RemoteHangUp { reason: Some(reason) } if call.place.is_some() => reason.text.as_deref().unwrap_or_default(),
            _ => "",
        };
        if let io::EndCause::Rejected { retry_after: Some(seconds), .. } = cause {
            call.retry_at = Some(now + Millis::from(*seconds) * 1000);
        }
        let cause = if call.given_up { EndCause::LinkLost } else { end_cause(cause, call.answered_at.is_some()) };
        self.state.log(format!("call {key} ended: {cause:?}"));
        call.stage = Stage::Ended { cause, at: now };
        // Whose call it was is in the history of those who had it.
        if call.part.is_none() {
            self.note_own(&call, cause);
        }
        // A ring that nobody took disappears at once: it is in the history.
        let quiet = call.answered_at.is_none() && matches!(cause, EndCause::Missed | EndCause::Refused | EndCause::AnsweredElsewhere);
        if !quiet {
            self.state.calls.insert(at, call);
        }
        self.state.samples.retain(|sample| sample.call != key);
        self.visitor_ended(key, cause, phrase);
    }

    fn change(&mut self, call: CallId, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.find(key(call)).filter(|call| call.live()) {
            change(call);
        }
    }
}

fn key(call: CallId) -> CallKey {
    CallKey(call.0)
}
