//! Typed clients of the plugins of Remix IDE: the 15 profiles that released JavaScript clients
//! apply by default.
//!
//! | module | plugin | content |
//! |---|---|---|
//! | [`content_import`] | `contentImport` | sources by URL |
//! | [`d_git_provider`] | `dGitProvider` | the workspace's git |
//! | [`editor`] | `editor` | highlights and annotations |
//! | [`file_manager`] | `fileManager` | files of the workspace |
//! | [`file_panel`] | `filePanel` | workspaces |
//! | [`git`] | `git` | git on the user's machine |
//! | [`manager`] | `manager` | profiles and activation |
//! | [`network`] | `network` | networks of the blockchain |
//! | [`settings`] | `settings` | settings of the user |
//! | [`solidity`] | `solidity` | the compiler |
//! | [`solidity_unit_testing`] | `solidityUnitTesting` | unit tests |
//! | [`terminal`] | `terminal` | the IDE's log |
//! | [`theme`] | `theme` | colours |
//! | [`udapp`] | `udapp` | transactions and accounts |
//! | [`vscode_ext_api`] | `vscodeExtAPI` | commands of VS Code |
//!
//! Arguments and results have the types that the released API declares (the npm package
//! `@remixproject/plugin-api` 0.3.44). A value that may be anything is a [`Payload`] as a
//! result, and any type that implements `Serialize` as an argument.
//!
//! ```no_run
//! use connector::plugin::profiles::file_manager::FileManager;
//! use connector::plugin::{CallError, PluginClient};
//!
//! # async fn example(client: PluginClient) -> Result<(), CallError> {
//! let files = FileManager::new(&client);
//! let source = files.read_file("contracts/Storage.sol").await?;
//! files.write_file("contracts/Copy.sol", &source).await?;
//! let mut renamed = files.file_renamed();
//! while let Some(Ok((old, new, _))) = renamed.next().await {
//!     println!("{old} is {new} now");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Payload`]: crate::protocol::remix::Payload

pub mod content_import;
pub mod d_git_provider;
pub mod editor;
pub mod file_manager;
pub mod file_panel;
pub mod git;
pub mod manager;
pub mod network;
pub mod settings;
pub mod solidity;
pub mod solidity_unit_testing;
pub mod terminal;
pub mod theme;
pub mod udapp;
pub mod vscode_ext_api;
