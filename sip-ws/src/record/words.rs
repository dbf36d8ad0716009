//! What is said as it is, since it says nothing about anybody: words of the protocols.

/// In order.
const WORDS: &[&str] = &[
    "0.0.0.0",
    "2.0",
    "AES",
    "Basic",
    "Bearer",
    "Digest",
    "IN",
    "IP4",
    "IP6",
    "MD5",
    "MD5-sess",
    "Q.850",
    "RTP",
    "SAVPF",
    "SHA-256",
    "SHA-256-sess",
    "SHA-512-256",
    "SHA-512-256-sess",
    "SIP",
    "TCP",
    "TLS",
    "UDP",
    "WS",
    "WSS",
    "ack",
    "algorithm",
    "audio",
    "auth",
    "auth-int",
    "branch",
    "cause",
    "cnonce",
    "domain",
    "duration",
    "early-only",
    "expires",
    "false",
    "from-tag",
    "gr",
    "index",
    "local-tag",
    "lr",
    "maddr",
    "method",
    "nc",
    "nextnonce",
    "nonce",
    "ob",
    "on",
    "opaque",
    "pub-gruu",
    "q",
    "qop",
    "r2",
    "realm",
    "received",
    "refresher",
    "reg-id",
    "remote",
    "remote-tag",
    "response",
    "rport",
    "rspauth",
    "sip",
    "sip.instance",
    "sips",
    "stale",
    "tag",
    "tel",
    "text",
    "to-tag",
    "transport",
    "true",
    "uri",
    "urn",
    "user",
    "username",
    "uuid",
    "ws",
    "wss",
];

/// Attributes of a description that are kept, with their values or without.
const ATTRIBUTES: &[&str] = &[
    "end-of-candidates",
    "fmtp",
    "group",
    "ice-lite",
    "ice-options",
    "inactive",
    "mid",
    "ptime",
    "recvonly",
    "rtcp-fb",
    "rtcp-mux",
    "rtcp-rsize",
    "rtpmap",
    "sendonly",
    "sendrecv",
    "setup",
];

pub(super) fn is_word(token: &str) -> bool {
    WORDS.binary_search(&token).is_ok() || WORDS.binary_search(&token.trim_start_matches('+')).is_ok()
}

pub(super) fn is_attribute(name: &str) -> bool {
    ATTRIBUTES.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_are_in_order() {
        assert!(WORDS.is_sorted() && ATTRIBUTES.is_sorted());
        assert!(is_word("+sip.instance") && is_word("transport") && !is_word("ada"));
    }
}
