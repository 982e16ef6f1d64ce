//! Calls.

use std::sync::{Arc, Mutex};

use connector::plugin::{CallError, EventListener, PluginCaller};
use connector::protocol::remix::{Arguments, Outcome};

use super::*;

/// Calls every method of a client.
async fn call_all<C: PluginCaller>(files: &Files<C>) {
    assert_eq!(files.read_file("a.sol").await.unwrap(), "a.sol");
    let entries = files.list(&["a", "b"], true).await.unwrap();
    let entry = |name: &str| Entry { name: name.to_owned(), is_folder: true };
    assert_eq!(entries, [entry("a"), entry("b")]);
    files.close_all().await.unwrap();
    let echo = files.echo(entry("a"), (1, 2)).await.unwrap();
    assert_eq!(echo.as_str(), r#"[{"name":"a","isFolder":true},[1,2]]"#);
    let error = files.fail("no such file".to_owned()).await.unwrap_err();
    assert_eq!(error.to_string(), "no such file");
}

#[tokio::test]
async fn an_engine_calls() {
    let (engine, _) = engine().await;
    call_all(&Files::new(&engine)).await;
}

#[tokio::test]
async fn a_plugin_calls_another_one() {
    let (engine, _) = engine().await;
    let user = activated(&engine, "user", Methods::new()).await;
    call_all(&Files::new(&user)).await;
}

#[tokio::test]
async fn a_plugin_alone_is_called_whatever_its_name_is() {
    let (remote, _) = remote().await;
    call_all(&Files::new(&remote)).await;
}

#[tokio::test]
async fn a_plugin_may_have_another_name() {
    let (engine, _) = engine().await;
    activated(&engine, "archive", methods()).await;
    let archive = Files::at(&engine, "archive".to_owned());
    assert_eq!(archive.read_file("b.sol").await.unwrap(), "b.sol");
    let nobody = Files::at(&engine, "nobody").read_file("b.sol").await.unwrap_err();
    assert_eq!(
        nobody.to_string(),
        "Cannot call nobody from manager, because nobody is not registered"
    );
}

#[tokio::test]
async fn options_at_the_end_are_left_out() {
    let (engine, _) = engine().await;
    let files = Files::new(&engine);
    assert_eq!(files.count_options(None, None).await.unwrap(), 0);
    assert_eq!(files.count_options(Some(1), None).await.unwrap(), 1);
    assert_eq!(files.count_options(None, Some("b")).await.unwrap(), 2);
}

#[tokio::test]
async fn a_result_of_another_type_is_an_error() {
    let (engine, _) = engine().await;
    activated(&engine, "odd", Methods::new().method("readFile", |_: PluginCall| async { Ok(7) }))
        .await;
    let error = Files::at(&engine, "odd").read_file("a").await.unwrap_err();
    assert!(matches!(error, CallError::Result(_)), "{error}");
}

#[tokio::test]
async fn the_future_of_a_call_can_move_between_threads() {
    let (engine, _) = engine().await;
    let files = Files::new(&engine);
    // Its arguments are written at once, so they need not be shared between threads.
    let call = async move { files.echo(std::cell::Cell::new(1), ()).await };
    let echo = tokio::spawn(call).await.unwrap().unwrap();
    assert_eq!(echo.as_str(), "[1,null]");
}

/// What a user writes to try code that has a client.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<String>>>);

impl PluginCaller for Recorded {
    async fn call_plugin(&self, path: &str, method: &str, arguments: Arguments) -> Outcome {
        self.0.lock().unwrap().push(format!("{path} {method} {}", arguments.as_payload()));
        Ok(Some(Payload::text("recorded")))
    }

    fn listen_to_plugin(
        &self,
        path: &str,
        event: &str,
        callback: impl Fn(Arguments) + Send + Sync + 'static,
    ) -> EventListener {
        self.0.lock().unwrap().push(format!("{path} {event}"));
        callback(Arguments::of(&("a.sol",)).unwrap());
        EventListener::new(|| {})
    }
}

#[tokio::test]
async fn a_caller_of_ones_own_is_enough_for_tests() {
    let recorded = Recorded::default();
    let files = Files::new(&recorded);
    assert_eq!(files.read_file("a.sol").await.unwrap(), "recorded");
    let mut saved = files.file_saved();
    assert_eq!(saved.next().await.unwrap().unwrap(), "a.sol");
    let calls = recorded.0.lock().unwrap().clone();
    assert_eq!(calls, ["files readFile [\"a.sol\"]", "files fileSaved"]);
}
