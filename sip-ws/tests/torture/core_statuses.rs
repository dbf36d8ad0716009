//! What the layers above the codec do with the messages that the index of RFC 4475 puts at `core`, `registrar`,
//! `transaction` and `legacy`. The codec accepts all of them; the tests of the endpoint go through this table.

#![allow(dead_code, reason = "each test binary uses its part")]

/// The one who receives the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A user agent: a desk.
    Agent,
    /// A registrar of `example.com`.
    Registrar,
    /// One who passes requests on.
    Proxy,
}

/// What must come of it.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// A final response with one of these statuses.
    Status(&'static [u16]),
    /// A final response with this status and a header with exactly these tokens, or any value where none are given.
    StatusWith(u16, &'static str, &'static [&'static str]),
    /// It is processed as any valid request; the text says what must survive.
    Accepted(&'static str),
    /// A response that nobody gets to see.
    Discarded,
}

/// Message, who receives it, outcome.
pub const CORE: &[(&str, Role, Outcome)] = &[
    ("intmeth", Role::Agent, Outcome::Status(&[405, 501])),
    ("esc02", Role::Agent, Outcome::Status(&[405, 501])),
    ("unkscm", Role::Agent, Outcome::Status(&[416])),
    ("novelsc", Role::Agent, Outcome::Status(&[416])),
    ("unksm2", Role::Registrar, Outcome::Status(&[400, 404])),
    ("bext01", Role::Agent, Outcome::StatusWith(420, "Unsupported", &["nothingSupportsThis", "nothingSupportsThisEither"])),
    ("bext01", Role::Proxy, Outcome::StatusWith(420, "Unsupported", &["noProxiesSupportThis", "norDoAnyProxiesSupportThis"])),
    ("invut", Role::Agent, Outcome::StatusWith(415, "Accept", &[])),
    ("regaut01", Role::Registrar, Outcome::StatusWith(401, "WWW-Authenticate", &[])),
    ("bcast", Role::Agent, Outcome::Discarded),
    ("zeromf", Role::Proxy, Outcome::Status(&[483])),
    ("zeromf", Role::Agent, Outcome::Status(&[200])),
    ("sdp01", Role::Agent, Outcome::Status(&[406])),
    (
        "badbranch",
        Role::Agent,
        Outcome::Accepted("matched as RFC 2543 does: another request with the branch z9hG4bK is another transaction"),
    ),
    ("cparam01", Role::Registrar, Outcome::Accepted("the binding is sip:+19725552222@gw1.example.net, the parameter is the header's")),
    ("cparam02", Role::Registrar, Outcome::Accepted("the binding is sip:+19725552222@gw1.example.net;unknownparam")),
    ("regescrt", Role::Registrar, Outcome::Accepted("the binding is sip:user@example.com?Route=%3Csip:sip.example.com%3E")),
    ("escnull", Role::Registrar, Outcome::Accepted("two bindings: sip:%00@host5.example.com and sip:%00%00@host5.example.com")),
    ("dblreq", Role::Registrar, Outcome::Accepted("one REGISTER, no INVITE")),
    ("inv2543", Role::Agent, Outcome::Accepted("rings; responses carry the Via without a branch")),
];
