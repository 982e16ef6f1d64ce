//! Messages from us to them: to one, to many, to a named group.

mod channels;
mod fanout;
mod schedule;
mod typed;

pub use channels::Channels;
pub(crate) use fanout::{fan_out, push_all};
pub use schedule::PushSchedule;
pub use typed::Push;
