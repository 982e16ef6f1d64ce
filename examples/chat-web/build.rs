//! Compiles the schema of the chat.

fn main() -> Result<(), connector_build::Error> {
    connector_build::compile(&["../chat/proto/chat.proto"], &["../chat/proto"])
}
