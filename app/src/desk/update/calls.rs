//! What a user does with calls. One call has the microphone: the others are put on hold first.

use sip_ws::codec::DialogRef;
use sip_ws::io::{CallId, Command, Entry, Peer, RejectAs};

use crate::desk::call::{Call, Stage, Transfer, identify};
use crate::desk::effect::Effect;
use crate::desk::view::call::EndCause;
use crate::desk::view::desk::Notice;
use crate::desk::{CallKey, Desk, Millis};

/// An ended call stays on the screen: shortly after a conversation, longer where the cause has to be read.
const ENDED_SHORT_MS: Millis = 4_000;
const ENDED_LONG_MS: Millis = 10_000;
/// Keys shown of one call.
const DIGITS_LIMIT: usize = 64;

impl Desk {
    pub(super) fn dial(&mut self, target: &str, video: bool) {
        let Some(target) = self.resolve(target) else {
            self.state.notice(Notice::BadTarget);
            return;
        };
        self.state.clear_notice(|notice| matches!(notice, Notice::BadTarget | Notice::NotConnected));
        if !self.state.ready() {
            self.state.notice(Notice::NotConnected);
            return;
        }
        self.hold_others(None);
        let camera = video && self.camera_usable();
        let mut call = self.outgoing(&target);
        let key = call.key;
        (call.camera, call.video_wanted) = (camera, video);
        self.state.calls.push(call);
        if camera {
            self.effect(Effect::SendCamera { call: key, on: true });
        }
        self.effect(Effect::Agent(Command::Call { call: CallId(key.0), target, video }));
    }

    /// A call of ours that enters somebody's dialog.
    pub(super) fn call_into(&mut self, user: &str, dialog: DialogRef, how: Entry) -> Option<CallKey> {
        if !self.state.ready() {
            self.state.notice(Notice::NotConnected);
            return None;
        }
        self.hold_others(None);
        let call = self.outgoing(user);
        let key = call.key;
        self.state.calls.push(call);
        let command = Command::CallInto { call: CallId(key.0), target: user.to_owned(), video: false, dialog, how };
        self.effect(Effect::Agent(command));
        Some(key)
    }

    pub(super) fn answer(&mut self, key: CallKey, video: bool) {
        if self.find(key).is_some_and(|call| call.stage == Stage::Incoming) {
            self.effect(Effect::UnlockSound);
            self.take(key, video);
        }
    }

    /// Answers, whoever wanted that.
    pub(super) fn take(&mut self, key: CallKey, video: bool) {
        let camera = video && self.camera_usable();
        let Some(call) = self.find(key).filter(|call| call.stage == Stage::Incoming) else { return };
        call.stage = Stage::Answering;
        (call.camera, call.video_wanted) = (camera, video);
        self.hold_others(Some(key));
        if camera {
            self.effect(Effect::SendCamera { call: key, on: true });
        }
        self.effect(Effect::Agent(Command::Answer { call: CallId(key.0), video }));
    }

    pub(super) fn reject(&mut self, key: CallKey) {
        if let Some(call) = self.find(key).filter(|call| call.stage == Stage::Incoming) {
            call.stage = Stage::Ending;
            self.effect(Effect::Agent(Command::Reject { call: CallId(key.0), how: RejectAs::Decline }));
        }
    }

    pub(super) fn hang_up(&mut self, key: CallKey) {
        let Some(call) = self.find(key).filter(|call| call.live() && call.stage != Stage::Ending) else { return };
        call.stage = Stage::Ending;
        self.effect(Effect::Agent(Command::HangUp { call: CallId(key.0) }));
    }

    pub(super) fn mute(&mut self, key: CallKey, on: bool) {
        let Some(call) = self.find(key).filter(|call| call.live()) else { return };
        if call.muted != on {
            call.muted = on;
            let silent = call.silent();
            self.effect(Effect::Mute { call: key, on: silent });
        }
    }

    pub(super) fn hold(&mut self, key: CallKey, on: bool) {
        let Some(call) = self.find(key).filter(|call| call.answered() && call.hold_wanted != on) else { return };
        call.hold_wanted = on;
        if !on && call.transfer != Transfer::Asked {
            call.transfer = Transfer::None;
        }
        if !on {
            self.hold_others(Some(key));
        }
        self.send_as_held(key);
        let call = CallId(key.0);
        self.effect(Effect::Agent(if on { Command::Hold { call } } else { Command::Resume { call } }));
    }

    /// What is sent in a call follows from whether it is held: whoever is on hold hears nobody and sees nothing.
    pub(super) fn send_as_held(&mut self, key: CallKey) {
        let Some(call) = self.find(key) else { return };
        let (silent, held, camera) = (call.silent(), call.hold_wanted, call.camera);
        self.effect(Effect::Mute { call: key, on: silent });
        self.effect(Effect::Hold { call: key, on: held });
        if camera {
            self.effect(Effect::SendCamera { call: key, on: !held });
        }
    }

    pub(super) fn camera(&mut self, key: CallKey, on: bool) {
        let usable = self.camera_usable();
        let Some(call) = self.find(key).filter(|call| call.answered() && call.camera != on) else { return };
        if on && !usable {
            return;
        }
        call.camera = on;
        let held = call.hold_wanted;
        let known = std::mem::replace(&mut call.video_wanted, on) == on;
        let call = CallId(key.0);
        self.effect(Effect::SendCamera { call: key, on: on && !held });
        self.effect(Effect::Agent(match known {
            true => Command::Renegotiate { call, fresh: false },
            false => Command::SetVideo { call, on },
        }));
    }

