//! Tests of the messages and the three machines. Recorded transcripts are
//! replayed in `tests/remix.rs`.

mod bounds;
mod engine;
mod host;
mod message;
mod plugin;
mod profile;

use super::{Arguments, Message, Payload};

/// The message that this JSON is.
fn message(json: &str) -> Message {
    Message::decode(json.as_bytes()).unwrap()
}

/// The messages in `out` as they go on the wire; empties it.
fn sent(out: &mut Vec<Message>) -> Vec<String> {
    out.drain(..)
        .map(|message| {
            let mut bytes = Vec::new();
            message.encode(&mut bytes);
            String::from_utf8(bytes).unwrap()
        })
        .collect()
}

fn json(text: &str) -> Payload {
    serde_json::from_str(text).unwrap()
}

fn arguments(text: &str) -> Arguments {
    Arguments::try_from(json(text)).unwrap()
}
