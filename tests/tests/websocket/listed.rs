//! The Autobahn case list over TCP, for our server and our client, to the end
//! of the stream.

use std::time::Duration;

use connector::CloseReason;
use connector::protocol::ws::{CloseCode, upgrade, write_close};
use connector_tests::echo::{Kind, Whole, port, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use cases::{Answer, Case, End, answers, cases};

#[path = "../../../protocol/tests/cases/mod.rs"]
pub(crate) mod cases;

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const TIMEOUT: Duration = Duration::from_secs(20);
/// Longer rows are tried without a socket alone.
const LONGEST: usize = 300_000;
const NORMAL: u16 = 1000;

/// A row whose end, and the stream's, is as the table says.
async fn assert_case(case: &Case, mut stream: TcpStream, key: Option<[u8; 4]>) {
    let (mut reader, mut writer) = stream.split();
    let mut writes = case.writes(key, &case.chops).into_iter().collect::<Vec<_>>();
    if case.end == End::Open {
        writes.push(close(key));
    }
    let write = async {
        for write in writes {
            // The other side may have had enough already.
            if writer.write_all(&write).await.is_err() {
                break;
            }
        }
    };
    let mut read = Vec::new();
    let both = async { tokio::join!(write, reader.read_to_end(&mut read)) };
    let ((), end) = timeout(TIMEOUT, both).await.expect("the stream ends");
    end.unwrap_or_else(|error| panic!("{}: no regular end: {error}", case.number));

    let (answered, closed) = answers(&read);
    assert!(in_order(&answered, &case.expect), "{}: other answers", case.number);
    let code = match case.end {
        End::Open => Some(NORMAL),
        End::Close(code) => code,
        End::Fail(code) => Some(code),
    };
    assert_eq!(closed, Some(code), "{}", case.number);
}

/// Messages in their order and pongs in theirs. Between a message and a pong
/// there is none: an echo may still be busy with the one.
fn in_order(answered: &[Answer], expected: &[Answer]) -> bool {
    let sorted = |answers: &[Answer]| {
        let is_pong = |answer: &Answer| matches!(answer, Answer::Pong(_));
        answers.iter().cloned().partition::<Vec<_>, _>(is_pong)
    };
    sorted(answered) == sorted(expected)
}

fn close(key: Option<[u8; 4]>) -> Vec<u8> {
    let mut out = Vec::new();
    write_close(CloseCode::new(NORMAL), "", key, &mut out);
    out
}

/// What its messages are, so that the echo sends the same.
fn kind(case: &Case) -> Kind {
    if case.expect.iter().any(|answer| matches!(answer, Answer::Binary(_))) {
        Kind::Binary
    } else {
        Kind::Text
    }
}

fn short_cases() -> Vec<Case> {
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.size() <= LONGEST).collect();
    assert!(cases.len() > 250, "{}", cases.len());
    cases
}

#[tokio::test]
async fn every_short_case_comes_out_at_our_server() {
    let servers = [serve(Kind::Binary).await, serve(Kind::Text).await];
    for case in short_cases() {
        let server = &servers[kind(&case) as usize];
        let mut stream = TcpStream::connect(("127.0.0.1", port(server))).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let key = upgrade::client_key([9; 16]);
        let request = upgrade::request("a", "/", &key, &[]).unwrap();
        stream.write_all(&request).await.unwrap();
        let mut answer = vec![0; upgrade::response(&key, None).len()];
        stream.read_exact(&mut answer).await.unwrap();
        assert!(upgrade::parse_response(&answer, &key).unwrap().is_some());
        assert_case(&case, stream, Some(KEY)).await;
    }
}

#[tokio::test]
async fn every_short_case_comes_out_at_our_client() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for case in short_cases() {
        let kind = kind(&case);
        let echo = tokio::spawn(async move {
            Whole::connect(address.port(), kind).await.unwrap().echo().await
        });
        let stream = accept(&listener, None).await;
        assert_case(&case, stream, None).await;
        echo.await.unwrap();
    }
}

/// Upgrades a connection by hand.
async fn accept(listener: &TcpListener, protocol: Option<&str>) -> TcpStream {
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut request = Vec::new();
    let key = loop {
        stream.read_buf(&mut request).await.unwrap();
        if let Some((request, _)) = connector::protocol::http::parse_request(&request).unwrap() {
            break request.websocket_key().unwrap().unwrap().to_owned();
        }
    };
    stream.write_all(&upgrade::response(&key, protocol)).await.unwrap();
    stream
}

#[tokio::test]
async fn our_client_refuses_a_protocol_that_it_did_not_offer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (opened, _stream) =
        tokio::join!(Whole::connect(port, Kind::Text), accept(&listener, Some("chat")));
    let Err(CloseReason::Malformed(what)) = opened else { panic!("it was taken") };
    assert_eq!(what, "the subprotocol \"chat\", which was not offered");
}
