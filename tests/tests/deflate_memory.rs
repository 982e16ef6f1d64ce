//! The memory of permessage-deflate: of connections that rest, and of peers that send bombs.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use connector::protocol::ws::deflate::{Deflater, Direction, WindowBits};
use connector::protocol::ws::{Decoder, OpCode, Role, Step, seal};
use connector::transport::Deflate;
use connector::{CloseReason, Raw};
use connector_tests::echo::{Kind, LONGEST, Whole, port, serve_deflating};
use peak_alloc::PeakAlloc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const KEY: [u8; 4] = [1, 2, 3, 4];

/// Bytes that hardly get shorter, other ones for each number.
fn noise(number: usize, size: usize) -> Vec<u8> {
    let mut dice = fastrand::Rng::with_seed(number as u64);
    (0..size).map(|_| dice.u8(..)).collect()
}

/// A frame of a client, compressed already.
fn frame(opcode: OpCode, fin: bool, mark: bool, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 14);
    let start = seal::begin(&mut out);
    out.extend_from_slice(payload);
    seal::finish_client(start, opcode, KEY, &mut out);
    if mark {
        seal::mark_compressed(start, &mut out);
    }
    if !fin {
        out[0] &= 0x7f;
    }
    out
}

/// The end of each compressed message, which is left out of it.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// So many mebibytes of zeros in one compressed message.
fn zeros(mebibytes: usize) -> Vec<u8> {
    let mut out = vec![0; 1 << 20];
    assert!(Deflater::new(6, WindowBits::MAX).unwrap().deflate_message(0, &mut out));
    out.extend(TAIL);
    let mut all = out.repeat(mebibytes);
    all.truncate(all.len() - TAIL.len());
    all
}

/// What a connection holds, in bytes: a sender's deflater, and a receiver's window.
fn held(bits: u8) -> (usize, usize) {
    let max_window_bits = WindowBits::new(bits).unwrap();
    let mut out = Vec::with_capacity(1 << 20);
    let before = ALLOCATOR.current_usage();
    let mut deflater = Deflater::new(6, max_window_bits).unwrap();
    let mut frames = Vec::new();
    let message = |number| noise(number, 5_000);
    for number in 0..20 {
        out.clear();
        out.extend(message(number));
        deflater.deflate_next(0, &mut out);
        deflater.release();
        frames.push(frame(OpCode::Binary, true, true, &out));
    }
    let own: usize = frames.iter().map(Vec::capacity).sum();
    let sender =
        ALLOCATOR.current_usage() - before - own - frames.capacity() * size_of::<Vec<u8>>();

    let mut replies = Vec::new();
    let mut decoder = Decoder::new(Role::Server, 1 << 20);
    // Once before, for what is the thread's.
    decoder.inflate(Direction::default());
    decoder.decode(&mut frames[0].clone(), &mut replies).unwrap();
    let mut decoder = Decoder::new(Role::Server, 1 << 20);
    let before = ALLOCATOR.current_usage();
    decoder.inflate(Direction { context_takeover: true, max_window_bits });
    for (number, frame) in frames.iter().enumerate() {
        let step = decoder.decode(&mut frame.clone(), &mut replies).unwrap();
        let Step::Assembled { payload, .. } = step else { panic!("{step:?}") };
        assert!(payload == message(number));
    }
    (sender, ALLOCATOR.current_usage() - before)
}

/// How much more a server and its client hold for a connection than for one without
/// compression, when it rests.
async fn each(deflate: Deflate) -> usize {
    const CONNECTIONS: usize = 20;
    let server = serve_deflating(Kind::Binary, deflate).await;
    let message = noise(1, 3_000).repeat(2);
    let open = |offers: bool| {
        let (port, message) = (port(&server), message.clone());
        async move {
            let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let mut client = if offers {
                Whole::deflating(stream, "/", Kind::Binary, deflate).await.unwrap()
            } else {
                Whole::over(stream, Kind::Binary).await.unwrap()
            };
            for _ in 0..5 {
                client.send(&[&message]).await.unwrap();
                assert!(client.recv().await.as_deref() == Ok(&*message));
            }
            client.rest();
            client
        }
    };
    let mut all = Vec::new();
    let mut used = [0; 2];
    for (offers, used) in [false, true].into_iter().zip(&mut used) {
        // Once before, for what is made once.
        all.push(open(offers).await);
        let before = ALLOCATOR.current_usage();
        for _ in 0..CONNECTIONS {
            all.push(open(offers).await);
        }
        *used = ALLOCATOR.current_usage().saturating_sub(before) / CONNECTIONS;
    }
    server.handle().stop().await;
    used[1].saturating_sub(used[0])
}

