//! Peers that do not keep to the agreement.

use std::os::unix::fs::FileExt;

use connector_protocol::framing::LengthDelimited;

use super::super::domain::Domain;
use super::super::frame::Frame;
use super::super::hello::Hello;
use super::super::memory::Writer;
use super::*;

fn frame(frame: Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.write(&mut bytes);
    bytes
}

#[tokio::test]
async fn frames_that_break_the_agreement_end_the_stream() {
    let mut here = Here::new().await;
    let name = [7; 16];
    let cases = [
        (vec![9, 0, 0, 0, 0], "no frame of the kind 9"),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "no frame of the kind 71"),
        (frame(Frame::Bytes(WINDOW + 1)), "65537"),
        (frame(Frame::Bytes(u32::MAX as usize)), "4294967295"),
        (frame(Frame::Sample(10)), "a sample without memory"),
        (frame(Frame::BytesTaken(1)), "more was taken than was sent"),
        (frame(Frame::SamplesTaken(1)), "more was taken than was sent"),
        (frame(Frame::Accepted), "an answer without an offer"),
        (frame(Frame::Refused), "an answer without an offer"),
        (frame(Frame::Offer { sample: LARGEST_SAMPLE + 1, name }), "16777217"),
        (frame(Frame::Offer { sample: SAMPLE, name }).repeat(2), "a second offer"),
        (frame(Frame::Offer { sample: SAMPLE, name }), "what the peer offers is not there"),
    ];
    for (bytes, text) in cases {
        let (mut bare, mut server) = here.bare().await;
        bare.write_all(&bytes).await.unwrap();
        let reason = end(&mut server).await.unwrap_err();
        let is_typed = matches!(reason, CloseReason::Malformed(_) | CloseReason::TooLarge { .. });
        assert!(is_typed && reason.to_string().contains(text), "{reason} is not about {text}");
        // It stays so.
        assert_eq!(end(&mut server).await.unwrap_err(), reason);
    }
    // Others are served.
    let (mut client, mut server) = here.pair().await;
    warm(&mut client, &mut server).await;
}

#[tokio::test]
async fn a_peer_that_sends_on_is_stopped_at_the_window() {
    let mut here = Here::new().await;
    let (mut bare, mut server) = here.bare().await;
    let full = [frame(Frame::Bytes(WINDOW)), vec![1; WINDOW]].concat();
    bare.write_all(&full).await.unwrap();
    bare.write_all(&frame(Frame::Bytes(1))).await.unwrap();
    // Somebody who writes and does not read.
    let written = async {
        loop {
            server.io().write_all(&[1; FRAME]).await?;
        }
    };
    let error: io::Result<()> = timeout(LONG, written).await.unwrap();
    assert!(error.is_err());
    let read = end(&mut server).await;
    assert_eq!(read, Err(CloseReason::TooLarge { size: WINDOW + 1, limit: WINDOW }));
}

/// A bare peer with memory that it writes to.
async fn with_memory(here: &mut Here) -> (UnixStream, SharedMemoryStream, Writer) {
    let (mut bare, mut server) = here.bare().await;
    let directory = here.beside().remove(0);
    let writer = Writer::make(&directory).unwrap();
    let offer = Frame::Offer { sample: SAMPLE, name: writer.name };
    bare.write_all(&frame(offer)).await.unwrap();
    let mut accepted = [0; 5];
    let mut byte = [0];
    tokio::select! {
        read = bare.read_exact(&mut accepted) => { read.unwrap(); }
        read = server.io().read(&mut byte) => panic!("{read:?}"),
    }
    assert_eq!(accepted[0], 6);
    (bare, server, writer)
}

