//! Bringing in what a build script has generated.

/// Brings in what `connector_build::compile` has generated: a module with all
/// packages whose names begin with this word.
///
/// `include_proto!("chat")` makes `pub mod chat`, which has the package `chat`
/// itself and, say, `chat.admin` as `chat::admin`. Packages that use each other
/// are included side by side. Without a word it brings in what has no package.
#[macro_export]
macro_rules! include_proto {
    () => {
        $crate::include_proto!("_");
    };
    ($package:literal) => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/", $package, ".rs"));
    };
}
