//! The texts of mistakes: beside each schema of `mistakes`, or each folder of
//! them, is the text of the error. `BLESS=1` writes it anew.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use connector_schema::{Error, Mistake, compile, configure};

const MISTAKES: &str = "tests/mistakes";

fn error(protos: &[PathBuf], include: &Path) -> Error {
    match compile(protos, &[include]) {
        Ok(_) => panic!("{protos:?} was compiled"),
        Err(error) => error,
    }
}

/// The paths in a folder, in order.
fn entries(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut entries: Vec<_> = entries.collect();
    entries.sort();
    entries
}

fn protos(path: &Path) -> Vec<PathBuf> {
    let is_proto = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "proto");
    entries(path).into_iter().filter(is_proto).collect()
}

fn check(protos: &[PathBuf], include: &Path, expected: &Path) {
    let text = format!("{}\n", error(protos, include));
    if std::env::var_os("BLESS").is_some() {
        fs::write(expected, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(expected).unwrap(), "{}", expected.display());
}

#[test]
fn mistakes_have_their_place_and_the_way_out() {
    let include = Path::new(MISTAKES);
    for proto in protos(include) {
        check(std::slice::from_ref(&proto), include, &proto.with_extension("txt"));
    }
    for folder in entries(include).into_iter().filter(|path| path.is_dir()) {
        check(&protos(&folder), &folder, &folder.with_extension("txt"));
    }
}

#[test]
fn mistakes_are_data() {
    let include = Path::new(MISTAKES);
    let error = error(&[include.join("push_without_name.proto")], include);
    let [mistake] = error.mistakes() else { panic!("{error}") };
    let place = mistake.place().unwrap();
    assert_eq!(place.file(), "tests/mistakes/push_without_name.proto");
    assert_eq!((place.line(), place.column()), (8, 3));
    assert_eq!(mistake.to_string(), format!("{place}: {}", mistake.message()));
}

#[test]
fn rejects_missing_and_outside_files() {
    let include = Path::new(MISTAKES);
    let nowhere = error(&[include.join("nowhere.proto")], include);
    assert_eq!(
        nowhere.to_string(),
        "tests/mistakes/nowhere.proto: there is no such file: write its path from the working \
         directory, or from the include folder `tests/mistakes`"
    );
    assert_eq!(nowhere.mistakes()[0].place(), None);
    let outside = error(&[PathBuf::from("tests/schemas/game.proto")], include).to_string();
    assert_eq!(
        outside,
        "tests/schemas/game.proto: the file is not in the include folder `tests/mistakes`: add \
         its folder to the include folders"
    );
}

#[test]
fn a_further_check_adds_its_mistakes_in_the_order_of_places() {
    let include = Path::new(MISTAKES);
    let proto = include.join("many.proto");
    let own: Vec<_> = error(std::slice::from_ref(&proto), include).mistakes().to_vec();
    let result = configure().compile_with(&[&proto], &[include], |schema, mistakes| {
        let service = &schema.packages()[0].services[0];
        mistakes.add(&service.methods[1].name.place, "too short");
    });
    let error = result.unwrap_err();
    let lines = |mistakes: &[Mistake]| -> Vec<_> {
        mistakes.iter().map(|mistake| mistake.place().unwrap().line()).collect()
    };
    assert_eq!(lines(&own), [8, 9, 12, 17]);
    assert_eq!(lines(error.mistakes()), [8, 9, 11, 12, 17]);
    assert_eq!(error.mistakes()[2].message(), "too short");
}

#[test]
fn a_further_check_sees_only_valid_protobuf() {
    let include = Path::new(MISTAKES);
    let result = configure().compile_with(&[include.join("syntax.proto")], &[include], |_, _| {
        panic!("a schema that cannot be parsed was checked");
    });
    assert_eq!(result.unwrap_err().mistakes().len(), 1);
}
