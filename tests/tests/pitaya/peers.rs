//! Pitaya's released client and server, in Go.

use std::time::Duration;

use connector::Format;
use connector::protocol::pomelo::handshake::Dialect;
use connector_tests::peer::{Peers, Serving};
use futures_util::future::join_all;

use super::served;

/// One way in which pitaya's programs run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mode {
    pub(crate) transport: &'static str,
    pub(crate) serializer: &'static str,
    pub(crate) compression: bool,
}

/// All of them: TCP and WebSocket, JSON and protobuf, with and without compression.
pub(crate) fn modes() -> impl Iterator<Item = Mode> {
    let transports = ["tcp", "ws"].into_iter();
    let with = move |transport| {
        ["json", "protobuf"].into_iter().flat_map(move |serializer| {
            let mode = move |compression| Mode { transport, serializer, compression };
            [true, false].into_iter().map(mode)
        })
    };
    transports.flat_map(with)
}

impl Mode {
    /// Starts a pitaya server, by default with heartbeats each second.
    pub(crate) async fn serve(self, peers: &Peers, more: &[&str]) -> Serving {
        let compression = format!("-compression={}", self.compression);
        let serializer = ["-transport", self.transport, "-serializer", self.serializer];
        let arguments = [&serializer[..], &[&*compression], more].concat();
        peers.serve("pitaya-server", &arguments).await
    }

    /// Runs the checks of pitaya's client against the server at a port.
    pub(crate) async fn check(self, peers: &Peers, port: u16, more: &[&str]) {
        let url = format!("127.0.0.1:{port}");
        let transport = ["-url", &*url, "-transport", self.transport];
        let arguments = [&transport[..], &["-serializer", self.serializer], more].concat();
        peers.check("pitaya-client", &arguments).await.assert_passed();
    }
}

/// The list of checks is true of pitaya, so that it may be asked of us.
#[tokio::test]
async fn pitayas_client_passes_against_pitayas_server() {
    let Some(peers) = Peers::find_go() else { return };
    // The other modes are those of our own server's tests.
    let ends = modes().filter(|mode| (mode.transport == "tcp") == mode.compression);
    join_all(ends.map(async |mode| {
        let calm = mode.serve(&peers, &["-heartbeat", "60"]).await;
        mode.check(&peers, calm.port(), &[]).await;
        let beating = mode.serve(&peers, &[]).await;
        mode.check(&peers, beating.port(), &["-beats"]).await;
    }))
    .await;
}

#[tokio::test]
async fn pitayas_client_passes_against_ours() {
    let Some(peers) = Peers::find_go() else { return };
    // Most of the time they wait for heartbeats.
    join_all(modes().map(async |mode| {
        let format = if mode.serializer == "json" { Format::Json } else { Format::Protobuf };
        for (seconds, beats) in [(60, &[][..]), (1, &["-beats"])] {
            let heartbeat = Duration::from_secs(seconds);
            let mut builder = served::builder().heartbeat(heartbeat).serializer(format);
            if mode.compression {
                builder = builder.compress_from(100);
            }
            let (_server, port) = served::start(builder).await;
            mode.check(&peers, port, beats).await;
        }
    }))
    .await;
}

/// It says nothing of itself, reads protobuf, and sends no heartbeats.
#[tokio::test]
async fn nanos_client_passes_against_ours() {
    let Some(peers) = Peers::find_go() else { return };
    let builder = served::builder().serializer(Format::Protobuf);
    let builder = builder.dialect(|_| Some(Dialect::Pitaya)).compress_from(100);
    let (_server, port) = served::start(builder).await;
    let url = format!("127.0.0.1:{port}");
    peers.check("nano-client", &["-url", &url]).await.assert_passed();
}
