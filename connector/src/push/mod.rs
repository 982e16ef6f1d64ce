//! Messages from us to them: to one, to many, to a named group.

mod channels;
mod fanout;
mod route;
mod schedule;

pub use channels::Channels;
pub(crate) use fanout::push_all;
pub use route::{Push, PushRoute, RouteFor, RouteOf};
pub use schedule::PushSchedule;
