//! Dialogs (RFC 3261 section 12): identity, route set, remote target and sequence numbers, as a plain value.

use crate::codec::{HeaderError, HeaderName, Message, Method, NameAddr};

/// One dialog, seen from our side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dialog {
    /// Call-ID.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// The peer's tag; empty for a peer of RFC 2543 that sent none.
    pub remote_tag: String,
    /// Our address as a header value, tag included: From of our requests.
    pub local: String,
    /// The peer's address as a header value, tag included: To of our requests.
    pub remote: String,
    /// Our Contact as a header value.
    pub contact: String,
    /// Where our requests are addressed to: URI of the peer's Contact.
    pub remote_target: String,
    /// Route header values of our requests, in order.
    pub route_set: Vec<String>,
    /// Number of our last request.
    pub local_cseq: u32,
    /// Number of the peer's last request; `None` before the first.
    pub remote_cseq: Option<u32>,
}

/// How a request in the dialog stands to the ones before (12.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Newer than all before.
    New,
    /// Not newer: to be answered with 500.
    Old,
}

impl Dialog {
    /// 12.1.2: the dialog that a response (101 to 299 with a To tag) to our INVITE makes.
    ///
    /// # Errors
    /// When the response has no usable To, From, Call-ID or (for 2xx) Contact.
    pub fn from_response(invite: &Message, response: &Message) -> Result<Self, HeaderError> {
        let from = response.from()?;
        let to = response.to()?;
        let remote_target = match target(response) {
            Some(target) => target,
            // Early dialogs of sloppy peers have no Contact; our requests then go where the INVITE went.
            None => invite.uri().unwrap_or_default().to_owned(),
        };
        Ok(Self {
            call_id: response.call_id()?.to_owned(),
            local_tag: from.tag().unwrap_or_default().to_owned(),
            remote_tag: to.tag().unwrap_or_default().to_owned(),
            local: from.as_str().to_owned(),
            remote: to.as_str().to_owned(),
            contact: invite.header_str(HeaderName::Contact).unwrap_or_default().to_owned(),
            remote_target,
            route_set: routes(response).into_iter().rev().collect(),
            local_cseq: invite.cseq()?.number,
            remote_cseq: None,
        })
    }

    /// 12.1.1: the dialog that we make when we answer this INVITE with `local_tag`.
    ///
    /// # Errors
    /// When the request has no usable To, From, Call-ID, CSeq or Contact.
    pub fn from_request(invite: &Message, local_tag: &str, contact: &str) -> Result<Self, HeaderError> {
        let from = invite.from()?;
        let to = invite.to()?.with_param("tag", Some(local_tag));
        let remote_target = invite.contact()?.map_or_else(|| from.uri().as_str().to_owned(), |c| c.uri().as_str().to_owned());
        Ok(Self {
            call_id: invite.call_id()?.to_owned(),
            local_tag: local_tag.to_owned(),
            remote_tag: from.tag().unwrap_or_default().to_owned(),
            local: to.as_str().to_owned(),
            remote: from.as_str().to_owned(),
            contact: contact.to_owned(),
            remote_target,
            route_set: routes(invite),
            local_cseq: 0,
            remote_cseq: Some(invite.cseq()?.number),
        })
    }

    /// 12.2.1.1: a new request in the dialog, with the next sequence number. Without Via and body.
    pub fn request(&mut self, method: Method) -> Message {
        self.local_cseq = self.local_cseq.saturating_add(1);
        let number = self.local_cseq;
        self.message(method, number)
    }

    /// 13.2.2.4: the ACK of a 2xx to the INVITE with this number.
    #[must_use]
    pub fn ack(&self, number: u32) -> Message {
        self.message(Method::Ack, number)
    }

    fn message(&self, method: Method, number: u32) -> Message {
        let (uri, routes) = self.route();
        let mut message = Message::request(method.clone(), &uri);
        for route in routes {
            message.push(HeaderName::Route, route);
        }
        message.push(HeaderName::MaxForwards, "70");
        message.push(HeaderName::From, &self.local);
        message.push(HeaderName::To, &self.remote);
        message.push(HeaderName::CallId, &self.call_id);
        message.push(HeaderName::CSeq, format!("{number} {}", method.as_str()));
        message
    }

    /// 12.2.1.1: Request-URI and Route values; the first route without `lr` is a strict router.
    fn route(&self) -> (String, Vec<String>) {
        let strict = self.route_set.first().and_then(|first| {
            let first = NameAddr::parse(first.as_bytes()).ok()?;
            let uri = first.uri().to_uri().without_headers();
            uri.param("lr").is_none().then(|| uri.as_str().to_owned())
        });
        match strict {
            None => (self.remote_target.clone(), self.route_set.clone()),
            Some(uri) => {
                let mut routes = self.route_set[1..].to_vec();
                routes.push(format!("<{}>", self.remote_target));
                (uri, routes)
            }
        }
    }

    /// 12.2.2: notes the number of a received request.
    pub fn on_request(&mut self, number: u32) -> Order {
        match self.remote_cseq {
            Some(last) if number <= last => Order::Old,
            Some(_) | None => {
                self.remote_cseq = Some(number);
                Order::New
            }
        }
    }

    /// 12.2.1.2, 12.2.2: takes the remote target from a target refresh (INVITE, UPDATE or a 2xx to one). Says whether it changed.
    pub fn refresh_target(&mut self, message: &Message) -> bool {
        match target(message) {
            Some(target) if target != self.remote_target => {
                self.remote_target = target;
                true
            }
            Some(_) | None => false,
        }
    }
}

/// How one edge takes the place of another one in the routes of a dialog.
#[derive(Clone, Debug, Default)]
pub(crate) struct Detour {
    /// Route value of this edge.
    pub(crate) here: String,
    /// Hosts of the other ones.
    pub(crate) elsewhere: Vec<String>,
}

impl Detour {
    /// Where a route set begins with another edge, this one takes its place. Says whether something changed.
    pub(crate) fn lead(&self, routes: &mut Vec<String>) -> bool {
        let is_elsewhere = |route: &String| {
            let Ok(route) = NameAddr::parse(route.as_bytes()) else { return false };
            let host = route.uri().to_uri().host().to_owned();
            self.elsewhere.iter().any(|other| other.eq_ignore_ascii_case(&host))
        };
        // A proxy between two transports names itself twice.
        let named = routes.iter().take_while(|route| is_elsewhere(route)).count();
        if named > 0 {
            routes.splice(..named, [self.here.clone()]);
        }
        named > 0
    }
}

fn target(message: &Message) -> Option<String> {
    Some(message.contact().ok()??.uri().as_str().to_owned())
}

fn routes(message: &Message) -> Vec<String> {
    message.record_routes().unwrap_or_default().iter().map(|route| route.as_str().to_owned()).collect()
}
