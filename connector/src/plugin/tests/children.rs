//! Plugins that are child processes: this test program itself, in another process.

use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::*;
use crate::ProcessExit;
use crate::connector::Dial;
use crate::transport::{ChildProcess, ParentStream};

/// Set in a child: `stdio` or `ipc`.
const CHILD: &str = "CONNECTOR_TEST_CHILD";
const LONG: Duration = Duration::from_secs(20);

/// What runs in a child. Elsewhere it does nothing.
#[tokio::test]
async fn in_a_child() {
    let parent = match std::env::var(CHILD).as_deref() {
        Ok("stdio") => ParentStream::stdio(),
        Ok("ipc") => ParentStream::ipc().unwrap(),
        _ => return,
    };
    let methods = Methods::new()
        .method("echo", async |call: PluginCall| call.arg::<Payload>(0))
        .method("pid", async |_| Ok(std::process::id()))
        .method("never", async |_| std::future::pending::<MethodResult>().await.map(drop))
        .method("say", async |call: PluginCall| {
            eprintln!("{}", call.arg::<String>(0)?);
            Ok(())
        })
        .method("exit", async |call: PluginCall| -> Result<(), PluginError> {
            std::process::exit(call.arg(0)?)
        });
    PluginClient::new(methods).serve(LineLink::new(parent)).await;
}

/// A child that speaks over `over`. The test harness writes junk to its standard output.
fn child(over: &str) -> ChildProcess {
    let program = std::env::current_exe().unwrap();
    let child = ChildProcess::new(program).args(["plugin::tests::children::in_a_child", "--exact"]);
    let child = child.args(["--nocapture", "--test-threads=1"]).env(CHILD, over);
    if over == "ipc" { child.ipc() } else { child }
}

fn hosted(child: ChildProcess) -> RemotePlugin {
    let connector = DialedPlugin::by_lines(Profile::new("child"), child);
    let options = PluginOptions::new().reconnect_delay(Duration::from_millis(10));
    RemotePlugin::new(connector, (), options)
}

async fn pid_of(plugin: &RemotePlugin) -> Pid {
    let pid = timeout(LONG, plugin.call::<i32>("pid", ())).await.unwrap().unwrap();
    Pid::from_raw(pid).unwrap()
}

async fn status(plugin: &RemotePlugin, wanted: fn(&PluginStatus) -> bool) -> PluginStatus {
    timeout(LONG, plugin.wait_for(wanted)).await.unwrap()
}

