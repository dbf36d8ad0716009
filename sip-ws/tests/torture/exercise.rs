//! Reads everything there is to read in a message; for tests that feed it hostile octets.

use sip_ws::codec::{HeaderName, Message, NameAddr, Uri, UriRef, validate};
use sip_ws::sdp::SdpView;
use std::hint::black_box;

/// Every reading method once. Panics are what the caller looks for.
pub fn read_everything(m: &Message) {
    let _ = black_box((m.method(), m.uri(), m.status(), m.reason(), m.version(), m.content_type(), m.has_content_type("application/sdp")));
    let _ = black_box((m.top_via(), m.from(), m.to(), m.contact(), m.contacts(), m.call_id(), m.cseq(), m.max_forwards()));
    let _ = black_box((m.routes(), m.record_routes(), m.path(), m.service_routes(), m.p_asserted_identity(), m.history_info()));
    let _ = black_box((m.expires(), m.min_expires(), m.retry_after(), m.flow_timer(), m.min_se(), m.rseq(), m.rack(), m.queue_place()));
    let _ = black_box((m.session_id(), m.session_expires(), m.reason_header(), m.event(), m.subscription_state(), m.date()));
    let _ = black_box((m.supported(), m.require(), m.proxy_require(), m.unsupported(), m.allow(), m.has_token(HeaderName::Allow, "x")));
    let _ = black_box((m.refer_to(), m.referred_by(), m.replaces(), m.join(), m.target_dialog(), m.reply(100, "Trying").to_bytes()));
    for set in [m.www_authenticate(), m.proxy_authenticate(), m.authorization(), m.proxy_authorization()].into_iter().flatten().flatten() {
        let _ = black_box((set.scheme().to_owned(), set.param("nonce").map(str::to_owned), set.has_duplicates(), set.to_string()));
    }
    for via in m.vias().into_iter().flatten() {
        let _ = black_box((via.branch(), via.has_unique_branch(), via.received(), via.port(), via.sent_by(), via.params().count()));
    }
    for reason in m.reasons() {
        black_box(reason.to_string());
    }
    for name in [HeaderName::From, HeaderName::To, HeaderName::Contact, HeaderName::Route, HeaderName::ReferTo] {
        for address in m.addresses(name).into_iter().flatten() {
            read_address(&address);
        }
    }
    if let Some(Ok(uri)) = m.uri().map(UriRef::parse) {
        read_uri(&uri.to_uri());
    }
    if let Ok(sdp) = SdpView::parse(m.body()) {
        let _ = black_box((sdp.direction(), sdp.fingerprint(), sdp.ice_ufrag(), sdp.candidates(), sdp.active("audio").count()));
        assert!(SdpView::parse(&sdp.rewrite_origin(1, 2)).is_ok());
    }
    let _ = black_box((validate(m), format!("{m:?}")));
}

fn read_address(address: &NameAddr) {
    let _ = black_box((address.display_name(), address.tag(), address.q(), address.expires(), address.params().count()));
    let changed = address.with_param("tag", Some("x"));
    assert_eq!(changed.tag(), Some("x"));
    assert_eq!(NameAddr::parse(changed.as_str().as_bytes()).map(|a| a.uri().to_uri()), Ok(address.uri().to_uri()));
    read_uri(&address.uri().to_uri());
}

fn read_uri(uri: &Uri) {
    let view = uri.view();
    let _ = black_box((view.user_decoded(), view.password(), view.host_port(), view.params().count(), view.header("route")));
    assert!(uri.equivalent(uri), "{uri}");
    assert_eq!(Uri::parse(uri.as_str()).as_ref(), Ok(uri));
    black_box(uri.clone().with_param("lr", None).without_headers());
}

/// A message that was read can be written, and what was written is the same message.
pub fn survives(m: &Message) {
    assert_eq!(Message::parse(&m.to_bytes()).as_ref(), Ok(m));
}
