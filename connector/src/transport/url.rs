//! URLs of servers.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::connector::DialError;

/// A parsed URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) transport: Transport,
    /// `tls` or `wss`.
    pub(crate) tls: bool,
    /// A name or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// The transport of a URL.
#[expect(clippy::enum_variant_names, reason = "WebTransport is its name")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    Udp,
    Quic,
    /// The path and query.
    WebTransport(String),
    /// The path and query.
    WebSocket(String),
}

/// Returns what may be written for a scheme that is unknown.
pub(super) fn known() -> String {
    let mut plain = vec!["`tcp://host:port`", "`udp://host:port`", "`ws://host:port/path`"];
    let mut tls = vec!["`tls://`", "`wss://`"];
    if cfg!(feature = "mqtt") {
        plain.push("`mqtt://host:port`");
        tls.push("`mqtts://`");
    }
    if cfg!(feature = "quic") {
        tls.push("`quic://`");
    }
    if cfg!(all(target_os = "linux", feature = "shared-memory")) {
        plain.push("`shm:///path`");
    }
    if cfg!(feature = "webtransport") {
        tls.push("`webtransport://`");
    }
    format!("{}, or with TLS {}", plain.join(", "), tls.join(", "))
}

/// The schemes of a connector of one's own, without TLS and with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OwnSchemes {
    /// Their names, in lower case.
    pub(super) names: Option<[String; 2]>,
    /// Their default ports.
    pub(super) ports: Option<[u16; 2]>,
}

impl OwnSchemes {
    /// Returns whether a scheme in lower case is the one with TLS. `None` if it is neither.
    fn find(&self, scheme: &str) -> Option<bool> {
        let [plain, tls] = self.names.as_ref()?;
        if scheme == plain { Some(false) } else { (scheme == tls).then_some(true) }
    }

    fn port(&self, tls: bool) -> Option<u16> {
        self.ports.map(|ports| ports[usize::from(tls)])
    }
}

/// The default port of `ws`.
const WS_PORT: u16 = 80;
/// The default port of `wss`.
const WSS_PORT: u16 = 443;

impl Target {
    /// Parses `tcp://host:port`, `tls://host:port`, `udp://host:port`, `quic://host:port`,
    /// `webtransport://host[:port][/path]`, `ws://host[:port][/path]`, `wss://host[:port][/path]` or
    /// `host:port`.
    pub(crate) fn parse(url: &str) -> Result<Self, DialError> {
        Self::parse_own(url, &OwnSchemes::default())
    }

