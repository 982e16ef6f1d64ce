//! The game is played and the plugin is called over every transport, each served by a thread
//! or a process of its own.
#![allow(clippy::unwrap_used)]

mod bad_peers;
mod here;

use std::time::Duration;

use connector::Json;
use connector::plugin::Engine;
use tokio::time::timeout;
use transports::apart::Apart;
use transports::game::{Played, play};
use transports::plugin::{Greeted, greet};
use transports::serve::Side;
use transports::table::{find, listed, transports};
use transports::transport::Transport;

use crate::here::{Here, everywhere};

/// No conversation takes as long unless the test fails.
const LONG: Duration = Duration::from_secs(30);
/// The words of a text that is longer than a pipe, a compression window and a frame of 16 bits.
/// Over datagrams there is one.
const WORDS: usize = 10_000;
const WORD: &str = "é😀 ";

#[tokio::test]
async fn the_game_is_played_over_every_transport() {
    let schemes = everywhere(Side::Game, Transport::has_game, async |here, transport, place| {
        let client = transport.dial_game(place, &here.program).await;
        let client = client.unwrap_or_else(|error| panic!("{}: {error}", transport.name));
        let line = match transport.keeps_order {
            true => WORD.repeat(WORDS),
            false => WORD.to_owned(),
        };
        let played = play(&client, "Ann", &line).await;
        let played = played.unwrap_or_else(|error| panic!("{}: {error}", transport.name));
        let (welcome, said) = ("welcome, Ann".to_owned(), ("Ann".to_owned(), line));
        assert!(played == Played { welcome, said }, "{}", transport.name);
        client.close().await;
    });
    let schemes = schemes.await;
    let expected = [
        "tcp",
        "tls",
        "ws",
        "wss",
        "deflate",
        "ws",
        "hybrid",
        "ws",
        "udp",
        "mqtt",
        "sio",
        "quic",
        "webtransport",
    ];
    assert_eq!(schemes[..expected.len()], expected);
    #[cfg(target_os = "linux")]
    assert_eq!(schemes[expected.len()..], ["unix", "shm", "child", "memory"]);
}

#[tokio::test]
async fn the_plugin_is_called_over_every_transport_that_keeps_order() {
    let schemes =
        everywhere(Side::Plugin, Transport::has_plugin, async |here, transport, place| {
            let engine = Engine::new();
            transport.dial_plugin(place, &here.program, &engine).unwrap();
            let name = WORD.repeat(WORDS);
            let greeted = greet(&engine, &name).await;
            let greeted = greeted.unwrap_or_else(|error| panic!("{}: {error}", transport.name));
            let welcome = format!("welcome, {name}");
            assert!(greeted == Greeted { welcome, heard: name }, "{}", transport.name);
            assert!(engine.deactivate("greeter").await);
        });
    assert!(!schemes.await.is_empty());
    for transport in transports() {
        // A plugin's messages have no topics.
        let carries = transport.keeps_order && transport.name != "mqtt";
        assert_eq!(transport.has_plugin(), carries, "{}", transport.name);
    }
}

#[tokio::test]
async fn players_who_came_by_different_transports_are_in_one_room() {
    let (here, table) = (Here::new(), transports());
    let urls = [
        "tcp://127.0.0.1:0",
        "ws://127.0.0.1:0",
        "memory:room",
        "sio://127.0.0.1:0",
        "mqtt://127.0.0.1:0",
    ];
    let names = ["Ann", "Bob", "Cid", "Dan", "Eve"];
    let urls = urls.map(str::to_owned).to_vec();
    let served = Apart::start(Side::Game, urls, &here.program).await.unwrap();
    let mut players = Vec::new();
    for (url, name) in served.urls.iter().zip(names) {
        let (transport, place) = find(&table, url).unwrap();
        let client = transport.dial_game(place, &here.program).await.unwrap();
        let heard = client.all_pushes();
        play(&client, name, "hello").await.unwrap();
        players.push((client, heard));
    }
    let (_ann, heard) = &mut players[0];
    for name in names {
        let push = timeout(LONG, heard.next()).await.unwrap().unwrap();
        let Json(said): Json<(String, String)> = push.read().unwrap();
        assert_eq!(said, (name.to_owned(), "hello".to_owned()));
    }
    served.stop().await.unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn the_page_has_the_table() {
    let page = include_str!("../../README.md");
    let expected = [
        "tcp",
        "tls",
        "ws",
        "wss",
        "deflate",
        "hybrid",
        "udp",
        "mqtt",
        "sio",
        "quic",
        "webtransport",
        "unix",
        "shm",
        "child",
        "memory",
    ];
    let transports = transports();
    let names: Vec<&str> = transports.iter().map(|transport| transport.name).collect();
    assert_eq!(names, expected);
    let table = listed(&transports);
    let (head, _) = table.split_once('\n').unwrap();
    let at = page.find(head).expect("the head of the table");
    let (rows, _) = page[at..].split_once("\n\n").unwrap();
    assert_eq!(rows, table.trim_end());
}
