//! Pushes: messages from the server to one session, to many, or to a channel.
//!
//! | receivers | call |
//! |---|---|
//! | one session | [`Session::push`](crate::Session::push) |
//! | the sessions of a user | [`ServerHandle::push_to`](crate::ServerHandle::push_to) |
//! | all sessions | [`ServerHandle::broadcast`](crate::ServerHandle::broadcast) |
//! | a channel | [`Channels::push`] |
//!
//! A route is a `&str` or a [`PushRoute`], which fixes the body's type. [`PushSchedule`]
//! decides whether messages leave at once or in batches.

mod channels;
mod fanout;
mod route;
mod schedule;

pub use channels::Channels;
pub(crate) use fanout::push_all;
pub use route::{Push, PushRoute, RouteFor, RouteOf};
pub(crate) use schedule::Schedule;
pub use schedule::{PushSchedule, Scheduled};
