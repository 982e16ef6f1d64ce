//! Users: how many sessions each has, who is told, and what is counted.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::handler::filters::RateLimit;
use connector::prelude::*;
use connector::server::{ServerBuilder, SingleSession};
use connector::session::BindError;
use connector::testing::{TestClient, TestServer};
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::advance;

#[derive(Clone, Default)]
struct Desk {
    log: Arc<Mutex<Vec<String>>>,
    gate: Arc<Notify>,
}

impl Desk {
    fn write(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    fn server(&self) -> ServerBuilder {
        let [bound, unbound, closed] = [(); 3].map(|()| self.clone());
        Server::builder()
            .handler(self.clone())
            .on_bind(move |_, uid| bound.write(format!("bind {uid}")))
            .on_unbind(move |_, uid| unbound.write(format!("unbind {uid}")))
            .on_close(move |session, reason| {
                closed.write(format!("close {:?} {reason}", session.uid()));
            })
    }
}

#[handler("desk.deskHandler")]
impl Desk {
    #[route]
    async fn enter(&self, session: &Session, Json(uid): Json<String>) -> Result<(), HandlerError> {
        session.bind(&uid).map_err(|error| match error {
            BindError::Taken(_) => HandlerError::new(409, error.to_string()),
            _ => HandlerError::bad_request(error),
        })
    }

    #[route]
    async fn leave(&self, session: &Session) -> Json<Option<String>> {
        Json(session.unbind().map(|uid| uid.to_string()))
    }

