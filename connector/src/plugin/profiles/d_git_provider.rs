//! `dGitProvider`: the workspace's git.

use connector_macros::remote_plugin;
use connector_protocol::remix::Payload;
use serde::{Deserialize, Serialize};

/// The git of the workspace. The commands are objects of isomorphic-git, such as
/// `json!({ "ref": "main" })`.
#[remote_plugin("dGitProvider", crate = "crate")]
pub trait DGitProvider {
    /// Clones a repository.
    async fn clone(&self, cmd: impl Serialize);
    /// Adds a remote.
    async fn addremote(&self, cmd: impl Serialize);
    /// Removes a remote.
    async fn delremote(&self, cmd: impl Serialize);
    /// Returns the remotes.
    async fn remotes(&self) -> Vec<Payload>;
    /// Creates a repository.
    async fn init(&self);
    /// Returns the status of files.
    async fn status(&self, cmd: impl Serialize) -> Vec<Payload>;
    /// Returns commits.
    async fn log(&self, cmd: impl Serialize) -> Vec<Payload>;
    /// Commits, and returns the commit's id.
    async fn commit(&self, cmd: impl Serialize) -> String;
    /// Adds a file to the index.
    async fn add(&self, cmd: impl Serialize) -> String;
    /// Resets a file in the index.
    async fn reset(&self, cmd: impl Serialize) -> String;
    /// Removes a file from the index.
    async fn rm(&self, cmd: impl Serialize) -> String;
    /// Returns the files of the index or of a commit.
    async fn lsfiles(&self, cmd: impl Serialize) -> Vec<Payload>;
    /// Returns a blob.
    async fn readblob(&self, cmd: impl Serialize) -> Blob;
    /// Returns the id of a reference.
    async fn resolveref(&self, cmd: impl Serialize) -> String;
    /// Creates a branch.
    async fn branch(&self, cmd: impl Serialize);
    /// Returns the branches.
    async fn branches(&self) -> Vec<String>;
    /// Checks a branch or a commit out.
    async fn checkout(&self, cmd: impl Serialize);
    /// Returns the current branch.
    async fn currentbranch(&self) -> String;
    /// Downloads the workspace as a zip file.
    async fn zip(&self);
    /// Pushes to a remote.
    async fn push(&self, cmd: impl Serialize) -> String;
    /// Pulls from a remote.
    async fn pull(&self, cmd: impl Serialize);
    /// Sets the IPFS node. Returns `true` if it can be used.
    async fn set_ipfs_config(&self, config: impl Serialize) -> bool;
    /// Returns a value of the IDE's storage.
    async fn get_item(&self, name: &str) -> String;
    /// Sets a value of the IDE's storage.
    async fn set_item(&self, name: &str, content: &str);
    /// Returns the use of the IDE's storage.
    async fn local_storage_used(&self) -> Payload;
}

/// A blob of git.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blob {
    /// The id.
    pub oid: String,
    /// The bytes: a `Uint8Array`, which is an object with a number for each index in JSON.
    pub blob: Payload,
}
