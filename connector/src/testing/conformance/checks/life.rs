//! The checks of starting, accepting and stopping.

use connector_protocol::CloseReason;

use crate::Address;
use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::sample::show;

/// The number of peers that do not finish opening.
const SILENT: usize = 3;

pub(super) async fn restart<S: Subject>(subject: &S) -> Checked {
    let host = Host::start(subject).await?;
    let mut old = host.connect().await?;
    let address = host.address();
    host.stop();
    if let Some(address) = host.address() {
        return Err(format!("it still returns the address {address} after it was stopped"));
    }
    old.exchange(0).await.map_err(|what| format!("after `stop`, an open socket: {what}"))?;
    refused(&host, address.as_ref()).await?;
    // A second stop has no effect.
    host.stop();
    host.start_again().await.map_err(|what| format!("a second time, {what}"))?;
    let now = host.address();
    if now != address {
        return Err(format!("it was at {address:?} and is at {now:?} after it started again"));
    }
    let mut new = host.connect().await.map_err(|what| format!("started again, {what}"))?;
    new.exchange(1).await?;
    old.exchange(2).await
}

/// Checks that connections to the address are refused.
async fn refused<S: Subject>(host: &Host<'_, S>, address: Option<&Address>) -> Checked {
    let address = address.unwrap_or(&Address::Unnamed);
    let served = || format!("{address} still accepts connections after `stop`");
    let dialed = host.within("a refusal", host.subject.dial(address)).await;
    match dialed.map_err(|_| served())? {
        Err(_) => Ok(()),
        // With some transports only reading shows that nothing listens.
        Ok(mut wire) => match host.within("a refusal", wire.read()).await {
            Ok(Err(_) | Ok(0)) => Ok(()),
            _ => Err(served()),
        },
    }
}

pub(super) async fn slow_open<S: Subject>(subject: &S) -> Checked {
    let host = Host::start(subject).await?;
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
