//! The grammar of routes: `server.handler.method`.
//!
//! Three parts of ASCII letters, digits, `_` and `-`, none empty, joined by
//! dots, at most 255 bytes in all, since the wire has one byte for the length. The
//! macros, the code generator and the router read routes with this module and
//! nothing else.

use std::fmt;

/// The most bytes of a route: 255.
pub const MAX_LEN: usize = 255;

/// A valid route: `server.handler.method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route<'a> {
    text: &'a str,
    /// The positions of the first and the second dot.
    dots: (u8, u8),
}

impl<'a> Route<'a> {
    /// Parses a full route.
    ///
    /// # Errors
    /// Returns the first violation of the grammar.
    pub const fn parse(text: &'a str) -> Result<Self, RouteError> {
        match scan(text) {
            Ok((dots, 3)) => Ok(Self { text, dots }),
            Ok((_, parts)) => Err(RouteError::Parts { found: parts, wanted: 3 }),
            Err(error) => Err(error),
        }
    }

    /// Returns the whole route.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Returns the first part: the server type.
    pub fn server(&self) -> &'a str {
        &self.text[..usize::from(self.dots.0)]
    }

    /// Returns the second part: the handler.
    pub fn handler(&self) -> &'a str {
        &self.text[usize::from(self.dots.0) + 1..usize::from(self.dots.1)]
    }

    /// Returns the third part: the method.
    pub fn method(&self) -> &'a str {
        &self.text[usize::from(self.dots.1) + 1..]
    }
}

impl fmt::Display for Route<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Checks the prefix `server.handler` of a handler's routes.
///
/// # Errors
/// Returns the first violation of the grammar.
pub const fn check_prefix(text: &str) -> Result<(), RouteError> {
    match scan(text) {
        Ok((_, 2)) => Ok(()),
        Ok((_, parts)) => Err(RouteError::Parts { found: parts, wanted: 2 }),
        Err(error) => Err(error),
    }
}

/// Converts a Rust method's name to the last part of its route: `join_room`
/// becomes `joinRoom`, and a raw identifier loses its `r#`.
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

/// The reason why a text is not a route.
///
/// Its `Display` describes the violation. Callers that show it to a user add the
/// text to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteError {
    /// The text is empty.
    Empty,
    /// The part of this index is empty. The first part is 0.
    EmptyPart(usize),
    /// A character that no part may contain.
    Illegal {
        /// Its offset in bytes.
        at: usize,
        /// The character.
        char: char,
    },
    /// The text has more or fewer parts than needed.
    Parts {
        /// The number of parts that the text has.
        found: usize,
        /// The number of parts that it needs.
        wanted: usize,
    },
    /// The text is longer than [`MAX_LEN`]. Holds its length in bytes.
    TooLong(usize),
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("it is empty"),
            Self::EmptyPart(part) => write!(f, "part {} is empty", part + 1),
            Self::Illegal { char, .. } => {
                let char = char.escape_debug();
                write!(f, "`{char}` is not allowed (a-z, A-Z, 0-9, `_` and `-` are)")
            }
            Self::Parts { found, wanted } => {
                let form = if wanted == 2 { "server.handler" } else { "server.handler.method" };
                write!(f, "expected {wanted} parts (`{form}`), found {found}")
            }
            Self::TooLong(len) => write!(f, "it has {len} bytes (the limit is {MAX_LEN})"),
        }
    }
}

impl std::error::Error for RouteError {}

/// The first two dots and the number of parts.
const fn scan(text: &str) -> Result<((u8, u8), usize), RouteError> {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Err(RouteError::Empty);
    }
    if bytes.len() > MAX_LEN {
        return Err(RouteError::TooLong(bytes.len()));
    }
    let mut dots = (0, 0);
    let mut parts = 0;
    let mut start = 0;
    let mut at = 0;
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
            return Err(RouteError::Illegal { at, char: char_at(text, at) });
        }
        at += 1;
    }
    Ok((dots, parts))
}

/// Returns the character that begins at byte `at`, for constants, where
/// `str::chars` does not exist.
const fn char_at(text: &str, at: usize) -> char {
    let bytes = text.as_bytes();
    let (mut code, len) = match bytes[at] {
        byte @ ..0x80 => (byte as u32, 1),
        byte @ ..0xe0 => (byte as u32 & 0x1f, 2),
        byte @ ..0xf0 => (byte as u32 & 0x0f, 3),
        byte => (byte as u32 & 0x07, 4),
    };
    let mut next = at + 1;
    while next < at + len {
        code = code << 6 | (bytes[next] as u32 & 0x3f);
        next += 1;
    }
    match char::from_u32(code) {
        Some(char) => char,
        None => char::REPLACEMENT_CHARACTER,
    }
}
