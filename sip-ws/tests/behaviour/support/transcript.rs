//! Traffic as short lines: `INVITE`, `200 INVITE`, `CRLF`.

use sip_ws::codec::Message;

/// One line for one frame.
pub fn line(bytes: &[u8]) -> String {
    if bytes.iter().all(|b| matches!(b, b'\r' | b'\n')) {
        return if bytes.len() >= 4 { "ping".to_owned() } else { "pong".to_owned() };
    }
    let Ok(message) = Message::parse(bytes) else { return "?".to_owned() };
    match (message.method(), message.status()) {
        (Some(method), _) => method.to_string(),
        (None, Some(status)) => format!("{status} {}", message.cseq().map(|c| c.method.to_string()).unwrap_or_default()),
        (None, None) => "?".to_owned(),
    }
}
