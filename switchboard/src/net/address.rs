//! Whose request it is.

use axum::http::HeaderMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// An address in one spelling: IPv4 within IPv6 (`::ffff:192.0.2.1`) becomes IPv4. Every comparison and range check comes after this.
#[must_use]
pub fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The client of a request. Forwarded headers count only where the connection comes from a listed proxy: the last address in
/// `X-Forwarded-For` that is not itself a listed proxy. A client can write anything before that.
#[must_use]
pub fn client_address(headers: &HeaderMap, peer: IpAddr, proxies: &[IpAddr]) -> IpAddr {
    let peer = canonical(peer);
    if !proxies.contains(&peer) {
        return peer;
    }
    let listed = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = listed.flat_map(|value| value.split(',')).map(str::trim).collect();
    for hop in hops.into_iter().rev() {
        match hop.parse().map(canonical) {
            Ok(address) if proxies.contains(&address) => {}
            Ok(address) => return address,
            Err(_) => return peer,
        }
    }
    peer
}

/// Addresses of this machine that its browsers send media to. Firefox sends none to 127.0.0.1.
#[must_use]
pub fn media_addresses() -> Vec<IpAddr> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    // Connecting a datagram socket sends nothing; it only asks which address would be used.
    let route = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    });
    let outside = route.ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified());
    [Some(here), outside].into_iter().flatten().collect()
}

/// What limits are counted by: the address, or for IPv6 its /64 network, which is what one subscriber gets.
#[must_use]
pub fn limit_key(address: IpAddr) -> IpAddr {
    match canonical(address) {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let s = v6.segments();
            IpAddr::V6(Ipv6Addr::new(s[0], s[1], s[2], s[3], 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(forwarded: &[&str], peer: &str) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().expect("a header value"));
        }
        let proxies = ["10.0.0.1".parse().expect("address"), "10.0.0.2".parse().expect("address")];
        client_address(&headers, peer.parse().expect("address"), &proxies).to_string()
    }

    #[test]
    fn forwarded_headers_count_only_from_listed_proxies() {
        assert_eq!(client(&["192.0.2.9"], "198.51.100.1"), "198.51.100.1");
        assert_eq!(client(&["192.0.2.9"], "10.0.0.1"), "192.0.2.9");
        assert_eq!(client(&["192.0.2.9"], "::ffff:10.0.0.1"), "192.0.2.9");
        assert_eq!(client(&["203.0.113.5, 192.0.2.9, 10.0.0.2"], "10.0.0.1"), "192.0.2.9");
        assert_eq!(client(&["203.0.113.5", "192.0.2.9"], "10.0.0.1"), "192.0.2.9");
        assert_eq!(client(&["192.0.2.9, not an address"], "10.0.0.1"), "10.0.0.1");
        assert_eq!(client(&[], "10.0.0.1"), "10.0.0.1");
    }

    #[test]
    fn limits_count_networks_of_version_six() {
        let key = |text: &str| limit_key(text.parse().expect("address")).to_string();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
