//! `cargo xtask test`.

use std::process::ExitCode;

use crate::command::{cargo, follow, succeeds};
use crate::deny::Deny;
use crate::report::Report;
use crate::{features, fuzz, lint, models, package, peers, template, wasm};

/// Seconds of each target of `fuzz` in the long form.
const FUZZED: u64 = 30;

/// Installs the programs that the tests need, then checks format, lints, docs,
/// dependencies and every test. The long form also fuzzes every decoder, and runs
/// the campaign of bad peers, the random operations and the models at full strength.
pub(crate) fn run(long: bool) -> ExitCode {
    let mut report = Report::default();
    let peers = peers::install();
    let python = peers::install_python();
    let go = peers::build_go();
    let browser = peers::install_browser();
    let proxies = peers::install_proxies();
    let wasm = wasm::Toolchain::install();
    let deny = Deny::install();

    report.check("format", succeeds(&mut cargo(&["fmt", "--all", "--check"])));
    let lints = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    report.check("lints", succeeds(&mut cargo(&lints)));
    report.check("features", features::check());
    report.check("English", lint::is_clean());
    // Pages link to what is behind a feature.
    let features = ["--features", "connector-kit/testing"];
    let mut docs = cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
    report.check("docs", succeeds(docs.args(features).env("RUSTDOCFLAGS", "--deny warnings")));

    match deny {
        Ok(deny) => {
            report.check("licences, bans, sources", deny.check());
            match deny.advisories() {
                Ok(passed) => report.check("advisories", passed),
                // Not a failure: the database is nobody's dependency.
                Err(reason) => println!("not checked: advisories: {reason}"),
            }
        }
        Err(missing) => {
            report.missing(&format!("{missing}: licences, bans, sources and advisories"));
        }
    }

    let mut tests = cargo(&["test", "--workspace", "--no-fail-fast"]);
    if long {
        tests.env("CONNECTOR_LONG", "1");
    }
    if let Err(missing) = peers {
        tests.env("CONNECTOR_SKIP_PEERS", "1");
        report.missing(&format!("{missing}: the tests against released npm programs"));
    }
    if let Err(missing) = python {
        tests.env("CONNECTOR_SKIP_PYTHON", "1");
        report.missing(&format!("{missing}: the tests against released Python programs"));
    }
    if let Err(missing) = go {
        tests.env("CONNECTOR_SKIP_GO", "1");
        report.missing(&format!("{missing}: the tests against released Go programs"));
    }
    if let Err(missing) = proxies {
        report.missing(&format!("{missing}: the tests of TLS and proxies that need it"));
    }
    if let Err(missing) = browser {
        tests.env("CONNECTOR_SKIP_BROWSER", "1");
        report.missing(&format!("{missing}: the tests that drive pages"));
    }
    let passed = follow(&mut tests, |line| report.line(line));
    report.check("cargo test", passed);

    report.check("models", models::check(long));
    if long {
        report.check("fuzz", fuzz::all(FUZZED));
    }
    match wasm {
        Ok(toolchain) => report.check("wasm32-unknown-unknown", toolchain.check()),
        Err(missing) => report.missing(&format!("{missing}: the check for browsers")),
    }
    let packaged = package::package();
    report.check("cargo package", packaged);
    report.check("docs/template", packaged && template::template());
    report.finish()
}
