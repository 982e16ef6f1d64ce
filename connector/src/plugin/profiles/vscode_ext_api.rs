//! `vscodeExtAPI`: commands of VS Code.

use connector_macros::remote_plugin;
use connector_protocol::remix::Payload;

/// The extensions of VS Code.
#[remote_plugin("vscodeExtAPI", crate = "crate")]
pub trait VscodeExtApi {
    /// Runs a command of an extension, and returns its result.
    async fn execute_command(
        &self,
        extension: &str,
        command: &str,
        payload: Option<&[Payload]>,
    ) -> Payload;
}
