//! Compiles the schema of this crate.

fn main() -> Result<(), connector_build::Error> {
    connector_build::compile(&["proto/chat.proto"], &["proto"])
}
