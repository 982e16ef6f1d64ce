//! Where to connect to, in text.

use super::DialError;

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) transport: Transport,
    /// A name or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Over what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    /// With path and query.
    WebSocket(String),
}

/// The port of `ws` where none is written.
const WS_PORT: u16 = 80;

impl Target {
    /// Reads `tcp://host:port`, `ws://host[:port][/path]` or `host:port`.
    pub(crate) fn parse(url: &str) -> Result<Self, DialError> {
        let wrong = |problem| DialError::Url { url: url.to_owned(), problem };
        let (scheme, rest) = url.split_once("://").unwrap_or(("tcp", url));
        let (authority, path) = match rest.find(['/', '?', '#']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let transport = match &*scheme.to_ascii_lowercase() {
            "tcp" if path.trim_matches('/').is_empty() => Transport::Tcp,
            "tcp" => return Err(wrong("a TCP address has no path")),
            "ws" if path.contains('#') => return Err(wrong("a WebSocket has no `#fragment`")),
            "ws" if path.starts_with('/') => Transport::WebSocket(path.to_owned()),
            "ws" => Transport::WebSocket(format!("/{path}")),
            "wss" | "tls" => return Err(DialError::Tls(url.to_owned())),
            _ => {
                let (url, scheme) = (url.to_owned(), scheme.to_owned());
                return Err(DialError::Scheme { url, scheme });
            }
        };
        if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("the path has characters that need percent-encoding"));
        }
        let (host, port) = split_port(authority).map_err(wrong)?;
        let port = match (port, &transport) {
            (Some(port), _) => port,
            (None, Transport::WebSocket(_)) => WS_PORT,
            (None, Transport::Tcp) => return Err(wrong("the port is missing: `host:port`")),
        };
        Ok(Self { transport, host: host.to_owned(), port })
    }

    /// Host and port, for people.
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.bracketed(), self.port)
    }

    /// What stands in an HTTP request: the port only where it is not usual.
    pub(crate) fn http_host(&self) -> String {
        match self.port {
            WS_PORT => self.bracketed(),
            _ => self.address(),
        }
    }

    fn bracketed(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        }
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), &'static str> {
    if authority.contains('@') {
        return Err("a user or password cannot be sent: say it in the handshake");
    }
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or("a `[` without its `]`")?;
        match rest.strip_prefix(':') {
            None if !rest.is_empty() => return Err("between `]` and the port stands a `:`"),
            port => (host, port),
        }
    } else {
        match authority.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err("an IPv6 address stands in brackets: `[::1]:3010`");
            }
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    if host.is_empty() {
        return Err("the host is missing");
    }
    if !host.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the host is a name in ASCII, or an address");
    }
    match port.map(str::parse) {
        None => Ok((host, None)),
        Some(Ok(0) | Err(_)) => Err("the port is a number from 1 to 65535"),
        Some(Ok(port)) => Ok((host, Some(port))),
    }
}
