//! An engine in a terminal: it hosts the plugin `host`, connects to others, says what happens,
//! and calls what it is told to.

mod host;
mod locked;

use std::future::poll_fn;
use std::process::ExitCode;
use std::task::Poll;
use std::time::Duration;

use clap::Parser;
use connector::plugin::{
    DialedPlugin, Engine, EngineError, PluginOptions, WebSocketPluginConnector,
};
use connector::protocol::remix::{Arguments, Payload, Profile};
use connector::shutdown_signal;
use connector::transport::ChildProcess;
use locked::Locked;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tokio::time::sleep;

/// Hosts plugins. Reads `call PLUGIN METHOD [ARGUMENTS]`, `cancel PLUGIN [METHOD]`, `activate
/// PLUGIN`, `deactivate PLUGIN` and `emit EVENT [ARGUMENTS]` from standard input, a line each,
/// with arguments as a JSON array.
#[derive(Parser)]
struct Options {
    /// A plugin to connect to, such as `remote=ws://127.0.0.1:65520`. Without a name it is
    /// called `remote`.
    #[arg(value_name = "[NAME=]URL")]
    plugins: Vec<String>,
    /// A program to start as a plugin, such as `git=node plugin.js`, with spaces between its
    /// arguments. A line on its standard input or output is a message.
    #[arg(long, value_name = "[NAME=]COMMAND", value_parser = with_program)]
    child: Vec<String>,
    /// The same over Node's IPC channel.
    #[arg(long, value_name = "[NAME=]COMMAND", value_parser = with_program)]
    ipc_child: Vec<String>,
    /// The plugin whose event `ping` the host hears.
    #[arg(long, default_value = "remote")]
    hears: String,
    /// A plugin that no other plugin may activate.
    #[arg(long, value_name = "NAME")]
    locked: Vec<String>,
    /// The milliseconds that a call of a plugin may take. Default: 10,000.
    #[arg(long, value_name = "MILLISECONDS")]
    timeout: Option<u64>,
}

impl Options {
    /// Returns the options of a plugin.
    fn of_plugin(&self) -> PluginOptions {
        let options = PluginOptions::new();
        match self.timeout {
            Some(timeout) => options.queue_timeout(Duration::from_millis(timeout)),
            None => options,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let engine = Engine::with_permissions(Locked(options.locked.clone()));
    tell_events(&engine);
    if let Err(error) = engine.register(host::plugin(&options.hears)) {
        eprintln!("remix-engine: {error}");
        return ExitCode::FAILURE;
    }
    let mut all_connected = activate(&engine, "manager").await & activate(&engine, "host").await;
    let names = match register(&engine, &options) {
        Ok(names) => names,
        Err(error) => {
            eprintln!("remix-engine: {error}");
            return ExitCode::FAILURE;
        }
    };
    for name in names {
        all_connected &= activate(&engine, name).await;
    }
    println!("READY");
    tokio::select! {
        () = commands(&engine) => {}
        () = shutdown_signal() => {}
    }
    if all_connected { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Registers the plugins of the command line. Returns their names.
fn register<'a>(engine: &Engine, options: &'a Options) -> Result<Vec<&'a str>, EngineError> {
    let mut names = Vec::new();
    for plugin in &options.plugins {
        let (name, url) = named(plugin);
        let connector = WebSocketPluginConnector::new(Profile::new(name).url(url));
        engine.register_with(connector, options.of_plugin())?;
        names.push(name);
    }
    let children = options.child.iter().map(|child| (child, false));
    for (child, ipc) in children.chain(options.ipc_child.iter().map(|child| (child, true))) {
        let (name, command) = named(child);
        let mut words = command.split_whitespace();
        let child = ChildProcess::new(words.next().unwrap_or_default()).args(words);
        let child = child.on_line(|line| eprintln!("{line}"));
        let child = if ipc { child.ipc() } else { child };
        let connector = DialedPlugin::by_lines(Profile::new(name), child);
        engine.register_with(connector, options.of_plugin())?;
        names.push(name);
    }
    Ok(names)
}

/// Checks that a command names a program.
fn with_program(child: &str) -> Result<String, &'static str> {
    match named(child) {
        (_, command) if command.trim().is_empty() => Err("a program is missing behind the name"),
        _ => Ok(child.to_owned()),
    }
}

/// Tells a plugin's name from the rest, which may have a `=` of its own.
fn named(plugin: &str) -> (&str, &str) {
    match plugin.split_once('=') {
        Some((name, rest)) if name.chars().all(char::is_alphanumeric) => (name, rest),
        _ => ("remote", plugin),
    }
}

/// Prints the manager's events.
fn tell_events(engine: &Engine) {
    for event in ["profileAdded", "profileUpdated", "pluginActivated", "pluginDeactivated"] {
        engine.on("manager", event, move |profile| {
            let Ok((profile,)) = profile.parse::<(Profile,)>() else { return };
            println!("{event} {}: {}", profile.name, profile.methods.unwrap_or_default().join(" "));
        });
    }
}

async fn activate(engine: &Engine, name: &str) -> bool {
    let activated = engine.activate(name).await;
    if let Err(error) = &activated {
        println!("error {error}");
    }
    activated.is_ok()
}

/// Executes commands until their end.
async fn commands(engine: &Engine) {
    let mut lines = BufReader::new(stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let engine = engine.clone();
        let mut execution = Box::pin(async move {
            if let Err(error) = command(&engine, &line).await {
                println!("error {error}");
            }
        });
        // Commands begin in their order, and a slow call keeps no other waiting.
        let begun = poll_fn(|cx| Poll::Ready(execution.as_mut().poll(cx))).await;
        if begun.is_pending() {
            tokio::spawn(execution);
        }
    }
}

async fn command(engine: &Engine, line: &str) -> Result<(), String> {
    let mut words = line.trim().splitn(4, ' ');
    let command = words.next().unwrap_or_default();
    let mut word = |what: &str| words.next().ok_or_else(|| format!("`{command}` needs {what}"));
    match command {
        "" => {}
        "activate" => {
            engine.activate(word("a plugin")?).await.map_err(|error| error.to_string())?;
        }
        "deactivate" => drop(engine.deactivate(word("a plugin")?).await),
        "call" => {
            let (plugin, method) = (word("a plugin")?, word("a method")?);
            let arguments = arguments(word("").unwrap_or("[]"))?;
            let called = engine.call::<Payload>(plugin, method, arguments.values()).await;
            match called {
                Ok(result) => println!("{plugin}.{method} = {result}"),
                Err(error) => println!("{plugin}.{method} failed: {error}"),
            }
        }
        "cancel" => {
            let (plugin, method) = (word("a plugin")?, word("").ok());
            engine.cancel(plugin, method).map_err(|error| error.to_string())?;
        }
        "emit" => {
            let event = word("an event")?;
            let arguments = arguments(word("").unwrap_or("[]"))?;
            engine.emit(event, arguments.values()).map_err(|error| error.to_string())?;
        }
        other => {
            return Err(format!("`{other}` is not call, cancel, activate, deactivate or emit"));
        }
    }
    Ok(())
}

fn arguments(text: &str) -> Result<Arguments, String> {
    let payload = serde_json::from_str::<Payload>(text).map_err(|error| error.to_string())?;
    Arguments::try_from(payload).map_err(|error| error.to_string())
}
