//! Peers that ask for nothing, for too much, or for something else.

use connector_tests::bare_quic::BareQuic;
use futures_util::FutureExt;
use quinn::{Connection, ConnectionError, RecvStream, SendStream};
use wtransport::proto::frame::{Frame, FrameKind};
use wtransport::proto::headers::Headers;
use wtransport::proto::session::SessionRequest;
use wtransport::proto::settings::Settings;

use super::raw::Raw;
use super::*;

/// A client of HTTP/3 by hand.
struct Http {
    connection: Connection,
    _control: SendStream,
}

impl Http {
    async fn connect(served: &Served) -> Self {
        let connection = quic(served, &["h3"]).await.unwrap();
        let mut control = connection.open_uni().await.unwrap();
        let settings = Settings::builder().enable_webtransport().enable_h3_datagrams().build();
        // The type of a control stream, and its first frame.
        let mut bytes = vec![0];
        settings.generate_frame().write(&mut bytes).unwrap();
        control.write_all(&bytes).await.unwrap();
        Self { connection, _control: control }
    }

    async fn request(&self, headers: &Headers) -> (SendStream, RecvStream) {
        let (mut send, recv) = self.connection.open_bi().await.unwrap();
        let mut bytes = Vec::new();
        headers.generate_frame().write(&mut bytes).unwrap();
        send.write_all(&bytes).await.unwrap();
        (send, recv)
    }
}

/// A connection of QUIC alone to a port of WebTransport.
async fn quic(served: &Served, alpn: &[&str]) -> Result<Connection, ConnectionError> {
    let hash = *served.certificate.hash().as_bytes();
    let client = BareQuic::with_hash(hash, alpn);
    comes("the handshake ends", client.connect(served.address())).await
}

/// The status with which a request is answered.
pub(crate) async fn ask(served: &Served, path: &str, origin: Option<&str>) -> String {
    let http = Http::connect(served).await;
    let mut request = SessionRequest::new(format!("https://{}{path}", served.address())).unwrap();
    if let Some(origin) = origin {
        request.insert("origin", origin).unwrap();
    }
    let (_send, mut recv) = http.request(request.headers()).await;
    let mut bytes = Vec::new();
    loop {
        let frame = Frame::read(&mut &bytes[..]).unwrap();
        if let Some(frame) = frame.filter(|frame| matches!(frame.kind(), FrameKind::Headers)) {
            return Headers::with_frame(&frame).unwrap().get(":status").unwrap().to_owned();
        }
        let mut more = [0; 1_000];
        let read = comes("the answer arrives", recv.read(&mut more)).await.unwrap();
        bytes.extend(&more[..read.expect("an answer")]);
    }
}

/// A server that waits for a handshake for a moment.
async fn impatient() -> Served {
    let limits = Limits { handshake: Duration::from_millis(300), ..Limits::default() };
    Served::with(|port| port, |server| server.limits(limits)).await
}

#[tokio::test]
async fn another_protocol_is_refused_in_the_handshake() {
    let served = Served::start().await;
    for alpn in [&["connector"][..], &["h2"], &[]] {
        let refused = quic(&served, alpn).await.map(drop).unwrap_err();
        let ConnectionError::ConnectionClosed(close) = &refused else { panic!("{refused:?}") };
        assert_eq!(u64::from(close.error_code), 0x178, "{refused:?}");
    }
    assert_eq!(served.sessions(), 0);
}