    /// Waits until the test lets it go, then tries to be the user again.
    #[route]
    async fn hang(&self, session: &Session) {
        self.gate.notified().await;
        let uid = session.unbind();
        self.write(format!("rebinds: {:?}", session.bind(uid.as_deref().unwrap_or("ann"))));
    }
}

async fn enter(server: &TestServer, uid: &str) -> TestClient {
    let client = server.client().connect().await;
    client.request::<()>("desk.deskHandler.enter", Json(uid)).await;
    client
}

/// A client whose session is open on the server too.
async fn open(server: &TestServer) -> TestClient {
    let client = server.client().connect().await;
    client.expect_no_push("onAny").await;
    client
}

#[tokio::test(start_paused = true)]
async fn a_second_session_is_refused_where_a_user_may_have_one() {
    let desk = Desk::default();
    let server = TestServer::start(desk.server().single_session(SingleSession::Refuse)).await;
    let first = enter(&server, "ann").await;
    let second = server.client().connect().await;
    let error = second.expect_error("desk.deskHandler.enter", Json("ann")).await;
    assert_eq!(
        error,
        HandlerError::new(409, "the user `ann` has another session, and may have one only")
    );
    // The same session may say it again, and another user is another matter.
    first.request::<()>("desk.deskHandler.enter", Json("ann")).await;
    second.request::<()>("desk.deskHandler.enter", Json("bob")).await;
    assert_eq!(server.handle().statistics().logins, 2);
    // One that was kicked is no longer in the way, though its call hangs.
    first.notify("desk.deskHandler.hang", ()).await;
    assert_eq!(server.handle().kick("ann", Some("go")), 1);
    let third = enter(&server, "ann").await;
    assert_eq!(first.expect_close().await, CloseReason::Kicked(Some("go".into())));
    assert_eq!(server.handle().sessions_of("ann").len(), 1);
    drop(third);
}

#[tokio::test(start_paused = true)]
async fn a_new_login_wins_while_the_old_one_hangs() {
    let desk = Desk::default();
    let policy = SingleSession::kick("signed in elsewhere");
    let server = TestServer::start(desk.server().single_session(policy)).await;
    let old = enter(&server, "ann").await;
    old.notify("desk.deskHandler.hang", ()).await;
    let id = server.handle().sessions_of("ann")[0].id();
    let new = enter(&server, "ann").await;
    let sessions = server.handle().sessions_of("ann");
    assert_eq!(sessions.len(), 1);
    assert_ne!(sessions[0].id(), id);
    assert_eq!(old.expect_close().await, CloseReason::Kicked(Some("signed in elsewhere".into())));
    assert_eq!(
        desk.take(),
        ["bind ann", "bind ann", "unbind ann", r#"close Some("ann") kicked: signed in elsewhere"#]
    );
    // The call that goes on does not bring the old session back.
    desk.gate.notify_one();
    new.request::<()>("desk.deskHandler.enter", Json("ann")).await;
    assert_eq!(desk.take(), ["rebinds: Err(Closed)"]);
    assert_eq!(server.handle().sessions_of("ann"), sessions);
    assert_eq!(server.handle().statistics().users, 1);
}

#[tokio::test]
async fn nobody_is_unbound_before_the_hooks_of_the_binding_have_run() {
    let (inside, entered) = std::sync::mpsc::channel();
    let (release, blocked) = std::sync::mpsc::channel::<()>();
    let (inside, blocked) = (Mutex::new(inside), Mutex::new(blocked));
    let desk = Desk::default();
    let present = desk.clone();
    let server = TestServer::start(desk.server().on_bind(move |_, _| {
        inside.lock().unwrap().send(()).unwrap();
        let _ = blocked.lock().unwrap().recv();
        present.write("is present".to_owned());
    }));
    let server = server.await;
    let client = open(&server).await;
    let session = server.handle().sessions().remove(0);
    let binding = std::thread::spawn(move || session.bind("ann"));
    entered.recv().unwrap();
    assert_eq!(server.handle().kick("ann", Some("go")), 1);
    assert_eq!(client.expect_close().await, CloseReason::Kicked(Some("go".into())));
    let closed = r#"close Some("ann") kicked: go"#;
    crate::until("it has ended", || desk.log.lock().unwrap().len() > 1).await;
    assert_eq!(desk.take(), ["bind ann", closed]);
    release.send(()).unwrap();
    binding.join().unwrap().unwrap();
    assert_eq!(desk.take(), ["is present", "unbind ann"]);
}

/// Blocks its thread, so that nothing else of its connection runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_login_wins_while_the_old_ones_task_is_blocked() {
    let (inside, entered) = std::sync::mpsc::channel();
    let (release, blocked) = std::sync::mpsc::channel::<()>();
    let (inside, blocked) = (Mutex::new(inside), Mutex::new(blocked));
    let desk = Desk::default();
    let builder = desk.server().single_session(SingleSession::kick("elsewhere")).route(
        "desk.blockHandler.block",
        move || {
            inside.lock().unwrap().send(()).unwrap();
            let _ = blocked.lock().unwrap().recv();
            std::future::ready(())
        },
    );
    let server = TestServer::start(builder).await;
    let old = enter(&server, "ann").await;
    old.notify("desk.blockHandler.block", ()).await;
    tokio::task::spawn_blocking(move || entered.recv().unwrap()).await.unwrap();
    let bob = enter(&server, "ann").await;
    let sessions = server.handle().sessions_of("ann");
    assert_eq!(sessions.len(), 1, "the old one is out, though its task cannot even be told");
    assert_eq!(server.handle().push_to("ann", "onNews", Json(1)).unwrap(), 1);
    assert_eq!(bob.expect_push::<Json<u32>>("onNews").await.0, 1);
    release.send(()).unwrap();
    assert_eq!(old.expect_close().await, CloseReason::Kicked(Some("elsewhere".into())));
}

#[tokio::test(start_paused = true)]
async fn binding_and_unbinding_is_told_in_pairs() {
    let desk = Desk::default();
    let refusing = desk.server().sign_in(|said| said.as_str().map(str::to_owned)).on_handshake(
        |_, hello| async move {
            match hello.user {
                Some(user) if user == "eve" => {
                    connector::protocol::session::Answer::Refuse { code: 403 }
                }
                _ => connector::protocol::session::Answer::Accept { user: None },
            }
        },
    );
    let server = TestServer::start(refusing).await;
    let ann = server.client().user(json!("ann")).connect().await;
    ann.request::<()>("desk.deskHandler.enter", Json("ann")).await;
    assert_eq!(desk.take(), ["bind ann"], "again is not told");
    ann.request::<Json<Option<String>>>("desk.deskHandler.leave", ()).await;
    let again = ann.request::<Json<Option<String>>>("desk.deskHandler.leave", ()).await;
    assert_eq!((again.0, desk.take()), (None, vec!["unbind ann".to_owned()]));
    ann.request::<()>("desk.deskHandler.enter", Json("bob")).await;
    ann.close().await;
    server.handle().stop().await;
    assert_eq!(
        desk.take(),
        ["bind bob", "unbind bob", r#"close Some("bob") the peer closed the connection"#]
    );
    // A session that was bound, and refused after that, has no close.
    let desk_of_eve = Desk::default();
    let server =
        TestServer::start(desk_of_eve.server().sign_in(|_| Some("eve".into())).on_handshake(
            |_, _| async { connector::protocol::session::Answer::Refuse { code: 403 } },
        ))
        .await;
    assert_eq!(server.client().expect_refusal().await, 403);
    server.handle().stop().await;
    assert_eq!(desk_of_eve.take(), ["bind eve", "unbind eve"]);
}

#[tokio::test(start_paused = true)]
async fn a_second_sign_in_is_refused_with_its_own_code() {
    let builder = Server::builder()
        .sign_in(|said| said.as_str().map(str::to_owned))
        .single_session(SingleSession::Refuse);
    let server = TestServer::start(builder).await;
    let _ann = server.client().user(json!("ann")).connect().await;
    assert_eq!(server.client().user(json!("ann")).expect_refusal().await, 409);
    assert_eq!(server.client().user(json!(7)).expect_refusal().await, 401);
}

#[tokio::test(start_paused = true)]
async fn logins_are_listed_and_sessions_kicked_by_id() {
    let desk = Desk::default();
    let server = TestServer::start(desk.server()).await;
    let ann = enter(&server, "ann").await;
    advance(Duration::from_secs(60)).await;
    let phone = enter(&server, "ann").await;
    let _guest = open(&server).await;
    let handle = server.handle();
    let mut logins = handle.logins();
    logins.sort_by_key(|login| login.session);
    let seen: Vec<_> = logins
        .iter()
        .map(|login| (&*login.uid, login.peer.transport, login.age.as_secs()))
        .collect();
    assert_eq!(seen, [("ann", "memory", 60), ("ann", "memory", 0)]);
    let now = handle.statistics();
    assert_eq!((now.connections, now.sessions, now.logins, now.users), (3, 3, 2, 1));
    assert!(handle.kick_session(logins[1].session, Some("twice")));
    assert_eq!(phone.expect_close().await, CloseReason::Kicked(Some("twice".into())));
    assert!(!handle.kick_session(logins[1].session, None), "it is gone");
    assert_eq!(handle.kick("ann", None), 1);
    // Without a reason there is no kick package, as in pomelo.
    assert_eq!(ann.expect_close().await, CloseReason::PeerClosed);
    handle.stop().await;
    let end = handle.statistics();
    assert_eq!((end.connections, end.sessions, end.logins, end.connections_ever), (0, 0, 0, 3));
}

#[tokio::test(start_paused = true)]
async fn a_session_keeps_settings_by_key_and_values_by_type() {
    #[derive(Clone, Debug, PartialEq)]
    struct Cart(Vec<u32>);

    let server = TestServer::start(Server::builder()).await;
    let _client = open(&server).await;
    let session = &server.handle().sessions()[0];
    session.set("level", &7).unwrap();
    assert_eq!((session.get("level"), session.get::<String>("level")), (Some(7), None));
    assert_eq!((session.remove("level"), session.get::<u32>("level")), (Some(json!(7)), None));
    assert_eq!(session.value::<Cart>(), None);
    assert_eq!(session.value_or_insert_with(|| Cart(vec![1])), Cart(vec![1]));
    assert_eq!(session.value_or_insert_with(|| Cart(vec![2])), Cart(vec![1]));
    assert_eq!(session.set_value(Cart(vec![3])), Some(Cart(vec![1])));
    session.set_value(7u32);
    assert_eq!((session.value(), session.value::<u64>()), (Some(Cart(vec![3])), None));
    assert_eq!((session.remove_value(), session.value()), (Some(Cart(vec![3])), None::<Cart>));
    assert_eq!(session.value(), Some(7u32));
}

/// A value's own code may use the session: none of it runs under the session's lock.
#[tokio::test(start_paused = true)]
async fn a_values_own_code_may_use_its_session() {
    struct Uses(Session);

    impl Clone for Uses {
        fn clone(&self) -> Self {
            self.0.set("cloned", &true).unwrap();
            Self(self.0.clone())
        }
    }

    impl Drop for Uses {
        fn drop(&mut self) {
            let _ = self.0.set("dropped", &true);
        }
    }

    let server = TestServer::start(Server::builder()).await;
    let _client = open(&server).await;
    let session = server.handle().sessions()[0].clone();
    session.value_or_insert_with(|| Uses(session.clone()));
    session.set_value(Uses(session.clone()));
    session.remove_value::<Uses>();
    assert_eq!((session.get("cloned"), session.get("dropped")), (Some(true), Some(true)));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_calls_too_often_is_refused_and_others_are_not() {
    const LIMIT: RateLimit = RateLimit::new(2, Duration::from_secs(1));
    let desk = Desk::default();
    let server = TestServer::start(desk.server().filter(LIMIT)).await;
    let (ann, bob) = (enter(&server, "ann").await, enter(&server, "bob").await);
    ann.request::<()>("desk.deskHandler.enter", Json("ann")).await;
    let error = ann.expect_error("desk.deskHandler.enter", Json("ann")).await;
    assert_eq!(error.code, RateLimit::TOO_MANY);
    assert_eq!(&*error.message, "too many calls: 2 in 1s are allowed");
    assert_eq!(error.metadata["retryAfter"], 500);
    bob.request::<()>("desk.deskHandler.enter", Json("bob")).await;
    // One more is allowed after half the time, and all after all of it.
    advance(Duration::from_millis(500)).await;
    ann.request::<()>("desk.deskHandler.enter", Json("ann")).await;
    ann.expect_error("desk.deskHandler.enter", Json("ann")).await;
    advance(Duration::from_secs(1)).await;
    ann.request::<()>("desk.deskHandler.enter", Json("ann")).await;
    ann.request::<()>("desk.deskHandler.enter", Json("ann")).await;
    ann.expect_error("desk.deskHandler.enter", Json("ann")).await;
}
