//! The released plugin on plugin-ws 0.3.44, driven by the engine.
#![allow(clippy::unwrap_used)]

use std::process::Stdio;

use connector_tests::peer::Peers;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

struct Engine {
    _child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    seen: Vec<String>,
}

impl Engine {
    async fn start(plugins: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_remix-engine"));
        command.args(plugins).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let stdin = child.stdin.take().unwrap();
        let mut engine = Self { _child: child, stdin, lines, seen: Vec::new() };
        engine.until("READY").await;
        engine
    }

    async fn line(&mut self) -> String {
        let line = self.lines.next_line().await.unwrap().expect("the engine runs");
        self.seen.push(line.clone());
        line
    }

    /// Waits for a line that begins so, and returns its rest.
    async fn until(&mut self, beginning: &str) -> String {
        loop {
            if let Some(rest) = self.line().await.strip_prefix(beginning) {
                return rest.to_owned();
            }
        }
    }

    async fn say(&mut self, command: &str) {
        self.stdin.write_all(format!("{command}\n").as_bytes()).await.unwrap();
    }

    async fn call(&mut self, plugin: &str, method: &str, args: &str) -> String {
        self.say(&format!("call {plugin} {method} {args}")).await;
        self.until(&format!("{plugin}.{method} ")).await
    }
}

#[tokio::test]
async fn it_is_called_and_calls_back() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("remote=ws://127.0.0.1:{}", serving.port());
    let mut engine = Engine::start(&[&url]).await;
    let activated =
        engine.seen.iter().position(|line| line.starts_with("pluginActivated remote: echo"));
    let ready = engine.seen.iter().position(|line| line == "READY");
    assert!(activated.is_some() && activated < ready, "{:?}", engine.seen);

    assert_eq!(engine.call("remote", "add", "[3, 4]").await, "= 7");
    assert_eq!(
        engine.call("remote", "echo", r#"[{"a": ["é😀", null]}]"#).await,
        r#"= {"a":["é😀",null]}"#
    );
    assert_eq!(engine.call("remote", "fail", r#"["bööm"]"#).await, "failed: bööm");
    assert_eq!(
        engine.call("remote", "whoCalled", "[]").await,
        r#"= {"from":"manager","path":"remote"}"#
    );
    assert_eq!(
        engine.call("remote", "callOther", r#"["host", "whoCalled"]"#).await,
        r#"= {"from":"remote","path":"host"}"#
    );
    assert_eq!(engine.call("remote", "callOther", r#"["host", "add", 20, 22]"#).await, "= 42");
    assert_eq!(
        engine.call("remote", "callOther", r#"["ghost", "x"]"#).await,
        "failed: Error from IDE : Cannot call ghost from remote, because ghost is not registered"
    );
    assert_eq!(
        engine.call("remote", "callAndCancel", r#"[100, "host", "slow", 3000, "x"]"#).await,
        r#"= "[CANCEL] Canceled call slow from remote""#
    );
    assert!(engine.call("remote", "nope", "[]").await.contains("\"nope\" is not exposed"));
}

#[tokio::test]
async fn events_go_both_ways_and_are_remembered() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("ws://127.0.0.1:{}", serving.port());
    let mut engine = Engine::start(&[&url]).await;
    assert_eq!(engine.call("remote", "emitEvent", r#"["ping", 1, "x"]"#).await, "= true");
    assert_eq!(engine.call("remote", "emitEvent", r#"["ping"]"#).await, "= true");
    assert_eq!(engine.call("host", "heard", "[]").await, r#"= [[1,"x"],[]]"#);
    assert_eq!(engine.call("host", "heard", "[]").await, "= []");

    engine.call("remote", "listenTo", r#"["host", "tick"]"#).await;
    engine.call("host", "fire", r#"["tick", 1, {"a": 2}]"#).await;
    let received = engine.call("remote", "received", r#"["host", "tick"]"#).await;
    assert_eq!(received, r#"= [[1,{"a":2}]]"#);
    engine.call("remote", "offFrom", r#"["host", "tick"]"#).await;
    engine.call("host", "fire", r#"["tick", 2]"#).await;
    // The last value is for who listens later.
    engine.call("remote", "onceTo", r#"["host", "tick"]"#).await;
    let received = engine.call("remote", "received", r#"["host", "tick"]"#).await;
    assert_eq!(received, "= [[2]]");
}

#[tokio::test]
async fn a_deactivated_plugin_is_activated_again_by_a_call() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("remote=ws://127.0.0.1:{}", serving.port());
    let mut engine = Engine::start(&[&url]).await;
    for n in 0..3 {
        engine.say("deactivate remote").await;
        engine.until("pluginDeactivated remote").await;
        assert_eq!(
            engine.call("remote", "add", &format!("[{n}, 1]")).await,
            format!("= {}", n + 1)
        );
    }
}

#[tokio::test]
async fn mistakes_are_told_in_a_line() {
    let mut engine = Engine::start(&[]).await;
    for (command, told) in [
        ("fly", "error `fly` is not call, activate, deactivate or emit"),
        ("call host", "error `call` needs a method"),
        (
            "call host add 1",
            "error the arguments are not an array: write `(value,)` for a single argument",
        ),
        ("activate ghost", "error Cannot activate plugin ghost, because it is not registered"),
        (
            "call ghost x",
            "ghost.x failed: Cannot call ghost from manager, because ghost is not registered",
        ),
    ] {
        engine.say(command).await;
        assert_eq!(engine.line().await, told);
    }
    let mut refused = Engine::start(&["gone=ws://127.0.0.1:1"]).await;
    assert!(
        refused.seen.iter().any(|line| line.starts_with("error Plugin gone cannot be activated"))
    );
    assert_eq!(refused.call("host", "add", "[1, 2]").await, "= 3.0");
}
