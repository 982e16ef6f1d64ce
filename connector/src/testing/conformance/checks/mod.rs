//! The checks: a file for each behaviour.

mod abrupt_death;
mod after_end;
mod backpressure;
mod batch;
mod both_close;
mod broken_off;
mod bytes;
mod cancelled;
mod churn;
mod closing;
mod coalesced;
mod fragmented;
mod order;
mod peer;
mod restart;
mod size_limit;
mod sizes;
mod slow_open;
mod stop;
mod stop_twice;
mod unicode;
mod unread;
mod wakers;

use super::host::{Checked, Host};
use super::{Behaviour, Subject};

/// The number of connectors with which a check is tried whose address was taken.
const ATTEMPTS: usize = 3;

/// Checks one behaviour, with a new connector.
pub(super) async fn run<S: Subject>(subject: &S, behaviour: Behaviour) -> Checked {
    for _ in 1..ATTEMPTS {
        let host = Host::new(subject);
        match attempt(&host, behaviour).await {
            Err(_) if host.is_taken() => {}
            checked => return checked,
        }
    }
    attempt(&Host::new(subject), behaviour).await
}

async fn attempt<S: Subject>(host: &Host<'_, S>, behaviour: Behaviour) -> Checked {
    if behaviour != Behaviour::StopTwice {
        host.start().await?;
    }
    match behaviour {
        Behaviour::Fragmented => fragmented::check(host).await,
        Behaviour::Coalesced => coalesced::check(host).await,
        Behaviour::Order => order::check(host).await,
        Behaviour::Batch => batch::check(host).await,
        Behaviour::Bytes => bytes::check(host).await,
        Behaviour::Unicode => unicode::check(host).await,
        Behaviour::Sizes => sizes::check(host).await,
        Behaviour::SizeLimit => size_limit::check(host).await,
        Behaviour::Closing => closing::check(host).await,
        Behaviour::BothClose => both_close::check(host).await,
        Behaviour::AbruptDeath => abrupt_death::check(host).await,
        Behaviour::BrokenOff => broken_off::check(host).await,
        Behaviour::AfterEnd => after_end::check(host).await,
        Behaviour::Stop => stop::check(host).await,
        Behaviour::StopTwice => stop_twice::check(host).await,
        Behaviour::Restart => restart::check(host).await,
        Behaviour::SlowOpen => slow_open::check(host).await,
        Behaviour::Backpressure => backpressure::check(host).await,
        Behaviour::Unread => unread::check(host).await,
        Behaviour::Churn => churn::check(host).await,
        Behaviour::Cancelled => cancelled::check(host).await,
        Behaviour::Wakers => wakers::check(host).await,
        Behaviour::Peer => peer::check(host).await,
    }
}
