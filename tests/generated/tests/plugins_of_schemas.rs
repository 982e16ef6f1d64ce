//! A client of a Remix plugin that a `.proto` file describes.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use connector::plugin::{
    CallError, Engine, LocalPlugin, Methods, PluginCall, PluginClient, PluginError,
};
use connector::protocol::remix::{Payload, Profile};
use connector_tests_generated::fixtures::plugins::ide::change::By;
use connector_tests_generated::fixtures::plugins::ide::query::Kind;
use connector_tests_generated::fixtures::plugins::ide::{
    Change, FileManagerClient, Found, Path, Query, Text,
};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

/// The plugin, whose arguments are noted.
fn methods(noted: &Arc<Mutex<Vec<String>>>) -> Methods {
    let note = noted.clone();
    let note =
        move |call: &PluginCall| note.lock().unwrap().push(call.payload().as_payload().to_string());
    let [read, find, save, new] = [(); 4].map(|()| note.clone());
    Methods::new()
        .method("readFile", move |call: PluginCall| {
            read(&call);
            async move {
                match call.arg::<String>(0)?.as_str() {
                    "" => Err(PluginError::new("no path")),
                    path => Ok(format!("text of {path}")),
                }
            }
        })
        .method("find", move |call: PluginCall| {
            find(&call);
            async { Ok(json!({ "paths": ["a", "b"], "all": true, "more": 1 })) }
        })
        .method("save", move |call: PluginCall| {
            save(&call);
            async { Ok("what nobody wants to know") }
        })
        .method("new", move |call: PluginCall| {
            new(&call);
            async { Ok(()) }
        })
}

async fn engine(noted: &Arc<Mutex<Vec<String>>>) -> (Engine, PluginClient) {
    let (send, client) = oneshot::channel();
    let send = Mutex::new(Some(send));
    let methods = methods(noted).activated(move |client| {
        send.lock().unwrap().take().unwrap().send(client).unwrap();
        async {}
    });
    let engine = Engine::new();
    engine.register(LocalPlugin::new(FileManagerClient::profile(), methods)).unwrap();
    engine.activate("fileManager").await.unwrap();
    (engine, client.await.unwrap())
}

fn path(path: &str) -> Path {
    Path { path: path.to_owned() }
}

#[tokio::test]
async fn fields_are_arguments_and_results() {
    let noted = Arc::default();
    let (engine, _client) = engine(&noted).await;
    let files = FileManagerClient::new(&engine);
    assert_eq!(files.read_file(path("a")).await.unwrap(), Text { text: "text of a".to_owned() });
    let error = files.read_file(Path::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "no path");
    let query = Query {
        pattern: "*".to_owned(),
        sizes: vec![1, i64::MAX],
        kind: Kind::Folder.into(),
        below: Some(path("b")),
        ..Query::default()
    };
    let found = Found { paths: vec!["a".to_owned(), "b".to_owned()], all: true };
    assert_eq!(files.find(query).await.unwrap(), found);
    assert_eq!(files.find(Query::default()).await.unwrap(), found);
    files.save().await.unwrap();
    files.new_(path("c")).await.unwrap();
    assert_eq!(
        *noted.lock().unwrap(),
        [
            r#"["a"]"#,
            r#"[""]"#,
            r#"["*",[1,9223372036854775807],"FOLDER",{},null,{"path":"b"}]"#,
            r#"["",[],"ANY",{}]"#,
            "[]",
            r#"["c"]"#,
        ]
    );
}

#[tokio::test]
async fn a_result_that_does_not_fit_is_an_error() {
    let methods = Methods::new()
        .method("readFile", |_: PluginCall| async { Ok(7) })
        .method("find", |_: PluginCall| async { Ok("no object") });
    let engine = Engine::new();
    engine.register(LocalPlugin::new(FileManagerClient::profile(), methods)).unwrap();
    engine.activate("fileManager").await.unwrap();
    let files = FileManagerClient::new(&engine);
    let read = files.read_file(path("a")).await;
    assert!(matches!(read, Err(CallError::Result(_))), "{read:?}");
    let found = files.find(Query::default()).await;
    assert!(matches!(found, Err(CallError::Result(_))), "{found:?}");
}

#[tokio::test]
async fn events_are_messages() {
    let noted = Arc::default();
    let (engine, plugin) = engine(&noted).await;
    let files = FileManagerClient::new(&engine);
    let mut changes = files.file_changed();
    let (heard, mut hears) = mpsc::unbounded_channel();
    let _listener = files.on_file_changed(move |change| heard.send(change).unwrap());
    let emit = |arguments: Value| {
        let arguments: Vec<Payload> = serde_json::from_value(arguments).unwrap();
        plugin.emit("fileChanged", arguments).unwrap();
    };
    let change = |path: &str, by| Change { path: path.to_owned(), by };
    for (arguments, expected) in [
        (json!(["a"]), change("a", None)),
        (json!(["a", "solidity"]), change("a", Some(By::Plugin("solidity".to_owned())))),
        (json!(["a", null, true, "more"]), change("a", Some(By::User(true)))),
        (json!([]), change("", None)),
    ] {
        emit(arguments);
        assert_eq!(changes.next().await.unwrap().unwrap(), expected);
        assert_eq!(hears.recv().await.unwrap(), expected);
    }
    emit(json!([7]));
    assert!(changes.next().await.unwrap().is_err());
    emit(json!(["b"]));
    assert_eq!(changes.next().await.unwrap().unwrap(), change("b", None));
}

#[test]
fn a_profile_has_the_names_of_the_schema() {
    let profile = Profile::new("fileManager")
        .methods(["readFile", "find", "save", "new"])
        .events(["fileChanged"]);
    assert_eq!(FileManagerClient::profile(), profile);
    assert_eq!(FileManagerClient::<PluginClient>::NAME, "fileManager");
}
