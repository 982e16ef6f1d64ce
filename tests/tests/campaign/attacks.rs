//! Peers that mean no good, a kind a test.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::sleep;

use crate::scene::campaign;
use crate::words::{ACK, HANDSHAKE, open, request, shake_hands};

/// Does it again and again, a moment after it went wrong.
macro_rules! again {
    ($once:expr) => {
        |address, peer| async move {
            loop {
                let _ = $once(address, peer).await;
                sleep(Duration::from_millis(100)).await;
            }
        }
    };
}

#[test]
fn silent_handshakes() {
    campaign(200, again!(silent));
}

async fn silent(address: SocketAddr, peer: usize) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    // Nothing at all, or half of what opens a connection.
    let begun: &[u8] = match peer % 3 {
        0 => b"",
        1 => &HANDSHAKE[..7],
        _ => b"GET / HTTP/1.1\r\nHost: ",
    };
    stream.write_all(begun).await?;
    stream.read_u8().await?;
    Ok(())
}

#[test]
fn a_byte_at_a_time() {
    campaign(50, again!(dripping));
}

async fn dripping(address: SocketAddr, _: usize) -> io::Result<()> {
    let mut stream = open(address).await?;
    let request = request("echo", b"1");
    let mut answers = [0; 4096];
    loop {
        for byte in request.chunks(1) {
            stream.write_all(byte).await?;
            sleep(Duration::from_millis(5)).await;
        }
        if stream.read(&mut answers).await? == 0 {
            return Ok(());
        }
    }
}

#[test]
fn readers_of_no_answers() {
    campaign(20, again!(deaf));
}

async fn deaf(address: SocketAddr, _: usize) -> io::Result<()> {
    let mut stream = open(address).await?;
    let request = request("echo", b"1234567890123456789").repeat(64);
    // Up to the moment when the server takes nothing more.
    while let Ok(written) =
        tokio::time::timeout(Duration::from_secs(1), stream.write_all(&request)).await
    {
        written?;
        sleep(Duration::from_millis(5)).await;
    }
    pending().await
}

#[test]
fn readers_of_no_pushes() {
    campaign(10, again!(poured));
}

async fn poured(address: SocketAddr, _: usize) -> io::Result<()> {
    // As little as possible in the systems' hands.
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4 * 1024)?;
    let mut stream = shake_hands(socket.connect(address).await?).await?;
    stream.write_all(&request("pour", b"{}")).await?;
    pending().await
}

#[test]
fn floods_of_small_messages() {
    campaign(10, again!(flooding));
}

async fn flooding(address: SocketAddr, _: usize) -> io::Result<()> {
    let (mut answers, mut requests) = open(address).await?.into_split();
    let request = request("echo", b"1").repeat(20);
    let read = async {
        let mut bytes = [0; 4096];
        while answers.read(&mut bytes).await? > 0 {}
        Ok(())
    };
    let write = async {
        loop {
            requests.write_all(&request).await?;
            sleep(Duration::from_millis(20)).await;
        }
    };
    let write: io::Result<Infallible> = tokio::select! {
        end = read => return end,
        end = write => end,
    };
    write.map(|_| ())
}

#[test]
fn huge_heads() {
    campaign(20, again!(huge));
}

async fn huge(address: SocketAddr, peer: usize) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    match peer % 4 {
        // A head that does not end.
        0 => {
            stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nCookie: ").await?;
            stream.write_all(&[b'x'; 64 * 1024]).await?;
        }
        // A thousand headers.
        1 => {
            stream.write_all(b"GET / HTTP/1.1\r\n").await?;
            stream.write_all(&b"A: b\r\n".repeat(1_000)).await?;
        }
        // The longest handshake that a package can announce.
        2 => {
            stream.write_all(b"\x01\xff\xff\xff{").await?;
            stream.write_all(&[b' '; 64 * 1024]).await?;
        }
        // A handshake as long as any package may be.
        _ => {
            stream.write_all(b"\x01\x0f\xff\xff{").await?;
            stream.write_all(&vec![b' '; 0x0f_ffff]).await?;
        }
    }
    let mut end = [0; 1024];
    while stream.read(&mut end).await? > 0 {}
    Ok(())
}

#[test]
fn garbage() {
    campaign(20, again!(babbling));
}

async fn babbling(address: SocketAddr, peer: usize) -> io::Result<()> {
    let mut stream = if peer.is_multiple_of(2) {
        TcpStream::connect(address).await?
    } else {
        open(address).await?
    };
    let noise: Vec<u8> =
        (0..1_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    stream.write_all(&noise[peer..]).await?;
    while stream.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}

#[test]
fn connects_and_disconnects() {
    campaign(4, |address, peer| async move {
        loop {
            let _ = passing(address, peer).await;
            // Hundreds a second in all. At full speed they take all the
            // cores, and what is measured is how the system shares these;
            // `cycles.rs` does that, without a clock.
            sleep(Duration::from_millis(10)).await;
        }
    });
}

async fn passing(address: SocketAddr, peer: usize) -> io::Result<()> {
    let stream = match peer % 2 {
        0 => TcpStream::connect(address).await?,
        _ => open(address).await?,
    };
    // Every other one resets the connection.
    if peer % 4 < 2 {
        stream.set_zero_linger()?;
    }
    Ok(())
}

#[test]
fn half_open_peers() {
    campaign(100, again!(half_open));
}

async fn half_open(address: SocketAddr, peer: usize) -> io::Result<()> {
    let mut stream = match peer % 3 {
        0 => TcpStream::connect(address).await?,
        1 => {
            // It never says that it has heard the answer.
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(HANDSHAKE).await?;
            stream
        }
        _ => open(address).await?,
    };
    if peer.is_multiple_of(2) {
        stream.write_all(&ACK[..2]).await?;
    }
    // Their own half ends; the other one they keep and do not read.
    stream.shutdown().await?;
    pending().await
}
