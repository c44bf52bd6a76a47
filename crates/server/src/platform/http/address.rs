//! Where a request comes from: the socket's address, or what proxies that are trusted say of it.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The networks whose word is taken for who a request comes from; clones share them.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[Network]>);

/// A range of addresses such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// How many of its first bits all addresses in it share.
    prefix: u8,
}

/// Why a text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkError;

impl fmt::Display for NetworkError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("must be an address or a network such as `10.0.0.0/8`")
    }
}

impl std::error::Error for NetworkError {}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(most), str::parse).map_err(|_| NetworkError)?;
        if prefix <= most { Ok(Self { address, prefix }) } else { Err(NetworkError) }
    }
}

impl Network {
    fn has(&self, address: IpAddr) -> bool {
        let ((mine, width), (other, other_width)) = (bits(self.address), bits(address));
        let shift = u32::from(width).saturating_sub(u32::from(self.prefix));
        width == other_width && mine.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
    }
}

/// An address as a number, and how many bits it has.
fn bits(address: IpAddr) -> (u128, u8) {
    match address.to_canonical() {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

impl TrustedProxies {
    /// Trusts these networks.
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks.into())
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(address))
    }

    /// Who a request comes from that `peer` sent: the last address in `X-Forwarded-For` that is no trusted proxy
    /// itself, as long as all after it are.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let all = headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok());
        let mut forwarded: Vec<&str> = all.flat_map(|value| value.split(',')).map(str::trim).collect();
        let mut client = peer;
        while self.trusts(client) {
            let Some(before) = forwarded.pop().and_then(|text| text.parse().ok()) else { break };
            client = before;
        }
        client
    }
}

/// Who a request comes from, as an argument of a handler: the address by which is counted how often something was
/// tried. Of an IPv6 address the network of 64 bits, because one subscriber has all of those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress
where
    TrustedProxies: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        // Called without a socket, as tests do, everyone is the same.
        let nobody = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(nobody, |info| info.0.ip());
        Ok(Self(subscriber(TrustedProxies::from_ref(state).client(peer, &parts.headers))))
    }
}

fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let networks = trusted.iter().map(|text| text.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
        }
        TrustedProxies::new(networks).client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client(&[], "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            client(&["10.0.0.0/8"], "10.1.2.3", &["1.1.1.1, 198.51.100.1", "10.9.9.9"]),
            "198.51.100.1"
        );
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["nonsense"]), "10.1.2.3");
        assert_eq!(client(&["10.1.2.3"], "10.1.2.4", &["198.51.100.1"]), "10.1.2.4");
        assert_eq!(client(&["fd00::/8"], "fd12::1", &["2001:db8::1"]), "2001:db8::1");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::1/129", "10.0.0.0/x", "example.com"] {
            assert_eq!(text.parse::<Network>(), Err(NetworkError), "{text}");
        }
    }

    #[test]
    fn a_subscriber_of_ipv6_is_a_network_of_64_bits() {
        let subscriber = |text: &str| subscriber(text.parse().unwrap()).to_string();
        assert_eq!(subscriber("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(subscriber("::ffff:203.0.113.9"), "203.0.113.9");
    }
}
