//! What a server said last arrives, also when its peer says more than it may.

use std::time::Duration;

use connector::prelude::*;
use connector::protocol::framing::LengthDelimited;
use connector::protocol::ws::{CloseCode, Header, OpCode, upgrade, write_close};
use connector::transport::Tcp;
use connector_tests::echo::{Echo, Kind, LONGEST, WholeMessage, port, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const TIMEOUT: Duration = Duration::from_secs(20);
/// More than fits into the buffers of a socket.
const FLOOD: usize = 32 << 20;

#[derive(Connector)]
#[connector(socket = LengthSocket, codec = WholeMessage)]
struct LengthConnector {
    #[connector(listen)]
    tcp: Tcp,
}

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct LengthSocket {
    #[socket(io)]
    stream: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

/// Sends `head`, then zeros, and reads to the end meanwhile.
async fn flood(mut stream: TcpStream, head: &[u8]) -> std::io::Result<Vec<u8>> {
    let (mut reader, mut writer) = stream.split();
    let write = async {
        writer.write_all(head).await?;
        writer.write_all(&vec![0; FLOOD]).await?;
        writer.shutdown().await
    };
    let mut read = Vec::new();
    let both = async { tokio::join!(write, reader.read_to_end(&mut read)) };
    let (_, end) = timeout(TIMEOUT, both).await.expect("the server ends it");
    // It may have closed before all was written. A reset would take what was not read.
    end.map(|_| read)
}

#[tokio::test]
async fn a_message_that_is_too_long_is_told_so() {
    let server = serve(Kind::Binary).await;
    let mut stream = TcpStream::connect(("127.0.0.1", port(&server))).await.unwrap();
    let key = upgrade::client_key([9; 16]);
    let mut head = upgrade::request("a", "/", &key, &[]).unwrap();
    stream.write_all(&head).await.unwrap();
    let mut answer = vec![0; upgrade::response(&key, None).len()];
    stream.read_exact(&mut answer).await.unwrap();

    head.clear();
    let long = Header { fin: true, opcode: OpCode::Binary, mask: Some([0; 4]), len: FLOOD as u64 };
    long.write(&mut head);
    const { assert!(FLOOD > LONGEST) };
    let told = flood(stream, &head).await.unwrap();
    let mut expected = Vec::new();
    let text = format!("a package has {FLOOD} bytes, the limit is {LONGEST}");
    write_close(Some(CloseCode::TOO_BIG), &text, None, &mut expected);
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_answer_arrives_before_the_end_that_a_fault_brings() {
    let connector = LengthConnector { tcp: "127.0.0.1:0".into() };
    let server = Server::builder().connector(connector).handler(Echo).start().await.unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port(&server))).await.unwrap();
    // A message, and then one of 4 GiB.
    let head = b"\0\0\0\x05hello\xff\xff\xff\xff";
    assert_eq!(flood(stream, head).await.unwrap(), b"\0\0\0\x05hello");
}
