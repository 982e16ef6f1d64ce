//! Ready-made filters, by pomelo's names.
//!
//! | filter | what it does | in pomelo |
//! |---|---|---|
//! | [`Time`] | logs and records how long calls take | `time` |
//! | [`Timeout`] | drops calls that take too long, and answers with code 504 | `timeout`, which only logs |
//! | [`RateLimit`] | refuses the calls of a session that makes too many, with code 429 | |
//! | [`TooBusy`] | refuses calls with code 503 while the program is behind | `toobusy`, with code 500 |
//!
//! Pomelo's `serial` is the default order, see
//! [`ServerBuilder::concurrent`](crate::server::ServerBuilder::concurrent).
//!
//! ```
//! use std::time::Duration;
//!
//! use connector::handler::filters::{RateLimit, Time, Timeout, TooBusy};
//! use connector::prelude::*;
//!
//! const BIDS: RateLimit = RateLimit::new(5, Duration::from_secs(1));
//!
//! struct Auction;
//!
//! #[handler("auction.auctionHandler", filter = BIDS)]
//! impl Auction {
//!     #[route]
//!     async fn bid(&self, Json(_): Json<u64>) {}
//! }
//!
//! let server = Server::builder()
//!     .handler(Auction)
//!     .filter(Time::new())
//!     .filter(TooBusy::new())
//!     .filter(Timeout::after(Duration::from_secs(3)));
//! # drop(server);
//! ```

mod rate_limit;
mod time;
mod timeout;
mod too_busy;

pub use rate_limit::RateLimit;
pub use time::Time;
pub use timeout::Timeout;
pub use too_busy::TooBusy;
