//! Dispatch: the calls of a connection, started in the order of their routes.
//!
//! | module | content |
//! |---|---|
//! | `calls` | the running and waiting calls of one connection |
//! | `prepared` | bodies that are unpacked or verified before their handler reads them |
//! | `calling` | a call from its start to its answer |
//! | `running` | one call that has not returned yet |
//! | `waiting` | the messages that wait for a running call |
//! | `guard` | the filters, the timeout and the key of a call |
//! | `concurrent` | the calls that run concurrently |
//! | `turn` | the time that they have in one poll |
//! | `held` | the bytes of messages whose calls run or wait |
//! | `keyed` | the order of calls with equal keys, over all sessions |
//! | `notes` | the warnings that were logged, each once |
//! | `dispatcher` | the parts that all connections of a server share |

mod calling;
mod calls;
mod concurrent;
mod dispatcher;
mod guard;
mod held;
mod keyed;
mod notes;
mod prepared;
mod running;
#[cfg(test)]
mod tests;
mod turn;
mod waiting;

pub(crate) use calls::Calls;
#[cfg(feature = "plugin")]
pub(crate) use concurrent::Concurrent;
pub(crate) use dispatcher::Dispatcher;
#[cfg(feature = "plugin")]
pub(crate) use held::json_weight;
#[cfg(feature = "plugin")]
pub(crate) use turn::Turn;
