//! The memory of permessage-deflate: of connections that rest, and of peers that send bombs.
#![allow(clippy::unwrap_used)]

use connector::CloseReason;
use connector::protocol::ws::deflate::{Deflater, Direction, WindowBits};
use connector::protocol::ws::{Decoder, OpCode, Role, Step, seal};
use connector::transport::Deflate;
use connector_tests::echo::{Kind, LONGEST, Whole, port, serve_deflating};
use peak_alloc::PeakAlloc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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

// One test, since all of it is counted in one process.
#[tokio::test]
async fn compression_holds_what_it_says_and_bombs_cost_their_limit() {
    let mut wrong = false;
    for bits in 9..=15 {
        let (sender, receiver) = held(bits);
        let window = WindowBits::new(bits).unwrap();
        println!("{bits} bits: {sender} bytes hold a sender, {receiver} a receiver");
        let said = Deflater::memory(window);
        wrong |= sender > said || said - sender > 20_000 || receiver > window.bytes() + 200;
    }
    assert!(!wrong, "it is not as `Deflater::memory` says");

    let alone = each(Deflate::new()).await;
    let context = Deflate::new().server_context_takeover().client_context_takeover();
    let context = each(context).await;
    println!("{alone} bytes more for a connection, {context} with context takeover");
    assert!(alone < 1_000, "{alone} bytes more without takeover");
    let said = 2 * (Deflater::memory(WindowBits::MAX) + WindowBits::MAX.bytes());
    assert!(context < said + 2_000, "{context} bytes more with takeover, {said} were said");

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

    neighbour.send(&[b"still here"]).await.unwrap();
    let answer = neighbour.recv().await;
    assert_eq!(answer.as_deref(), Ok(&b"still here"[..]));
    drop::<Result<_, CloseReason>>(answer);
}
