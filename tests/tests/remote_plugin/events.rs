//! Events, as streams and by callbacks.

use connector::plugin::PluginCaller;
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::*;

fn entry() -> Entry {
    Entry { name: "a".to_owned(), is_folder: false }
}

/// Hears what the plugin behind `client` emits, in every form.
async fn hear_all<C: PluginCaller>(files: &Files<C>, client: &PluginClient) {
    let mut saved = files.file_saved();
    let mut renamed = files.file_renamed();
    let mut nothing = files.nothing_selected();
    let (sender, mut heard) = mpsc::unbounded_channel();
    let again = sender.clone();
    let listener = files.on_file_renamed(move |old, entry, count| {
        sender.send(format!("{old} {} {count:?}", entry.name)).unwrap();
    });
    files.on_nothing_selected(move || again.send("nothing".to_owned()).unwrap());
    // A call there and back is behind all subscriptions.
    files.read_file("").await.unwrap();

    Files::emit_file_saved(client, "a.sol".to_owned()).unwrap();
    Files::emit_file_renamed(client, "b".to_owned(), entry(), Some(1)).unwrap();
    client.emit("renamed", ("c", entry())).unwrap();
    Files::emit_nothing_selected(client).unwrap();

    assert_eq!(saved.next().await.unwrap().unwrap(), "a.sol");
    assert_eq!(renamed.next().await.unwrap().unwrap(), ("b".to_owned(), entry(), Some(1)));
    assert_eq!(renamed.next().await.unwrap().unwrap(), ("c".to_owned(), entry(), None));
    nothing.next().await.unwrap().unwrap();
    for expected in ["b a Some(1)", "c a None", "nothing"] {
        assert_eq!(heard.recv().await.unwrap(), expected);
    }

    // The removed listener hears no more, and the others do.
    listener.remove();
    Files::emit_file_renamed(client, "d".to_owned(), entry(), None).unwrap();
    Files::emit_nothing_selected(client).unwrap();
    assert_eq!(renamed.next().await.unwrap().unwrap().0, "d");
    assert_eq!(heard.recv().await.unwrap(), "nothing");
}

#[tokio::test]
async fn an_engine_hears() {
    let (engine, client) = engine().await;
    hear_all(&Files::new(&engine), &client).await;
}

#[tokio::test]
async fn a_plugin_hears_another_one() {
    let (engine, client) = engine().await;
    let user = activated(&engine, "user", Methods::new()).await;
    hear_all(&Files::new(&user), &client).await;
}

#[tokio::test]
async fn a_plugin_alone_is_heard() {
    let (remote, client) = remote().await;
    hear_all(&Files::new(&remote), &client).await;
}

#[tokio::test]
async fn a_stream_tells_of_events_that_do_not_fit() {
    let (engine, client) = engine().await;
    let mut saved = Files::new(&engine).file_saved();
    let (sender, mut heard) = mpsc::unbounded_channel();
    Files::new(&engine).on_file_saved(move |file| sender.send(file).unwrap());
    client.emit("fileSaved", (1,)).unwrap();
    client.emit("fileSaved", ("a.sol", 2)).unwrap();
    let error = saved.next().await.unwrap().unwrap_err();
    assert!(error.to_string().starts_with("invalid type"), "{error}");
    assert_eq!(saved.next().await.unwrap().unwrap(), "a.sol");
    assert_eq!(heard.recv().await.unwrap(), "a.sol", "the callback got no other");
}

#[tokio::test]
async fn a_slow_reader_loses_the_oldest_events() {
    let (engine, client) = engine().await;
    let mut saved = Files::new(&engine).file_saved();
    let mut probe = Files::new(&engine).nothing_selected();
    for number in 0..1_030 {
        client.emit("fileSaved", (number.to_string(),)).unwrap();
    }
    Files::emit_nothing_selected(&client).unwrap();
    probe.next().await.unwrap().unwrap();
    assert_eq!(saved.dropped(), 6);
    let rest: Vec<_> = StreamExt::take(&mut saved, 1_024).collect().await;
    let rest: Vec<_> = rest.into_iter().map(Result::unwrap).collect();
    assert_eq!((&*rest[0], &*rest[1_023]), ("6", "1029"));
}

#[tokio::test]
async fn streams_end_with_their_connection_or_engine() {
    let (engine, client) = engine().await;
    let user = activated(&engine, "user", Methods::new()).await;
    let mut of_engine = Files::new(&engine).file_saved();
    let mut of_user = Files::new(&user).file_saved();
    Files::new(&user).read_file("a").await.unwrap();
    Files::emit_file_saved(&client, "last".to_owned()).unwrap();
    assert_eq!(of_user.next().await.unwrap().unwrap(), "last");
    user.close();
    assert!(of_user.next().await.is_none());
    // Nothing can come over a connection that has ended.
    user.closed().await;
    assert!(Files::new(&user).file_saved().next().await.is_none());

    drop(engine);
    assert_eq!(of_engine.next().await.unwrap().unwrap(), "last");
    assert!(of_engine.next().await.is_none());

    let (remote, client) = remote().await;
    let mut of_remote = Files::new(&remote).file_saved();
    drop(remote);
    client.closed().await;
    assert!(of_remote.next().await.is_none());
}

#[tokio::test]
async fn a_stream_that_is_dropped_ends_the_subscription() {
    let (engine, client) = engine().await;
    let user = activated(&engine, "user", Methods::new()).await;
    let files = Files::new(&user);
    drop(files.file_saved());
    let mut saved = files.file_saved();
    files.read_file("a").await.unwrap();
    Files::emit_file_saved(&client, "a".to_owned()).unwrap();
    assert_eq!(saved.next().await.unwrap().unwrap(), "a");
    drop(saved);
    files.read_file("a").await.unwrap();
    // A new subscription gets the last value, which the engine remembers.
    Files::emit_file_saved(&client, "b".to_owned()).unwrap();
    Files::new(&engine).read_file("a").await.unwrap();
    assert_eq!(files.file_saved().next().await.unwrap().unwrap(), "b");
}