#[tokio::test]
async fn lengths_of_samples_are_not_believed() {
    let mut here = Here::new().await;
    for (written, announced) in
        [(1_000, 1_001), (1_000, 999), (1_000, SAMPLE), (1, u32::MAX as usize)]
    {
        let (mut bare, mut server, writer) = with_memory(&mut here).await;
        writer.write(&bytes(written, 1)).unwrap();
        bare.write_all(&frame(Frame::Sample(announced))).await.unwrap();
        let reason = end(&mut server).await.unwrap_err().to_string();
        let text = format!("a sample of {written} bytes is announced as one of {announced}");
        assert!(reason.contains(&text), "{reason}");
        // It stays so.
        assert_eq!(end(&mut server).await.unwrap_err().to_string(), reason);
    }
    let (mut bare, mut server, _writer) = with_memory(&mut here).await;
    bare.write_all(&frame(Frame::Sample(1))).await.unwrap();
    let reason = end(&mut server).await.unwrap_err().to_string();
    assert!(reason.contains("a sample is announced and missing"), "{reason}");
    let (mut bare, mut server, _writer) = with_memory(&mut here).await;
    bare.write_all(&frame(Frame::Sample(0))).await.unwrap();
    assert!(end(&mut server).await.is_err());
    let (mut bare, mut server, writer) = with_memory(&mut here).await;
    (0..SAMPLES).for_each(|_| writer.write(&[1]).unwrap());
    bare.write_all(&frame(Frame::Sample(1)).repeat(SAMPLES + 1)).await.unwrap();
    let reason = end(&mut server).await.unwrap_err().to_string();
    assert!(reason.contains("5 samples were sent, where 4 may wait"), "{reason}");
}

#[tokio::test]
async fn a_peer_that_dies_is_lost_at_once_wherever_it_was() {
    let mut here = Here::new().await;
    let within = [frame(Frame::Bytes(100)), vec![1; 10]].concat();
    for sent in [Vec::new(), vec![1], within] {
        let (mut bare, mut server) = here.bare().await;
        bare.write_all(&sent).await.unwrap();
        drop(bare);
        let reason = end(&mut server).await.unwrap_err();
        let CloseReason::Lost { kind, message } = reason else { panic!("{reason:?}") };
        assert_eq!(kind, io::ErrorKind::ConnectionReset);
        assert!(message.contains("without a goodbye"), "{message}");
        assert!(
            server.peer_has_left(&mut std::task::Context::from_waker(std::task::Waker::noop()))
        );
    }
    // In the middle of a sample: it is written and not announced.
    let (bare, mut server, writer) = with_memory(&mut here).await;
    writer.write(&bytes(1_000, 1)).unwrap();
    drop(bare);
    assert!(matches!(end(&mut server).await, Err(CloseReason::Lost { .. })));
}

#[tokio::test]
async fn hellos_that_are_none_are_refused() {
    let mut here = Here::new().await;
    for (said, text) in [
        (&b"{\"jsonrpc\""[..], "does not say hello"),
        (b"CSHM\x02\0\0\0", "version 2"),
        (b"CSHM\x01\0\xff\xff", "65535"),
    ] {
        let mut bare = UnixStream::connect(here.socket()).await.unwrap();
        bare.write_all(said).await.unwrap();
        let mut server = here.accept().await;
        let reason = open(&mut server).await.unwrap_err();
        assert!(reason.to_string().contains(text), "{reason}");
        assert_eq!(open(&mut server).await.unwrap_err(), reason);
    }
    let bare = UnixStream::connect(here.socket()).await.unwrap();
    drop(bare);
    let mut server = here.accept().await;
    assert_eq!(open(&mut server).await, Err(CloseReason::PeerClosed));
    // A server that names a place where there is none, or one of somebody else.
    let listener = tokio::net::UnixListener::bind(here.directory.join("b")).unwrap();
    for place in ["/tmp", "relative.0123456789abcdef.shm", "/nowhere.0123456789abcdef.shm"] {
        let path = here.directory.join("b");
        let (mut client, _) =
            SharedMemoryDialer::new().connect(path.to_str().unwrap()).await.unwrap();
        let (mut bare, _) = listener.accept().await.unwrap();
        bare.write_all(&Hello::Welcome(Some(place.into())).to_bytes()).await.unwrap();
        open(&mut client).await.unwrap();
        bare.write_all(&frame(Frame::Offer { sample: SAMPLE, name: [1; 16] })).await.unwrap();
        let reason = end(&mut client).await.unwrap_err().to_string();
        assert!(reason.contains("what the peer offers is not there"), "{place}: {reason}");
        assert!(Domain::join(Path::new(place)).is_err());
    }
}

