//! The macro that includes generated code.

/// Includes the code that `connector_build::compile` has generated: a module of all
/// packages whose names begin with this word.
///
/// `include_proto!("chat")` makes `pub mod chat` with the contents of the package `chat`,
/// and a package `chat.admin` as `chat::admin`. Packages that use each other are included
/// in the same module. `include_proto!()` includes files without a package.
#[macro_export]
macro_rules! include_proto {
    () => {
        $crate::include_proto!("_");
    };
    ($package:literal) => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/", $package, ".rs"));
    };
}
