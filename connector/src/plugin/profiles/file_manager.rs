//! `fileManager`: files of the workspace.

use std::collections::BTreeMap;

use connector_macros::remote_plugin;
use serde::{Deserialize, Serialize};

/// The files of the current workspace.
#[remote_plugin("fileManager", crate = "crate")]
pub trait FileManager {
    /// Returns the files and directories in a directory. Use [`FileManager::readdir`].
    async fn get_folder(&self, path: &str) -> Folder;
    /// Returns the path of the file that has the focus.
    async fn get_current_file(&self) -> String;
    /// Returns the content of a file. Use [`FileManager::read_file`].
    async fn get_file(&self, path: &str) -> String;
    /// Sets the content of a file. Use [`FileManager::write_file`].
    async fn set_file(&self, path: &str, content: &str);
    /// Opens a file. Use [`FileManager::open`].
    async fn switch_file(&self, path: &str);
    /// Opens a file in the editor.
    async fn open(&self, path: &str);
    /// Sets the content of a file.
    async fn write_file(&self, path: &str, data: &str);
    /// Returns the content of a file.
    async fn read_file(&self, path: &str) -> String;
    /// Changes the path of a file.
    async fn rename(&self, old_path: &str, new_path: &str);
    /// Writes a file with the content of another one.
    async fn copy_file(&self, src: &str, dest: &str);
    /// Creates a directory.
    async fn mkdir(&self, path: &str);
    /// Returns the paths in a directory.
    async fn readdir(&self, path: &str) -> Vec<String>;
    /// Closes all files.
    async fn close_all_files(&self);
    /// Closes the current file.
    async fn close_file(&self);
    /// Removes a file, or a directory with all that is in it.
    async fn remove(&self, path: &str);

    /// Files that get the focus.
    #[event]
    fn current_file_changed(&self, file: String);
    /// Files that were added.
    #[event]
    fn file_added(&self, file: String);
    /// Files that were closed.
    #[event]
    fn file_closed(&self, file: String);
    /// Files that were removed.
    #[event]
    fn file_removed(&self, file: String);
    /// Files and directories that were renamed: the old path, the new one, and `true` for a
    /// directory.
    #[event]
    fn file_renamed(&self, old_name: String, new_name: String, is_folder: bool);
    /// Files that were saved.
    #[event]
    fn file_saved(&self, file: String);
    /// Moments from which no file has the focus.
    #[event]
    fn no_file_selected(&self);
    /// Directories that were added.
    #[event]
    fn folder_added(&self, file: String);
}

/// The entries of a directory by path.
pub type Folder = BTreeMap<String, FolderEntry>;

/// An entry of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FolderEntry {
    /// `true` for a directory.
    pub is_directory: bool,
}