/// The segment of a place with bytes in it, and where they are.
fn find(here: &Here, bytes: &[u8]) -> (std::fs::File, Vec<u8>, usize) {
    for path in here.segments() {
        let content = std::fs::read(&path).unwrap();
        if let Some(at) = content.windows(bytes.len()).position(|window| window == bytes) {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            return (file, content, at);
        }
    }
    panic!("no segment has these bytes");
}

#[tokio::test]
async fn a_package_that_was_read_is_not_changed_by_who_wrote_it() {
    let mut here = Here::new().await;
    let (mut bare, mut server, writer) = with_memory(&mut here).await;
    let body = bytes(1_000, 5);
    let package = [&1_000_u32.to_be_bytes()[..], &body].concat();
    writer.write(&package).unwrap();
    bare.write_all(&frame(Frame::Sample(package.len()))).await.unwrap();
    let mut inbox = Inbox::new(2_000);
    let read = poll_fn(|cx| server.poll_recv::<LengthDelimited<u32>>(cx, &mut inbox));
    timeout(LONG, read).await.unwrap().unwrap();
    let (file, _, at) = find(&here, &package);
    file.write_all_at(&vec![0xff; package.len()], at as u64).unwrap();
    assert!(inbox.peek() == Some(&body[..]));
}

#[tokio::test]
async fn a_length_that_is_forged_in_the_memory_is_not_believed() {
    let mut here = Here::new().await;
    for forged in [1_u64, 1_001, 1 << 40, u64::MAX >> 1] {
        let (mut bare, mut server, writer) = with_memory(&mut here).await;
        let body = bytes(1_000, forged as usize);
        writer.write(&body).unwrap();
        let (file, content, at) = find(&here, &body);
        let length = content[..at].windows(8).rposition(|word| word == 1_000_u64.to_le_bytes());
        let length = length.filter(|&length| at - length < 128).unwrap();
        file.write_all_at(&forged.to_le_bytes(), length as u64).unwrap();
        bare.write_all(&frame(Frame::Sample(1_000))).await.unwrap();
        let reason = end(&mut server).await.unwrap_err().to_string();
        let text = format!("a sample of {forged} bytes is announced as one of 1000");
        assert!(reason.contains(&text), "{reason}");
        // As it was, for iceoryx2 itself.
        file.write_all_at(&1_000_u64.to_le_bytes(), length as u64).unwrap();
    }
}

#[tokio::test]
async fn whatever_frames_a_peer_sends_the_stream_ends() {
    let mut here = Here::new().await;
    let mut random = fastrand::Rng::with_seed(0x5eed);
    for round in 0..150 {
        let (mut bare, mut server) = here.bare().await;
        let mut sent = Vec::new();
        for _ in 0..random.usize(1..12) {
            let numbers = [0, 1, 5, FRAME, SAMPLE, WINDOW, u32::MAX as usize];
            let number = numbers[random.usize(..numbers.len())];
            let next = match random.u8(0..9) {
                0..=2 => Frame::Bytes(number),
                3 => Frame::Sample(number),
                4 => Frame::BytesTaken(number),
                5 => Frame::SamplesTaken(number),
                6 => Frame::Offer { sample: number, name: [random.u8(..); 16] },
                7 => {
                    if random.bool() {
                        Frame::Accepted
                    } else {
                        Frame::Refused
                    }
                }
                _ => Frame::Goodbye(random.u16(..)),
            };
            sent.extend(frame(next));
            if matches!(next, Frame::Bytes(..=WINDOW)) {
                sent.extend(vec![1; number]);
            }
        }
        // It may have ended before it has taken all.
        let write = async {
            let _ = bare.write_all(&sent).await;
            drop(bare);
        };
        let (read, ()) = tokio::join!(end(&mut server), write);
        if let Ok(read) = read {
            assert!(read.len() < sent.len(), "in round {round}");
        }
    }
    let (mut client, mut server) = here.pair().await;
    warm(&mut client, &mut server).await;
}
