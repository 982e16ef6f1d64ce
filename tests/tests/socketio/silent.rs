//! Our client, of servers that stop speaking: it notices by itself, and connects again.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connector::client::{ClientBuilder, ConnectError, ConnectionState, Reconnect};
use connector::codec::SioCodec;
use connector::prelude::*;
use connector::transport::SioDialer;
use connector::{CloseReason, Dial, SioSocket};
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::PATIENCE;
use crate::by_hand::request;

/// What a server says before it is silent, at most.
const PACKETS: [&str; 2] =
    [r#"0{"sid":"s","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}"#, "40"];

/// A server that says so much of [`PACKETS`] in each session.
#[derive(Clone, Copy, Debug)]
enum Silent {
    /// It accepts connections.
    Deaf,
    WebSocket(usize),
    /// Without WebSocket: whoever asks for one is not answered.
    Polling(usize),
    /// It says all of it, goes on with pings, and takes no bodies.
    Pinging,
}

impl Silent {
    /// Serves, and returns the URL, and how often the last session was polled.
    async fn serve(self) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let polls = Arc::<AtomicUsize>::default();
        let said = polls.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(self.talk(stream, said.clone()));
            }
        });
        (url, polls)
    }

    async fn talk(self, mut stream: TcpStream, said: Arc<AtomicUsize>) {
        match self {
            Self::Deaf => pending().await,
            Self::WebSocket(packets) => {
                let Ok(mut socket) = accept_async(stream).await else { return };
                for packet in &PACKETS[..packets] {
                    socket.send(Message::text(*packet)).await.unwrap();
                }
                while let Some(Ok(_)) = socket.next().await {}
            }
            Self::Polling(_) | Self::Pinging => loop {
                let asked = request(&mut stream).await;
                let Some(body) = self.answer(&asked, &said) else { return pending().await };
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                stream.write_all((head + &body).as_bytes()).await.unwrap();
            },
        }
    }

    /// The answer to a request, if there is one.
    fn answer(self, asked: &str, said: &AtomicUsize) -> Option<String> {
        if asked.starts_with("POST") {
            return matches!(self, Self::Polling(_)).then(|| "ok".to_owned());
        }
        if !asked.contains("sid=") {
            said.store(0, Ordering::Relaxed);
        }
        let next = said.fetch_add(1, Ordering::Relaxed);
        match self {
            Self::Polling(packets) if next >= packets || asked.contains("websocket") => None,
            Self::Pinging if next >= 20 => None,
            Self::Pinging if next >= PACKETS.len() => Some(vec!["2"; 50_000].join("\u{1e}")),
            _ => Some(PACKETS[next].to_owned()),
        }
    }
}

fn builder() -> ClientBuilder {
    let soon = Reconnect::new().first_wait(Duration::from_millis(20));
    Client::builder().codec(SioCodec).reconnect(soon)
}

#[tokio::test]
async fn one_that_does_not_open_the_session_is_given_up() {
    let (websocket, polling) = (SioDialer::new(), SioDialer::new().polling());
    for (dialer, silent) in [
        (websocket.clone(), Silent::Deaf),
        (websocket.clone(), Silent::WebSocket(0)),
        (websocket, Silent::WebSocket(1)),
        (polling.clone(), Silent::Polling(0)),
        (polling, Silent::Polling(1)),
    ] {
        let (url, _) = silent.serve().await;
        let builder = builder().connect_timeout(Duration::from_millis(300));
        let connected = builder.connect_by(dialer.socket::<SioSocket>(), &url);
        let connected = timeout(PATIENCE, connected).await.expect("it gives up");
        assert!(matches!(connected, Err(ConnectError::Timeout)), "{silent:?}: {connected:?}");
    }
}

/// The time is paused while the server is silent, and goes on for the next session.
#[tokio::test]
async fn one_that_falls_silent_is_noticed_when_it_said_and_dialled_again() {
    let dialer = SioDialer::new;
    for (dialer, silent) in [
        (dialer(), Silent::WebSocket(2)),
        (dialer().engine_io_3(), Silent::WebSocket(2)),
        (dialer().polling(), Silent::Polling(2)),
        (dialer().upgrade(), Silent::Polling(2)),
    ] {
        let (url, _) = silent.serve().await;
        let connected = builder().connect_by(dialer.socket::<SioSocket>(), &url);
        let client = timeout(PATIENCE, connected).await.unwrap().unwrap();
        let mut states = client.states();
        assert_eq!(states.next().await, Some(ConnectionState::Open));
        tokio::time::pause();
        let start = Instant::now();
        let lost = states.next().await;
        tokio::time::resume();
        let Some(ConnectionState::Lost { reason, attempt: 1, .. }) = lost else {
            panic!("{silent:?}: {lost:?}");
        };
        assert_eq!(reason, CloseReason::HeartbeatTimeout, "{silent:?}");
        let seconds = start.elapsed().as_secs();
        assert!((44..=46).contains(&seconds), "{silent:?}: {seconds} s");
        let opens = async { while states.next().await != Some(ConnectionState::Open) {} };
        timeout(PATIENCE, opens).await.expect("the next session opens");
        client.close().await;
    }
}

#[tokio::test]
async fn of_one_that_takes_no_answers_little_is_read() {
    let (url, polls) = Silent::Pinging.serve().await;
    let dialer = SioDialer::new().polling().socket::<SioSocket>();
    let connected = builder().reconnect(Reconnect::never()).connect_by(dialer, &url);
    let client = timeout(PATIENCE, connected).await.unwrap().unwrap();
    tokio::time::pause();
    assert_eq!(client.closed().await, CloseReason::HeartbeatTimeout);
    let polls = polls.load(Ordering::Relaxed);
    assert!(polls <= PACKETS.len() + 2, "{polls} polls");
}
