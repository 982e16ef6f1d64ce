//! What the macros accept: each module is a crate as a user could write it, its lints included.
#![allow(
    missing_debug_implementations,
    missing_docs,
    unreachable_pub,
    dropping_copy_types,
    reason = "as short as an example"
)]

pub mod cfg;
pub mod connector;
pub mod guarded;
pub mod handler;
pub mod inside_macro_rules;
pub mod lints;
pub mod no_implicit_prelude;
pub mod plain;
pub mod plugin;
pub mod plugin_twice;
pub mod renamed_crate;
pub mod route_error;
pub mod router;
pub mod socket;
