//! The conformance kit: what every connector must do, and how that is checked.

mod behaviour;
mod checks;
mod dial;
mod host;
mod pair;
mod report;
mod run;
mod sample;
mod served;
mod speech;
mod subject;
mod tester;
mod websocket;
mod wire;

pub use behaviour::Behaviour;
pub use dial::{Dial, Dialers, Sockets};
pub use report::{Outcome, Report};
pub use run::{check, conformance};
pub use speech::{Framed, Speech};
pub use subject::Subject;
pub use tester::Tester;
pub use websocket::OverWebSocket;
pub use wire::Wire;
