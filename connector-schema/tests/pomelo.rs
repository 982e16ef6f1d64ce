//! Schemas of pomelo-protobuf: what becomes of messages, and what cannot become one.
#![allow(clippy::unwrap_used)]

use std::fs;

use connector_schema::{Error, Mistakes, PomeloProtos, Schema, configure};

/// The schemas of a file's only package.
fn protos(file: &str) -> Result<PomeloProtos, Error> {
    let mut protos = PomeloProtos::default();
    let check = |schema: &Schema, mistakes: &mut Mistakes| {
        protos = schema.pomelo_protos(&schema.packages()[0], mistakes);
    };
    configure().compile_with(&[format!("tests/pomelo/{file}")], &["tests/pomelo"], check)?;
    Ok(protos)
}

#[test]
fn routes_and_pushes_have_their_messages_fields() {
    let protos = protos("game.proto").unwrap();
    let step = r#"{"optional game.Step.Target target":1,"optional float speed":4,"optional double time":5}"#;
    let target =
        r#"{"optional int32 x":1,"optional sInt32 y":2,"optional game.Step.Target next":3}"#;
    let player = r#"{"optional string nick":1,"optional uInt32 age":2}"#;
    let join =
        r#"{"optional string roomName":1,"optional uInt32 seat":2,"repeated game.Step steps":3}"#;
    assert_eq!(
        protos.client,
        format!(
            r#"{{"game.roomHandler.join":{join},"game.roomHandler.move":{step},"message game.Step.Target":{target},"message game.Step":{step}}}"#
        )
    );
    assert_eq!(
        protos.server,
        format!(
            r#"{{"game.roomHandler.join":{{"optional game.Player player":1,"repeated sInt32 mods":2,"optional uInt32 code":3,"optional string msg":4}},"onPlayer":{player},"message game.Player":{player}}}"#
        )
    );
    assert!(!protos.is_empty());
}

#[test]
fn what_proto2_requires_is_required() {
    let protos = protos("old.proto").unwrap();
    let question = r#"{"old.desk.ask":{"required string text":1,"optional int32 id":2}}"#;
    assert_eq!(protos.client, question);
    let answer = r#"{"old.desk.ask":{"required string text":1,"optional int32 id":2,"optional uInt32 code":3,"optional string msg":4}}"#;
    assert_eq!(protos.server, answer);
}

#[test]
fn what_it_cannot_express_is_a_mistake_with_the_way_out() {
    let expected = "tests/pomelo/mistakes.txt";
    let text = format!("{}\n", protos("mistakes.proto").unwrap_err());
    if std::env::var_os("BLESS").is_some() {
        fs::write(expected, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(expected).unwrap());
}
