//! The diagnostics page: what the desk knows about its links and calls, in a support person's terms.

use super::desk::LinkView;
use crate::desk::event::Sample;
use crate::desk::{CallKey, Desk, Millis};

/// The diagnostics page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiagnosticsView {
    /// Registration with the exchange.
    pub link: LinkView,
    /// Address of the SIP WebSocket.
    pub sip_url: Option<String>,
    /// Our address of record.
    pub identity: Option<String>,
    /// The feed is up.
    pub feed: bool,
    /// Build of the switchboard.
    pub server_build: Option<String>,
    /// Build of this page.
    pub build: String,
    /// STUN and TURN servers in use (addresses, never credentials).
    pub ice_servers: Vec<String>,
    /// Only relays are allowed.
    pub relay_only: bool,
    /// One row per running call.
    pub calls: Vec<CallSample>,
    /// Newest last; bounded.
    pub log: Vec<LogLine>,
}

/// Figures of one call, sampled once a second.
#[derive(Clone, Debug, PartialEq)]
pub struct CallSample {
    /// Which call.
    pub call: CallKey,
    /// Name of the other side.
    pub name: String,
    /// Packets received and sent.
    pub received: u64,
    /// Sent.
    pub sent: u64,
    /// Packets lost on the way to us.
    pub lost: u64,
    /// Jitter in milliseconds.
    pub jitter_ms: Option<f64>,
    /// Round trip in milliseconds.
    pub round_trip_ms: Option<f64>,
    /// Kinds of the chosen pair, e.g. `host`, `srflx`, `relay`; ours then theirs.
    pub path: Option<(String, String)>,
    /// `connected`, `checking`, ... as the browser names it.
    pub ice: String,
    /// Codec names in use, e.g. `opus`, `VP8`.
    pub codecs: Vec<String>,
}

/// One line of the log ring. Redacted: no numbers, names or secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// On the page's clock.
    pub at: Millis,
    /// Technical text, English.
    pub text: String,
}

impl Desk {
    /// The diagnostics page; empty while nobody looks at it.
    #[must_use]
    pub fn diagnostics_view(&self) -> DiagnosticsView {
        if !self.state.diagnostics {
            return DiagnosticsView::default();
        }
        let profile = self.state.link.profile.as_deref();
        let servers = profile.map_or(&[][..], |profile| &profile.ice.servers[..]);
        DiagnosticsView {
            link: self.link_view(),
            sip_url: profile.map(|profile| profile.sip.websocket_url.clone()),
            identity: profile.map(|profile| format!("sip:{}@{}", profile.sip.user, profile.sip.domain)),
            feed: self.state.feed.up,
            server_build: self.state.feed.build.clone(),
            build: env!("CARGO_PKG_VERSION").to_owned(),
            ice_servers: servers.iter().flat_map(|server| server.urls.iter().cloned()).collect(),
            relay_only: profile.is_some_and(|profile| profile.ice.policy == wire::IcePolicy::Relay),
            calls: self.state.samples.iter().filter_map(|sample| self.call_sample(sample)).collect(),
            log: self.state.log.iter().cloned().collect(),
        }
    }

    fn call_sample(&self, sample: &Sample) -> Option<CallSample> {
        let call = self.state.calls.iter().find(|call| call.key == sample.call)?;
        Some(CallSample {
            call: sample.call,
            name: call.who.name.clone(),
            received: sample.received,
            sent: sample.sent,
            lost: sample.lost,
            jitter_ms: sample.jitter_ms,
            round_trip_ms: sample.round_trip_ms,
            path: sample.path.clone(),
            ice: sample.ice.clone(),
            codecs: sample.codecs.clone(),
        })
    }
}
