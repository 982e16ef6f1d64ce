//! Networks of IP addresses, as operators write them.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// A network of IP addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address.
///
/// ```
/// use connector::Network;
///
/// let network: Network = "10.0.0.0/8".parse()?;
/// assert!(network.contains([10, 1, 2, 3].into()));
/// assert_eq!(network.to_string(), "10.0.0.0/8");
/// # Ok::<_, connector::NetworkError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    /// The first address, as IPv6; IPv4 is mapped.
    pub(crate) start: u128,
    /// The bits that all addresses of the network share.
    pub(crate) mask: u128,
}

/// The error of a text that is neither an IP address nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an IP address or a network: write `192.0.2.1`, `10.0.0.0/8` or `2001:db8::/32`"
)]
pub struct NetworkError(String);

impl Network {
    /// Returns whether an address belongs to it. An IPv4 address equals its mapped
    /// IPv6 form.
    pub fn contains(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.start
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self { start: bits(address), mask: u128::MAX }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = Ipv6Addr::from_bits(self.start);
        let length = self.mask.leading_ones();
        let (address, length, longest) = match start.to_ipv4_mapped() {
            Some(start) if length >= MAPPED => (IpAddr::V4(start), length - MAPPED, 32),
            _ => (IpAddr::V6(start), length, 128),
        };
        if length == longest {
            return address.fmt(f);
        }
        write!(f, "{address}/{length}")
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let parse = || {
            let (address, prefix) = match text.split_once('/') {
                Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
                None => (text, None),
            };
            let address: IpAddr = address.parse().ok()?;
            let length = if address.is_ipv4() { 32 } else { 128 };
            let host_bits = u32::checked_sub(length, prefix.unwrap_or(length))?;
            let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
            let start = bits(address);
            // Bits set after the prefix are a typing error in one of the two.
            (start & mask == start).then_some(Self { start, mask })
        };
        parse().ok_or_else(|| NetworkError(text.to_owned()))
    }
}

/// The bits in front of a mapped IPv4 address.
const MAPPED: u32 = 96;

/// Returns an address as IPv6; IPv4 is mapped.
pub(crate) fn bits(address: IpAddr) -> u128 {
    let address = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    Ipv6Addr::to_bits(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn has(text: &str, address: &str) -> bool {
        network(text).contains(address.parse().unwrap())
    }

    #[test]
    fn knows_its_addresses() {
        assert!(has("10.0.0.0/8", "10.255.0.1") && !has("10.0.0.0/8", "11.0.0.1"));
        assert!(has("192.0.2.1", "192.0.2.1") && !has("192.0.2.1", "192.0.2.2"));
        assert!(has("0.0.0.0/0", "203.0.113.9") && !has("0.0.0.0/0", "2001:db8::1"));
        assert!(has("2001:db8::/32", "2001:db8:1::1") && !has("2001:db8::/32", "2001:db9::1"));
        assert!(has("::/0", "2001:db8::1"));
        assert!(has("10.0.0.0/8", "::ffff:10.1.2.3"), "as a dual-stack port sees it");
    }

    #[test]
    fn is_written_as_it_is_read() {
        for text in ["10.0.0.0/8", "192.0.2.1", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1", "::/0"]
        {
            assert_eq!(network(text).to_string(), text);
        }
        assert_eq!(network("::ffff:10.1.2.3").to_string(), "10.1.2.3");
        assert_eq!(Network::from(IpAddr::from([192, 0, 2, 1])), network("192.0.2.1"));
    }

    #[test]
    fn refuses_what_is_not_a_network() {
        for text in
            ["", "proxy", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.1/8", "10.0"]
        {
            let error = text.parse::<Network>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }
}
