//! The conformance kit, known bytes, and a client's request.

use connector::CloseReason;
use connector::client::Client;
use connector::codec::JsonCodec;
use connector::prelude::*;
use connector::protocol::framing::Framing;
use connector::testing::Tester;
use connector_netstring::{NetstringConnector, NetstringSocket, Netstrings};
use serde_json::{Value, json};

struct Echo;

#[handler("echo.echoHandler")]
impl Echo {
    #[route]
    async fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
        Json(body)
    }
}

connector::conformance! {
    netstrings => Tester::framed::<Netstrings>(|| NetstringConnector::bind("127.0.0.1:0"))
        .transport("tcp"),
}

#[tokio::test]
async fn a_client_gets_its_answer() {
    let connector = NetstringConnector::bind("127.0.0.1:0");
    let server = Server::builder().connector(connector).handler(Echo).start().await.unwrap();
    let socket = NetstringSocket::dial(&server.addresses()[0].to_string()).await.unwrap();
    let client = Client::builder().codec(JsonCodec).connect_socket(socket).await.unwrap();
    let body = json!({ "text": "hello" });
    let answer: Value = client.request("echo.echoHandler.echo", Json(&body)).await.unwrap();
    assert_eq!(answer, body);
}

#[test]
fn known_bytes_are_cut_and_others_are_refused() {
    let whole = b"5:hello,";
    assert_eq!(Netstrings::cut(whole, 5).unwrap().unwrap().package, 2..7);
    for end in 0..whole.len() {
        assert_eq!(Netstrings::cut(&whole[..end], 5), Ok(None), "{end}");
    }
    assert_eq!(Netstrings::cut(b"6:", 5), Err(CloseReason::TooLarge { size: 6, limit: 5 }));
    for wrong in [&b":,"[..], b"x", b"5:hello;", b"1234567890", b"-1:,"] {
        let refused = Netstrings::cut(wrong, usize::MAX);
        assert!(matches!(refused, Err(CloseReason::Malformed(_))), "{wrong:?} {refused:?}");
    }
}
