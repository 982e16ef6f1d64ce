//! A user's crate with a build script and schemas.

connector::include_proto!("awkward");
connector::include_proto!("chat");
connector::include_proto!("common");
connector::include_proto!("json");
