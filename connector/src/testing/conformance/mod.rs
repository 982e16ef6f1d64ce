//! The conformance kit: the behaviours of connectors and their checks.

pub(super) mod alarm;
mod alone;
mod behaviour;
mod checks;
mod content;
mod dial;
mod effort;
mod filling;
mod host;
mod ledger;
mod macros;
mod pair;
mod protocol;
mod report;
mod resources;
mod run;
mod sample;
mod served;
mod subject;
mod tester;
mod transfer;
mod websocket;
mod wire;

pub use behaviour::Behaviour;
pub use content::Content;
pub use dial::{Dial, Dialers, Sockets};
pub use effort::Effort;
pub use protocol::{ClientProtocol, Framed};
pub use report::{Outcome, Report};
pub use run::{check, conformance, exemptions, test};
pub use subject::Subject;
pub use tester::Tester;
pub use websocket::OverWebSocket;
pub use wire::Wire;
