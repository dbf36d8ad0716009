//! SIP user agent over WebSocket (RFC 7118) as pure state machines.

pub mod codec;

pub use codec::sdp;
