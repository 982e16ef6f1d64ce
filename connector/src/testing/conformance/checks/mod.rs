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

use super::host::Checked;
use super::{Behaviour, Subject};

/// Checks one behaviour.
pub(super) async fn run<S: Subject>(subject: &S, behaviour: Behaviour) -> Checked {
    match behaviour {
        Behaviour::Fragmented => fragmented::check(subject).await,
        Behaviour::Coalesced => coalesced::check(subject).await,
        Behaviour::Order => order::check(subject).await,
        Behaviour::Batch => batch::check(subject).await,
        Behaviour::Bytes => bytes::check(subject).await,
        Behaviour::Unicode => unicode::check(subject).await,
        Behaviour::Sizes => sizes::check(subject).await,
        Behaviour::SizeLimit => size_limit::check(subject).await,
        Behaviour::Closing => closing::check(subject).await,
        Behaviour::BothClose => both_close::check(subject).await,
        Behaviour::AbruptDeath => abrupt_death::check(subject).await,
        Behaviour::BrokenOff => broken_off::check(subject).await,
        Behaviour::AfterEnd => after_end::check(subject).await,
        Behaviour::Stop => stop::check(subject).await,
        Behaviour::StopTwice => stop_twice::check(subject).await,
        Behaviour::Restart => restart::check(subject).await,
        Behaviour::SlowOpen => slow_open::check(subject).await,
        Behaviour::Backpressure => backpressure::check(subject).await,
        Behaviour::Unread => unread::check(subject).await,
        Behaviour::Churn => churn::check(subject).await,
        Behaviour::Cancelled => cancelled::check(subject).await,
        Behaviour::Wakers => wakers::check(subject).await,
        Behaviour::Peer => peer::check(subject).await,
    }
}
