//! The texts of errors that only Rust has: beside each schema of `mistakes`,
//! or each folder of them, is the text of the error. `BLESS=1` writes it anew.
//! All other mistakes are tested in connector-schema.
#![allow(clippy::unwrap_used)]

mod files;

use std::fs;
use std::path::{Path, PathBuf};

use files::{OutDir, folders, protos, read_all};

/// The error of these schemas, of which nothing is generated.
fn error(protos: &[PathBuf], include: &Path) -> connector_build::Error {
    let out = OutDir::new();
    let result = connector_build::configure().out_dir(out.path()).compile(protos, &[include]);
    assert!(read_all(out.path()).is_empty());
    match result {
        Ok(()) => panic!("{protos:?} was compiled"),
        Err(error) => error,
    }
}

fn check(protos: &[PathBuf], include: &Path, expected: &Path) {
    let text = format!("{}\n", error(protos, include));
    if std::env::var_os("BLESS").is_some() {
        fs::write(expected, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(expected).unwrap(), "{}", expected.display());
}

#[test]
fn plain_functions_are_methods_of_the_schemas() {
    let out = OutDir::new();
    let chat = Path::new("tests/fixtures/chat");
    let error = connector_build::configure()
        .out_dir(out.path())
        .plain_fn(["chat.ChatHandler.Send", "chat.ChatHandler", "ChatHandler.Send", "chat.Line"])
        .compile(&protos(chat), &[chat])
        .unwrap_err();
    let wanted = |name| {
        format!(
            "`plain_fn(\"{name}\")`: the schemas have neither a method nor a service of this name: \
             write it with its package, as in `chat.ChatHandler.Send`"
        )
    };
    let mistakes: Vec<_> = error.mistakes().collect();
    assert_eq!(mistakes, [wanted("ChatHandler.Send"), wanted("chat.Line")]);
    assert!(read_all(out.path()).is_empty());
}

#[test]
fn mistakes_have_their_place_and_the_way_out() {
    let include = Path::new("tests/mistakes");
    for proto in protos(include) {
        check(std::slice::from_ref(&proto), include, &proto.with_extension("txt"));
    }
    for folder in folders("tests/mistakes") {
        check(&protos(&folder), &folder, &folder.with_extension("txt"));
    }
}

#[test]
fn a_build_script_that_returns_it_shows_it() {
    let include = Path::new("tests/mistakes");
    let error = error(&[include.join("push_without_name.proto")], include);
    let shown = format!("Error: {error:?}");
    assert!(
        shown.starts_with(
            "Error: the schema cannot be compiled\n\ntests/mistakes/push_without_name.proto:8:3: "
        ),
        "{shown}"
    );
    assert_eq!(error.mistakes().len(), 1);
}

#[test]
fn two_calls_never_overwrite_each_others_files() {
    let include = Path::new("tests/fixtures/packages");
    let out = OutDir::new();
    let compile = |proto: &str| {
        let builder = connector_build::configure().out_dir(out.path());
        builder.compile(&[include.join(proto)], &[include])
    };
    compile("chat.proto").unwrap();
    let written = read_all(out.path());
    let error = compile("chat_admin.proto").unwrap_err().to_string();
    let expected = "chat.rs: an earlier `compile` of this build has written it from \
                    tests/fixtures/packages/chat.proto (includes: tests/fixtures/packages), and \
                    this one would replace it from tests/fixtures/packages/chat_admin.proto \
                    (includes: tests/fixtures/packages): compile all schemas whose packages \
                    begin alike in one call, or into folders of their own with \
                    `configure().out_dir(..)`";
    assert_eq!(error, expected);
    assert_eq!(read_all(out.path()), written);
    // An import of both is the same file, and the same call may come again.
    compile("common.proto").unwrap();
    compile("chat.proto").unwrap();
}

#[test]
fn two_calls_differ_also_by_their_includes_and_options() {
    let (schemas, out) = (OutDir::new(), OutDir::new());
    let [first, second] = ["v1", "v2"].map(|folder| schemas.path().join(folder));
    let write = |folder: &Path, message: &str| {
        let schema = format!("syntax = \"proto3\";\npackage chat;\nmessage {message} {{}}\n");
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("chat.proto"), schema).unwrap();
    };
    write(&first, "Line");
    write(&second, "Text");
    let configure = || connector_build::configure().out_dir(out.path());
    let compile = |builder: connector_build::Builder, include: &Path| {
        builder.compile(&["chat.proto"], &[include]).map_err(|error| error.to_string())
    };
    compile(configure(), &first).unwrap();
    let written = read_all(out.path());
    let lost = |otherwise: &str| {
        let include = first.display();
        Err(format!(
            "chat.rs: an earlier `compile` of this build has written it from chat.proto \
             (includes: {include}), and this one would replace it {otherwise}: compile all \
             schemas whose packages begin alike in one call, or into folders of their own with \
             `configure().out_dir(..)`"
        ))
    };
    let from = format!("from chat.proto (includes: {})", second.display());
    assert_eq!(compile(configure(), &second), lost(&from));
    let attribute = |config: &mut connector_build::prost_build::Config| {
        config.type_attribute(".", "#[derive(Eq)]");
    };
    assert_eq!(compile(configure().with_prost(attribute), &first), lost("with other options"));
    assert_eq!(compile(configure().runtime("::sdk"), &first), lost("with other options"));
    assert_eq!(read_all(out.path()), written);
    // The same call again, for a schema that was edited.
    write(&first, "Edited");
    compile(configure(), &first).unwrap();
    assert!(read_all(out.path())[0].1.contains("Edited"));
}
