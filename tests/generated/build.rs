//! Compiles the schemas of this crate.

fn main() -> Result<(), connector_build::Error> {
    connector_build::compile(
        &["proto/chat.proto", "proto/json.proto", "proto/awkward.proto"],
        &["proto"],
    )
}
