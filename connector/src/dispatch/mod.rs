//! Dispatch: when a call runs, beside others, after others, or not at all.

mod calls;
mod concurrent;
mod dispatcher;
mod guard;
mod keyed;
mod running;
#[cfg(test)]
mod tests;

pub(crate) use calls::Calls;
pub(crate) use dispatcher::Dispatcher;
