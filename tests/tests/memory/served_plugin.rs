//! The memory that an engine can make a plugin hold, within the default options.

use std::future::pending;
use std::net::SocketAddr;

use connector::Address;
use connector::plugin::{self, Methods, PluginCall, PluginError, WebSocketPlugin};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::engine::{Messages, held};
use super::peer::upgraded;
use super::raw_end::{LONG, RawEnd, masked};
use super::{BAR, list, list_of, mib};

/// How many events the plugin listens to.
const HEARD: usize = 60;

const MESSAGES: &[Messages] = &[
    ("a long call", || call("never", &text(LONG - 100))),
    ("a long call on many lines", || call("never", &"\n".repeat(LONG - 100))),
    ("a call with many unknown fields", || {
        let fields: String = (0..1_000_000).map(|n| format!(r#","{n}":0"#)).collect();
        masked(&format!(r#"{{"action":"request","key":"never","id":1{fields}}}"#))
    }),
    ("long calls that never end", || call("never", &text(1_000_000)).repeat(60)),
    ("many calls that never end", || call("never", "").repeat(50_000)),
    ("a call of a method with a long name", || call(&"x".repeat(LONG - 100), "")),
    ("many calls of no method", || call("nothing", "").repeat(50_000)),
    ("long lists, each kept as a value", || values(&list("0", 1), 6)),
    ("long lists of lists, each kept as a value", || values(&list("[0]", 2), 6)),
    ("long lists of objects, each kept as a value", || values(&list(r#"{"":0}"#, 2), 6)),
    ("short lists of lists, each kept as a value", || values(&list_of("[0]", 3_000), 1_000)),
    ("long last values", || {
        let text = text(1_000_000);
        let event = |n| {
            masked(&format!(
                r#"{{"action":"notification","name":"other","key":"{n}","payload":[{text}]}}"#
            ))
        };
        (0..HEARD).flat_map(event).collect()
    }),
    ("many handshakes", || masked(SHAKES_HANDS).repeat(20_000)),
];

const SHAKES_HANDS: &str =
    r#"{"action":"request","key":"handshake","id":0,"name":"p","payload":["p"]}"#;

fn text(len: usize) -> String {
    format!("\"{}\"", "x".repeat(len))
}

fn call(method: &str, argument: &str) -> Vec<u8> {
    masked(&format!(r#"{{"action":"request","key":"{method}","id":1,"payload":[{argument}]}}"#))
}

/// Calls with a list that is kept as a value.
fn values(list: &[u8], times: usize) -> Vec<u8> {
    call("keep", std::str::from_utf8(list).unwrap()).repeat(times)
}

/// A plugin that is served with the default options.
struct Served {
    address: SocketAddr,
    served: JoinHandle<()>,
}

impl Served {
    async fn start() -> Self {
        let methods = Methods::new()
            .method("never", |_| pending::<Result<(), PluginError>>())
            .method("keep", |call: PluginCall| async move {
                let value: Value = call.arg(0)?;
                pending::<()>().await;
                drop(value);
                Ok(())
            })
            .activated(|client| async move {
                for n in 0..HEARD {
                    client.on("other", &n.to_string(), |_| {});
                }
            });
        let mut port = WebSocketPlugin::bind("127.0.0.1:0");
        let Some(Address::Inet(address)) = port.start().await.unwrap() else { unreachable!() };
        let served = tokio::spawn(async move { plugin::serve(methods, port).await.unwrap() });
        Self { address, served }
    }

    /// Connects an engine, which shakes hands.
    fn engine(&self) -> RawEnd {
        let stream = upgraded(&self.address.to_string(), "/");
        let mut engine = RawEnd { stream, frame: masked, asks: SHAKES_HANDS };
        engine.until_handshake();
        engine
    }

    /// Drops all calls, of which some never end.
    async fn end(self) {
        self.served.abort();
        assert!(self.served.await.unwrap_err().is_cancelled());
    }
}

/// Returns the names of the messages for which a plugin holds too much.
pub(crate) fn over(runtime: &Runtime) -> Vec<&'static str> {
    let mut over = Vec::new();
    for (name, messages) in MESSAGES {
        let messages = messages();
        let served = runtime.block_on(Served::start());
        let mut engine = served.engine();
        let held = held(&mut engine, &messages);
        drop(engine);
        runtime.block_on(served.end());
        println!("{:6.1} MiB of a plugin held by {name}", mib(held));
        if held > BAR {
            over.push(*name);
        }
    }
    over
}
