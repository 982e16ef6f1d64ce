//! Bursts of pushes: who reads gets them, who does not is told why it has to go.

use connector::session::PushError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// What real pomelo delivers: more than may wait for a peer that does not read.
const PUSHES: usize = 1_200;
const LENGTH: usize = 4 * 1024;
/// The bytes of all of them, with the heads of packages and messages.
const ALL: usize = PUSHES * (4 + "..onBytes".len() + LENGTH);
const _: () = assert!(ALL > 4 << 20);

struct Bursts;

#[handler("test.bursts")]
impl Bursts {
    /// Pushes to its own session, whose task has no chance to send meanwhile.
    #[route]
    async fn own(&self, session: &Session) -> Result<(), PushError> {
        burst(session)
    }
}

/// Pushes to its own session until that is refused.
struct Endless {
    taken: Arc<AtomicUsize>,
    refused: Arc<Mutex<Option<PushError>>>,
}

#[handler("test.endless")]
impl Endless {
    #[route(notify)]
    async fn own(&self, session: &Session) {
        let refused = loop {
            match session.push("onBytes", Raw(vec![b'x'; LENGTH].into())) {
                Ok(()) => self.taken.fetch_add(1, Ordering::SeqCst),
                Err(refused) => break refused,
            };
        };
        *self.refused.lock().unwrap() = Some(refused);
    }
}

fn burst(session: &Session) -> Result<(), PushError> {
    (0..PUSHES).try_for_each(|_| session.push("onBytes", Raw(vec![b'x'; LENGTH].into())))
}

/// Shakes hands by hand.
pub(super) async fn open(stream: &mut TcpStream) {
    stream.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}").await.unwrap();
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.unwrap();
    let size = u32::from_be_bytes([0, head[1], head[2], head[3]]);
    stream.read_exact(&mut vec![0; size as usize]).await.unwrap();
    stream.write_all(b"\x02\x00\x00\x00").await.unwrap();
}

/// Counts the bytes of all pushes, in a thread of its own at full speed.
fn read_all(stream: TcpStream) -> std::thread::JoinHandle<usize> {
    let stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    std::thread::spawn(move || {
        let mut read = 0;
        let mut buffer = vec![0; 1 << 20];
        while read < ALL {
            match std::io::Read::read(&mut &stream, &mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(more) => read += more,
            }
        }
        read
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_at_full_speed_gets_a_burst_that_is_longer_than_what_may_wait() {
    let server = Server::builder().connector(HybridConnector::bind("127.0.0.1:0"));
    let server = server.handler(Bursts).heartbeat(Duration::ZERO).start().await.unwrap();
    for _ in 0..10 {
        // From its own handler, and from elsewhere.
        for own in [true, false] {
            let address = server.addresses()[0].to_string();
            let mut stream = TcpStream::connect(address).await.unwrap();
            open(&mut stream).await;
            until("it is open", || server.handle().statistics().sessions == 1).await;
            let session = server.handle().sessions().remove(0);
            if own {
                // A notify by its route.
                stream.write_all(b"\x04\x00\x00\x11\x02\x0ftest.bursts.own").await.unwrap();
            }
            let reading = read_all(stream);
            if !own {
                burst(&session).unwrap();
            }
            let read = tokio::task::spawn_blocking(|| reading.join().unwrap()).await.unwrap();
            assert_eq!(read, ALL, "{:?}", session.close_reason());
            until("it is gone", || server.handle().statistics().sessions == 0).await;
        }
    }
}

#[tokio::test]
async fn a_peer_that_was_too_slow_is_told_when_it_reads() {
    let limits = Limits { queued: 64 * 1024, ..Limits::default() };
    let (server, address) = start(&Probe::default(), limits).await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    open(&mut stream).await;
    until("it is open", || server.handle().statistics().sessions == 1).await;
    let session = server.handle().sessions().remove(0);
    while session.close_reason().is_none() {
        let _ = session.push("onBytes", Raw(vec![b'x'; LENGTH].into()));
        tokio::task::yield_now().await;
    }
    assert!(matches!(session.close_reason(), Some(CloseReason::SlowPeer { .. })));
    let mut read = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut read)).await;
    end.expect("in time").expect("a regular end");
    let kick = b"{\"reason\":\"too much waited for this client, which does not read\"}";
    assert!(read.ends_with(kick), "{}", String::from_utf8_lossy(&read[read.len() - 100..]));
}

/// The task of a session cannot ask its peer while a handler runs in it.
#[tokio::test]
async fn a_handlers_burst_to_its_own_session_ends_at_twice_what_may_wait() {
    const LIMIT: usize = 64 * 1024;
    let taken = Arc::<AtomicUsize>::default();
    let refused = Arc::<Mutex<Option<PushError>>>::default();
    let endless = Endless { taken: taken.clone(), refused: refused.clone() };
    let limits = Limits { queued: LIMIT, ..Limits::default() };
    let server = Server::builder().connector(TcpConnector::bind("127.0.0.1:0"));
    let server = server.handler(endless).limits(limits).start().await.unwrap();
    let mut stream = TcpStream::connect(server.addresses()[0].to_string()).await.unwrap();
    open(&mut stream).await;
    stream.write_all(b"\x04\x00\x00\x12\x02\x10test.endless.own").await.unwrap();
    until("it is refused", || refused.lock().unwrap().is_some()).await;
    let message = ALL / PUSHES;
    assert_eq!(taken.load(Ordering::SeqCst), 2 * LIMIT / message);
    let refused = refused.lock().unwrap().take();
    let Some(PushError::Full { queued, limit: LIMIT }) = refused else { panic!("{refused:?}") };
    assert_eq!(queued, (2 * LIMIT / message + 1) * message);
}