    /// Parses `host:port` behind one of these schemes too, as if it were `tcp` or `tls`.
    pub(super) fn parse_own(url: &str, own: &OwnSchemes) -> Result<Self, DialError> {
        let wrong = |problem| DialError::Url { url: url.to_owned(), problem };
        let (scheme, rest) = url.split_once("://").unwrap_or(("tcp", url));
        let (authority, path) = match rest.find(['/', '?', '#']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let scheme_lower = scheme.to_ascii_lowercase();
        let own_tls = own.find(&scheme_lower);
        let (plain, tls) = match (&*scheme_lower, own_tls) {
            (_, Some(tls)) => ("tcp", tls),
            ("tls", _) => ("tcp", true),
            ("wss", _) => ("ws", true),
            ("quic", _) => ("quic", true),
            ("webtransport", _) => ("webtransport", true),
            (plain, None) => (plain, false),
        };
        let transport = match plain {
            "tcp" if path.trim_matches('/').is_empty() => Transport::Tcp,
            "tcp" => {
                return Err(wrong(
                    "a TCP address cannot have a path: write `tcp://host:port` or \
                     `tls://host:port`",
                ));
            }
            "udp" if path.trim_matches('/').is_empty() => Transport::Udp,
            "udp" => {
                return Err(wrong("a UDP address cannot have a path: write `udp://host:port`"));
            }
            "quic" if path.trim_matches('/').is_empty() => Transport::Quic,
            "quic" => {
                return Err(wrong("a QUIC address cannot have a path: write `quic://host:port`"));
            }
            "ws" if path.contains('#') => {
                return Err(wrong("a WebSocket URL cannot have a `#fragment`"));
            }
            "webtransport" if path.contains('#') => {
                return Err(wrong("a WebTransport URL cannot have a `#fragment`"));
            }
            "webtransport" if path.starts_with('/') => Transport::WebTransport(path.to_owned()),
            "webtransport" => Transport::WebTransport(format!("/{path}")),
            "ws" if path.starts_with('/') => Transport::WebSocket(path.to_owned()),
            "ws" => Transport::WebSocket(format!("/{path}")),
            _ => {
                let (url, scheme) = (url.to_owned(), scheme.to_owned());
                return Err(DialError::Scheme { url, scheme, known: known() });
            }
        };
        if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("the path has characters that need percent-encoding"));
        }
        let (host, port) = split_port(authority).map_err(wrong)?;
        let default = match transport {
            Transport::WebSocket(_) | Transport::WebTransport(_) => Some(default_port(tls)),
            Transport::Tcp | Transport::Udp | Transport::Quic => {
                own_tls.and_then(|tls| own.port(tls))
            }
        };
        let missing = || wrong("the port is missing: write `host:port`");
        let port = port.or(default).ok_or_else(missing)?;
        Ok(Self { transport, tls, host: host.to_owned(), port })
    }

    /// Returns host and port.
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.bracketed(), self.port)
    }

    /// Returns its URL, without the path.
    pub(crate) fn url(&self) -> String {
        let scheme = match (&self.transport, self.tls) {
            (Transport::Tcp, false) => "tcp",
            (Transport::Tcp, true) => "tls",
            (Transport::Udp, _) => "udp",
            (Transport::Quic, _) => "quic",
            (Transport::WebTransport(_), _) => "webtransport",
            (Transport::WebSocket(_), false) => "ws",
            (Transport::WebSocket(_), true) => "wss",
        };
        format!("{scheme}://{}", self.address())
    }

    /// Returns the value of HTTP's `Host` header: the port only if it is not the default.
    pub(crate) fn http_host(&self) -> String {
        if self.port == default_port(self.tls) { self.bracketed() } else { self.address() }
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }
}

fn default_port(tls: bool) -> u16 {
    if tls { WSS_PORT } else { WS_PORT }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), &'static str> {
    if authority.contains('@') {
        return Err("a user or password cannot be sent: put it into the handshake");
    }
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or("a `[` without a `]`")?;
        match rest.strip_prefix(':') {
            None if !rest.is_empty() => return Err("a `:` is missing between `]` and the port"),
            port => (host, port),
        }
    } else {
        match authority.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err("an IPv6 address needs brackets: `[::1]:3010`");
            }
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    if authority.starts_with('[') { check_ipv6(host) } else { check_name(host) }?;
    match port.map(str::parse) {
        None => Ok((host, None)),
        Some(Ok(0) | Err(_)) => Err("the port is not a number from 1 to 65535"),
        Some(Ok(port)) => Ok((host, Some(port))),
    }
}

fn check_ipv6(host: &str) -> Result<(), &'static str> {
    // A zone, as in `fe80::1%eth0`, is for the system.
    let address = host.split('%').next().unwrap_or(host);
    match address.parse::<Ipv6Addr>() {
        Ok(_) => Ok(()),
        Err(_) => Err("there is not an IPv6 address between `[` and `]`"),
    }
}

fn check_name(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        return Err("the host is missing");
    }
    if !host.is_ascii() {
        return Err(
            "the host has characters that are not ASCII: write an ASCII name or an address",
        );
    }
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
        return Err("the host has characters that names cannot have");
    }
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    if !last.is_empty()
        && last.bytes().all(|byte| byte.is_ascii_digit())
        && host.parse::<Ipv4Addr>().is_err()
    {
        return Err("the host ends in a number and is not an IPv4 address");
    }
    Ok(())
}
