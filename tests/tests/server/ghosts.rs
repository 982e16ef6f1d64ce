//! Sessions that end in unusual ways leave nothing behind.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::protocol::session::{Answer, Hello};
use connector::testing::TestServer;

use super::*;

/// The closing reasons that a hook has seen.
type Seen = Arc<Mutex<Vec<CloseReason>>>;

/// A server that binds everybody in the handshake, and joins them to a channel.
fn binding(channels: &Channels, seen: &Seen) -> connector::server::ServerBuilder {
    let (channels, seen) = (channels.clone(), seen.clone());
    Server::builder()
        .on_handshake(move |session: Session, _: Hello| {
            let channels = channels.clone();
            async move {
                session.bind("ann").unwrap();
                channels.join("room", &session);
                Answer::Accept { user: None }
            }
        })
        .on_close(move |_, reason| seen.lock().unwrap().push(reason.clone()))
}

async fn nothing_is_left(server: &ServerHandle, channels: &Channels) {
    until("all is gone", || server.statistics().connections == 0).await;
    assert_eq!(server.sessions_of("ann"), []);
    assert_eq!(channels.members("room"), []);
    assert_eq!((server.statistics().sessions, server.statistics().users), (0, 0));
}

#[tokio::test]
async fn a_client_that_never_acknowledges_leaves_user_and_channels() {
    let (channels, seen) = (Channels::new(), Seen::default());
    let limits = Limits { handshake: Duration::from_millis(50), ..Limits::default() };
    let builder = binding(&channels, &seen).limits(limits);
    let connector = HybridConnector::bind("127.0.0.1:0");
    let server = builder.connector(connector).start().await.unwrap();
    let address = server.addresses()[0].to_string();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut hello = Vec::new();
    let request = connector::protocol::pomelo::handshake::Request::new("raw", "1").encode();
    use connector::protocol::pomelo::package::{PackageType, encode};
    encode(PackageType::Handshake, &request, &mut hello).unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &hello).await.unwrap();
    until("it is bound", || server.handle().sessions_of("ann").len() == 1).await;
    nothing_is_left(&server.handle(), &channels).await;
    assert_eq!(*seen.lock().unwrap(), [], "it was never open");
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_outlasts_the_deadline_or_panics_leaves_nothing() {
    for panics in [false, true] {
        let (channels, seen) = (Channels::new(), Seen::default());
        let builder = binding(&channels, &seen).on_handshake(move |_, _| async move {
            assert!(!panics, "a handshake hook panics");
            std::future::pending().await
        });
        let server = TestServer::start(builder).await;
        let refused = server.client().try_connect().await;
        assert!(refused.is_err(), "{refused:?}");
        nothing_is_left(&server.handle(), &channels).await;
    }
}

#[tokio::test(start_paused = true)]
async fn panics_of_handler_and_hooks_stay_where_they_are() {
    let (channels, seen) = (Channels::new(), Seen::default());
    let opened = Arc::new(AtomicUsize::new(0));
    let counted = opened.clone();
    let builder = Server::builder()
        .on_open(|_| panic!("an open hook panics"))
        .on_open(move |session| {
            counted.fetch_add(1, Ordering::SeqCst);
            session.on_close(|_, _| panic!("a session's close hook panics"));
        })
        .on_close(|_, _| panic!("a close hook panics"))
        .handler(Probe { channels: channels.clone(), ..Probe::default() });
    let heard = seen.clone();
    let builder = builder.on_close(move |_, reason| heard.lock().unwrap().push(reason.clone()));
    let server = TestServer::start(builder).await;
    let (bad, good) = (server.client().connect().await, server.client().connect().await);
    until("both are open", || opened.load(Ordering::SeqCst) == 2).await;
    let failed = bad.client().request::<Value>("test.probeHandler.panics", ()).await;
    let Err(connector::client::RequestError::Closed(reason)) = failed else { panic!("{failed:?}") };
    assert_eq!(reason, CloseReason::Kicked(Some("a handler failed".into())));
    until("the hooks ran", || *seen.lock().unwrap() == [CloseReason::Panicked]).await;
    assert_eq!(good.request::<Json<u64>>("test.probeHandler.beside", Json(1_u64)).await.0, 1);
    assert_eq!(server.handle().statistics().sessions, 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_leaves_before_its_socket_has_lingered() {
    let (channels, seen) = (Channels::new(), Seen::default());
    let server = TestServer::start(binding(&channels, &seen)).await;
    let client = server.client().connect().await;
    until("it is open", || server.handle().statistics().sessions == 1).await;
    let started = tokio::time::Instant::now();
    server.handle().kick("ann", Some("enough"));
    tokio::task::yield_now().await;
    until("the session is gone", || server.handle().statistics().sessions == 0).await;
    assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());
    assert_eq!(channels.members("room"), []);
    assert_eq!(client.client().closed().await, CloseReason::Kicked(Some("enough".into())));
    assert_eq!(*seen.lock().unwrap(), [CloseReason::Kicked(Some("enough".into()))]);
}

#[tokio::test(start_paused = true)]
async fn during_a_hook_a_kick_and_a_leaving_client_are_noticed_at_once() {
    for kicked in [true, false] {
        let (channels, seen) = (Channels::new(), Seen::default());
        let builder = binding(&channels, &seen)
            .on_handshake(|_, _| std::future::pending())
            .limits(Limits { handshake: Duration::MAX, ..Limits::default() });
        let server = TestServer::start(builder).await;
        let connecting = tokio::spawn(server.client().try_connect());
        until("it is bound", || server.handle().sessions_of("ann").len() == 1).await;
        if kicked {
            server.handle().kick("ann", Some("enough"));
            let told = connecting.await.unwrap().expect_err("it is kicked").to_string();
            assert_eq!(told, "the connection did not open: kicked: enough");
        } else {
            connecting.abort();
        }
        nothing_is_left(&server.handle(), &channels).await;
    }
}

#[test]
fn a_runtime_that_goes_down_is_no_panic() {
    let (channels, seen) = (Channels::new(), Seen::default());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (server, client) = runtime.block_on(async {
        let server = TestServer::start(binding(&channels, &seen)).await;
        let client = server.client().connect().await;
        until("it is open", || server.handle().statistics().sessions == 1).await;
        (server, client)
    });
    drop(runtime);
    assert_eq!(*seen.lock().unwrap(), [CloseReason::Stopping]);
    assert_eq!(channels.members("room"), []);
    drop((server, client));
}
