//! Many connections come and go.

use std::time::{Duration, Instant};

use connector_protocol::CloseReason;
use tokio::task::yield_now;

use crate::link::Link;
use crate::testing::conformance::effort::goes_on;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::ledger::{self, Ledger};
use crate::testing::{Behaviour, Subject};

/// The number of connections after which resources are counted.
const ROUND: usize = 25;
/// The most rounds.
const ROUNDS: usize = 40;
/// The most time that a library may take to clean up behind ended connections.
const SETTLING: Duration = Duration::from_secs(2);

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    // The first ones fill what is kept for later ones.
    come_and_go(host).await?;
    let mut ledgers = Ledger::all(ROUND);
    let begun = Instant::now();
    for round in 1..=ROUNDS {
        ledgers.iter_mut().for_each(Ledger::begin_round);
        come_and_go(host).await?;
        for ledger in &mut ledgers {
            if ledger.end_round() {
                settle(host, ledger, round * ROUND).await?;
            }
        }
        let is_clear = round >= ledger::ROUNDS && !ledgers.iter().any(Ledger::is_suspected);
        if is_clear && !goes_on(subject, begun) {
            break;
        }
    }
    host.connect().await?.exchange(0).await
}

/// Opens and ends connections in each of the ways in which they end.
async fn come_and_go<S: Subject>(host: &Host<'_, S>) -> Checked {
    for number in 0..ROUND {
        let mut pair = host.connect().await?;
        match number % 3 {
            0 => {
                pair.end_stream(&[]).await?;
                pair.end("after the peer had closed").await?;
                pair.close(CloseReason::PeerClosed).await?;
            }
            1 if host.requires(Behaviour::AbruptDeath) => {
                pair.vanish();
                pair.end("after its peer had disappeared").await?;
                let closed = pair.served.socket.disconnect(CloseReason::Requested);
                host.within("the server to close after its peer had disappeared", closed).await?;
            }
            _ => pair.close(CloseReason::Requested).await?,
        }
    }
    Ok(())
}

/// Waits until most of what a ledger has found is gone: a library may clean up later.
async fn settle<S: Subject>(
    host: &Host<'_, S>,
    ledger: &mut Ledger,
    connections: usize,
) -> Checked {
    let (found, _) = ledger.left();
    let begun = Instant::now();
    loop {
        let (left, what) = ledger.left();
        if left <= found / 2 {
            ledger.clear();
            return Ok(());
        }
        if begun.elapsed() > SETTLING {
            return Err(format!(
                "{connections} connections had come and gone, and {left} {what} were left"
            ));
        }
        host.within("what ended connections have left to go", yield_now()).await?;
    }
}
