//! A flood of handshakes from forged addresses: what it takes, and whom it disturbs.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use connector::Address;
use connector::prelude::*;
use connector::transport::Udp;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The forged addresses.
const FLOOD: u32 = 10_000;
/// The datagrams that are sent before others get their turn.
const BURST: u32 = 32;
/// The forged addresses that may be kept at a time.
const MOST: usize = 512;
/// A handshake, whose sender never goes on.
const HELLO: &[u8] = b"\x01\x00\x00\x18{\"sys\":{\"type\":\"flood\"}}";

struct Entry;

#[handler("connector.entryHandler")]
impl Entry {
    #[route]
    async fn echo(&self, Json(n): Json<u32>) -> Json<u32> {
        Json(n)
    }
}

async fn echoes(client: &Client, n: u32) {
    let Json(answer): Json<u32> =
        client.request("connector.entryHandler.echo", Json(n)).await.unwrap();
    assert_eq!(answer, n);
}

#[tokio::test]
async fn a_flood_of_forged_addresses_disturbs_nobody_and_takes_bounded_memory() {
    let udp = Udp::from("127.0.0.1:0").unfinished(MOST);
    let builder = Server::builder().connector(UdpConnector::bind(udp)).handler(Entry);
    let server = builder.heartbeat(Duration::ZERO).start().await.unwrap();
    let Address::Inet(address) = server.addresses()[0] else { panic!("an IP address") };
    let url = format!("udp://{address}");
    let statistics = || server.handle().statistics();
    let client = Client::connect(&url).await.unwrap();
    echoes(&client, 0).await;

    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let mut newcomers = Vec::new();
    for n in 0..FLOOD {
        // Each of them is somebody else's.
        let [_, _, high, low] = n.to_be_bytes();
        let forged = UdpSocket::bind((Ipv4Addr::new(127, 7, high, low), 0)).unwrap();
        forged.send_to(HELLO, address).unwrap();
        if n % BURST == 0 {
            echoes(&client, n).await;
            assert!(statistics().connections <= MOST + newcomers.len() + BURST as usize + 1);
        }
        if n % 1_024 == 0 {
            // Its handshake passes among the forged ones.
            let newcomer = Client::connect(&url).await.unwrap();
            echoes(&newcomer, n).await;
            newcomers.push(newcomer);
        }
    }
    // The last of them are handled too.
    echoes(&client, FLOOD).await;
    let ever = statistics().connections_ever;
    assert!(ever > u64::from(FLOOD), "{ever} connections: each was one for a while");
    let peak = ALLOCATOR.peak_usage() - before;
    println!("{FLOOD} addresses took {} KiB", peak >> 10);
    assert!(peak < MOST * 24 * 1024, "{peak} bytes for {MOST} at a time");
    assert_eq!(statistics().sessions, 1 + newcomers.len());
    for newcomer in &newcomers {
        echoes(newcomer, 0).await;
    }
}
