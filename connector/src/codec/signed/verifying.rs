//! The verifying of a client's bodies.

use connector_protocol::pomelo::handshake::ClientInfo;

use super::PublicKey;
use super::body::take;
use crate::Session;

/// Returns the JSON of a body without its signature.
///
/// # Errors
/// Returns what is wrong with a body that is not signed, or not with the session's key.
pub(crate) fn verify(session: &Session, body: &[u8]) -> Result<Vec<u8>, String> {
    let signed = take(body)?;
    let info = session.client().and_then(|client| client.details.get::<ClientInfo>());
    let key = info.and_then(|info| PublicKey::read(info.rsa.as_ref()?));
    let key = key.ok_or("the handshake had no public key `sys.rsa`")?;
    if !key.verifies(&signed.text, &signed.signature) {
        let what = "the signature `__crypto__` is not that of the body by the key of the handshake";
        return Err(what.to_owned());
    }
    Ok(signed.text)
}