#[tokio::test]
async fn requests_and_streams_that_do_not_come_end_at_the_deadline() {
    let served = impatient().await;
    let bystander = served.client().await;
    // No HTTP/3 at all.
    let silent = quic(&served, &["h3"]).await.unwrap();
    comes("the server closes", silent.closed()).await;
    // No request.
    let idle = Http::connect(&served).await;
    comes("the server closes", idle.connection.closed()).await;
    // Another request, which is not one for a session.
    let page = Http::connect(&served).await;
    let headers = [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/")];
    let held = page.request(&headers.into_iter().collect()).await;
    comes("the server closes", page.connection.closed()).await;
    drop(held);
    // A session without a stream.
    let session = served.bare().connect(served.address(), "/", None).await.unwrap();
    comes("the server closes", session.closed()).await;
    // A stream without pomelo's handshake.
    let raw = Raw::new(&served.bare(), served.address()).await;
    comes("the server closes", raw.session.closed()).await;
    until("they are gone", || served.connections() == 1).await;
    echoes(&bystander, 1).await;
}

#[tokio::test]
async fn further_streams_are_not_granted() {
    let served = Served::start().await;
    let mut raw = Raw::open(&served).await;
    let mut held = Vec::new();
    for _ in 0..100 {
        assert!(raw.session.open_bi().now_or_never().is_none());
        if let Some(opened) = raw.session.open_uni().now_or_never() {
            held.push(opened.unwrap().await.unwrap());
        }
    }
    // HTTP/3 has one for itself, and may have two more.
    assert!(held.len() <= 3, "{} streams are granted", held.len());
    raw.echoes(&json!("goes on")).await;
    drop(held);
    raw.echoes(&json!("goes on")).await;
    assert_eq!((served.connections(), served.sessions()), (1, 1));
}

#[tokio::test]
async fn streams_in_one_direction_that_come_and_go_disturb_nobody() {
    let served = Served::start().await;
    let mut raw = Raw::open(&served).await;
    let connection = raw.session.quic_connection().clone();
    let floods = async {
        for n in 0_u32..200 {
            let Ok(opened) = connection.open_uni().await else { break };
            let mut stream = opened;
            // Ones of a session that there is not, or of no known kind.
            let _ = stream.write_all(if n % 2 == 0 { &[0x40, 0x54, 0x04] } else { &[0x21] }).await;
            let _ = stream.finish();
        }
    };
    let _ = tokio::time::timeout(Duration::from_millis(500), floods).await;
    raw.echoes(&json!("goes on")).await;
    assert_eq!(served.sessions(), 1);
}

#[tokio::test]
async fn datagrams_without_end_are_dropped() {
    let served = Served::start().await;
    let bystander = served.client().await;
    let mut raw = Raw::open(&served).await;
    for n in 0..2_000_u32 {
        raw.session.send_datagram([0; 1_000]).unwrap();
        if n % 200 == 0 {
            raw.echoes(&json!(n)).await;
        }
    }
    raw.echoes(&json!("goes on")).await;
    echoes(&bystander, 1).await;

    // Ones of a session that does not exist, and before there is one.
    let early = Http::connect(&served).await;
    for _ in 0..500 {
        early.connection.send_datagram(vec![0x3f; 100].into()).unwrap();
    }
    echoes(&bystander, 2).await;
    drop(early);
    until("it is gone", || served.connections() == 2).await;
    echoes(&bystander, 3).await;
}

#[tokio::test]
async fn frames_that_are_too_large_or_malformed_end_a_connection() {
    let served = Served::start().await;
    let bystander = served.client().await;
    for bytes in [
        // Headers of a gigabyte.
        &[0x01, 0xc0, 0, 0, 0, 0x40, 0, 0, 0][..],
        // Headers that are none.
        &[0x01, 0x04, 0xff, 0xff, 0xff, 0xff],
        // A body without a request.
        &[0x00, 0x01, 0x00],
        // Settings on the stream of a request.
        &[0x04, 0x00],
    ] {
        let http = Http::connect(&served).await;
        let (mut send, _recv) = http.connection.open_bi().await.unwrap();
        send.write_all(bytes).await.unwrap();
        comes("the server closes", http.connection.closed()).await;
    }
    until("they are gone", || served.connections() == 1).await;
    echoes(&bystander, 1).await;
}

#[tokio::test]
async fn a_second_session_is_not_granted() {
    let served = impatient().await;
    let http = Http::connect(&served).await;
    let request = SessionRequest::new(format!("https://{}/", served.address())).unwrap();
    let one = http.request(request.headers()).await;
    let other = http.request(request.headers()).await;
    comes("the server closes", http.connection.closed()).await;
    drop((one, other));
    until("it is gone", || served.connections() == 0).await;
}
