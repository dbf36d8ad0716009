//! Digits by INFO (RFC 6086, `application/dtmf-relay`), one after the other so that they keep their order.

use super::{Call, Ctx};
use crate::codec::fragment::PACKAGE;
use crate::codec::{HeaderName, Message, Method};
use crate::endpoint::{Body, RequestId, SessionError};
use crate::io::Event;

/// Digits that wait to be sent; more are refused.
pub(crate) const MAX_DIGITS: usize = 64;

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digit {
    pub(crate) key: char,
    pub(crate) duration_ms: u16,
}

impl Call {
    /// The user presses a key.
    pub(crate) fn press(&mut self, ctx: &mut Ctx<'_>, digit: char, duration_ms: u16) {
        let key = digit.to_ascii_uppercase();
        if !self.is_active() || !is_key(key) || self.digits.len() >= MAX_DIGITS {
            return ctx.event(Event::DtmfFailed { call: self.id, digit, status: 0 });
        }
        self.digits.push_back(Digit { key, duration_ms: duration_ms.clamp(40, 10_000) });
        self.send_digit(ctx);
    }

    /// Sends the next digit if none is open and there is a flow.
    pub(crate) fn send_digit(&mut self, ctx: &mut Ctx<'_>) {
        let (Some(session), None, Some(digit)) = (self.session, self.open_digit, self.digits.front().copied()) else { return };
        let body = Body {
            content_type: "application/dtmf-relay".to_owned(),
            bytes: format!("Signal={}\r\nDuration={}\r\n", digit.key, digit.duration_ms).into_bytes(),
        };
        match ctx.ep.in_dialog(ctx.now, session, Method::Info, &[], Some(body)) {
            Ok(request) => {
                self.digits.pop_front();
                self.open_digit = Some((request, digit.key));
            }
            // They wait for the link.
            Err(SessionError::NoFlow) => {}
            Err(SessionError::Unknown | SessionError::State | SessionError::Busy | SessionError::Limit) => {
                self.digits.pop_front();
                ctx.event(Event::DtmfFailed { call: self.id, digit: digit.key, status: 0 });
            }
        }
    }

    /// What becomes of the digit that is open nobody hears any more: its dialog is left. Sent again it might be heard twice.
    pub(super) fn digit_lost(&mut self, ctx: &mut Ctx<'_>) {
        if let Some((_, digit)) = self.open_digit.take() {
            ctx.event(Event::DtmfFailed { call: self.id, digit, status: 0 });
        }
    }

    pub(super) fn on_digit_answered(&mut self, ctx: &mut Ctx<'_>, request: RequestId, status: u16) {
        let Some((_, digit)) = self.open_digit.filter(|(open, _)| *open == request) else { return };
        self.open_digit = None;
        if !(200..=299).contains(&status) {
            ctx.event(Event::DtmfFailed { call: self.id, digit, status });
        }
        self.send_digit(ctx);
    }

    /// An INFO of the peer: the status to answer with.
    pub(super) fn on_info(&mut self, ctx: &mut Ctx<'_>, info: &Message) -> u16 {
        match info.supervision() {
            Ok(Some(supervision)) if ctx.supervised => {
                ctx.event(Event::Supervision { call: self.id, supervision });
                return 200;
            }
            Ok(_) => {}
            Err(_) => return 400,
        }
        match info.queue_place() {
            Ok(Some(place)) if ctx.supervised => {
                self.identify(ctx, info);
                ctx.event(Event::Queued { call: self.id, place });
                return 200;
            }
            Ok(_) => {}
            Err(_) => return 400,
        }
        if info.has_token(HeaderName::InfoPackage, PACKAGE) {
            return self.on_candidates(ctx, info);
        }
        // RFC 6086 s4.2.2: whatever is in it.
        if info.header(HeaderName::InfoPackage).is_some() {
            return 469;
        }
        if info.body().is_empty() {
            return 200;
        }
        let text = String::from_utf8_lossy(info.body());
        let digit = if info.has_content_type("application/dtmf-relay") {
            relayed(&text)
        } else if info.has_content_type("application/dtmf") {
            text.trim().chars().next().map(|key| Digit { key, duration_ms: 160 })
        } else {
            return 415;
        };
        match digit.map(|d| Digit { key: d.key.to_ascii_uppercase(), ..d }).filter(|d| is_key(d.key)) {
            Some(Digit { key, duration_ms }) => {
                ctx.event(Event::DtmfReceived { call: self.id, digit: key, duration_ms });
                200
            }
            None => 400,
        }
    }
}

fn relayed(body: &str) -> Option<Digit> {
    let field = |name: &str| {
        body.lines().filter_map(|line| line.split_once('=')).find(|(n, _)| n.trim().eq_ignore_ascii_case(name)).map(|(_, v)| v.trim())
    };
    let key = match field("Signal")? {
        // Numbers of RFC 4733 are used by some peers.
        "10" => '*',
        "11" => '#',
        text => text.chars().next()?,
    };
    let duration_ms = field("Duration").and_then(|d| d.parse().ok()).unwrap_or(160);
    Some(Digit { key, duration_ms })
}

const fn is_key(key: char) -> bool {
    matches!(key, '0'..='9' | '*' | '#' | 'A'..='D')
}
