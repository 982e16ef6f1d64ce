//! What stops the build, word by word: beside each schema of `mistakes`, or
//! each folder of them, is the text of the error. `BLESS=1` writes it anew.
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
fn mistakes_are_told_where_they_are_with_the_way_out() {
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
fn a_file_that_is_not_there_or_not_included_is_told() {
    let include = Path::new("tests/mistakes");
    let nowhere = error(&[include.join("nowhere.proto")], include).to_string();
    assert_eq!(
        nowhere,
        "tests/mistakes/nowhere.proto: there is no such file: write its path from the folder of \
         your Cargo.toml, or from the include folder `tests/mistakes`"
    );
    let outside = error(&[PathBuf::from("tests/fixtures/chat/chat.proto")], include).to_string();
    assert_eq!(
        outside,
        "tests/fixtures/chat/chat.proto: it is not in the include folder `tests/mistakes`: give \
         its folder to `compile`, too"
    );
}
