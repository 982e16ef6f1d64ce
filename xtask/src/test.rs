//! `cargo xtask test`.

use std::panic::resume_unwind;
use std::process::ExitCode;
use std::thread;

use crate::command::{cargo, follow, succeeds};
use crate::programs::Programs;
use crate::report::Report;
use crate::{
    compile_time, features, fuzz, guide, lint, models, package, template, wasm, web, windows,
};

/// Seconds of each target of `fuzz` in the long form.
const FUZZED: u64 = 30;

/// Installs the programs that the tests need, then checks format, lints, docs,
/// dependencies and every test. The long form also fuzzes every decoder, runs the campaign of bad
/// peers, the random operations and the models at full strength, and measures compile times.
pub(crate) fn run(long: bool) -> ExitCode {
    let mut report = Report::new();
    // Downloads wait for the network while the compiler works.
    let programs = thread::spawn(Programs::install);

    report.check("format", succeeds(&mut cargo(&["fmt", "--all", "--check"])));
    let lints = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    report.check("lints", succeeds(&mut cargo(&lints)));
    report.check("features", features::check());
    report.check("names of missing features", features::are_named());
    report.check("English", lint::is_clean());
    // Pages link to what is behind a feature.
    let features = ["--features", "connector-kit/testing"];
    let mut docs = cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
    report.check("docs", succeeds(docs.args(features).env("RUSTDOCFLAGS", "--deny warnings")));

    let programs = programs.join().unwrap_or_else(|panic| resume_unwind(panic));
    report.step("programs", "installed");
    match &programs.deny {
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
    for (missing, what, variable) in programs.missing_for_tests() {
        report.missing(&format!("{missing}: {what}"));
        if let Some(variable) = variable {
            tests.env(variable, "1");
        }
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
    match &programs.windows {
        Ok(compiler) => report.check("Windows", windows::check(compiler)),
        Err(missing) => report.missing(&format!("{missing}: the check for Windows")),
    }
    match &programs.wasm {
        Ok(compiler) => {
            report.check("wasm32-unknown-unknown", wasm::check(compiler));
            match &programs.web {
                Ok(()) => report.check("web", web::check(compiler, long, None)),
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
