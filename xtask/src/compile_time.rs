//! `cargo xtask compile-time`: 200 routes by attribute beside a `match` by hand, and the rebuild
//! of a server after an edit.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::command::{cargo, exit_code, root, succeeds, target};
use crate::rebuild;

const HANDLERS: usize = 10;
/// Methods of each handler, each with types of its own.
const METHODS: usize = 20;
/// Rounds that the medians are taken of.
const ROUNDS: usize = 5;
/// The limit of the ratio, ours to by hand.
const LIMIT: f64 = 1.3;

/// The two crates: the same types and methods, dispatched in two ways.
const CRATES: [Crate; 2] =
    [Crate { name: "by-hand", source: by_hand }, Crate { name: "by-route", source: by_route }];

struct Crate {
    name: &'static str,
    source: fn() -> String,
}

/// The source of a method. `{}` is replaced by a name, in `value` by the value.
struct Style {
    handler: &'static str,
    route: &'static str,
    ask: &'static str,
    answer: &'static str,
    value: &'static str,
}

const BY_ROUTE: Style = Style {
    handler: "#[handler(\"game.handler{}\")]",
    route: "#[route]",
    ask: "Json(ask): Json<Ask{}>",
    answer: "Json<Answer{}>",
    value: "Json({})",
};

const BY_HAND: Style =
    Style { handler: "", route: "", ask: "ask: Ask{}", answer: "Answer{}", value: "{}" };

/// Measures both, and fails if one is above its limit.
pub(crate) fn run() -> ExitCode {
    exit_code(check())
}

/// Compiles each crate in turn, and then the chat, and prints what that takes. Returns whether
/// the limits hold.
///
/// # Errors
/// What does not compile.
pub(crate) fn check() -> Result<bool, String> {
    let held = compare()?;
    Ok(rebuild::check()? && held)
}

fn compare() -> Result<bool, String> {
    let target = target();
    let here =
        prepare(&target).map_err(|error| format!("the crates could not be written: {error}"))?;
    println!("milliseconds for {} routes, medians of {ROUNDS} rounds", HANDLERS * METHODS);
    println!("{:>6} {:>8} {:>8} {:>6} {:>6}", "", "by hand", "ours", "ratio", "limit");
    let mut held = true;
    for task in ["check", "build"] {
        let [by_hand, ours] = medians(task, &here, &target)
            .ok_or_else(|| format!("`cargo {task}` of the crates fails"))?;
        let ratio = ours.as_secs_f64() / by_hand.as_secs_f64();
        let mark = if ratio > LIMIT { "  above the limit" } else { "" };
        held &= ratio <= LIMIT;
        let by_hand = by_hand.as_millis();
        let ours = ours.as_millis();
        println!("{task:>6} {by_hand:>8} {ours:>8} {ratio:>6.2} {LIMIT:>6.2}{mark}");
    }
    Ok(held)
}

/// Compiles both in turns, so that other programs disturb both alike. The first
/// round builds the dependencies, and does not count.
fn medians(task: &str, here: &Path, target: &Path) -> Option<[Duration; 2]> {
    let mut times = CRATES.map(|_| Vec::new());
    for round in 0..=ROUNDS {
        for (Crate { name, .. }, times) in CRATES.iter().zip(&mut times) {
            let time = compile(task, name, here, target)?;
            if round > 0 {
                times.push(time);
            }
        }
    }
    Some(times.map(median))
}

/// Compiles all of one crate, and none of its dependencies.
fn compile(task: &str, name: &str, here: &Path, target: &Path) -> Option<Duration> {
    let touched = fs::File::options().append(true).open(here.join(name).join("src/lib.rs"));
    touched.and_then(|file| file.set_modified(std::time::SystemTime::now())).ok()?;
    let mut command: Command = cargo(&[task, "--quiet", "--package", name]);
    command.arg("--manifest-path").arg(here.join("Cargo.toml"));
    command.arg("--target-dir").arg(target);
    // All of it: nothing has changed that could be compiled again alone.
    command.env("CARGO_INCREMENTAL", "0");
    let start = Instant::now();
    succeeds(&mut command).then(|| start.elapsed())
}