/// The most that was held while this ran, beyond what was before.
async fn peak<F: Future>(run: F) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    run.await;
    ALLOCATOR.peak_usage().saturating_sub(before)
}

/// The most that a server holds for broadcasts to clients that do not read, in bytes.
async fn unread_broadcasts(deflate: Deflate) -> usize {
    let server = serve_deflating(Kind::Binary, deflate).await;
    let mut clients = Vec::new();
    for _ in 0..UNREAD_CLIENTS {
        let socket = TcpSocket::new_v4().unwrap();
        // Otherwise the system's buffers hold it all.
        socket.set_recv_buffer_size(16 << 10).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port(&server)));
        let stream = socket.connect(address).await.unwrap();
        let mut client = Whole::deflating(stream, "/", Kind::Binary, deflate).await.unwrap();
        client.send(&[b"here"]).await.unwrap();
        assert!(client.recv().await.is_ok());
        client.rest();
        clients.push(client);
    }
    let messages: Vec<Vec<u8>> = (0..UNREAD_MESSAGES).map(|n| noise(n, UNREAD_SIZE)).collect();
    let held = peak(async {
        for message in &messages {
            let queued =
                server.handle().broadcast("on.noise", Raw(message.clone().into())).unwrap();
            assert_eq!(queued, UNREAD_CLIENTS);
            tokio::task::yield_now().await;
        }
    });
    let held = held.await;
    // They have been kept for whoever reads.
    for message in &messages {
        let received = clients[0].recv().await.unwrap_or_else(|reason| panic!("{reason}"));
        assert!(received == *message);
    }
    held
}

const UNREAD_CLIENTS: usize = 8;
const UNREAD_MESSAGES: usize = 128;
const UNREAD_SIZE: usize = 64 << 10;

/// A client that does what it wants with its frames.
async fn raw(port: u16) -> TcpStream {
    use connector::protocol::ws::deflate::Terms;
    use connector::protocol::ws::upgrade::{client_key, request};
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut head = request("127.0.0.1", "/", &client_key([1; 16]), &[]).unwrap();
    Terms::default().offer(&mut head);
    stream.write_all(&head).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_buf(&mut answer).await.unwrap();
    }
    assert!(String::from_utf8(answer).unwrap().contains("permessage-deflate"));
    stream
}

/// Sends the frames again and again until the server has had enough; returns its close code.
async fn pour(port: u16, frames: &[Vec<u8>], times: usize) -> Option<u16> {
    let (mut reader, mut writer) = raw(port).await.into_split();
    let write = async {
        for _ in 0..times {
            for frame in frames {
                if writer.write_all(frame).await.is_err() {
                    return;
                }
            }
        }
    };
    let mut last = [0; 4096];
    let read = async {
        let mut end = Vec::new();
        while let Ok(size @ 1..) = reader.read(&mut last).await {
            end.extend_from_slice(&last[..size]);
            let excess = end.len().saturating_sub(200);
            end.drain(..excess);
        }
        end
    };
    let ((), end) = tokio::join!(write, read);
    let at = end.iter().rposition(|&byte| byte == 0x88)?;
    Some(u16::from_be_bytes([*end.get(at + 2)?, *end.get(at + 3)?]))
}

/// A server that agrees to compress, and sends a message of so many mebibytes of zeros.
async fn bombard(listener: TcpListener, mebibytes: usize) {
    use connector::protocol::http::parse_request;
    use connector::protocol::ws::deflate::Terms;
    use connector::protocol::ws::upgrade::response;
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_buf(&mut head).await.unwrap();
    }
    let (request, _) = parse_request(&head).unwrap().unwrap();
    let mut answer = response(request.websocket_key().unwrap().unwrap(), None);
    Terms::default().answer(&request, &mut answer).unwrap().unwrap();
    let start = seal::begin(&mut answer);
    answer.extend(zeros(mebibytes));
    seal::finish_server(start, OpCode::Binary, &mut answer);
    seal::mark_compressed(start, &mut answer);
    // The client has had enough before the end.
    let _ = stream.write_all(&answer).await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// Receives such a message.
async fn bombarded(mebibytes: usize) -> CloseReason {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let receive = async {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut client = Whole::deflating(stream, "/", Kind::Binary, Deflate::new()).await.unwrap();
        let reason = client.recv().await.unwrap_err();
        client.close().await;
        reason
    };
    tokio::join!(bombard(listener, mebibytes), receive).1
}

