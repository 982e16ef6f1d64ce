//! Targets: the decoders that are fuzzed.

use crate::targets::{
    codec, deflate, engine, forwarded, framing, handshake, json, lines, message, mqtt, package,
    protobuf, remix, rewriting, route, session, socketio, text, upgrade, websocket, zlib,
};

/// A decoder with its properties, seeds and tokens.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name in commands, and of its folder of found inputs.
    pub name: &'static str,
    /// Panics when a property does not hold.
    pub run: fn(&[u8]),
    /// Valid inputs, to be damaged.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Bytes with a meaning in this format.
    pub tokens: &'static [&'static [u8]],
}

impl Target {
    /// Finds a target by its name.
    pub fn find(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }
}

macro_rules! targets {
    ($($name:ident: $module:ident, $seeds:expr, $tokens:expr;)*) => {
        /// All targets.
        pub const TARGETS: &[Target] = &[$(Target {
            name: stringify!($name),
            run: $module::$name,
            seeds: || $seeds,
            tokens: $tokens,
        }),*];
    };
}

targets! {
    canonical_json: json, json::texts(), json::TOKENS;
    canonical_json_of_protobuf: json, json::protobufs(), json::FIELDS;
    deflate_client: deflate, deflate::frames(false), deflate::TOKENS;
    deflate_offers: deflate, deflate::offers(), deflate::PARAMETERS;
    deflate_server: deflate, deflate::frames(true), deflate::TOKENS;
    engine_request: socketio, socketio::requests(), socketio::TOKENS;
    forwarded: forwarded, forwarded::seeds(), forwarded::TOKENS;
    framings: framing, framing::seeds(), framing::TOKENS;
    handshake_request: handshake, handshake::requests(), handshake::TOKENS;
    handshake_response: handshake, handshake::responses(), handshake::TOKENS;
    json_codec: codec, codec::seeds(), codec::TOKENS;
    lines: lines, lines::seeds(), lines::TOKENS;
    message: message, message::seeds(), message::TOKENS;
    mqtt_client: mqtt, mqtt::from_servers(), mqtt::TOKENS;
    mqtt_server: mqtt, mqtt::from_clients(), mqtt::TOKENS;
    package: package, package::seeds(), package::TOKENS;
    protobuf_body: protobuf, protobuf::bodies(), protobuf::FIELDS;
    protobuf_json: protobuf, protobuf::messages(), protobuf::TOKENS;
    protobuf_schemas: protobuf, protobuf::schemas(), protobuf::TOKENS;
    remix_engine: engine, engine::seeds(), engine::TOKENS;
    remix_host: remix, remix::conversations(), remix::TOKENS;
    remix_message: remix, remix::messages(), remix::TOKENS;
    remix_plugin: remix, remix::conversations(), remix::TOKENS;
    rewriting: rewriting, rewriting::seeds(), rewriting::TOKENS;
    route: route, route::seeds(), route::TOKENS;
    session_client: session, session::from_servers(), package::TOKENS;
    session_server: session, session::from_clients(), package::TOKENS;
    sio_codec: codec, codec::texts(), codec::TOKENS;
    socketio_elements: socketio, socketio::arrays(), socketio::TOKENS;
    socketio_packet: socketio, socketio::packets(), socketio::TOKENS;
    socketio_payload: socketio, socketio::payloads(), socketio::TOKENS;
    text: text, text::seeds(), text::TOKENS;
    upgrade_request: upgrade, upgrade::requests(), upgrade::TOKENS;
    upgrade_response: upgrade, upgrade::responses(), upgrade::TOKENS;
    upgrade_written: upgrade, upgrade::parts(), upgrade::TOKENS;
    websocket_client: websocket, websocket::seeds(false), websocket::TOKENS;
    websocket_server: websocket, websocket::seeds(true), websocket::TOKENS;
    zlib: zlib, zlib::seeds(), zlib::TOKENS;
}
