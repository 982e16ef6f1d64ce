//! `git`: git on the user's machine.

use connector_macros::remote_plugin;

/// The git of the user's machine, which answers as on a command line. A command is what
/// follows the method's name there, such as `-b topic` for `checkout`.
///
/// It is a service of the plugin `remixd` where that one is used: `Git::at(&client,
/// "remixd.git")`.
#[remote_plugin("git", crate = "crate")]
pub trait Git {
    /// Clones a repository.
    async fn clone(&self, url: &str) -> String;
    /// Checks a branch or a commit out.
    async fn checkout(&self, cmd: &str) -> String;
    /// Creates a repository.
    async fn init(&self) -> String;
    /// Adds files to the index.
    async fn add(&self, cmd: &str) -> String;
    /// Commits.
    async fn commit(&self, cmd: &str) -> String;
    /// Fetches from a remote.
    async fn fetch(&self, cmd: &str) -> String;
    /// Pulls from a remote.
    async fn pull(&self, cmd: &str) -> String;
    /// Pushes to a remote.
    async fn push(&self, cmd: &str) -> String;
    /// Resets the index.
    async fn reset(&self, cmd: &str) -> String;
    /// Returns the status.
    async fn status(&self, cmd: &str) -> String;
    /// Shows or changes remotes.
    async fn remote(&self, cmd: &str) -> String;
    /// Returns the log.
    async fn log(&self) -> String;
}
