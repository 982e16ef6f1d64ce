//! The ids of our client's requests, each of which is four characters of a text.

use connector::codec::{Codec, SioCodec};
use connector::link::{Inbox, Link, Opening};
use connector::prelude::*;
use connector::protocol::message::{Head, RequestId, RouteRef};
use connector::transport::SioDialer;
use connector::{Client, Dial};
use connector_tests::long::is_long;
use connector_tests::peer::Peers;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::client::{ECHO, connect, dialers};
use crate::{PATIENCE, Served};

/// Ids of which some look like UTF-8 when their bytes are taken for it.
const IDS: [u32; 13] = [
    1,
    127,
    128,
    255,
    256,
    49_792,
    51_369,
    65_535,
    65_536,
    70_000,
    0x00c2_a9c3,
    0x7fff_ffff,
    0xffff_ffff,
];
/// The last id of a client whose requests are counted from 1, every day and in the long form.
const LAST: [usize; 2] = [300, 70_000];

/// Requests with these ids, over a link of our client's.
async fn each_is_answered(dialer: &SioDialer, url: &str, ids: &[u32]) {
    let (mut link, mut peer) = dialer.connect(url).await.unwrap();
    let mut inbox = Inbox::new(1 << 20);
    link.open(&mut Opening::new(&mut inbox, &mut peer)).await.unwrap();
    for id in ids {
        let head = Head::Request(RequestId::new(*id), RouteRef::Name(ECHO));
        let mut request = Vec::new();
        let mark = SioCodec.begin(&head, &mut request).unwrap();
        request.extend_from_slice(json!({ "id": id }).to_string().as_bytes());
        SioCodec.finish(&head, mark, &mut request).unwrap();
        link.send(&request).await.unwrap();
        let answer = timeout(PATIENCE, link.recv(&mut inbox)).await.unwrap().unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer, json!({ "id": id, "body": { "id": id } }));
    }
}

/// A client's requests from the first on.
async fn all_are_answered(client: &Client) {
    let ids: Vec<usize> = (1..=LAST[usize::from(is_long())]).collect();
    for ids in ids.chunks(100) {
        let answers = ids.iter().map(async |id| {
            let body = json!({ "id": id });
            let answer: Value = client.request(ECHO, Json(&body)).await.unwrap();
            assert_eq!(answer, body);
        });
        join_all(answers).await;
    }
}

#[tokio::test]
async fn up_to_70000_reach_our_server() {
    let served = Served::start().await;
    let url = format!("http://{}", served.address());
    for (_, dialer) in dialers() {
        for dialer in [dialer.clone(), dialer.engine_io_3()] {
            each_is_answered(&dialer, &url, &IDS).await;
        }
    }
    all_are_answered(&connect(SioDialer::new(), &url).await).await;
}

#[tokio::test]
async fn up_to_70000_reach_pomelos_sioconnector() {
    let Some(peers) = Peers::find() else { return };
    let arguments = ["--connector", "sio", "--heartbeat", "0"];
    let pomelo = peers.serve("pomelo-server.js", &arguments).await;
    let url = format!("http://127.0.0.1:{}", pomelo.port());
    // Its numbers have a sign.
    let ids = &IDS[..IDS.len() - 1];
    for (_, dialer) in dialers() {
        each_is_answered(&dialer.engine_io_3(), &url, ids).await;
    }
    all_are_answered(&connect(SioDialer::new().engine_io_3(), &url).await).await;
}
