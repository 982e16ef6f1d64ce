//! Peers that break the protocol or do not read end alone, each for its reason.

use connector::link::{Inbox, Link, Opening};
use connector::{BoxSocket, CloseReason, ProcessExit, Socket};
use transports::at::Kind;
use transports::game::play;
use transports::serve::Side;
use transports::transport::Transport;

use crate::here::{Here, everywhere};

/// A line that hardly gets shorter by compression, in bytes of 4 bits.
const LINE: usize = 60_000;

/// Returns whether the packages of its sessions are pomelo's. The others have formats of their
/// own, and tests of what is not of these.
fn has_packages(transport: &Transport) -> bool {
    transport.has_game() && !["mqtt", "sio"].contains(&transport.name)
}

/// Opens a session by hand.
async fn enter(here: &Here, transport: &Transport, place: &str) -> (BoxSocket, Inbox) {
    let mut socket = transport.dial_socket(place, &here.program).await.unwrap();
    let (mut inbox, mut peer) = (Inbox::new(1 << 16), socket.peer().clone());
    socket.open(&mut Opening::new(&mut inbox, &mut peer)).await.unwrap();
    // Padded, since an answer over datagrams is at most three times as long.
    let handshake = [&b"\x01\0\0\xc8{\"sys\":{}}"[..], &[b' '; 190]].concat();
    socket.send(&handshake).await.unwrap();
    let answer = socket.recv(&mut inbox).await.unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(answer[0] == 1 && text.contains("\"code\":200"), "{text}");
    socket.send(b"\x02\0\0\0").await.unwrap();
    (socket, inbox)
}

/// Waits for the end of a session.
async fn end(socket: &mut BoxSocket, inbox: &mut Inbox) -> CloseReason {
    loop {
        match socket.recv(inbox).await {
            Ok(package) => assert_eq!(package[0], 3, "nothing but heartbeats: {package:?}"),
            Err(reason) => return reason,
        }
    }
}

#[tokio::test]
async fn garbage_behind_a_valid_start_ends_its_connection_alone() {
    let packages: [(&str, &[u8]); 3] = [
        ("a package of no type", b"\x09\0\0\x01x"),
        ("a message of no kind", b"\x04\0\0\x02\x0fx"),
        ("a message without its end", b"\x04\0\0\x03\0\x01\xff"),
    ];
    let ended = everywhere(Side::Game, has_packages, async |here, transport, place| {
        let name = transport.name;
        let neighbour = transport.dial_game(place, &here.program).await.unwrap();
        for (what, bytes) in packages {
            let (mut socket, mut inbox) = enter(here, transport, place).await;
            socket.send(bytes).await.unwrap();
            let reason = end(&mut socket, &mut inbox).await;
            // The server waits for its peer's end too.
            drop(socket);
            if transport.kind == Kind::Command {
                let exit = CloseReason::Exited(ProcessExit { code: Some(0), signal: None });
                assert_eq!(reason, exit, "{name}, {what}");
            } else {
                assert!(reason.is_peer_closed(), "{name}, {what}: {reason}");
                let told = here.ends.recv().await.unwrap();
                assert!(matches!(told, CloseReason::Malformed(_)), "{name}, {what}: {told}");
            }
        }
        play(&neighbour, "Ann", "still here").await.unwrap();
        neighbour.close().await;
        if transport.kind != Kind::Command {
            let left = here.ends.recv().await.unwrap();
            assert!(left.is_peer_closed(), "{name}: {left}");
        }
    });
    assert!(ended.await.len() > 8);
}

/// Returns other text for each number.
fn noise(number: u64) -> String {
    let mut random = fastrand::Rng::with_seed(number);
    let digits = std::iter::repeat_with(|| format!("{:08x}", random.u32(..)));
    digits.take(LINE / 8).collect()
}

#[tokio::test]
async fn a_peer_that_does_not_read_ends_alone() {
    // What a child's peer does not read waits in a process of its own.
    let has = |transport: &Transport| {
        has_packages(transport) && transport.keeps_order && transport.kind != Kind::Command
    };
    let ended = everywhere(Side::Game, has, async |here, transport, place| {
        let name = transport.name;
        let (mut deaf, _inbox) = enter(here, transport, place).await;
        deaf.send(b"\x04\0\0\x18\0\x01\x0fgame.room.enter\"Deaf\"").await.unwrap();
        let neighbour = transport.dial_game(place, &here.program).await.unwrap();
        let mut lines = 0;
        let reason = loop {
            play(&neighbour, "Ann", &noise(lines)).await.unwrap();
            lines += 1;
            if let Ok(reason) = here.ends.try_recv() {
                break reason;
            }
        };
        let is_slow = matches!(reason, CloseReason::SlowPeer { .. } | CloseReason::Stalled { .. });
        assert!(is_slow, "{name}, after {lines} lines: {reason}");
        drop(deaf);
        play(&neighbour, "Ann", "still here").await.unwrap();
        neighbour.close().await;
        assert!(here.ends.recv().await.unwrap().is_peer_closed(), "{name}");
    });
    assert!(ended.await.len() > 6);
}
