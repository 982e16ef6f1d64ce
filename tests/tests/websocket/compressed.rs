//! Sections 12 and 13 of the Autobahn case list, for our server and our client: compressed
//! messages of all sizes, whole and in frames, under each offer. The peer is flate2, with
//! frames by hand.

use std::time::Duration;

use connector::protocol::ws::upgrade::client_key;
use connector::transport::Deflate;
use connector_tests::echo::{Kind, Whole, port, serve_deflating};
use connector_tests::long::is_long;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::listed::cases::{Frame, split_frame};

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const TIMEOUT: Duration = Duration::from_secs(60);
/// The messages of a case in the short form.
const FEW: usize = 3;
/// The longest message that is tried in every group in the short form. Each longer one has a
/// group of its own there.
const SHORT: usize = 4096;
/// The reserved bit of a compressed message.
const COMPRESSED: u8 = 0x40;
const FIN: u8 = 0x80;
/// The end of each compressed message, which is not sent.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// Some cases of the list: one for each size.
struct Group {
    number: String,
    kind: Kind,
    data: Vec<u8>,
    offers: Vec<Offer>,
}

/// What the peer asks of the other side.
#[derive(Clone, Copy)]
struct Offer {
    no_context_takeover: bool,
    max_window_bits: u8,
}

/// The length of a message, and of its frames.
#[derive(Clone, Copy)]
struct Size {
    message: usize,
    frames: usize,
}

