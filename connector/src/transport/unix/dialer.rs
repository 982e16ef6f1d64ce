//! Dialing of Unix sockets.

use std::path::Path;

use tokio::net::UnixStream;

use crate::connector::{Address, Dial, DialError, Peer};

/// A dialer of Unix sockets, to `unix:///run/game.sock`, or just the path.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnixDialer;

impl UnixDialer {
    /// Creates a dialer.
    pub fn new() -> Self {
        Self
    }
}

impl UnixDialer {
    pub(in crate::transport) async fn dial(path: &Path) -> Result<(UnixStream, Peer), DialError> {
        let stream = UnixStream::connect(path).await;
        let stream = stream.map_err(|error| DialError::unreachable(path.display(), error))?;
        Ok((stream, Peer::new("unix", Address::Path(path.to_owned()))))
    }
}

impl Dial for UnixDialer {
    type Io = UnixStream;

    async fn connect(&self, url: &str) -> Result<(UnixStream, Peer), DialError> {
        Self::dial(SCHEME.path_of(url)?).await
    }
}

/// The URLs of a dialer to paths, and what to write in place of others.
pub(in crate::transport) struct PathScheme {
    pub(in crate::transport) name: &'static str,
    pub(in crate::transport) relative: &'static str,
    pub(in crate::transport) other: &'static str,
    pub(in crate::transport) missing: &'static str,
}

const SCHEME: PathScheme = PathScheme {
    name: "unix",
    relative: "the path is not absolute: write `unix:///path`",
    other: "this dialer knows Unix sockets only: write `unix:///path`",
    missing: "the path is missing: write `unix:///path`",
};

impl PathScheme {
    /// Returns the path of a URL.
    pub(in crate::transport) fn path_of<'a>(&self, url: &'a str) -> Result<&'a Path, DialError> {
        let wrong = |problem| DialError::Url { url: url.to_owned(), problem };
        let path = match url.split_once(':') {
            Some((scheme, path)) if scheme.eq_ignore_ascii_case(self.name) => {
                // `unix://host/path` would be a socket of another machine.
                match path.strip_prefix("//") {
                    Some(path) if path.starts_with('/') => path,
                    Some(_) => return Err(wrong(self.relative)),
                    None => path,
                }
            }
            Some((scheme, rest)) if rest.starts_with("//") && !scheme.contains('/') => {
                return Err(wrong(self.other));
            }
            _ => url,
        };
        if path.is_empty() {
            return Err(wrong(self.missing));
        }
        Ok(Path::new(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_or_a_path_names_a_socket() {
        for (url, path) in [
            ("unix:///run/a.sock", "/run/a.sock"),
            ("unix:/run/a.sock", "/run/a.sock"),
            ("unix:a.sock", "a.sock"),
            ("/run/a.sock", "/run/a.sock"),
            ("a:b.sock", "a:b.sock"),
        ] {
            assert_eq!(SCHEME.path_of(url).unwrap(), Path::new(path), "{url}");
        }
    }

    #[test]
    fn other_urls_are_refused_with_what_to_write() {
        for url in ["", "unix:", "unix://run/a.sock", "ws://127.0.0.1:1"] {
            let error = SCHEME.path_of(url).unwrap_err().to_string();
            assert!(error.contains("write `unix:///path`"), "{error}");
        }
    }

    #[tokio::test]
    async fn nobody_answers_at_a_path_without_a_socket() {
        let error = UnixDialer::new().connect("/nowhere/at all").await.unwrap_err().to_string();
        assert!(error.starts_with("cannot connect to /nowhere/at all: "), "{error}");
    }
}
