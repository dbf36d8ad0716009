//! What the UAS core checks before a request has any effect (RFC 3261 8.2.1 to 8.2.3), with the status for each.

use super::Endpoint;
use crate::codec::{HeaderName, Message, Method};

/// A refusal with the header that explains it.
pub(super) struct Refused {
    pub(super) code: u16,
    pub(super) reason: &'static str,
    pub(super) explain: Option<(HeaderName, String)>,
}

impl Endpoint {
    /// `None`: go on.
    pub(super) fn check(&self, request: &Message) -> Option<Refused> {
        let method = request.method()?;
        self.check_method(method)
            .or_else(|| self.check_uri(request))
            .or_else(|| self.check_require(request))
            .or_else(|| self.check_body(request))
            .or_else(|| self.check_timer(request))
    }

    fn check_method(&self, method: &Method) -> Option<Refused> {
        let always = matches!(method, Method::Invite | Method::Ack | Method::Cancel | Method::Bye | Method::Update);
        if always || self.config.allow.contains(method) || (*method == Method::Options && self.config.answer_options) {
            return None;
        }
        let (code, reason) = match method {
            // 21.5.2: the server does not know it; 21.4.6: it does, but not here.
            Method::Other(_) => (501, "Not Implemented"),
            _ => (405, "Method Not Allowed"),
        };
        Some(Refused { code, reason, explain: Some((HeaderName::Allow, self.allow())) })
    }

    fn check_uri(&self, request: &Message) -> Option<Refused> {
        let scheme = request.uri()?.split(':').next().unwrap_or_default();
        let known = self.config.schemes.iter().any(|s| s.eq_ignore_ascii_case(scheme));
        (!known).then_some(Refused { code: 416, reason: "Unsupported URI Scheme", explain: None })
    }

    fn check_require(&self, request: &Message) -> Option<Refused> {
        if !self.config.check_require {
            return None;
        }
        // Proxy-Require is for those who pass requests on (8.2.2.3): the owner, if it is one.
        let required = request.require().unwrap_or_default();
        let unsupported: Vec<&str> =
            required.into_iter().filter(|tag| !self.config.supported.iter().any(|s| s.eq_ignore_ascii_case(tag))).collect();
        (!unsupported.is_empty()).then(|| Refused {
            code: 420,
            reason: "Bad Extension",
            explain: Some((HeaderName::Unsupported, unsupported.join(", "))),
        })
    }

    fn check_body(&self, request: &Message) -> Option<Refused> {
        if self.config.accept.is_empty() || request.method() != Some(&Method::Invite) {
            return None;
        }
        let explain = || Some((HeaderName::Accept, self.config.accept.join(", ")));
        let optional = request
            .named("Content-Disposition")
            .is_some_and(|d| String::from_utf8_lossy(d).to_ascii_lowercase().contains("handling=optional"));
        if !request.body().is_empty() && !optional && !self.config.accept.iter().any(|t| request.has_content_type(t)) {
            return Some(Refused { code: 415, reason: "Unsupported Media Type", explain: explain() });
        }
        if request.header(HeaderName::ContentEncoding).is_some_and(|e| !e.eq_ignore_ascii_case(b"identity")) && !request.body().is_empty() {
            return Some(Refused {
                code: 415,
                reason: "Unsupported Media Type",
                explain: Some((HeaderName::AcceptEncoding, "identity".to_owned())),
            });
        }
        // 21.4.7: the caller takes no answer that we can make. An absent Accept means application/sdp (20.1).
        let mut wanted = request.header_values(HeaderName::Accept).flat_map(|v| v.split(|b| *b == b',')).peekable();
        let acceptable = wanted.peek().is_none() || wanted.any(|w| self.can_make(w));
        (!acceptable).then_some(Refused { code: 406, reason: "Not Acceptable", explain: None })
    }

    /// RFC 4028 9.
    fn check_timer(&self, request: &Message) -> Option<Refused> {
        let min = self.too_short(request)?;
        Some(Refused { code: 422, reason: "Session Interval Too Small", explain: Some((HeaderName::MinSe, min.to_string())) })
    }

    fn can_make(&self, range: &[u8]) -> bool {
        let range = String::from_utf8_lossy(range);
        let range = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        self.config.accept.iter().any(|t| {
            range == "*/*" || range == t.to_ascii_lowercase() || range.strip_suffix("/*").is_some_and(|k| t.split('/').next() == Some(k))
        })
    }

    /// Value of Allow.
    pub(super) fn allow(&self) -> String {
        self.config.allow.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
    }

    /// Allow, Supported, Recv-Info and Accept on a message that says what we can do.
    pub(super) fn describe(&self, message: &mut Message) {
        // An owner who relays may have named what the other side can.
        let tags = self.config.supported.iter().filter(|tag| !message.has_token(HeaderName::Supported, tag));
        let tags = tags.map(String::as_str).collect::<Vec<_>>().join(", ");
        for (name, value) in [
            (HeaderName::Allow, self.allow()),
            (HeaderName::Supported, tags),
            (HeaderName::RecvInfo, self.config.recv_info.join(", ")),
            (HeaderName::Accept, self.config.accept.join(", ")),
        ] {
            if !value.is_empty() && (name == HeaderName::Supported || message.header(name).is_none()) {
                message.push(name, value);
            }
        }
    }
}
