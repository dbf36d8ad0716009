//! SIP user agent over WebSocket (RFC 7118) as pure state machines.
