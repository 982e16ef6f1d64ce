//! The engine's machine.

mod activation;
mod calls;
mod cancels;
mod circles;
mod deadlines;
mod events;
mod registry;

use std::time::Duration;

use super::{arguments as args, json};
use crate::remix::{
    Activity, Answer, Arguments, EngineEvent, EngineSession, EventBounds, HostCall, Profile,
    QueueOptions, RemixError, Ticket,
};

const START: Duration = Duration::ZERO;
const SECOND: Duration = Duration::from_secs(1);

/// An engine with these active plugins, each of which has the methods `a` and `b`.
fn engine(names: &[&str]) -> EngineSession {
    let mut engine = EngineSession::default();
    for name in names {
        register(&mut engine, name, QueueOptions::default());
        engine.activate(name);
        engine.activated(name, START);
    }
    events(&mut engine);
    engine
}

fn register(engine: &mut EngineSession, name: &str, options: QueueOptions) {
    engine.register(Profile::new(name).methods(["a", "b"]), options).unwrap();
}

fn call(from: &str, path: &str, method: &str) -> HostCall {
    HostCall::new(from, path, method, Arguments::default())
}

fn events(engine: &mut EngineSession) -> Vec<EngineEvent> {
    std::iter::from_fn(|| engine.poll_event()).collect()
}

/// What the driver is asked to do, each in a few words.
fn told(engine: &mut EngineSession) -> Vec<String> {
    let text = |event| match event {
        EngineEvent::MayActivate { ticket, from, target, method } => {
            format!("may {from} activate {target} for {method}? {}", ticket.0)
        }
        EngineEvent::Activate(name) => format!("activate {name}"),
        EngineEvent::Start { ticket, call } => format!("start {} {}", ticket.0, call.method),
        EngineEvent::Drop { ticket, target } => format!("drop {} of {target}", ticket.0),
        EngineEvent::Answered(Answer { id, outcome }) => match outcome {
            Ok(value) => {
                format!("{} is {}", id.0, value.map_or_else(|| "nothing".into(), |v| v.to_string()))
            }
            Err(error) => format!("{} failed: {error}", id.0),
        },
        EngineEvent::Notify { listener, name, key, payload } => {
            format!("{listener} hears {name}.{key} {}", payload.as_payload())
        }
    };
    events(engine).into_iter().map(text).collect()
}

fn error_of(result: Result<Ticket, RemixError>) -> String {
    result.unwrap_err().to_string()
}
