//! Remix.