/// The groups of the table, their sizes, and the messages of each case.
fn table() -> (Vec<Group>, Vec<Size>, usize) {
    let file = include_str!("../../../protocol/vectors/websocket.json");
    let file: Value = serde_json::from_str(file).unwrap();
    let table = &file["compression"];
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let groups = table["groups"].as_array().unwrap().iter().map(|group| Group {
        number: group["case"].as_str().unwrap().to_owned(),
        kind: if group["text"] == true { Kind::Text } else { Kind::Binary },
        data: data(group["data"].as_str().unwrap()),
        offers: group["offers"].as_array().unwrap().iter().map(Offer::read).collect(),
    });
    let sizes = table["sizes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|size| Size { message: number(&size["size"]), frames: number(&size["frames"]) });
    (groups.collect(), sizes.collect(), number(&table["messages"]))
}

/// 200 KB of a kind, in ASCII for texts.
fn data(kind: &str) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(12);
    let mut out = Vec::new();
    let words = ["river", "night", "the", "and", "of", "stone", "a", "heart", "over", "spirit"];
    while out.len() < 200_000 {
        let n = random.u32(..1_000_000);
        let word = words[random.usize(..words.len())];
        match kind {
            "json" => out.extend_from_slice(
                format!(r#"{{"id":{n},"name":"{word}","tags":["{word}",null],"at":{n}.25}},"#)
                    .as_bytes(),
            ),
            "html" => out.extend_from_slice(
                format!("<li class=\"{word}\"><a href=\"/{word}/{n}\">{word}</a></li>\n")
                    .as_bytes(),
            ),
            "prose" => out.extend_from_slice(format!("{word}, ").as_bytes()),
            // A smooth surface with grain.
            "picture" => out.push(((out.len() % 512) / 4) as u8 ^ random.u8(..4)),
            "noise" => out.push(random.u8(..)),
            other => panic!("no data of the kind {other}"),
        }
    }
    out
}

impl Offer {
    fn read(offer: &Value) -> Self {
        let bits = offer["max_window_bits"].as_u64().unwrap_or(15);
        Self {
            no_context_takeover: offer["no_context_takeover"] == true,
            max_window_bits: u8::try_from(bits).unwrap(),
        }
    }

    /// The parameters of an offer or an answer, about the side of this name.
    fn parameters(self, side: &str) -> String {
        let context = match self.no_context_takeover {
            true => format!("; {side}_no_context_takeover"),
            false => String::new(),
        };
        match self.max_window_bits {
            15 => context,
            bits => format!("{context}; {side}_max_window_bits={bits}"),
        }
    }
}

/// One direction of the peer's compression.
struct Flow<Z> {
    zlib: Z,
    takeover: bool,
}

impl Flow<Compress> {
    fn new(agreed: Offer) -> Self {
        let level = Compression::new(6);
        let zlib = Compress::new_with_window_bits(level, false, agreed.max_window_bits);
        Self { zlib, takeover: !agreed.no_context_takeover }
    }

    fn compress(&mut self, message: &[u8]) -> Vec<u8> {
        let (start, mut out) = (self.zlib.total_in(), Vec::new());
        loop {
            out.reserve(message.len() / 2 + 64);
            let used = usize::try_from(self.zlib.total_in() - start).unwrap();
            self.zlib.compress_vec(&message[used..], &mut out, FlushCompress::Sync).unwrap();
            let is_done = self.zlib.total_in() - start == message.len() as u64;
            if is_done && out.len() < out.capacity() {
                break;
            }
        }
        assert!(out.ends_with(&TAIL));
        out.truncate(out.len() - TAIL.len());
        if !self.takeover {
            self.zlib.reset();
        }
        out
    }
}

impl Flow<Decompress> {
    fn new(agreed: Offer) -> Self {
        let zlib = Decompress::new_with_window_bits(false, agreed.max_window_bits);
        Self { zlib, takeover: !agreed.no_context_takeover }
    }

    /// Fails for what points further back than was agreed.
    fn inflate(&mut self, compressed: &[u8]) -> Vec<u8> {
        let compressed = [compressed, &TAIL].concat();
        let (start, mut out) = (self.zlib.total_in(), Vec::new());
        loop {
            out.reserve(compressed.len() * 4 + 64);
            let used = usize::try_from(self.zlib.total_in() - start).unwrap();
            let inflated =
                self.zlib.decompress_vec(&compressed[used..], &mut out, FlushDecompress::Sync);
            inflated.expect("it keeps to the agreement");
            let is_done = self.zlib.total_in() - start == compressed.len() as u64;
            if is_done && out.len() < out.capacity() {
                break;
            }
        }
        if !self.takeover {
            self.zlib.reset(false);
        }
        out
    }
}

/// The compressing peer of a connection.
struct Peer {
    stream: TcpStream,
    key: Option<[u8; 4]>,
    sends: Flow<Compress>,
    receives: Flow<Decompress>,
    read: Vec<u8>,
    compressed: usize,
}

impl Peer {
    fn new(stream: TcpStream, key: Option<[u8; 4]>, sends: Offer, receives: Offer) -> Self {
        let (sends, receives) = (Flow::<Compress>::new(sends), Flow::<Decompress>::new(receives));
        Self { stream, key, sends, receives, read: Vec::new(), compressed: 0 }
    }

    /// Sends messages of this size, each of which comes back.
    async fn exchange(mut self, group: &Group, size: Size, messages: usize, case: &str) {
        let opcode = if group.kind == Kind::Text { 1 } else { 2 };
        let mut data = group.data.iter().copied().cycle();
        for _ in 0..messages {
            let message: Vec<u8> = data.by_ref().take(size.message).collect();
            let frames = self.frames(opcode, &message, size.frames);
            // The other side may answer before it has read all.
            let (mut reader, mut writer) = self.stream.split();
            let mut answer = async |read: &mut Vec<u8>| loop {
                if let Some((first, payload, rest)) = split_frame(read) {
                    let rest = rest.to_vec();
                    *read = rest;
                    return (first, payload);
                }
                assert!(reader.read_buf(read).await.unwrap() > 0, "{case}: it ended");
            };
            let both = async { tokio::join!(writer.write_all(&frames), answer(&mut self.read)) };
            let (written, (first, payload)) = timeout(TIMEOUT, both).await.expect(case);
            written.unwrap();
            let back = match first & COMPRESSED {
                0 => payload,
                _ => {
                    self.compressed += 1;
                    self.receives.inflate(&payload)
                }
            };
            assert_eq!(first & !COMPRESSED, FIN | opcode, "{case}");
            assert!(back == message, "{case}: another message came back");
        }
        // Noise does not get shorter, so it comes back plain.
        let is_noise = group.number == "12.5" && size.message > 64;
        assert!(is_noise || self.compressed > 0 || size.message <= 64, "{case}: never compressed");
        let close = Frame::new(FIN | 8, 1000_u16.to_be_bytes().to_vec()).write(self.key);
        self.stream.write_all(&close).await.unwrap();
        timeout(TIMEOUT, self.stream.read_to_end(&mut self.read)).await.expect(case).unwrap();
        let (first, payload, rest) = split_frame(&self.read).expect(case);
        assert_eq!((first, &*payload, rest), (FIN | 8, &1000_u16.to_be_bytes()[..], &[][..]));
    }

    /// A compressed message, whole or in pieces.
    fn frames(&mut self, opcode: u8, message: &[u8], size: usize) -> Vec<u8> {
        let compressed = self.sends.compress(message);
        let size = if size == 0 { compressed.len() } else { size };
        let last = compressed.len().div_ceil(size) - 1;
        let frames = compressed.chunks(size).enumerate().map(|(at, piece)| {
            let first = if at == 0 { opcode | COMPRESSED } else { 0 };
            let fin = if at == last { FIN } else { 0 };
            Frame::new(first | fin, piece.to_vec()).write(self.key)
        });
        frames.collect::<Vec<_>>().concat()
    }
}

/// Reads the head of a request or a response. Returns what it says of extensions.
async fn extensions(stream: &mut TcpStream) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let line = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    (line("Sec-WebSocket-Extensions"), line("Sec-WebSocket-Key"))
}

