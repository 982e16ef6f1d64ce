//! Who is who: names, and tokens that prove them.

use std::hash::{BuildHasher, RandomState};

use connector::transport::HttpRequest;
use serde_json::{Value, json};

/// A token for the name in the query, `name.number.signature`, or what is wrong
/// with that name. Whoever brings a token of this name gets it back, and so stays who they
/// were.
///
/// Nothing is stored. A demonstration may sign with std's keyed hash and believe
/// every name; for more than that take an HMAC, and ask for a password before.
pub(crate) fn token(key: &RandomState, request: &HttpRequest) -> Result<String, String> {
    let name = request.query("name").unwrap_or_default();
    check("name", &name)?;
    let before = request.query("token").unwrap_or_default();
    if user(key, &json!({ "token": &before })).is_some_and(|user| self::name(&user) == name) {
        return Ok(before);
    }
    // Whoever signs in later under the same name is somebody else.
    let user = format!("{name}.{}", RandomState::new().hash_one(&name));
    Ok(format!("{user}.{}", key.hash_one(&user)))
}

/// The user in a client's token, if it was signed with this key.
pub(crate) fn user(key: &RandomState, said: &Value) -> Option<String> {
    let (user, signature) = said["token"].as_str()?.rsplit_once('.')?;
    (signature == key.hash_one(user).to_string()).then(|| user.to_owned())
}

/// What a user is called.
pub(crate) fn name(user: &str) -> String {
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