// One test, since all of it is counted in one process.
#[tokio::test]
async fn compression_holds_what_it_says_and_bombs_cost_their_limit() {
    let mut wrong = false;
    for bits in 9..=15 {
        let (sender, receiver) = held(bits);
        let window = WindowBits::new(bits).unwrap();
        println!("{bits} bits: {sender} bytes hold a sender, {receiver} a receiver");
        let said = Deflater::memory(window);
        // The harness allocates a little meanwhile, in a thread of its own.
        wrong |= sender.abs_diff(said) > 20_000 || sender > said + 2_000;
        wrong |= receiver > window.bytes() + 2_000;
    }
    assert!(!wrong, "it is not as `Deflater::memory` says");

    let alone = each(Deflate::new()).await;
    let context = Deflate::new().server_context_takeover().client_context_takeover();
    let context = each(context).await;
    println!("{alone} bytes more for a connection, {context} with context takeover");
    assert!(alone < 1_000, "{alone} bytes more without takeover");
    let said = 2 * (Deflater::memory(WindowBits::MAX) + WindowBits::MAX.bytes());
    assert!(context < said + 2_000, "{context} bytes more with takeover, {said} were said");

    // All of the messages once, and what each connection is about to send: two of them, what is
    // sealed, and with takeover a deflater. For each by itself it would be 64 MiB.
    let all = UNREAD_MESSAGES * UNREAD_SIZE;
    let each = 2 * UNREAD_SIZE + (128 << 10) + Deflater::memory(WindowBits::MAX);
    let in_context = Deflate::new().server_context_takeover().client_context_takeover();
    for deflate in [Deflate::new(), in_context] {
        let held = unread_broadcasts(deflate).await;
        println!("{held} bytes held by broadcasts that are not read");
        assert!(held < 2 * all + UNREAD_CLIENTS * each, "{held} bytes for {deflate:?}");
    }

    let server = serve_deflating(Kind::Binary, Deflate::new()).await;
    let port = port(&server);
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut neighbour = Whole::deflating(stream, "/", Kind::Binary, Deflate::new()).await.unwrap();

    // What a message grows in is copied once, and a frame is kept until it is whole.
    let bar = 3 * LONGEST;
    for size in [64, 1024, 8 << 10] {
        let bomb = [frame(OpCode::Binary, true, true, &zeros(size))];
        let held = peak(async {
            assert_eq!(pour(port, &bomb, 1).await, Some(1009), "{size} MiB");
        });
        let held = held.await;
        println!("{held} bytes held by a bomb of {size} MiB");
        assert!(held < bar, "{held} bytes for a bomb of {size} MiB");
    }
    // 16 GiB in fragments that never end.
    let piece = zeros(1);
    let first = frame(OpCode::Binary, false, true, &piece);
    let more = frame(OpCode::Continuation, false, false, &[&TAIL, &*piece].concat());
    let pieces = [vec![first], vec![more; 16 << 10]].concat();
    let held = peak(async { assert_eq!(pour(port, &pieces, 1).await, Some(1009)) }).await;
    println!("{held} bytes held by 16 GiB in fragments");
    assert!(held < bar, "{held} bytes for 16 GiB in fragments");
    // Messages of 4 MiB each, sixteen in what is read at once.
    let small = frame(OpCode::Binary, true, true, &zeros(4));
    let close = frame(OpCode::Close, true, false, &1000_u16.to_be_bytes());
    let many = [vec![small; 20], vec![close]].concat();
    let held = peak(async { assert_eq!(pour(port, &many, 1).await, Some(1000)) }).await;
    println!("{held} bytes held by messages of 4 MiB, 4 KiB each on the wire");
    assert!(held < bar, "{held} bytes for many messages");

    // The same from a server, beside what it sends.
    for size in [64, 1024] {
        let held = peak(async {
            let reason = bombarded(size).await;
            assert!(matches!(reason, CloseReason::TooLarge { .. }), "{reason}");
        });
        let held = held.await;
        println!("{held} bytes held by a client at a bomb of {size} MiB");
        assert!(held < bar + (8 << 20), "{held} bytes for a bomb of {size} MiB");
    }

    neighbour.send(&[b"still here"]).await.unwrap();
    let answer = neighbour.recv().await;
    assert_eq!(answer.as_deref(), Ok(&b"still here"[..]));
    drop::<Result<_, CloseReason>>(answer);
}
