//! Which method a message leads to.

mod error;
mod function;
mod router;
mod slot;
mod table;

pub use error::RouterError;
pub use function::{DynHandler, RouteFn};
pub use router::{Router, Routes};
pub(crate) use slot::{Answer, BoxPlain, BoxSlot, ErasedHandler, ErasedPlain, Slot};
pub(crate) use table::{Lost, Table, Target};
