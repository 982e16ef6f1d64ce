//! The program that Google's `conformance_test_runner` tests: it reads requests from stdin, and
//! writes what became of them to stdout. With `--schemas` it prints the folder of the random
//! schemas that it knows, and ends.
#![recursion_limit = "512"]

/// Serves until the end of stdin.
#[cfg(suite)]
fn main() -> std::io::Result<()> {
    if std::env::args().any(|argument| argument == "--schemas") {
        println!("{}", connector_tests_protobuf::SCHEMAS);
        return Ok(());
    }
    connector_tests_protobuf::testee::serve(&mut std::io::stdin(), &mut std::io::stdout())
}

/// Says what is missing.
#[cfg(not(suite))]
fn main() {
    eprintln!(
        "the messages of the suite are missing: run `npm ci` in tests/peers, and build again"
    );
    std::process::exit(1);
}
