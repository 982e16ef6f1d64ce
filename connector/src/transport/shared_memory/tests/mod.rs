//! Streams at both ends, and peers by hand.

mod bad_peers;
mod files;

use std::future::poll_fn;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::text::hex;
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::*;
use crate::connector::{Dial, Listen, Peer};
use crate::link::{ByteStream, Inbox, Opening};

/// No test takes as long unless it fails.
const LONG: Duration = Duration::from_secs(30);

/// How long the end of a test waits for files to go.
const SOON: Duration = Duration::from_millis(100);
/// How long it tries to remove what is left.
const LONG_ENOUGH: Duration = Duration::from_secs(1);

/// A listener in a directory of its own.
struct Here {
    directory: PathBuf,
    listener: SharedMemory,
}

impl Here {
    async fn new() -> Self {
        let name: [u8; 6] = crate::transport::websocket::random::bytes();
        let directory = std::env::temp_dir().join(format!("connector-shm-{}", hex(&name)));
        std::fs::create_dir(&directory).unwrap();
        let mut listener = SharedMemory::new(&*directory.join("a"));
        listener.bind().await.unwrap();
        Self { directory, listener }
    }

    fn socket(&self) -> PathBuf {
        self.directory.join("a")
    }

    async fn accept(&mut self) -> SharedMemoryStream {
        poll_fn(|cx| self.listener.poll_accept(cx)).await.unwrap().0
    }

    /// A pair of open streams: the client's and the server's.
    async fn pair(&mut self) -> (SharedMemoryStream, SharedMemoryStream) {
        let dialer = SharedMemoryDialer::new();
        let (mut client, _) = dialer.connect(self.socket().to_str().unwrap()).await.unwrap();
        let mut server = self.accept().await;
        tokio::try_join!(open(&mut client), open(&mut server)).unwrap();
        (client, server)
    }

    /// A server's stream whose client is a bare socket that has said hello.
    async fn bare(&mut self) -> (UnixStream, SharedMemoryStream) {
        let mut bare = UnixStream::connect(self.socket()).await.unwrap();
        bare.write_all(&hello::Hello::Welcome(None).to_bytes()).await.unwrap();
        let mut server = self.accept().await;
        open(&mut server).await.unwrap();
        let mut said = [0; 8];
        bare.read_exact(&mut said).await.unwrap();
        let mut rest = vec![0; usize::from(said[7])];
        bare.read_exact(&mut rest).await.unwrap();
        (bare, server)
    }

    /// The files beside the socket.
    fn beside(&self) -> Vec<PathBuf> {
        let found = std::fs::read_dir(&self.directory).unwrap().flatten();
        found.map(|file| file.path()).filter(|path| *path != self.socket()).collect()
    }

    /// The segments of its place.
    fn segments(&self) -> Vec<PathBuf> {
        segments(&self.beside())
    }
}

/// The segments of these places.
fn segments(places: &[PathBuf]) -> Vec<PathBuf> {
    let prefix =
        |place: &PathBuf| format!("cn{}_", place.to_str().unwrap().rsplit('.').nth(1).unwrap());
    let prefixes: Vec<String> = places.iter().map(prefix).collect();
    let found = std::fs::read_dir("/dev/shm").unwrap().flatten().map(|file| file.path());
    let is_of = |path: &PathBuf| {
        let name = path.file_name().unwrap().as_bytes();
        prefixes.iter().any(|prefix| name.starts_with(prefix.as_bytes()))
    };
    found.filter(is_of).collect()
}

