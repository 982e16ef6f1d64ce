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

impl Dial for UnixDialer {
    type Io = UnixStream;

    async fn connect(&self, url: &str) -> Result<(UnixStream, Peer), DialError> {
        let path = path_of(url)?;
        let stream = UnixStream::connect(path).await;
        let stream = stream.map_err(|error| DialError::unreachable(path.display(), error))?;
        Ok((stream, Peer::new("unix", Address::Path(path.to_owned()))))
    }
}

/// Returns the path of a URL.
fn path_of(url: &str) -> Result<&Path, DialError> {
    let wrong = |problem| DialError::Url { url: url.to_owned(), problem };
    let path = match url.split_once(':') {
        Some((scheme, path)) if scheme.eq_ignore_ascii_case("unix") => {
            // `unix://host/path` would be a socket of another machine.
            match path.strip_prefix("//") {
                Some(path) if path.starts_with('/') => path,
                Some(_) => return Err(wrong("the path is not absolute: write `unix:///path`")),
                None => path,
            }
        }
        Some((scheme, rest)) if rest.starts_with("//") && !scheme.contains('/') => {
            return Err(wrong("this dialer knows Unix sockets only: write `unix:///path`"));
        }
        _ => url,
    };
    if path.is_empty() {
        return Err(wrong("the path is missing: write `unix:///path`"));
    }
    Ok(Path::new(path))
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
            assert_eq!(path_of(url).unwrap(), Path::new(path), "{url}");
        }
    }

    #[test]
    fn other_urls_are_refused_with_what_to_write() {
        for url in ["", "unix:", "unix://run/a.sock", "ws://127.0.0.1:1"] {
            let error = path_of(url).unwrap_err().to_string();
            assert!(error.contains("write `unix:///path`"), "{error}");
        }
    }

    #[tokio::test]
    async fn nobody_answers_at_a_path_without_a_socket() {
        let error = UnixDialer::new().connect("/nowhere/at all").await.unwrap_err().to_string();
        assert!(error.starts_with("cannot connect to /nowhere/at all: "), "{error}");
    }
}
