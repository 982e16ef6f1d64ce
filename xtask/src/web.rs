//! The plugins and the engine in browsers: what they are built of, and their tests.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::command::{attempt, cargo, command, exit_code, root, succeeds, target};
use crate::cross::Compiler;
use crate::guide;
use crate::peers;
use crate::wasm::{self, Profile};

/// What the tests run in pages, workers and threads.
const TESTS: &str = "connector-tests-web";
/// Their npm packages, and the compiler of TypeScript.
const TOOLS: &str = "tests/web";
/// The examples, and the script that they need.
const ENGINE: &str = "web-engine";
const PLUGIN: &str = "web-plugin";
const SCRIPT: &str = "clients/web";
/// The chat's client, for the page that its server has.
const CHAT_CLIENT: &str = "chat-web";
/// The servers that pages connect to.
const ECHO: &str = "echo";
const CHAT: &str = "chat";

/// The options of `cargo xtask web`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Runs the check of this name alone.
    #[arg(long, value_name = "CHECK")]
    only: Option<String>,
    /// Also measures calls beside the released pair, by a module that is built as for the
    /// network, and loads a frame 1,000 times.
    #[arg(long)]
    long: bool,
    /// Builds the page of `examples/web-engine` and the module of `examples/chat-web` into folders
    /// of their names in `target/web`, and tests nothing.
    #[arg(long)]
    build: bool,
}

/// `cargo xtask web`: the tests by themselves.
pub(crate) fn run(options: &Options) -> ExitCode {
    exit_code(wasm::TARGET.install().and_then(|compiler| {
        install()?;
        if options.build {
            return examples(&compiler, Profile::Small).map(|()| true);
        }
        peers::install()?;
        peers::install_browser()?;
        Ok(check(&compiler, options.long, options.only.as_deref()))
    }))
}

/// Installs the npm packages of the tests. They also need the peers and a browser.
///
/// # Errors
/// The program that is not installed, and the reason.
pub(crate) fn install() -> Result<(), String> {
    peers::install_packages(TOOLS)
}

/// Builds what pages, workers and threads run, and runs the checks, or the one of this name;
/// `true` if all pass.
pub(crate) fn check(compiler: &Compiler, long: bool, only: Option<&str>) -> bool {
    let profile = if long { Profile::Small } else { Profile::Dev };
    let glue = folder().join(TESTS);
    // Those of the examples first, since they make the script that is tested.
    let built =
        examples(compiler, Profile::Small).and_then(|()| package(compiler, TESTS, profile, &glue));
    let words = match built.and_then(|()| guide::plugin(compiler)) {
        Ok(words) => words,
        Err(error) => {
            eprintln!("{error}");
            return false;
        }
    };
    let script = ["--test", "--test-reporter=dot", "clients/web/test/early.test.mjs"];
    let mut servers = cargo(&["build", "--quiet", "--package", ECHO, "--package", CHAT]);
    if !succeeds(&mut command("node", &script)) || !succeeds(&mut servers) {
        return false;
    }
    let mut tests = command("node", &["tests/web/browser.js", "--glue"]);
    tests.arg(&glue).arg("--example").arg(folder().join(ENGINE));
    for server in [ECHO, CHAT] {
        tests.arg(format!("--{server}")).arg(target().join("debug").join(server));
    }
    tests.arg("--module").arg(folder().join(CHAT_CLIENT)).arg("--words").arg(words.here());
    if long {
        tests.env("CONNECTOR_LONG", "1").args(["--limit", "1800"]);
    }
    if let Some(only) = only {
        tests.args(["--only", only]);
    }
    succeeds_under(&mut tests)
}

/// Runs a command that ends when its standard input does, so that it does not outlive this
/// program; `false` if it fails.
fn succeeds_under(command: &mut Command) -> bool {
    let Ok(mut child) = command.stdin(Stdio::piped()).spawn() else { return false };
    // Waiting would close it.
    let _stdin = child.stdin.take();
    child.wait().is_ok_and(|status| status.success())
}

/// Builds the module of a package, and writes the JavaScript around it into a folder.
///
/// # Errors
/// What has failed.
pub(crate) fn package(
    compiler: &Compiler,
    name: &str,
    profile: Profile,
    into: &Path,
) -> Result<(), String> {
    glue(&wasm::build(compiler, name, profile)?, into)
}

/// Writes the JavaScript around a module into a folder.
///
/// # Errors
/// What has failed.
pub(crate) fn glue(module: &Path, into: &Path) -> Result<(), String> {
    let mut glue = cargo(&["run", "--quiet", "--package", "connector-glue", "--"]);
    glue.arg(module).arg(into);
    attempt(&mut glue).map_err(|error| format!("{}: {error}", module.display()))?;
    // Node takes a file for a module where this says so.
    std::fs::write(into.join("package.json"), "{ \"type\": \"module\" }\n")
        .map_err(|error| format!("{}: {error}", into.display()))
}

/// Builds the examples: the page of an engine, and the module of the chat's client.
///
/// # Errors
/// What has failed.
fn examples(compiler: &Compiler, profile: Profile) -> Result<(), String> {
    page(compiler, profile)?;
    package(compiler, CHAT_CLIENT, profile, &folder().join(CHAT_CLIENT))
}

/// Puts together the page of the example: its engine, and the plugin that it opens in a frame and
/// in a worker.
///
/// # Errors
/// What has failed.
fn page(compiler: &Compiler, profile: Profile) -> Result<(), String> {
    compile_script()?;
    let engine = folder().join(ENGINE);
    let plugin = engine.join("plugin");
    for (name, folder) in [(ENGINE, &engine), (PLUGIN, &plugin)] {
        package(compiler, name, profile, &folder.join("pkg"))?;
        copy(&root().join("examples").join(name).join("page"), folder)?;
    }
    copy(&root().join(SCRIPT).join("dist"), &plugin)
}

/// Compiles the script of `clients/web`. What it becomes is part of the repository, so that a
/// page beside a clone needs no compiler.
fn compile_script() -> Result<(), String> {
    let compiler = root().join(TOOLS).join("node_modules/typescript/bin/tsc");
    let made = folder().join("script");
    let mut compile = command("node", &[]);
    compile.arg(compiler).args(["--project", SCRIPT, "--outDir"]).arg(&made);
    // Its errors are on its standard output.
    if !succeeds(&mut compile) {
        return Err(format!("{SCRIPT} cannot be compiled"));
    }
    let kept = root().join(SCRIPT).join("dist");
    let file = |folder: &Path| std::fs::read(folder.join("early.js")).unwrap_or_default();
    if file(&made) == file(&kept) {
        return Ok(());
    }
    copy(&made, &kept)?;
    Err(format!("{SCRIPT}/dist was not what its source becomes, and is written anew: commit it"))
}

/// Copies the files of a folder into another one.
fn copy(from: &Path, into: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    for file in std::fs::read_dir(from).map_err(failed)?.flatten() {
        std::fs::copy(file.path(), into.join(file.file_name())).map_err(failed)?;
    }
    Ok(())
}

fn folder() -> PathBuf {
    target().join("web")
}
