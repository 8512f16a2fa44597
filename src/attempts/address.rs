//! From where a request comes, as far as our own proxy can tell.
//!
//! Only the last entry of `X-Forwarded-For` counts: our proxy wrote it, and whatever stands before it
//! is the client's own claim. `Forwarded` is never read: proxies pass it on as the client wrote it.

use actix_web::HttpRequest;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// An address of the network; of IPv6 its /64, all of which one client has to choose from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Address(IpAddr);

impl Address {
    /// Where this request comes from.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let ours = request.headers().get_all("X-Forwarded-For").last();
        let peer = request.peer_addr().map(|peer| peer.ip());
        Self::read(ours.and_then(|line| line.to_str().ok()), peer)
    }

    fn read(forwarded: Option<&str>, peer: Option<IpAddr>) -> Self {
        let last = forwarded.and_then(|line| ip(line.rsplit(',').next()?.trim()));
        let nowhere = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        match last.or(peer).unwrap_or(nowhere).to_canonical() {
            IpAddr::V6(ip) => Self(Ipv6Addr::from(u128::from(ip) >> 64 << 64).into()),
            ip @ IpAddr::V4(_) => Self(ip),
        }
    }

    pub(super) fn bytes(self) -> [u8; 16] {
        match self.0 {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
            IpAddr::V6(ip) => ip.octets(),
        }
    }
}

/// Some proxies write the port as well.
fn ip(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn from(headers: &[(&'static str, &'static str)]) -> Address {
        let peer = "127.0.0.1:1".parse().expect("an address");
        let request = TestRequest::default().peer_addr(peer);
        let request = headers
            .iter()
            .fold(request, |request, header| request.append_header(*header));
        Address::of(&request.to_http_request())
    }

    fn at(ip: &str) -> Address {
        Address::read(None, Some(ip.parse().expect("an address")))
    }

    #[test]
    fn what_a_client_claims_of_itself_is_not_where_it_comes_from() {
        let ours = ("X-Forwarded-For", "203.0.113.9");
        assert!(from(&[("Forwarded", "for=198.51.100.7"), ours]) == at("203.0.113.9"));
        assert!(from(&[("X-Forwarded-For", "198.51.100.7"), ours]) == at("203.0.113.9"));
        assert!(from(&[("X-Forwarded-For", "198.51.100.7, 203.0.113.9")]) == at("203.0.113.9"));
        assert!(from(&[("Forwarded", "for=198.51.100.7")]) == at("127.0.0.1"));
        assert!(from(&[("X-Forwarded-For", "unknown")]) == at("127.0.0.1"));
    }

    #[test]
    fn one_who_has_a_whole_network_of_addresses_is_one() {
        assert!(at("2001:db8:1:1::5") == at("2001:db8:1:1:ffff::"));
        assert!(at("2001:db8:1:1::5") != at("2001:db8:1:2::5"));
        assert!(from(&[("X-Forwarded-For", "[2001:db8:1:1::5]:443")]) == at("2001:db8:1:1::"));
        assert!(from(&[("X-Forwarded-For", "203.0.113.9:443")]) == at("203.0.113.9"));
        assert!(at("::ffff:203.0.113.9") == at("203.0.113.9"));
    }
}
