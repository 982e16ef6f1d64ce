//! A peer does not finish the opening of its connection.

use connector_protocol::CloseReason;

use crate::Address;
use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::sample::show;

/// The number of peers that do not finish opening.
const SILENT: usize = 3;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let address = host.address().unwrap_or(Address::Unnamed);
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        let wire = host.within("a silent peer to connect", subject.stall(&address)).await?;
        silent.push(wire.map_err(|error| format!("a silent peer could not connect: {error}"))?);
    }
    let delayed = |what| format!("with {SILENT} silent peers before it: {what}");
    let mut pair = host.connect().await.map_err(delayed)?;
    pair.exchange(0).await.map_err(delayed)?;
    drop(silent);
    for mut socket in host.take_accepted() {
        let end = host.within("the end of a silent peer that disconnected", socket.recv());
        match end.await? {
            Err(CloseReason::HandshakeTimeout) => {
                return Err("a socket timed out by itself, but the server enforces the handshake's deadline".into());
            }
            Err(_) => {}
            Ok(package) => {
                return Err(format!(
                    "a silent peer's socket received a package of {}",
                    show(&package)
                ));
            }
        }
    }
    host.connect().await?.exchange(1).await?;
    pair.exchange(2).await
}
