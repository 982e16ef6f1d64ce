//! The checks: a function for each behaviour.

mod ends;
mod flow;
mod life;
mod load;

use super::host::Checked;
use super::{Behaviour, Subject};

/// Checks one behaviour.
pub(super) async fn run<S: Subject>(subject: &S, behaviour: Behaviour) -> Checked {
    match behaviour {
        Behaviour::Fragmented => flow::fragmented(subject).await,
        Behaviour::Coalesced => flow::coalesced(subject).await,
        Behaviour::Order => flow::order(subject).await,
        Behaviour::Batch => flow::batch(subject).await,
        Behaviour::Closing => ends::closing(subject).await,
        Behaviour::AbruptDeath => ends::abrupt_death(subject).await,
        Behaviour::Restart => life::restart(subject).await,
        Behaviour::Backpressure => load::backpressure(subject).await,
        Behaviour::SizeLimit => load::size_limit(subject).await,
        Behaviour::SlowOpen => life::slow_open(subject).await,
    }
}
