//! The checked-in code of `connector-protocol`'s own schemas is what they
//! generate. `BLESS=1` writes it anew.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use prost_build::Module;

const SCHEMAS: &str = "../protocol/proto";
const GENERATED: &str = "../protocol/src/schema";

/// The text of each generated file, by its name.
fn generate() -> BTreeMap<String, String> {
    let folder = Path::new(SCHEMAS).join("connector");
    let mut protos: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    protos.sort();
    let mut schemas = BTreeMap::<_, Vec<_>>::new();
    let mut requests = Vec::new();
    for file in protox::compile(protos, [SCHEMAS]).unwrap().file {
        let module = Module::from_protobuf_package_name(file.package());
        if !file.message_type.is_empty() || !file.enum_type.is_empty() {
            schemas.entry(module.clone()).or_default().push(format!("proto/{}", file.name()));
        }
        requests.push((module, file));
    }
    let codes = prost_build::Config::new().generate(requests).unwrap();
    let texts = codes.into_iter().map(|(module, code)| {
        let head =
            format!("// @generated from {}: change that instead.", schemas[&module].join(", "));
        let code = prettyplease::unparse(&syn::parse_file(&code).unwrap());
        (format!("{}.rs", module.parts().last().unwrap()), format!("{head}\n\n{code}"))
    });
    texts.collect()
}

/// The text of each checked-in file, by its name.
fn checked_in() -> BTreeMap<String, String> {
    let entries = fs::read_dir(GENERATED).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_name() != "mod.rs").map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read_to_string(entry.path()).unwrap())
    });
    files.collect()
}

#[test]
fn checked_in_code_is_what_the_schemas_generate() {
    let generated = generate();
    if std::env::var_os("BLESS").is_some() {
        for (name, text) in &generated {
            fs::write(Path::new(GENERATED).join(name), text).unwrap();
        }
    }
    // Not `assert_eq`, which would print both.
    assert!(
        checked_in() == generated,
        "protocol/src/schema is out of date: run \
         `BLESS=1 cargo test -p connector-build --test protocol`"
    );
}
