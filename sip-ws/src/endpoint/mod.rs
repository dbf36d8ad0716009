//! A role-neutral SIP endpoint: transactions and INVITE sessions over many flows, without I/O.
//!
//! Used by the browser's [`Agent`](crate::Agent) (one flow, one identity) and by an exchange (many of both). The owner
//! opens and loses flows, hands in received bytes and passed deadlines, and drains [`Endpoint::poll`] after every call.

mod api;

pub use api::{
    Body, EndedBy, EndpointConfig, EndpointEvent, Failure, FlowConfig, Headers, Output, Refusal, RequestId, ServerTxnId, SessionError, SessionId,
    StoredDialog,
};
