//! A consumer that is not a Rust generator: it lists routes, pushes and types
//! as a page of documentation would.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use connector_schema::model::{Enum, Field, FieldKind, Scalar, Type};
use connector_schema::{Schema, compile};

fn game() -> Schema {
    compile(&["tests/schemas/game.proto"], &["tests/schemas"]).unwrap()
}

/// A line for each method and each push.
fn routes(schema: &Schema) -> Vec<String> {
    let mut lines = Vec::new();
    for package in schema.packages() {
        for method in package.services.iter().flat_map(|service| &service.methods) {
            let route = &method.route.text.value;
            let docs = &method.docs;
            let input = &method.input.value;
            let output = &method.output.value;
            let arrow = if method.notify { "->|" } else { "->" };
            let code = method.code.as_ref().map_or(0, |code| code.value);
            lines.push(format!("{route} ({code}): {input} {arrow} {output}: {docs}"));
        }
        for message in package.all_messages() {
            let Some(push) = &message.push else { continue };
            let code = push.code.as_ref().map_or(0, |code| code.value);
            let route = &push.route.value;
            let name = &message.name.value;
            let docs = &message.docs;
            lines.push(format!("{route} ({code}): {name}: {docs}"));
        }
    }
    lines
}

#[test]
fn lists_routes_and_pushes_with_types_docs_and_codes() {
    assert_eq!(
        routes(&game()),
        [
            "game.roomHandler.join (7): game.JoinRequest -> players.Player: Enters a room.",
            "game.exits.leave (0): google.protobuf.Empty -> google.protobuf.Empty: \
             Leaves the room.",
            "game.roomHandler.move (0): game.Step ->| google.protobuf.Empty: Moves a player.",
            "onStep (8): game.Step: A step of a player.",
        ]
    );
}

#[test]
fn services_have_their_parts_of_routes_and_own_comments() {
    let schema = game();
    let service = &schema.packages()[0].services[0];
    assert_eq!(service.name.value, "RoomHandler");
    assert_eq!(service.name.place.to_string(), "tests/schemas/game.proto:15:9");
    assert_eq!(service.docs, "Rooms that players meet in.\n\nThere is one for each map.");
    assert_eq!(
        (&*service.server.text.value, &*service.handler.text.value),
        ("game", "roomHandler")
    );
    let [join, leave, step] = &*service.methods else { panic!("three methods") };
    assert!(!join.route.explicit && leave.route.explicit);
    assert!(!join.deprecated && leave.deprecated);
    assert!(!join.takes_nothing() && leave.takes_nothing() && step.returns_nothing());
}

#[test]
fn fields_have_types_and_presence() {
    let schema = game();
    let message = schema.message("game.JoinRequest").unwrap();
    let message_type = |name: &str| Type::Message(name.to_owned());
    let kinds: Vec<_> = message.fields.iter().map(|field| field.kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            FieldKind::Single(Type::Scalar(Scalar::String)),
            FieldKind::Single(Type::Scalar(Scalar::Uint32)),
            FieldKind::Repeated(message_type("game.Step")),
            FieldKind::Map {
                key: Type::Scalar(Scalar::String),
                value: Type::Enum("game.Step.Kind".to_owned()),
            },
            FieldKind::Single(Type::Scalar(Scalar::Bytes)),
            FieldKind::Single(message_type("google.protobuf.Timestamp")),
            FieldKind::Single(Type::Scalar(Scalar::Sint64)),
        ]
    );
    let of_fields =
        |of: fn(&Field) -> bool| -> Vec<bool> { message.fields.iter().map(of).collect() };
    let presence = [false, true, false, false, true, true, false];
    assert_eq!(of_fields(|field| field.presence), presence);
    let in_oneof = [false, false, false, false, true, true, false];
    assert_eq!(of_fields(|field| field.oneof.as_deref() == Some("ticket")), in_oneof);
    assert!(of_fields(|field| field.deprecated)[6]);
    let oneofs: Vec<_> = message.oneofs.iter().map(|oneof| &*oneof.value).collect();
    assert_eq!(oneofs, ["ticket"]);
    let [room, seat, ..] = &*message.fields else { panic!("several fields") };
    assert_eq!((&*room.docs, room.number), ("The room to enter.", 1));
    assert_eq!((&*seat.name.value, &*seat.json_name), ("seat_number", "seatNumber"));
}

#[test]
fn messages_have_what_is_nested_in_them() {
    let schema = game();
    let package = &schema.packages()[0];
    let names: Vec<_> = package.all_messages().map(|message| &*message.name.value).collect();
    assert_eq!(
        names,
        ["game.JoinRequest", "game.Step", "game.Step.Target", "game.Step.Target.Exact"]
    );
    let [Enum { name, docs, values, .. }] = &*schema.message("game.Step").unwrap().enums else {
        panic!("one enum")
    };
    assert_eq!((&*name.value, &**docs), ("game.Step.Kind", "The gait."));
    let values: Vec<_> =
        values.iter().map(|value| (&*value.name.value, value.number, &*value.docs)).collect();
    assert_eq!(values, [("KIND_UNSPECIFIED", 0, ""), ("KIND_RUN", 1, "Faster.")]);
}

#[test]
fn imports_of_the_user_are_read_and_shipped_files_are_not() {
    let schema = game();
    let packages: Vec<_> = schema.packages().iter().map(|package| &*package.name).collect();
    assert_eq!(packages, ["game", "players"]);
    let files: Vec<_> = schema.files().iter().map(|file| (&*file.name, &*file.path)).collect();
    assert_eq!(
        files,
        [
            ("game.proto", Path::new("tests/schemas/game.proto")),
            ("players.proto", Path::new("tests/schemas/players.proto")),
        ]
    );
    let mut descriptors: Vec<_> = schema.descriptors().map(|file| file.name()).collect();
    descriptors.sort_unstable();
    assert_eq!(
        descriptors,
        [
            "connector/options.proto",
            "game.proto",
            "google/protobuf/descriptor.proto",
            "google/protobuf/empty.proto",
            "google/protobuf/timestamp.proto",
            "players.proto",
        ]
    );
}

#[test]
fn schemas_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Schema>();
    crosses::<connector_schema::Error>();
}
