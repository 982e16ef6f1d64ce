//! `theme`: colours.

use connector_macros::remote_plugin;
use serde::{Deserialize, Serialize};

/// The look of the IDE.
#[remote_plugin("theme", crate = "crate")]
pub trait ThemePlugin {
    /// Returns the current theme.
    async fn current_theme(&self) -> Theme;

    /// Themes that become the current one.
    #[event]
    fn theme_changed(&self, theme: Theme);
}

/// A theme. What an IDE leaves out is empty or zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Theme {
    /// The URL of its style sheet.
    pub url: Option<String>,
    /// `dark` or `light`, in old versions of the IDE.
    pub quality: Option<String>,
    /// `dark` or `light`.
    pub brightness: String,
    /// The colours, as CSS writes them.
    pub colors: Colors,
    /// The widths from which on a screen has a size, in pixels.
    pub breakpoints: Breakpoints,
    /// The fonts, as CSS writes them.
    pub font_family: String,
    /// The unit of margins and paddings.
    pub space: f64,
}

/// The colours of a theme.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Colors {
    /// Surfaces.
    pub surface: String,
    /// The background.
    pub background: String,
    /// Texts.
    pub foreground: String,
    /// The main colour.
    pub primary: String,
    /// Texts on the main colour.
    pub primary_contrast: String,
    /// The second colour.
    pub secondary: Option<String>,
    /// Texts on the second colour.
    pub secondary_contrast: Option<String>,
    /// Success.
    pub success: Option<String>,
    /// Texts on success.
    pub success_contrast: Option<String>,
    /// Warnings.
    pub warn: String,
    /// Texts on warnings.
    pub warn_contrast: String,
    /// Errors.
    pub error: String,
    /// Texts on errors.
    pub error_contrast: String,
    /// Parts that cannot be used.
    pub disabled: String,
}

/// The widths of screens, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Breakpoints {
    /// Very small.
    pub xs: f64,
    /// Small.
    pub sm: f64,
    /// Medium.
    pub md: f64,
    /// Large.
    pub lg: f64,
    /// Very large.
    pub xl: f64,
}