    /// The camera failed or is gone: calls that sent it go on without, and say so to the other side.
    pub(super) fn camera_gone(&mut self) {
        let senders: Vec<(CallKey, bool)> =
            self.state.calls.iter().filter(|call| call.live() && call.camera).map(|call| (call.key, call.answered())).collect();
        for (key, answered) in senders {
            if let Some(call) = self.find(key) {
                call.camera = false;
            }
            self.effect(Effect::SendCamera { call: key, on: false });
            if answered {
                self.effect(Effect::Agent(Command::Renegotiate { call: CallId(key.0), fresh: false }));
            }
        }
    }

    pub(super) fn dtmf(&mut self, key: CallKey, digit: char) {
        let digit = digit.to_ascii_uppercase();
        if !matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D') {
            return;
        }
        let Some(call) = self.find(key).filter(|call| call.answered() || call.stage == Stage::EarlyMedia) else { return };
        call.digits.push(digit);
        if call.digits.len() > DIGITS_LIMIT {
            call.digits.remove(0);
        }
        self.effect(Effect::Dtmf { call: key, digit });
    }

    pub(super) fn tick_calls(&mut self) {
        let now = self.state.now;
        let lost: Vec<CallKey> = self.state.calls.iter().filter(|call| call.beyond_help(now)).map(|call| call.key).collect();
        for key in lost {
            if let Some(call) = self.find(key) {
                call.given_up = true;
            }
            self.hang_up(key);
        }
        self.state.calls.retain(|call| match call.stage {
            Stage::Ended { cause, at } => {
                let stay = match cause {
                    EndCause::HungUp | EndCause::HungUpByThem | EndCause::Cancelled | EndCause::Transferred => ENDED_SHORT_MS,
                    _ => ENDED_LONG_MS,
                };
                now < (at + stay).max(call.retry_at.unwrap_or(0))
            }
            _ => true,
        });
    }

    pub(super) fn find(&mut self, key: CallKey) -> Option<&mut Call> {
        self.state.calls.iter_mut().find(|call| call.key == key)
    }

    /// Puts every other call on hold that has our microphone.
    pub(super) fn hold_others(&mut self, except: Option<CallKey>) {
        let others: Vec<CallKey> = self
            .state
            .calls
            .iter()
            .filter(|call| Some(call.key) != except && call.answered() && !call.hold_wanted)
            .map(|call| call.key)
            .collect();
        for key in others {
            self.hold(key, true);
        }
    }

    /// The next call of ours, to this target.
    pub(super) fn outgoing(&mut self, target: &str) -> Call {
        let key = CallKey(self.state.next_call);
        self.state.next_call += 1;
        let domain = self.domain();
        let bare = !target.contains(['@', ':']);
        let peer = Peer {
            uri: if bare { format!("sip:{target}@{domain}") } else { target.to_owned() },
            user: user_part(target).to_owned(),
            display: None,
            asserted: false,
        };
        let (who, address) = identify(&peer, domain, &self.state.feed.people);
        Call::new(key, true, who, address, self.state.now, self.state.unix)
    }

    pub(super) fn domain(&self) -> &str {
        self.state.link.profile.as_ref().map_or("", |profile| &profile.sip.domain)
    }

    /// What was typed: a user or display name of the directory, an address, or a number with its usual decoration.
    pub(super) fn resolve(&self, typed: &str) -> Option<String> {
        let typed = typed.trim();
        if typed.is_empty() || typed.chars().any(char::is_control) {
            return None;
        }
        let lower = typed.to_lowercase();
        let people = &self.state.feed.people;
        if let Some(person) = people.iter().find(|person| person.user.to_lowercase() == lower) {
            return Some(person.user.clone());
        }
        let queue = self.state.work.names.iter().find(|queue| queue.name.to_lowercase() == lower || queue.label.to_lowercase() == lower);
        if let Some(queue) = queue {
            return Some(queue.name.clone());
        }
        let mut named = people.iter().filter(|person| person.display_name.to_lowercase() == lower);
        if let (Some(person), None) = (named.next(), named.next()) {
            return Some(person.user.clone());
        }
        let number: String = typed.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')')).collect();
        let digits = number.strip_prefix('+').unwrap_or(&number);
        if !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '*' || c == '#') {
            return Some(number);
        }
        if let Some(person) = self.only_match(&lower) {
            return Some(person);
        }
        (!typed.contains(char::is_whitespace)).then(|| typed.to_owned())
    }

    /// The one person whose name has a word that begins like this.
    fn only_match(&self, lower: &str) -> Option<String> {
        let begins = |name: &str| name.to_lowercase().split_whitespace().any(|word| word.starts_with(lower));
        let mut found = self.state.feed.people.iter().filter(|person| begins(&person.display_name));
        match (found.next(), found.next()) {
            (Some(person), None) if lower.chars().count() >= 2 => Some(person.user.clone()),
            _ => None,
        }
    }
}

fn user_part(target: &str) -> &str {
    let rest = ["sips:", "sip:", "tel:"].iter().find_map(|scheme| target.strip_prefix(scheme)).unwrap_or(target);
    rest.split(['@', ';']).next().unwrap_or(rest)
}
