//! The grammar of routes: `server.handler.method`.
//!
//! Three parts of ASCII letters, digits, `_` and `-`, none empty, joined by
//! dots, at most 255 bytes in all (the wire has one byte for the length). The
//! macros, the code generator and the router read routes with this module and
//! nothing else.

use std::fmt;

/// The longest route in bytes.
pub const MAX_LEN: usize = 255;

/// A route whose three parts are known to be well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route<'a> {
    text: &'a str,
    /// Where the first and the second dot stand.
    dots: (u8, u8),
}

impl<'a> Route<'a> {
    /// Reads a full route.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub const fn parse(text: &'a str) -> Result<Self, RouteError> {
        match scan(text) {
            Ok((dots, 3)) => Ok(Self { text, dots }),
            Ok((_, parts)) => Err(RouteError::Parts { found: parts, wanted: 3 }),
            Err(error) => Err(error),
        }
    }

    /// The whole route.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// The server type: what comes first.
    pub fn server(&self) -> &'a str {
        &self.text[..usize::from(self.dots.0)]
    }

    /// The handler: the part in the middle.
    pub fn handler(&self) -> &'a str {
        &self.text[usize::from(self.dots.0) + 1..usize::from(self.dots.1)]
    }

    /// The method: the last part.
    pub fn method(&self) -> &'a str {
        &self.text[usize::from(self.dots.1) + 1..]
    }
}

impl fmt::Display for Route<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Checks the `server.handler` that stands in front of a handler's methods.
///
/// # Errors
/// What is wrong with it, and where.
pub const fn check_prefix(text: &str) -> Result<(), RouteError> {
    match scan(text) {
        Ok((_, 2)) => Ok(()),
        Ok((_, parts)) => Err(RouteError::Parts { found: parts, wanted: 2 }),
        Err(error) => Err(error),
    }
}

/// A Rust method's name as the last part of its route: `join_room` becomes
/// `joinRoom`; a raw identifier loses its `r#`.
pub fn method_name(ident: &str) -> String {
    let mut name = String::with_capacity(ident.len());
    let mut upper = false;
    for char in ident.trim_start_matches("r#").chars() {
        match char {
            '_' if !name.is_empty() => upper = true,
            '_' => {}
            _ if upper => {
                name.extend(char.to_uppercase());
                upper = false;
            }
            _ => name.push(char),
        }
    }
    name
}

/// What is wrong with a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteError {
    /// A part without a character; `0` is the first.
    EmptyPart(usize),
    /// A byte that no part may contain, and where it stands.
    Illegal {
        /// Its place in bytes from the start.
        at: usize,
        /// The byte.
        byte: u8,
    },
    /// Not as many parts as needed.
    Parts {
        /// Parts that were there.
        found: usize,
        /// Parts that were needed.
        wanted: usize,
    },
    /// Longer than [`MAX_LEN`].
    TooLong(usize),
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::EmptyPart(part) => write!(f, "part {} of the route is empty", part + 1),
            Self::Illegal { at, byte } => write!(
                f,
                "`{}` at byte {at} is not allowed in a route: letters, digits, `_` and `-` are",
                char::from(byte).escape_default()
            ),
            Self::Parts { found, wanted: 2 } => {
                write!(f, "{found} parts where `server.handler` has 2")
            }
            Self::Parts { found, wanted } => {
                write!(f, "{found} parts where `server.handler.method` has {wanted}")
            }
            Self::TooLong(len) => write!(f, "{len} bytes, a route has at most {MAX_LEN}"),
        }
    }
}

impl std::error::Error for RouteError {}

/// The first two dots and the number of parts.
const fn scan(text: &str) -> Result<((u8, u8), usize), RouteError> {
    let bytes = text.as_bytes();
    if bytes.len() > MAX_LEN {
        return Err(RouteError::TooLong(bytes.len()));
    }
    let (mut dots, mut parts, mut start, mut at) = ((0, 0), 0, 0, 0);
    while at <= bytes.len() {
        if at == bytes.len() || bytes[at] == b'.' {
            if at == start {
                return Err(RouteError::EmptyPart(parts));
            }
            match parts {
                0 => dots.0 = at as u8,
                1 => dots.1 = at as u8,
                _ => {}
            }
            parts += 1;
            start = at + 1;
        } else if !matches!(bytes[at], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-') {
            return Err(RouteError::Illegal { at, byte: bytes[at] });
        }
        at += 1;
    }
    Ok((dots, parts))
}
