//! The conformance kit: the behaviours of connectors and their checks.

mod behaviour;
mod checks;
mod dial;
mod host;
mod pair;
mod protocol;
mod report;
mod run;
mod sample;
mod served;
mod subject;
mod tester;
mod websocket;
mod wire;

pub use behaviour::Behaviour;
pub use dial::{Dial, Dialers, Sockets};
pub use protocol::{ClientProtocol, Framed};
pub use report::{Outcome, Report};
pub use run::{check, conformance};
pub use subject::Subject;
pub use tester::Tester;
pub use websocket::OverWebSocket;
pub use wire::Wire;
