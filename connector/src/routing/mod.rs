//! Routing: from a message's route to the method of a handler.
//!
//! [`Routes`] collects the handlers of a server, from a [`Router`], from single handlers
//! and from [`DynHandler`]s. They become a `Table`, in which a route is looked up by name
//! or by its number in the dictionary. The `Slot` of a handler is the place of its running
//! call.

mod codes;
mod error;
mod function;
mod lock;
mod nearest;
mod router;
mod slot;
mod table;

pub(crate) use codes::Codes;
pub use error::RouterError;
pub use function::{DynHandler, RouteFn};
pub use lock::LockError;
pub(crate) use lock::RoutesLock;
pub(crate) use nearest::nearest;
pub use router::{Router, Routes};
pub(crate) use slot::{Answer, BoxPlain, BoxSlot, ErasedHandler, ErasedPlain, Slot};
pub(crate) use table::{Table, Target, Unroutable};