/// What an answer says about the side of this name.
fn agreed(answer: &str, side: &str) -> Offer {
    let bits = answer.split_once(&format!("{side}_max_window_bits=")).map(|(_, bits)| {
        bits.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    });
    Offer {
        no_context_takeover: answer.contains(&format!("{side}_no_context_takeover")),
        max_window_bits: bits.unwrap_or(15),
    }
}

/// Both contexts are taken over, unless the other side declines.
fn ours() -> Deflate {
    Deflate::new().server_context_takeover().client_context_takeover().min_size(0)
}

/// Runs each case with a peer of its own.
async fn every_case(connect: impl AsyncFn(&Group) -> Peer) -> usize {
    let (groups, sizes, messages) = table();
    assert_eq!((groups.len(), sizes.len()), (12, 18));
    let mut cases = 0;
    for (row, group) in groups.iter().enumerate() {
        for (at, size) in sizes.iter().enumerate() {
            let is_short = size.message <= SHORT || at % groups.len() == row;
            if !is_long() && !is_short {
                continue;
            }
            let messages = if is_long() { messages } else { FEW };
            let case = format!("{}.{}", group.number, at + 1);
            connect(group).await.exchange(group, *size, messages, &case).await;
            cases += 1;
        }
    }
    cases
}

/// The cases of a form.
fn cases() -> usize {
    if is_long() { 216 } else { 73 }
}

#[tokio::test]
async fn every_compressed_case_comes_out_at_our_server() {
    let binary = serve_deflating(Kind::Binary, ours()).await;
    let text = serve_deflating(Kind::Text, ours()).await;
    let connect = async |group: &Group| {
        let server = if group.kind == Kind::Text { &text } else { &binary };
        let mut stream = TcpStream::connect(("127.0.0.1", port(server))).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let offers = group.offers.iter().map(|offer| {
            let own = "permessage-deflate; client_no_context_takeover; client_max_window_bits";
            own.to_owned() + &offer.parameters("server")
        });
        let request = format!(
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n\
             Sec-WebSocket-Extensions: {}\r\n\r\n",
            client_key([9; 16]),
            offers.collect::<Vec<_>>().join(", "),
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let (answer, _) = extensions(&mut stream).await;
        assert!(answer.starts_with("permessage-deflate"), "{}: {answer}", group.number);
        let (offered, granted) = (group.offers[0], agreed(&answer, "server"));
        assert_eq!(granted.no_context_takeover, offered.no_context_takeover, "{answer}");
        assert_eq!(granted.max_window_bits, offered.max_window_bits, "{answer}");
        Peer::new(stream, Some(KEY), agreed(&answer, "client"), granted)
    };
    assert_eq!(every_case(connect).await, cases());
}

#[tokio::test]
async fn every_compressed_case_comes_out_at_our_client() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connect = async |group: &Group| {
        let kind = group.kind;
        tokio::spawn(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            Whole::deflating(stream, "/", kind, ours()).await.unwrap().echo().await
        });
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (offer, key) = extensions(&mut stream).await;
        assert!(offer.contains("client_max_window_bits"), "{offer}");
        let asked = group.offers[0];
        let mut answer = connector::protocol::ws::upgrade::response(&key, None);
        answer.truncate(answer.len() - 2);
        let parameters = asked.parameters("client");
        let extension = format!("Sec-WebSocket-Extensions: permessage-deflate{parameters}\r\n\r\n");
        answer.extend_from_slice(extension.as_bytes());
        stream.write_all(&answer).await.unwrap();
        let free = Offer { no_context_takeover: false, max_window_bits: 15 };
        Peer::new(stream, None, free, asked)
    };
    assert_eq!(every_case(connect).await, cases());
}
