//! Security headers of every answer. Nothing inline runs, nothing is fetched from another host, nobody frames the desk.

use crate::config::Config;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

/// The headers, computed once.
#[derive(Debug, Clone)]
pub(super) struct Policy(Arc<Vec<(HeaderName, HeaderValue)>>);

impl Policy {
    /// The headers for this configuration.
    pub(super) fn new(config: &Config) -> Self {
        let fixed = [
            ("x-content-type-options", "nosniff".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("cross-origin-opener-policy", "same-origin".to_owned()),
            ("cross-origin-resource-policy", "same-origin".to_owned()),
            ("x-frame-options", "DENY".to_owned()),
            (
                "permissions-policy",
                "microphone=(self), camera=(self), autoplay=(self), speaker-selection=(self), fullscreen=(self), \
                 display-capture=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=()"
                    .to_owned(),
            ),
            ("content-security-policy", content_policy(config)),
        ];
        let secure = config.secure().then(|| ("strict-transport-security", "max-age=31536000".to_owned()));
        let all = fixed.into_iter().chain(secure);
        Self(Arc::new(all.filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?))).collect()))
    }
}

/// Adds the headers to an answer.
pub(super) async fn set(policy: Policy, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in policy.0.iter() {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response.headers_mut().remove(header::SERVER);
    response
}

/// `connect-src` names the sockets one by one: some browsers do not count `ws:` of the own host as `'self'`. STUN and TURN are not
/// governed by it.
fn content_policy(config: &Config) -> String {
    let mut connect = vec!["'self'".to_owned()];
    // A policy cannot name an IPv6 address; there `'self'` has to do.
    let named = config.http.origins.iter().filter(|origin| !origin.contains('['));
    connect.extend(named.map(|origin| socket_origin(origin)));
    let pbxs = config.tenants.iter().filter_map(|tenant| tenant.pbx.as_ref());
    connect.extend(pbxs.flat_map(|pbx| std::iter::once(&pbx.websocket).chain(&pbx.further_websockets)).map(|url| origin_of(url)));
    connect.dedup();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src {}; img-src 'self' blob:; media-src 'self' blob:; \
         style-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
         form-action 'self'",
        connect.join(" ")
    )
}

/// `http:` → `ws:`, `https:` → `wss:`.
pub(super) fn socket_origin(origin: &str) -> String {
    format!("ws{}", origin.strip_prefix("http").unwrap_or(origin))
}

fn origin_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("wss", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{scheme}://{host}")
}
