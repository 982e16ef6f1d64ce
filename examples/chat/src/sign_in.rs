//! Who is who: names, and tokens that prove them.

use std::hash::{BuildHasher, RandomState};

use connector::Session;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Hands out tokens, `name.number.signature`, and knows its own again.
///
/// Its key lasts as long as the process, and nothing is stored. A demonstration
/// may sign with std's keyed hash and believe every name; for more than that
/// take an HMAC, and ask for a password before.
#[derive(Clone, Default)]
pub(crate) struct Tokens(RandomState);

impl Tokens {
    /// A token for a name as it stands in a url, or what is wrong with that.
    pub(crate) fn issue(&self, name: &str) -> Result<String, String> {
        let name = percent_decode_str(name).decode_utf8_lossy();
        check("name", &name)?;
        // Whoever signs in later under the same name is somebody else.
        let user = format!("{name}.{}", RandomState::new().hash_one(&name));
        Ok(format!("{user}.{}", self.0.hash_one(&user)))
    }

    /// Binds a session to the user in its token; `false` if that is not ours.
    pub(crate) fn sign_in(&self, session: &Session, said: &Value) -> bool {
        let token = said["token"].as_str().unwrap_or_default();
        let Some((user, signature)) = token.rsplit_once('.') else { return false };
        signature == self.0.hash_one(user).to_string() && session.bind(user).is_ok()
    }
}

/// The name of the user that a session is bound to.
pub(crate) fn name(session: &Session) -> String {
    let user = session.uid().unwrap_or_default();
    user.split('.').next().unwrap_or_default().to_owned()
}

/// Whether people and rooms may be called so.
pub(crate) fn check(what: &str, name: &str) -> Result<(), String> {
    let bad = name.chars().find(|c| !c.is_alphanumeric() && !"-_".contains(*c));
    match (name.chars().count(), bad) {
        (0, _) => Err(format!("the {what} is empty")),
        (21.., _) => Err(format!("the {what} is too long: it has at most 20 characters")),
        (_, Some(c)) => Err(format!("a {what} is made of letters, digits, - and _, not of {c:?}")),
        _ => Ok(()),
    }
}
