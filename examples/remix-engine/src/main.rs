//! An engine in a terminal: it hosts the plugin `host`, connects to others, says what happens,
//! and calls what it is told to.

mod host;

use std::process::ExitCode;

use clap::Parser;
use connector::plugin::{Engine, WebSocketPluginConnector};
use connector::protocol::remix::{Arguments, Payload, Profile};
use connector::shutdown_signal;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

/// Hosts plugins. Reads `call PLUGIN METHOD [ARGUMENTS]`, `activate PLUGIN`, `deactivate
/// PLUGIN` and `emit EVENT [ARGUMENTS]` from standard input, a line each, with arguments as
/// a JSON array.
#[derive(Parser)]
struct Options {
    /// A plugin to connect to, such as `remote=ws://127.0.0.1:65520`. Without a name it is
    /// called `remote`.
    #[arg(value_name = "[NAME=]URL")]
    plugins: Vec<String>,
    /// The plugin whose event `ping` the host hears.
    #[arg(long, default_value = "remote")]
    hears: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let engine = Engine::new();
    tell_events(&engine);
    if let Err(error) = engine.register(host::plugin(&options.hears)) {
        eprintln!("remix-engine: {error}");
        return ExitCode::FAILURE;
    }
    let mut all_connected = activate(&engine, "manager").await & activate(&engine, "host").await;
    for plugin in &options.plugins {
        let (name, url) = plugin.split_once('=').unwrap_or(("remote", plugin));
        let connector = WebSocketPluginConnector::new(Profile::new(name).url(url));
        if let Err(error) = engine.register(connector) {
            eprintln!("remix-engine: {error}");
            return ExitCode::FAILURE;
        }
        all_connected &= activate(&engine, name).await;
    }
    println!("READY");
    tokio::select! {
        () = commands(&engine) => {}
        () = shutdown_signal() => {}
    }
    if all_connected { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
        // A slow call keeps no other command waiting.
        tokio::spawn(async move {
            if let Err(error) = command(&engine, &line).await {
                println!("error {error}");
            }
        });
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
        "emit" => {
            let event = word("an event")?;
            let arguments = arguments(word("").unwrap_or("[]"))?;
            engine.emit(event, arguments.values()).map_err(|error| error.to_string())?;
        }
        other => return Err(format!("`{other}` is not call, activate, deactivate or emit")),
    }
    Ok(())
}

fn arguments(text: &str) -> Result<Arguments, String> {
    let payload = serde_json::from_str::<Payload>(text).map_err(|error| error.to_string())?;
    Arguments::try_from(payload).map_err(|error| error.to_string())
}
