//! The files of a compilation: named and imported ones, folders, descriptor sets, and texts as
//! editors write them.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use connector_schema::{Schema, compile, configure};
use prost_types::FileDescriptorSet;

/// A folder of this test alone.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("schema-files-{name}"));
    let _ = fs::remove_dir_all(&folder);
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn services(schema: &Schema) -> Vec<&str> {
    let services = schema.packages().iter().flat_map(|package| &package.services);
    services.map(|service| &*service.name.value).collect()
}

const CHAT: (&str, &str) = (
    "chat.proto",
    "syntax = \"proto3\";\npackage chat;\nimport \"lobby.proto\";\n\
     service Chat { rpc Send(lobby.Line) returns (Sent); }\nmessage Sent {}\n",
);

const LOBBY: (&str, &str) = (
    "lobby.proto",
    "syntax = \"proto3\";\npackage lobby;\nservice Lobby { rpc Talk(stream Line) returns (Line); }\n\
     message Line { string text = 1; }\n",
);

#[test]
fn imported_files_give_messages_and_no_services() {
    let folder = folder("imported", &[CHAT, LOBBY]);
    let schema = compile(&["chat.proto"], &[&folder]).unwrap();
    assert_eq!(services(&schema), ["Chat"]);
    assert!(schema.message("lobby.Line").is_some());
    // Named as well, its stream is a mistake.
    let error = compile(&["chat.proto", "lobby.proto"], &[&folder]).unwrap_err();
    assert!(error.to_string().contains("`Talk` is streaming"), "{error}");
}

#[test]
fn services_can_be_left_out() {
    let folder = folder("without", &[LOBBY]);
    let schema = configure().services(false).compile(&["lobby.proto"], &[&folder]).unwrap();
    assert_eq!(services(&schema), [""; 0]);
    assert!(schema.message("lobby.Line").is_some());
}

#[test]
fn a_descriptor_set_is_an_include() {
    let folder = folder("set", &[CHAT, LOBBY]);
    let mut compiler = protox::Compiler::new([&folder]).unwrap();
    compiler.include_imports(true).include_source_info(true).open_file("chat.proto").unwrap();
    let set = folder.join("set.binpb");
    fs::write(&set, compiler.encode_file_descriptor_set()).unwrap();
    for proto in ["chat.proto", "lobby.proto"] {
        fs::remove_file(folder.join(proto)).unwrap();
    }
    let schema = compile(&["chat.proto"], &[&set]).unwrap();
    assert_eq!(services(&schema), ["Chat"]);
    let line = schema.message("lobby.Line").unwrap();
    assert_eq!(line.name.place.to_string(), "lobby.proto:4:9");
    assert!(schema.files().iter().all(|file| file.path == set));
}

#[test]
fn options_in_a_descriptor_set_are_read() {
    let mut compiler = protox::Compiler::new(["tests/schemas", "../protocol/proto"]).unwrap();
    compiler.include_imports(true).open_file("game.proto").unwrap();
    let set = folder("options", &[("a.proto", "")]).join("set.binpb");
    fs::write(&set, compiler.encode_file_descriptor_set()).unwrap();
    let schema = compile(&["game.proto"], &[set]).unwrap();
    let step = schema.message("game.Step").unwrap().push.as_ref().unwrap();
    assert_eq!((&*step.route.value, step.code.as_ref().unwrap().value), ("onStep", 8));
}

#[test]
fn what_is_not_a_descriptor_set_is_told() {
    let folder = folder("no-set", &[CHAT]);
    let file = folder.join("chat.proto");
    let error = compile(&["chat.proto"], &[&file]).unwrap_err().to_string();
    let begin = format!("{}: an include that is a file has to be a descriptor set", file.display());
    assert!(error.starts_with(&begin), "{error}");
    let empty = folder.join("empty.binpb");
    fs::write(&empty, prost::Message::encode_to_vec(&FileDescriptorSet::default())).unwrap();
    let error = compile(&["other.proto"], &[&empty]).unwrap_err().to_string();
    assert!(error.starts_with("other.proto: there is no such file"), "{error}");
}

#[test]
fn the_mark_that_editors_write_in_front_is_passed_over() {
    let text = "\u{feff}syntax = \"proto3\";\npackage chat;\nmessage Line { strng text = 1; }\n";
    let folder = folder("mark", &[("chat.proto", text)]);
    let error = compile(&["chat.proto"], &[&folder]).unwrap_err().to_string();
    let place = format!("{}:3:16", folder.join("chat.proto").display());
    assert_eq!(error, format!("{place}: there is no type `strng`: write `string`"));
}

#[test]
fn paths_may_begin_at_the_working_directory() {
    for (proto, include) in [
        ("tests/schemas/players.proto", "./tests/schemas"),
        ("./tests/schemas/players.proto", "tests/schemas"),
        ("tests/schemas/players.proto", "./tests/schemas/"),
        ("players.proto", "./tests/schemas"),
    ] {
        let schema = compile(&[proto], &[include]).unwrap();
        assert_eq!(schema.files()[0].name, "players.proto", "{proto} from {include}");
    }
}

#[test]
fn another_file_of_that_name_in_an_earlier_folder_is_told() {
    let folder = folder("shadow", &[("a/x.proto", "syntax = \"proto3\";"), ("b/x.proto", "")]);
    let (a, b) = (folder.join("a"), folder.join("b"));
    let error = compile(&[b.join("x.proto")], &[&a, &b]).unwrap_err().to_string();
    assert!(error.contains("it is imported as `x.proto`"), "{error}");
    assert!(compile(&[a.join("x.proto")], &[&a, &b]).is_ok());
}

#[test]
fn copies_of_shipped_files_are_not_the_users() {
    let options = "syntax = \"proto3\";\npackage connector;\nmessage Own {}\n";
    let any = "syntax = \"proto3\";\npackage google.protobuf;\nmessage Any {}\n";
    let chat = "syntax = \"proto3\";\npackage chat;\nimport \"connector/options.proto\";\n\
                import \"google/protobuf/any.proto\";\n\
                message Line { option (connector.push) = \"onLine\"; google.protobuf.Any a = 1; }\n";
    let folder = folder(
        "copies",
        &[
            ("connector/options.proto", options),
            ("google/protobuf/any.proto", any),
            ("chat.proto", chat),
        ],
    );
    let schema = compile(&["chat.proto"], &[&folder]).unwrap();
    let packages: Vec<_> = schema.packages().iter().map(|package| &*package.name).collect();
    assert_eq!(packages, ["chat"]);
}
