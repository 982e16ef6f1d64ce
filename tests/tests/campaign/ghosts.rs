//! Peers that are bound before their session opens, which it never does.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use connector::prelude::*;
use connector::protocol::pomelo::package::{PackageType, encode};
use connector::protocol::session::{Answer, Hello};
use connector::server::ServerBuilder;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::scene::{Scene, campaign_in};
use crate::words::{ACK, hear};
use crate::{alone, quietly};

/// What the server's hooks do to a ghost.
const HANG: &str = "hang";
const PANIC: &str = "panic";
const PANIC_LATER: &str = "panic later";

#[test]
fn ghosts() {
    let _alone = alone();
    quietly();
    // It counts that no session and no user is left.
    campaign_in(Scene::set_as(haunted), 40, |address, peer| async move {
        loop {
            let _ = haunt(address, peer).await;
            sleep(Duration::from_millis(50)).await;
        }
    });
}

/// Binds those who say so, and joins them to a channel.
fn haunted(server: ServerBuilder) -> ServerBuilder {
    server
        .on_handshake(|session: Session, hello: Hello| async move {
            let Some(user) = hello.user else { return Answer::Accept { user: None } };
            session.bind(user["uid"].as_str().unwrap()).unwrap();
            session.server().unwrap().channels().join("ghosts", &session);
            match user["then"].as_str() {
                Some(HANG) => std::future::pending().await,
                Some(PANIC) => panic!("on purpose: a handshake hook"),
                then => session.set("then", &then).unwrap(),
            }
            Answer::Accept { user: None }
        })
        .on_open(|session| {
            let then: Option<String> = session.get("then");
            assert!(then.as_deref() != Some(PANIC_LATER), "on purpose: an open hook");
        })
        .on_close(|session, _| {
            let server = session.server().unwrap();
            let members = server.channels().members("ghosts");
            assert!(!members.contains(session), "it is still in its channel");
        })
}

async fn haunt(address: SocketAddr, peer: usize) -> io::Result<()> {
    let then = [HANG, PANIC, PANIC_LATER, "never acknowledge"][peer % 4];
    let user = json!({ "uid": format!("ghost {peer}"), "then": then });
    let body = json!({ "sys": {}, "user": user }).to_string();
    let mut hello = Vec::new();
    encode(PackageType::Handshake, body.as_bytes(), &mut hello).map_err(io::Error::other)?;
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&hello).await?;
    // Some leave while their hook runs.
    if peer.is_multiple_of(8) {
        sleep(Duration::from_millis(10)).await;
        return stream.set_zero_linger();
    }
    hear(&mut stream).await?;
    if then == PANIC_LATER {
        stream.write_all(ACK).await?;
        sleep(Duration::from_millis(10)).await;
        return Ok(());
    }
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(())
}
