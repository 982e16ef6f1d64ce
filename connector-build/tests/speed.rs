//! The time of a build script beside plain prost's, on large schemas.
#![allow(clippy::unwrap_used)]

mod files;
#[path = "files/giants.rs"]
mod giants;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use files::OutDir;
use prost_build::Module;

const MESSAGES: usize = 200;
const SERVICES: usize = 60;
const METHODS: usize = 4;
/// Rounds of both, of which the fastest counts.
const ROUNDS: usize = 2;
/// The limit of the ratio, ours to prost's.
const LIMIT: f64 = 5.0;

/// A schema as of a large game.
fn schema() -> String {
    let mut text = String::from("syntax = \"proto3\";\npackage game;\n");
    for n in 0..MESSAGES {
        let other = (n + 1) % MESSAGES;
        write!(
            text,
            "// Message {n} of the game.\nmessage Message{n} {{\n\
             // The id of its sender.\n  uint64 sender_id = 1;\n  string text = 2;\n\
             repeated int32 scores = 3;\n  map<string, double> places = 4;\n\
             optional bytes picture = 5;\n  Message{other} next = 6;\n\
             oneof target {{ string room = 7; uint64 player = 8; }}\n}}\n"
        )
        .unwrap();
    }
    for n in 0..SERVICES {
        writeln!(text, "// Service {n} of the game.\nservice Handler{n} {{").unwrap();
        for m in 0..METHODS {
            let (input, output) = (n * METHODS + m, n + m);
            let input = input % MESSAGES;
            writeln!(
                text,
                "// Method {m}.\nrpc Method{m}(Message{input}) returns (Message{output});"
            )
            .unwrap();
        }
        writeln!(text, "}}").unwrap();
    }
    text
}

/// Prost by itself, formatted as by its default feature.
fn prost(proto: &Path, include: &Path) -> usize {
    let files = protox::compile([proto], [include]).unwrap().file;
    let files = files.into_iter();
    let files = files.map(|file| (Module::from_protobuf_package_name(file.package()), file));
    let texts = prost_build::Config::new().generate(files.collect()).unwrap();
    texts.values().map(|text| prettyplease::unparse(&syn::parse_file(text).unwrap()).len()).sum()
}

fn ours(proto: &Path, include: &Path) -> usize {
    let out = OutDir::new();
    connector_build::configure().out_dir(out.path()).compile(&[proto], &[include]).unwrap();
    fs::read_to_string(out.path().join("game.rs")).unwrap().len()
}

fn timed(run: impl FnOnce() -> usize) -> (Duration, usize) {
    let since = now();
    let bytes = run();
    (now() - since, bytes)
}

/// The time that the processor has spent on this thread, where the system tells it: the machine
/// may be busy. Else the time that has passed.
fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let spent = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = spent.and_then(|text| text.split(' ').next()?.parse().ok());
    spent.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Checks the ratio of the times for a schema.
fn compare(schema: &str) {
    let folder = OutDir::new();
    let proto = folder.path().join("game.proto");
    fs::write(&proto, schema).unwrap();
    // In turns, so that both have the same neighbours.
    let rounds: Vec<_> = (0..ROUNDS)
        .map(|_| (timed(|| prost(&proto, folder.path())), timed(|| ours(&proto, folder.path()))))
        .collect();
    let (prosts, plain) = rounds.iter().map(|(prost, _)| *prost).min().unwrap();
    let (time, bytes) = rounds.iter().map(|(_, ours)| *ours).min().unwrap();
    let ratio = time.as_secs_f64() / prosts.as_secs_f64();
    println!("prost {prosts:.2?} for {plain} bytes, ours {time:.2?} for {bytes}: {ratio:.1}");
    assert!(ratio < LIMIT, "prost takes {prosts:.2?}, ours {time:.2?}: {ratio:.1} times as long");
}

#[test]
fn a_build_script_takes_at_most_five_times_as_long_as_with_prost_alone() {
    compare(&schema());
}

#[test]
fn giant_messages_and_enums_take_no_longer_than_others() {
    compare(&giants::schema("game"));
}
