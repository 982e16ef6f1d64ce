//! The ways of a request through proxies, as their headers tell them.

use std::net::{IpAddr, SocketAddr};

use super::{Request, is_token};

/// A header in which proxies name whom a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `Forwarded: for=203.0.113.7;proto=https, for="[2001:db8::7]:4711"`, of RFC 7239.
    Forwarded,
    /// `X-Forwarded-For: 203.0.113.7, 10.0.0.1`.
    XForwardedFor,
}

/// A peer that a proxy has named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// Its address. The port is 0 if it was not named.
    Address(SocketAddr),
    /// The proxy keeps it for itself: `unknown`, or a name such as `_hidden`.
    Hidden,
}

/// The error of an element that names nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the header {header} has {element:?} in the place of an address")]
pub struct ForwardedError {
    /// The name of the header.
    pub header: &'static str,
    /// The element, at most 64 characters of it.
    pub element: String,
}

impl ForwardedHeader {
    /// Returns the name of the header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Forwarded => "Forwarded",
            Self::XForwardedFor => "X-Forwarded-For",
        }
    }

    /// Returns the hops that a request's headers name, the last one first: whom the nearest
    /// proxy has seen. Each proxy can be believed about the next one only, and what a client
    /// has written itself comes at the end.
    ///
    /// # Errors
    /// An item is [`ForwardedError`] where the header is malformed. Items behind it tell
    /// nothing.
    pub fn hops(self, request: &Request) -> impl Iterator<Item = Result<Hop, ForwardedError>> {
        let lines = request.headers.iter().rev();
        let lines = lines.filter(move |(name, _)| name.eq_ignore_ascii_case(self.name()));
        lines.flat_map(move |(_, line)| {
            let elements = match self {
                Self::XForwardedFor => {
                    Some(line.split(',').map(|hop| hop.trim().to_owned()).collect())
                }
                Self::Forwarded => forwarded_for(line),
            };
            let hops: Vec<_> = match elements {
                Some(elements) => elements
                    .into_iter()
                    .rev()
                    .map(|element| parse(&element).ok_or_else(|| self.error(&element)))
                    .collect(),
                None => vec![Err(self.error(line))],
            };
            hops
        })
    }

    fn error(self, element: &str) -> ForwardedError {
        ForwardedError { header: self.name(), element: element.chars().take(64).collect() }
    }
}

