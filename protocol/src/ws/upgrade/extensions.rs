//! The header `Sec-WebSocket-Extensions` (RFC 6455 9.1).
//!
//! ```text
//! list      = extension *( "," extension )
//! extension = token *( ";" token [ "=" ( token | quoted-string ) ] )
//! ```
//!
//! Blanks may stand between all of these, and elements of the list may be empty. What stands
//! in quotes has to be a token too.

use std::borrow::Cow;

use crate::http::{is_token, values};

/// An element of the list.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::ws) struct Extension<'a> {
    pub(in crate::ws) name: &'a str,
    /// The parameters in their order, and their values.
    pub(in crate::ws) parameters: Vec<(&'a str, Option<Cow<'a, str>>)>,
}

/// The header does not follow the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ws) struct Malformed;

/// Reads the extensions of a head, over all lines of the header.
pub(in crate::ws) fn extensions(
    headers: &[(String, String)],
) -> Result<Vec<Extension<'_>>, Malformed> {
    let mut extensions = Vec::new();
    for line in values(headers, "Sec-WebSocket-Extensions") {
        let mut rest = Rest(line);
        loop {
            while rest.takes(',') {}
            if rest.0.is_empty() {
                break;
            }
            extensions.push(rest.extension()?);
            if !rest.0.is_empty() && !rest.takes(',') {
                return Err(Malformed);
            }
        }
    }
    Ok(extensions)
}

/// What is left of a line.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn extension(&mut self) -> Result<Extension<'a>, Malformed> {
        let name = self.token()?;
        let mut parameters = Vec::new();
        while self.takes(';') {
            let name = self.token()?;
            let value = if self.takes('=') { Some(self.value()?) } else { None };
            parameters.push((name, value));
        }
        Ok(Extension { name, parameters })
    }

    fn value(&mut self) -> Result<Cow<'a, str>, Malformed> {
        if self.takes('"') {
            self.quoted().map(Cow::Owned)
        } else {
            self.token().map(Cow::Borrowed)
        }
    }

    /// Takes the token in front.
    fn token(&mut self) -> Result<&'a str, Malformed> {
        let is_end = |c: char| matches!(c, ',' | ';' | '=' | '"' | ' ' | '\t');
        let (token, rest) = self.0.split_at(self.0.find(is_end).unwrap_or(self.0.len()));
        self.0 = rest;
        self.skip_blanks();
        if is_token(token) { Ok(token) } else { Err(Malformed) }
    }

    /// Takes a token in quotes, behind the first of them.
    fn quoted(&mut self) -> Result<String, Malformed> {
        let mut token = String::new();
        let mut characters = self.0.chars();
        loop {
            match characters.next().ok_or(Malformed)? {
                '"' => break,
                '\\' => token.push(characters.next().ok_or(Malformed)?),
                other => token.push(other),
            }
        }
        self.0 = characters.as_str();
        self.skip_blanks();
        if is_token(&token) { Ok(token) } else { Err(Malformed) }
    }

    /// Takes this character and the blanks behind it, if it is in front.
    fn takes(&mut self, character: char) -> bool {
        let Some(rest) = self.0.strip_prefix(character) else { return false };
        self.0 = rest;
        if character != '"' {
            self.skip_blanks();
        }
        true
    }

    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }
}
