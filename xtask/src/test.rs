//! `cargo xtask test`.

use std::process::ExitCode;

use crate::command::{cargo, follow, succeeds};
use crate::deny::Deny;
use crate::report::Report;
use crate::{
    compile_time, conformance, features, fuzz, guide, lint, models, package, peers, template, wasm,
    web, windows,
};

/// Seconds of each target of `fuzz` in the long form.
const FUZZED: u64 = 30;

/// Installs the programs that the tests need, then checks format, lints, docs,
/// dependencies and every test. The long form also fuzzes every decoder, runs the campaign of bad
/// peers, the random operations and the models at full strength, and measures compile times.
pub(crate) fn run(long: bool) -> ExitCode {
    let mut report = Report::new();
    let peers = peers::install();
    let libc = peers.is_ok().then(conformance::install_libc);
    let python = peers::install_python();
    let go = peers::build_go();
    let browser = peers::install_browser();
    let proxies = peers::install_proxies();
    let broker = peers::install_broker();
    let wasm = wasm::TARGET.install();
    let web = web::install();
    let windows = windows::TARGET.install();
    let deny = Deny::install();
    report.step("programs", "installed");

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

    let compiled = succeeds(&mut cargo(&["test", "--quiet", "--workspace", "--no-run"]));
    report.check("compilation of the tests", compiled);
    let mut tests = cargo(&["test", "--workspace", "--no-fail-fast"]);
    if long {
        tests.env("CONNECTOR_LONG", "1");
    }
    if let Err(missing) = peers {
        tests.env("CONNECTOR_SKIP_PEERS", "1");
        report.missing(&format!("{missing}: the tests against released npm programs"));
    }
    if let Some(Err(missing)) = libc {
        tests.env("CONNECTOR_SKIP_CONFORMANCE", "1");
        report.missing(&format!("{missing}: Google's conformance suite"));
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
    if let Err(missing) = broker {
        tests.env("CONNECTOR_SKIP_BROKER", "1");
        report.missing(&format!("{missing}: the tests against mosquitto"));
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
        report.check(
            "compile time",
            compile_time::check().unwrap_or_else(|error| {
                println!("{error}");
                false
            }),
        );
    }
    match windows {
        Ok(compiler) => report.check("Windows", windows::check(&compiler)),
        Err(missing) => report.missing(&format!("{missing}: the check for Windows")),
    }
    match wasm {
        Ok(compiler) => {
            report.check("wasm32-unknown-unknown", wasm::check(&compiler));
            match web {
                Ok(()) => report.check("web", web::check(&compiler, long, None)),
                Err(missing) => report.missing(&format!("{missing}: the tests in browsers")),
            }
        }
        Err(missing) => {
            report.missing(&format!("{missing}: the check for browsers, and the tests there"));
        }
    }
    let settings = package::settings();
    report.check("cargo package", settings.is_ok());
    match settings {
        Ok(settings) => {
            report.check("docs/template", template::template(&settings));
            let (passed, missing) = guide::follow(&settings, false);
            report.check(guide::PAGE, passed);
            for program in missing {
                report.missing(&format!("{program} is not installed: its part of {}", guide::PAGE));
            }
        }
        Err(error) => println!("not checked: docs/template and docs/game-server.md: {error}"),
    }
    report.finish()
}
