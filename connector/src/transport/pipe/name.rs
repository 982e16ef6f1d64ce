//! Names of pipes.

use crate::connector::DialError;

/// The directory of this machine's pipes.
const PIPES: &str = r"\\.\pipe\";

/// Returns the path of a pipe: of a name, or of a path that is one already.
pub(super) fn path_of(name: &str) -> String {
    if name.starts_with(r"\\") { name.to_owned() } else { format!("{PIPES}{name}") }
}

/// Returns the path of the pipe in a URL, `pipe:NAME` or `pipe://NAME`, or in a name or a path.
pub(super) fn path_of_url(url: &str) -> Result<String, DialError> {
    let wrong = |problem| Err(DialError::Url { url: url.to_owned(), problem });
    let name = match url.split_once(':') {
        Some((scheme, name)) if scheme.eq_ignore_ascii_case("pipe") => {
            name.strip_prefix("//").unwrap_or(name)
        }
        Some((_, rest)) if rest.starts_with("//") => {
            return wrong("this dialer knows named pipes only: write `pipe:NAME`");
        }
        _ => url,
    };
    match name {
        "" => wrong("the name is missing: write `pipe:NAME`"),
        name if !name.starts_with(r"\\") && name.contains(['\\', '/']) => {
            wrong("the name of a pipe has no slashes: write `pipe:NAME`")
        }
        name => Ok(path_of(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_a_name_or_a_path_names_a_pipe() {
        for url in ["pipe:game", "PIPE:game", "pipe://game", "game", r"\\.\pipe\game"] {
            assert_eq!(path_of_url(url).unwrap(), r"\\.\pipe\game", "{url}");
        }
        assert_eq!(path_of_url(r"pipe:\\server\pipe\game").unwrap(), r"\\server\pipe\game");
        assert_eq!(path_of("game"), path_of(r"\\.\pipe\game"));
    }

    #[test]
    fn other_urls_are_refused_with_what_to_write() {
        for url in ["", "pipe:", "pipe://", "ws://127.0.0.1:1", "pipe:a/b", r"pipe:a\b"] {
            let error = path_of_url(url).unwrap_err().to_string();
            assert!(error.contains("write `pipe:NAME`"), "{error}");
        }
    }
}
