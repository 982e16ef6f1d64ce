//! Sessions: what they know, and who may have one.

use connector::client::Client;
use connector::prelude::*;
use connector::protocol::session::{Answer, Hello};
use connector::testing::TestServer;
use serde_json::{Value, json};

use super::{Probe, client, start, until};

#[tokio::test]
async fn a_session_knows_its_client() {
    let (_server, address) = start(&Probe::default(), Limits::default()).await;
    for (scheme, transport) in [("tcp", "tcp"), ("ws", "websocket")] {
        let client = Client::connect(&format!("{scheme}://{address}")).await.unwrap();
        let who: Value = client.request("test.probeHandler.who", ()).await.unwrap();
        assert_eq!(who, json!({ "uid": null, "transport": transport, "type": "connector" }));
    }
}

#[tokio::test]
async fn the_handshake_may_bind_and_refuse() {
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(Probe::default())
        .on_handshake(|session, request| async move {
            match request.user.as_ref().and_then(|user| user["name"].as_str()) {
                Some(name) => {
                    session.bind(name).unwrap();
                    Answer::Accept { user: Some(json!({ "hello": name })) }
                }
                None => Answer::Refuse { code: 401 },
            }
        })
        .start()
        .await
        .unwrap();
    let url = format!("ws://{}", server.addresses()[0]);
    let ann = Client::builder().user(json!({ "name": "ann" })).connect(&url).await.unwrap();
    assert_eq!(ann.welcome().user, Some(json!({ "hello": "ann" })));
    let who: Value = ann.request("test.probeHandler.who", ()).await.unwrap();
    assert_eq!(who["uid"], "ann");
    let nobody = Client::connect(&url).await.unwrap_err();
    assert!(nobody.to_string().contains("401"), "{nobody}");

    let handle = server.handle();
    assert_eq!(handle.sessions_of("ann").len(), 1);
    let mut pushes = ann.pushes::<Json<String>>("onNews");
    assert_eq!(handle.push_to("ann", "onNews", Json("first")).unwrap(), 1);
    assert_eq!(handle.push_to("bob", "onNews", Json("first")).unwrap(), 0);
    assert_eq!(pushes.next().await.unwrap().unwrap().0, "first");
    assert_eq!(handle.kick("ann", Some("enough")), 1);
    assert_eq!(ann.closed().await, CloseReason::Kicked(Some("enough".into())));
    until("the user is free", || handle.statistics().users == 0).await;
}

#[tokio::test]
async fn pushes_go_to_chosen_users_and_sessions_once() {
    let bind = |session: Session, hello: Hello| async move {
        session.bind(hello.user.as_ref().and_then(Value::as_str).unwrap_or_default()).unwrap();
        Answer::Accept { user: None }
    };
    let server = TestServer::start(Server::builder().on_handshake(bind)).await;
    let ann = server.client().user("ann").connect().await;
    let bob = server.client().user("bob").connect().await;
    let eve = server.client().user("eve").connect().await;
    // Her session is open when the server has answered something.
    eve.expect_no_push("onNotice").await;
    let handle = server.handle();

    let missed = handle.multicast(["bob", "zoe", "ann", "bob"], "onInvite", Json("chess"));
    assert_eq!(missed.unwrap(), ["zoe"]);
    let not_ann = |session: &Session| session.uid().as_deref() != Some("ann");
    assert_eq!(handle.broadcast_to("onNotice", Json("soon"), not_ann).unwrap(), 2);

    for client in [&ann, &bob] {
        assert_eq!(client.expect_push::<Json<String>>("onInvite").await.0, "chess");
    }
    for client in [&bob, &eve] {
        assert_eq!(client.expect_push::<Json<String>>("onNotice").await.0, "soon");
    }
    for client in [&ann, &bob, &eve] {
        client.expect_no_push("onInvite").await;
        client.expect_no_push("onNotice").await;
    }
}

#[tokio::test]
async fn a_session_leaves_its_channels_when_it_ends() {
    let probe = Probe::default();
    let (_server, address) = start(&probe, Limits::default()).await;
    let (one, two) = (client(&address).await, client(&address).await);
    for client in [&one, &two] {
        let name = &"room";
        assert!(
            client.request::<Json<bool>>("test.probeHandler.join", Json(name)).await.unwrap().0
        );
        assert!(
            !client.request::<Json<bool>>("test.probeHandler.join", Json(name)).await.unwrap().0
        );
    }
    let mut lines = two.pushes::<Json<String>>("onLine");
    assert_eq!(probe.channels.push("room", "onLine", Json("both")).unwrap(), 2);
    one.close().await;
    until("one has left", || probe.channels.members("room").len() == 1).await;
    assert_eq!(probe.channels.push("room", "onLine", Json("one")).unwrap(), 1);
    assert_eq!(lines.next().await.unwrap().unwrap().0, "both");
    assert_eq!(lines.next().await.unwrap().unwrap().0, "one");
}
