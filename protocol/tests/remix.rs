//! Replays what the released JavaScript engine and plugin packages said to
//! each other, against both machines, to the byte.
#![cfg(feature = "wire")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "remix/engine.rs"]
mod engine;
#[path = "remix/mutation.rs"]
mod mutation;
#[path = "remix/toy.rs"]
mod toy;
#[path = "remix/vectors.rs"]
mod vectors;

use connector_protocol::remix::Message;
use engine::ToyEngine;
use toy::ToyPlugin;
use vectors::{Direction, Vectors};

#[test]
fn a_plugin_says_what_the_real_one_says() {
    for scenario in Vectors::read().scenarios {
        println!("{}", scenario.name);
        let mut plugin = ToyPlugin::new(&scenario);
        for (direction, raw) in &scenario.messages {
            match direction {
                Direction::ToPlugin => plugin.receive(raw),
                Direction::ToEngine => plugin.expect(raw),
            }
        }
        plugin.end();
    }
}

#[test]
fn an_engine_says_what_the_real_one_says() {
    for scenario in Vectors::read().scenarios {
        println!("{}", scenario.name);
        let mut engine = ToyEngine::new(&scenario);
        for (direction, raw) in &scenario.messages {
            match direction {
                Direction::ToPlugin => engine.expect(raw),
                Direction::ToEngine => engine.receive(raw),
            }
        }
        engine.end();
    }
}

#[test]
fn reads_messages_inside_other_json() {
    for (_, packet) in Vectors::read().socketio {
        let body = packet.strip_prefix('2').unwrap();
        let (event, message): (String, Message) = serde_json::from_str(body).unwrap();
        assert_eq!(event, "message");
        assert_eq!(serde_json::to_string(&(event, message)).unwrap(), body);
    }
}