impl Drop for Here {
    fn drop(&mut self) {
        self.listener.close();
        // Places are left on other threads, which may still have files in them.
        let begun = std::time::Instant::now();
        while self.beside().iter().any(|path| path.join("nodes").exists()) && begun.elapsed() < SOON
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        while std::fs::remove_dir_all(&self.directory).is_err() && begun.elapsed() < LONG_ENOUGH {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

async fn open(stream: &mut SharedMemoryStream) -> Result<(), CloseReason> {
    let (mut inbox, mut peer) = (Inbox::new(1024), Peer::new(TRANSPORT, crate::Address::Unnamed));
    let mut opening = Opening::new(&mut inbox, &mut peer);
    timeout(LONG, poll_fn(|cx| stream.poll_open(cx, &mut opening))).await.unwrap()
}

/// Waits until something is so that happens on another thread.
async fn until(mut is: impl FnMut() -> bool) {
    let waiting = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(LONG, waiting).await.unwrap();
}

/// The reason for which nothing more is read.
async fn end(stream: &mut SharedMemoryStream) -> Result<Vec<u8>, CloseReason> {
    let mut read = Vec::new();
    let ended = timeout(LONG, stream.io().read_to_end(&mut read)).await.unwrap();
    ended.map(|_| read).map_err(|error| CloseReason::lost(&error))
}

/// Bytes that differ by where they are.
fn bytes(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|at| ((at * 31 + seed) % 251) as u8).collect()
}

/// Writes so much that this side's memory is in use, while the peer reads.
async fn warm(from: &mut SharedMemoryStream, to: &mut SharedMemoryStream) {
    let rounds = async {
        loop {
            let sent = bytes(2 * FRAME, 7);
            let mut read = vec![0; sent.len()];
            let write = async {
                from.io().write_all(&sent).await?;
                from.io().flush().await
            };
            let reply = async {
                to.io().read_exact(&mut read).await?;
                // For the answers to offers, which the writer reads.
                to.io().write_all(&[1]).await?;
                to.io().flush().await
            };
            tokio::try_join!(write, reply).unwrap();
            assert_eq!(read, sent);
            from.io().read_u8().await.unwrap();
            if from.io().writes_to_memory() {
                return;
            }
        }
    };
    timeout(LONG, rounds).await.unwrap();
}

#[tokio::test]
async fn bytes_arrive_in_order_whichever_way_they_take() {
    let mut here = Here::new().await;
    let (mut client, mut server) = here.pair().await;
    let sizes =
        [1, SMALL, SMALL + 1, FRAME, FRAME + 1, 3, SAMPLE, SAMPLE + 1, 5 * SAMPLE + 17, 70_000, 2];
    for round in 0..6 {
        for (from, to) in [(0, 1), (1, 0)] {
            let (from, to) =
                if from < to { (&mut client, &mut server) } else { (&mut server, &mut client) };
            for (at, size) in sizes.into_iter().enumerate() {
                let sent = bytes(size, at + round);
                let mut read = vec![0; size];
                let write = async {
                    from.io().write_all(&sent).await?;
                    from.io().flush().await
                };
                let both = async { tokio::try_join!(write, to.io().read_exact(&mut read)) };
                timeout(LONG, both).await.unwrap().unwrap();
                assert!(read == sent, "{size} bytes in round {round}");
            }
        }
    }
    assert!(client.io().writes_to_memory() && server.io().writes_to_memory());
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_waited_for_and_holds_little() {
    let mut here = Here::new().await;
    let (mut client, mut server) = here.pair().await;
    warm(&mut client, &mut server).await;
    let all = bytes(40 * SAMPLE, 1);
    let sent = SAMPLES * SAMPLE;
    // The samples that there are, and then no more.
    timeout(LONG, client.io().write_all(&all[..sent])).await.unwrap().unwrap();
    for _ in 0..3 {
        assert!(client.io().write(&all[sent..]).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    let rest = async {
        client.io().write_all(&all[sent..]).await?;
        client.io().flush().await
    };
    let mut read = vec![0; all.len()];
    let both = async { tokio::try_join!(rest, server.io().read_exact(&mut read)) };
    timeout(LONG, both).await.unwrap().unwrap();
    assert!(read == all);
}

#[tokio::test]
async fn both_may_be_clogged_and_go_on() {
    let mut here = Here::new().await;
    let (mut client, mut server) = here.pair().await;
    warm(&mut client, &mut server).await;
    warm(&mut server, &mut client).await;
    // Each writes more than may wait before it reads, over both ways.
    let both = async |stream: &mut SharedMemoryStream, seed: usize| {
        let sent = bytes(9 * SAMPLE, seed);
        let mut read = vec![0; sent.len()];
        let (mut reader, mut writer) = tokio::io::split(stream.io());
        let write = async {
            for piece in sent.chunks(SAMPLE + 5) {
                writer.write_all(&piece[..SAMPLE.min(piece.len())]).await?;
                writer.write_all(&piece[SAMPLE.min(piece.len())..]).await?;
            }
            writer.flush().await
        };
        tokio::try_join!(write, reader.read_exact(&mut read)).unwrap();
        read
    };
    let (to_client, to_server) =
        timeout(LONG, async { tokio::join!(both(&mut client, 1), both(&mut server, 2)) })
            .await
            .unwrap();
    assert!(to_client == bytes(9 * SAMPLE, 2) && to_server == bytes(9 * SAMPLE, 1));
}

#[tokio::test]
async fn what_was_sent_is_read_behind_the_end_of_the_sender() {
    let mut here = Here::new().await;
    for code in [0, 1001] {
        let (mut client, mut server) = here.pair().await;
        warm(&mut client, &mut server).await;
        let sent = bytes(3 * SAMPLE, 3);
        timeout(LONG, client.io().write_all(&sent)).await.unwrap().unwrap();
        timeout(LONG, poll_fn(|cx| client.io().poll_close(cx, code))).await.unwrap().unwrap();
        drop(client);
        // Its memory is gone by now, or going.
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        let mut read = vec![0; sent.len()];
        timeout(LONG, server.io().read_exact(&mut read)).await.unwrap().unwrap();
        assert!(read == sent);
        let expected = match code {
            0 => Ok(Vec::new()),
            code => Err(CloseReason::PeerClosedWith { code, reason: String::new() }),
        };
        assert_eq!(end(&mut server).await, expected);
        let error = server.io().write_all(&bytes(SAMPLE, 1)).await.unwrap_err();
        assert!(matches!(error.kind(), io::ErrorKind::BrokenPipe), "{error}");
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_has_ended() {
    let mut here = Here::new().await;
    let (client, mut server) = here.pair().await;
    drop(client);
    assert_eq!(end(&mut server).await, Ok(Vec::new()));
}

#[tokio::test]
async fn an_idle_connection_has_no_memory() {
    let mut here = Here::new().await;
    let (mut client, mut server) = here.pair().await;
    client.io().write_all(&bytes(SMALL, 1)).await.unwrap();
    server.io().read_exact(&mut vec![0; SMALL]).await.unwrap();
    let is_data = |path: &PathBuf| path.to_str().unwrap().ends_with(".data");
    assert!(!here.segments().iter().any(is_data));
    warm(&mut client, &mut server).await;
    assert_eq!(here.segments().iter().filter(|path| is_data(path)).count(), 1);
}

#[tokio::test]
async fn a_reader_and_a_writer_in_two_tasks_find_what_each_waits_for() {
    let mut here = Here::new().await;
    let (mut client, mut server) = here.pair().await;
    warm(&mut client, &mut server).await;
    let mut tasks = tokio::task::JoinSet::new();
    let size = 300 * FRAME;
    for (seed, mut stream) in [(1, client), (2, server)] {
        let (mut reader, mut writer) = tokio::io::split(std::mem::take(stream.io()));
        tasks.spawn(async move {
            // Some go over the socket, and some by memory.
            for (at, piece) in bytes(size, seed).chunks(3 * FRAME + 1).enumerate() {
                let (first, rest) = piece.split_at(piece.len().min(at * 700 % FRAME));
                writer.write_all(first).await.unwrap();
                writer.write_all(rest).await.unwrap();
            }
            writer.flush().await.unwrap();
        });
        tasks.spawn(async move {
            let mut read = vec![0; size];
            reader.read_exact(&mut read).await.unwrap();
            assert!(read == bytes(size, 3 - seed));
        });
    }
    timeout(LONG, tasks.join_all()).await.unwrap();
}