/// Returns the `for` of each element of a line, or `None` for a line that is malformed.
/// Elements without one are empty.
fn forwarded_for(line: &str) -> Option<Vec<String>> {
    let mut hops = Vec::new();
    let mut rest = line.trim();
    loop {
        let mut hop = String::new();
        loop {
            let (name, behind) = rest.split_once('=')?;
            let (value, behind) = value(behind)?;
            if !is_token(name) {
                return None;
            }
            if name.eq_ignore_ascii_case("for") {
                hop = value;
            }
            rest = behind.trim_start();
            match rest.strip_prefix(';') {
                Some(behind) => rest = behind.trim_start(),
                None => break,
            }
        }
        hops.push(hop);
        if rest.is_empty() {
            return Some(hops);
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
}

/// Reads a token or a quoted string (RFC 9110 5.6.4), and returns the text behind it too.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',', ' ', '\t']).unwrap_or(text.len());
        let (token, rest) = text.split_at(end);
        // Some proxies write addresses with ports, and even IPv6, without quotes.
        let is_value = !token.is_empty() && !token.contains(['"', '=', '\\']);
        return is_value.then(|| (token.to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            char => value.push(char),
        }
    }
    None
}

/// Reads an address, with or without a port and brackets, or a word for a hidden one.
fn parse(hop: &str) -> Option<Hop> {
    if hop.eq_ignore_ascii_case("unknown") || hop.starts_with('_') {
        return Some(Hop::Hidden);
    }
    // RFC 7239 6.2 and 6.3 allow words for a port too.
    let address = |ip: &str, port: &str| {
        let port = if port.starts_with('_') { 0 } else { port.parse().ok()? };
        Some(SocketAddr::new(ip.parse::<IpAddr>().ok()?, port))
    };
    let address = if let Ok(ip) = hop.parse::<IpAddr>() {
        SocketAddr::new(ip, 0)
    } else if let Some(rest) = hop.strip_prefix('[') {
        match rest.split_once(']')? {
            (ip, "") => address(ip, "0")?,
            (ip, port) => address(ip, port.strip_prefix(':')?)?,
        }
    } else {
        let (ip, port) = hop.rsplit_once(':')?;
        address(ip, port).filter(SocketAddr::is_ipv4)?
    };
    Some(Hop::Address(SocketAddr::new(address.ip().to_canonical(), address.port())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hops(header: ForwardedHeader, lines: &[&str]) -> Vec<String> {
        let headers = lines.iter().map(|line| (header.name().to_lowercase(), (*line).to_owned()));
        let request = Request {
            method: "GET".into(),
            path: "/".into(),
            minor_version: 1,
            headers: headers.collect(),
        };
        let shown = |hop: Result<Hop, ForwardedError>| match hop {
            Ok(Hop::Address(address)) => address.to_string(),
            Ok(Hop::Hidden) => "hidden".into(),
            Err(error) => format!("error {}", error.element),
        };
        header.hops(&request).map(shown).collect()
    }

    fn x(line: &str) -> Vec<String> {
        hops(ForwardedHeader::XForwardedFor, &[line])
    }

    fn forwarded(line: &str) -> Vec<String> {
        hops(ForwardedHeader::Forwarded, &[line])
    }

    #[test]
    fn the_nearest_proxy_is_heard_first() {
        assert_eq!(
            x("203.0.113.7, 10.0.0.2,10.0.0.1"),
            ["10.0.0.1:0", "10.0.0.2:0", "203.0.113.7:0"]
        );
        let lines = ["203.0.113.7", "10.0.0.2, 10.0.0.1"];
        let all = hops(ForwardedHeader::XForwardedFor, &lines);
        assert_eq!(all, ["10.0.0.1:0", "10.0.0.2:0", "203.0.113.7:0"]);
    }

    #[test]
    fn addresses_of_every_spelling_are_read() {
        for (text, address) in [
            ("203.0.113.7", "203.0.113.7:0"),
            ("203.0.113.7:4711", "203.0.113.7:4711"),
            ("2001:db8::7", "[2001:db8::7]:0"),
            ("[2001:db8::7]", "[2001:db8::7]:0"),
            ("[2001:db8::7]:4711", "[2001:db8::7]:4711"),
            ("::ffff:203.0.113.7", "203.0.113.7:0"),
            ("unknown", "hidden"),
            ("_proxy", "hidden"),
        ] {
            assert_eq!(x(text), [address]);
            assert_eq!(forwarded(&format!("for=\"{text}\"")), [address]);
        }
        assert_eq!(forwarded("for=\"203.0.113.7:_port\""), ["203.0.113.7:0"]);
    }

    #[test]
    fn forwarded_is_read_with_all_its_parts() {
        assert_eq!(forwarded("for=192.0.2.60;proto=http;by=203.0.113.43"), ["192.0.2.60:0"]);
        assert_eq!(
            forwarded("proto=https; For=\"[2001:db8:cafe::17]:4711\""),
            ["[2001:db8:cafe::17]:4711"]
        );
        let two = "for=192.0.2.43 , for=198.51.100.17;by=\"a,\\\"b;c\"";
        assert_eq!(forwarded(two), ["198.51.100.17:0", "192.0.2.43:0"]);
        assert_eq!(forwarded("for=unknown, FOR=\"_x\""), ["hidden", "hidden"]);
    }

    #[test]
    fn what_names_nobody_is_an_error() {
        for text in [
            "",
            "203.0.113",
            "203.0.113.7:x",
            "[2001:db8::7",
            "[::1]x",
            "example.com",
            "203.0.113.7:99999",
            "::1:_x",
        ] {
            assert_eq!(x(text), [format!("error {text}")]);
        }
        assert_eq!(x("10.0.0.1, <script>"), ["error <script>", "10.0.0.1:0"]);
        for line in [
            "",
            "203.0.113.7",
            "for",
            "for=",
            "for=\"1.2.3.4",
            "for=1.2.3.4 x",
            "for=a=b",
            "=1.2.3.4",
            "for=1.2.3.4;",
            "for=1.2.3.4,",
        ] {
            assert_eq!(forwarded(line), [format!("error {line}")]);
        }
        assert_eq!(forwarded("by=10.0.0.1"), ["error "], "an element without a `for`");
    }

    /// What a client writes in front must not swallow or change what its proxy appends.
    #[test]
    fn an_open_quote_hides_nothing() {
        for appended in ["for=203.0.113.7", "for=\"[2001:db8::7]:1\""] {
            for forged in ["for=\"", "for=\"x\\", "for=\"1.2.3.4", "for=10.0.0.1;by=\""] {
                let line = format!("{forged}, {appended}");
                assert_eq!(forwarded(&line), [format!("error {line}")], "refused as a whole");
                // In a line of its own it does not matter.
                let first = hops(ForwardedHeader::Forwarded, &[forged, appended])[0].clone();
                assert!(!first.starts_with("error"), "{first}");
            }
        }
    }
}