/// Writes a workspace of both crates, and returns its path.
fn prepare(target: &Path) -> io::Result<PathBuf> {
    let here = target.join("compile-time");
    let root = root();
    for Crate { name, source } in CRATES {
        let folder = here.join(name);
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), manifest(name, &root))?;
        fs::write(folder.join("src/lib.rs"), source())?;
    }
    let members = CRATES.map(|Crate { name, .. }| name);
    let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
    fs::write(here.join("Cargo.toml"), workspace)?;
    // The workspace's choice of versions, which needs no network.
    fs::copy(root.join("Cargo.lock"), here.join("Cargo.lock"))?;
    Ok(here)
}

fn manifest(name: &str, root: &Path) -> String {
    // Literal quotes, so that a path of Windows stays what it is.
    let connector = root.join("connector");
    let connector = connector.display();
    format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\n\
         connector = {{ package = \"connector-kit\", path = '{connector}' }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n"
    )
}

/// Returns the source of a user of this library.
fn by_route() -> String {
    let mut text = String::from("use connector::prelude::*;\n");
    types(&mut text);
    for handler in 0..HANDLERS {
        handlers(&mut text, handler, &BY_ROUTE);
    }
    text += "pub fn server() -> connector::server::ServerBuilder {\nServer::builder()\n";
    for handler in 0..HANDLERS {
        add(&mut text, format_args!(".handler(Handler{handler})"));
    }
    text + "}\n"
}

/// Returns the source of a user without it: one function that finds the route and reads
/// the body, and a boxed future that awaits the method and writes the answer. One
/// `async fn` around the whole `match` takes longer to compile.
fn by_hand() -> String {
    let mut text = String::from("use connector::prelude::*;\n");
    types(&mut text);
    for handler in 0..HANDLERS {
        handlers(&mut text, handler, &BY_HAND);
    }
    text += "
        type Call<'a> = std::pin::Pin<Box<dyn Future<Output = Result<Vec<u8>, HandlerError>> + Send + 'a>>;
        pub fn call<'a>(route: &str, session: &'a Session, body: &[u8]) -> Result<Call<'a>, HandlerError> {
        Ok(match route {\n";
    for (handler, method) in all() {
        add(
            &mut text,
            format_args!(
                "\"game.handler{handler}.method{method}\" => {{
                let ask = serde_json::from_slice(body).map_err(HandlerError::bad_request)?;
                Box::pin(async move {{
                let answer = Handler{handler}.method{method}(session, ask).await?;
                serde_json::to_vec(&answer).map_err(|_| HandlerError::failed())
                }})
                }}"
            ),
        );
    }
    text + "
        _ => return Err(HandlerError::failed()),
        })
        }\n"
}

/// Adds the types of requests and answers.
fn types(text: &mut String) {
    for (handler, method) in all() {
        add(
            text,
            format_args!(
                "#[derive(serde::Deserialize)]
                pub struct Ask{handler}x{method} {{ name: String, times: u32 }}
                #[derive(serde::Serialize)]
                pub struct Answer{handler}x{method} {{ text: String, session: u64 }}"
            ),
        );
    }
}

/// A handler and its methods, whose bodies are the same in both crates.
fn handlers(text: &mut String, handler: usize, style: &Style) {
    let Style { handler: attribute, route, ask, answer, value } = style;
    add(text, format_args!("{}", attribute.replace("{}", &handler.to_string())));
    add(text, format_args!("impl Handler{handler} {{"));
    for method in 0..METHODS {
        let name = format!("{handler}x{method}");
        let [ask, answer] = [ask, answer].map(|part| part.replace("{}", &name));
        let value =
            value.replace("{}", &format!("Answer{name} {{ text, session: session.id().get() }}"));
        add(
            text,
            format_args!(
                "{route} async fn method{method}(&self, session: &Session, {ask})
                -> Result<{answer}, HandlerError> {{
                if ask.times > {method} {{ return Err(HandlerError::new(422, \"too often\")); }}
                let text = ask.name.repeat(ask.times as usize);
                Ok({value})
                }}"
            ),
        );
    }
    add(text, format_args!("}}\npub struct Handler{handler};"));
}

fn all() -> impl Iterator<Item = (usize, usize)> {
    (0..HANDLERS).flat_map(|handler| (0..METHODS).map(move |method| (handler, method)))
}

fn add(text: &mut String, line: std::fmt::Arguments<'_>) {
    // A `String` takes everything.
    let _ = writeln!(text, "{line}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
