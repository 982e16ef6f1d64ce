//! Who is who: names, and tokens that prove them.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use connector::Session;
use serde_json::Value;

/// Hands out tokens, `name.number.signature`, and knows its own again.
///
/// The key lasts as long as the process, and nothing is stored. That the
/// signature is std's keyed hash is good enough for a demonstration; for more
/// than that take an HMAC, and ask for a password before.
#[derive(Default)]
pub(crate) struct Tokens {
    key: RandomState,
    issued: AtomicU64,
}

impl Tokens {
    /// A token for a name as it stands in a url, or what is wrong with that.
    pub(crate) fn issue(&self, name: &str) -> Result<String, String> {
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
        check("name", &name)?;
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let signature = self.key.hash_one((&*name, number));
        Ok(format!("{name}.{number}.{signature:016x}"))
    }

    /// Binds a session to the name in its token; `false` if that is not ours.
    pub(crate) fn sign_in(&self, session: &Session, user: &Value) -> bool {
        let token = user["token"].as_str().unwrap_or_default();
        let mut parts = token.split('.');
        let (Some(name), Some(Ok(number))) = (parts.next(), parts.next().map(str::parse::<u64>))
        else {
            return false;
        };
        let signature = format!("{:016x}", self.key.hash_one((name, number)));
        let signed = parts.next() == Some(&*signature) && parts.next().is_none();
        signed && session.bind(name).is_ok() && session.set("sign-in", &number).is_ok()
    }
}

/// Names of people and rooms: 1 to 20 letters, digits, `-` and `_`.
pub(crate) fn check(what: &str, name: &str) -> Result<(), String> {
    let bad = name.chars().find(|c| !c.is_alphanumeric() && !matches!(c, '-' | '_'));
    match (name.chars().count(), bad) {
        (0, _) => Err(format!("the {what} is empty")),
        (21.., _) => Err(format!("the {what} is too long: it has at most 20 characters")),
        (_, Some(bad)) => {
            Err(format!("a {what} is made of letters, digits, - and _, not of {bad:?}"))
        }
        _ => Ok(()),
    }
}