/// Waits until a process is gone, also as a zombie.
async fn gone(process: Pid) {
    let since = Instant::now();
    while test_kill_process(process).is_ok() {
        assert!(since.elapsed() < LONG, "{process:?} lives on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_child_is_called_and_leaves_nothing_behind() {
    for over in ["stdio", "ipc"] {
        let (lines, mut heard) = mpsc::unbounded_channel();
        let child = child(over).on_line(move |line| lines.send(line.to_owned()).unwrap());
        let plugin = hosted(child);
        timeout(LONG, plugin.connect()).await.unwrap().unwrap();
        for text in ["", "héllo 漢字 😀\n\r", &"x".repeat(1_000_000)] {
            assert!(plugin.call::<String>("echo", (text,)).await.unwrap() == text, "{over}");
        }
        plugin.call::<()>("say", ("to the log",)).await.unwrap();
        while timeout(LONG, heard.recv()).await.unwrap().unwrap() != "to the log" {}
        let process = pid_of(&plugin).await;
        plugin.disconnect().await;
        gone(process).await;
        assert_eq!(plugin.status(), PluginStatus::Disconnected);
    }
}

fn is_lost(status: &PluginStatus) -> bool {
    matches!(status, PluginStatus::Lost(_) | PluginStatus::Ended(_))
}

#[tokio::test]
async fn a_child_that_dies_says_how_and_is_started_again() {
    for over in ["stdio", "ipc"] {
        let plugin = hosted(child(over));
        timeout(LONG, plugin.connect()).await.unwrap().unwrap();
        let first = pid_of(&plugin).await;
        let (failed, lost) =
            tokio::join!(plugin.call::<()>("exit", (3,)), status(&plugin, is_lost));
        assert!(failed.is_err());
        let exit = ProcessExit { code: Some(3), signal: None };
        assert_eq!(lost, PluginStatus::Lost(CloseReason::Exited(exit)), "{over}");
        status(&plugin, |status| *status == PluginStatus::Ready).await;

        let second = pid_of(&plugin).await;
        assert_ne!(first, second);
        let wait = status(&plugin, is_lost);
        let kill = async { kill_process(second, Signal::KILL).unwrap() };
        let exit = ProcessExit { code: None, signal: Some(9) };
        let (lost, ()) = tokio::join!(wait, kill);
        assert_eq!(lost, PluginStatus::Lost(CloseReason::Exited(exit)), "{over}");
        status(&plugin, |status| *status == PluginStatus::Ready).await;

        let (failed, ended) =
            tokio::join!(plugin.call::<()>("exit", (0,)), status(&plugin, is_lost));
        assert!(failed.is_err());
        let exit = ProcessExit { code: Some(0), signal: None };
        assert_eq!(ended, PluginStatus::Ended(CloseReason::Exited(exit)), "{over}: not again");
        gone(first).await;
        gone(second).await;
    }
}

#[tokio::test]
async fn a_death_is_seen_though_another_process_holds_the_output() {
    let program = std::env::current_exe().unwrap();
    let script = "sleep 600 & echo $! >&2; exec \"$0\" \"$@\"";
    let (lines, mut heard) = mpsc::unbounded_channel();
    let child = ChildProcess::new("sh")
        .args(["-c", script])
        .arg(program)
        .args(["plugin::tests::children::in_a_child", "--exact", "--nocapture"])
        .env(CHILD, "stdio")
        .on_line(move |line| drop(lines.send(line.to_owned())));
    let plugin = hosted(child);
    timeout(LONG, plugin.connect()).await.unwrap().unwrap();
    let grandchild = heard.recv().await.unwrap().parse().ok().and_then(Pid::from_raw).unwrap();
    assert!(test_kill_process(grandchild).is_ok());
    let process = pid_of(&plugin).await;
    let kill = async { kill_process(process, Signal::KILL).unwrap() };
    let since = Instant::now();
    let (lost, ()) = tokio::join!(status(&plugin, is_lost), kill);
    assert!(matches!(lost, PluginStatus::Lost(CloseReason::Exited(_))), "{lost:?}");
    assert!(since.elapsed() < Duration::from_secs(5), "not only when a call fails");
    gone(process).await;
    gone(grandchild).await;
}

/// The process number that a shell script has written first.
async fn started(script: &str, waits: Duration) -> (Pid, crate::transport::ChildStream) {
    use tokio::io::AsyncReadExt;

    let child = ChildProcess::new("sh").args(["-c", script]).exit_wait(waits);
    let (mut stream, peer) = child.terminate_wait(waits).connect("").await.unwrap();
    assert_eq!(peer.transport, "child");
    let mut number = String::new();
    loop {
        match stream.read_u8().await.unwrap() {
            b'\n' => break,
            digit => number.push(digit.into()),
        }
    }
    (Pid::from_raw(number.parse().unwrap()).unwrap(), stream)
}

#[tokio::test]
async fn a_child_is_ended_step_by_step() {
    let waits = Duration::from_millis(200);
    let loops = "while :; do sleep 0.05; done";
    // By the end of its input, by SIGTERM, and by SIGKILL.
    for (script, least, most) in [
        ("echo $$; cat >/dev/null".to_owned(), 0, 150),
        (format!("echo $$; {loops}"), 200, 380),
        (format!("trap '' TERM; echo $$; {loops}"), 400, 5_000),
    ] {
        let (process, stream) = started(&script, waits).await;
        let since = Instant::now();
        drop(stream);
        gone(process).await;
        let took = since.elapsed();
        assert!(took >= Duration::from_millis(least), "{script}: {took:?}");
        // The upper bounds are for a machine that is not busy.
        assert!(took < Duration::from_millis(most) + LONG / 4, "{script}: {took:?}");
    }
}

#[tokio::test]
async fn a_read_without_room_is_not_the_end_of_a_childs_output() {
    use tokio::io::AsyncReadExt;

    let (_, mut stream) = started("echo $$; echo more; cat >/dev/null", LONG).await;
    assert_eq!(stream.read(&mut []).await.unwrap(), 0);
    let mut more = [0; 5];
    timeout(LONG, stream.read_exact(&mut more)).await.unwrap().unwrap();
    assert_eq!(&more, b"more\n");
}

#[test]
fn a_runtime_that_ends_takes_its_children_along() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let script = "trap '' TERM; (trap '' TERM; exec sleep 600) & echo $!; wait";
    let (grandchild, stream) = runtime.block_on(started(script, LONG));
    std::mem::forget(stream);
    drop(runtime);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(gone(grandchild));
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let plugin = hosted(ChildProcess::new("connector-no-such-program"));
    let said = plugin.connect().await.unwrap_err().to_string();
    assert!(said.contains("the program connector-no-such-program"), "{said}");
}

#[tokio::test]
async fn an_engine_tells_with_which_code_a_child_has_exited() {
    let engine = Engine::new();
    let connector = DialedPlugin::by_lines(Profile::new("child"), child("ipc"));
    engine.register_with(connector, PluginOptions::new().reconnect_attempts(0)).unwrap();
    timeout(LONG, engine.activate("child")).await.unwrap().unwrap();
    engine.call::<()>("child", "exit", (7,)).await.unwrap_err();
    let is_ended = |status: &PluginStatus| matches!(status, PluginStatus::Ended(_));
    let ended = timeout(LONG, engine.wait_for("child", is_ended)).await.unwrap();
    let exit = ProcessExit { code: Some(7), signal: None };
    assert_eq!(ended, PluginStatus::Ended(CloseReason::Exited(exit)));
}
