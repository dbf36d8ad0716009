//! Who an agent is. Pure data; secrets are never printed.

use std::fmt;

/// Who we are and where we register.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// `ws:` or `wss:` URL of the SIP edge.
    pub websocket_url: String,
    /// URLs of further edges of the same domain, best first (RFC 5626): a flow is kept to each, so that a driver has several sockets
    /// at a time. At most [`MAX_EDGES`](crate::MAX_EDGES) are used, the first one included.
    pub further_urls: Vec<String>,
    /// Address of record, e.g. `sip:agent1@portico.test`. Its host is also where plain names are dialled.
    pub aor: String,
    /// Shown to the people we call.
    pub display_name: Option<String>,
    /// Ask our server not to say who calls (RFC 3323, 3325): From says nothing, and only the server learns our address. It must be one
    /// that knows us by our credentials or our flow, not by From.
    pub anonymous: bool,
    /// Request-URI of REGISTER; `sip:` + host of the address of record when absent.
    pub registrar: Option<String>,
    /// Answers to digest challenges, one entry per realm.
    pub credentials: Vec<Credentials>,
    /// `urn:uuid:…` of this installation (RFC 5626 `+sip.instance`): the same after a reload.
    pub instance: String,
    /// Seconds asked for in REGISTER.
    pub register_expires: u32,
    /// Value of `User-Agent`.
    pub user_agent: String,
    /// Further header in which the peer's exchange names the contact (a foreign PBX); `Session-ID` is always used.
    pub session_id_header: Option<String>,
    /// Seconds of the session timer that we offer (RFC 4028, at least 90); `None`: only what the peer asks for.
    pub session_expires: Option<u32>,
    /// Take the address that the registrar gives this device (RFC 5627) as our Contact in calls. Only where its proxies resolve such
    /// addresses within a dialog too: many give them and do not, Kamailio with its usual routing among them, and then no request of the
    /// peer reaches us.
    pub gruu: bool,
    /// Who may make us act without asking the user (answer by itself, follow a transfer, remote hold): hosts (`portico.test`) or
    /// addresses (`sip:boss@portico.test`), compared with the identity that our own server asserts (RFC 3325), never with what a
    /// caller claims. Empty: nobody.
    pub trusted: Vec<String>,
    /// Our exchange takes the headers Supervision and Queue-Place from everybody else in a call, so what it says there holds. `false`: they
    /// are not read there. After a reload its 491 with Retry-After is waited out, however often it
    /// comes.
    pub supervised: bool,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("websocket_url", &self.websocket_url)
            .field("further_urls", &self.further_urls)
            .field("register_expires", &self.register_expires)
            .finish_non_exhaustive()
    }
}

/// Digest credentials, for one realm. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Digest user name, which may differ from the user of the address of record.
    pub user: String,
    /// The shared secret.
    pub password: String,
    /// Only challenges of this realm are answered.
    pub realm: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}
