//! `editor`: highlights and annotations.

use connector_macros::remote_plugin;
use serde::{Deserialize, Serialize};

/// The text editor.
#[remote_plugin("editor", crate = "crate")]
pub trait Editor {
    /// Highlights a part of a file. Default of `opt`: with the focus.
    async fn highlight(
        &self,
        position: &HighlightPosition,
        file_path: &str,
        hex_color: &str,
        opt: Option<HighlightOptions>,
    );
    /// Removes all highlights of this plugin.
    async fn discard_highlight(&self);
    /// Removes the highlights of a line.
    async fn discard_highlight_at(&self, line: u32, file_path: &str);
    /// Adds an annotation to the current file.
    async fn add_annotation(&self, annotation: &Annotation);
    /// Removes all annotations of this plugin.
    async fn clear_annotations(&self);
    /// Moves the cursor.
    async fn goto_line(&self, line: u32, col: u32);
}

/// A place in a text, from 0 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighlightPosition {
    /// The beginning.
    pub start: Position,
    /// The end.
    pub end: Position,
}

/// The options of a highlight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighlightOptions {
    /// `true` if the editor shows it at once.
    pub focus: bool,
}

/// A mark beside a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// The line, from 0 on.
    pub row: u32,
    /// The column, from 0 on.
    pub column: u32,
    /// The text.
    pub text: String,
    /// The kind.
    #[serde(rename = "type")]
    pub kind: AnnotationKind,
}

/// The kind of an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnnotationKind {
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// Anything else.
    Info,
}
