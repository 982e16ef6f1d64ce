//! Dispatch: the calls of a connection, started in the order of their routes.
//!
//! | module | content |
//! |---|---|
//! | `calls` | the running and waiting calls of one connection |
//! | `calling` | a call from its start to its answer |
//! | `running` | one call that has not returned yet |
//! | `waiting` | the messages that wait for a running call |
//! | `guard` | the filters, the timeout and the key of a call |
//! | `concurrent` | the calls that run concurrently |
//! | `held` | the bytes of messages whose calls run or wait |
//! | `keyed` | the order of calls with equal keys, over all sessions |
//! | `dispatcher` | the parts that all connections of a server share |

mod calling;
mod calls;
mod concurrent;
mod dispatcher;
mod guard;
mod held;
mod keyed;
mod running;
#[cfg(test)]
mod tests;
mod waiting;

pub(crate) use calls::Calls;
pub(crate) use dispatcher::Dispatcher;
