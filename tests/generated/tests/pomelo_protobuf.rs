//! Schemas of pomelo-protobuf that were generated from a `.proto` file: one service, and
//! clients that speak pomelo-protobuf, JSON, and protobuf.
#![allow(clippy::unwrap_used)]

use connector::client::Client;
use connector::prelude::*;
use connector::protocol::pomelo::handshake::{ClientInfo, Request};
use connector::testing::TestServer;
use connector::{Format, PomeloSchemas};
use connector_tests::peer::Peers;
use connector_tests_generated::seats::{
    Everyone, OnSeat, Place, SeatHandler, SeatHandlerClient, SeatHandlerServer, TakeRequest, Taken,
    pomelo_schemas,
};
use serde_json::json;

struct Seats;

impl SeatHandler for Seats {
    type Error = HandlerError;

    async fn take(&self, cx: Cx<'_>, request: TakeRequest) -> Result<Taken, HandlerError> {
        let TakeRequest { name, row_numbers, place } = request;
        let Some(&row) = row_numbers.first() else {
            return Err(HandlerError::new(422, "no row"));
        };
        cx.session.push(OnSeat::ROUTE, OnSeat { name: name.clone(), height: 1.5 })?;
        Ok(Taken { seat: row.unsigned_abs(), names: vec![name, "é漢".into()], place })
    }

    async fn all(&self, _: Cx<'_>, request: TakeRequest) -> Result<Everyone, HandlerError> {
        Ok(Everyone { seats: [(request.name, u64::MAX)].into() })
    }
}

async fn start() -> TestServer {
    let builder = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(SeatHandlerServer::new(Seats))
        .protos(pomelo_schemas());
    TestServer::start(builder).await
}

async fn released_client(library: &str) {
    let Some(peers) = Peers::find() else { return };
    let server = start().await;
    let place =
        json!({ "x": -7, "y": 0.5, "beside": [{ "x": 1, "y": 2.25, "beside": [{ "x": 3 }] }] });
    let calls = json!([
        [
            "seats.seatHandler.take",
            { "name": "ann", "rowNumbers": [-12, 3], "place": place },
            { "seat": 12, "names": ["ann", "é漢"], "place": place },
        ],
        ["seats.seatHandler.take", { "name": "bob" }, { "code": 422, "msg": "no row" }],
        ["seats.seatHandler.all", { "name": "ann" }, { "seats": { "ann": u64::MAX.to_string() } }],
    ]);
    let pushes = json!([["onSeat", { "name": "ann", "height": 1.5 }]]);
    let (url, calls, pushes) =
        (server.addresses()[0].to_string(), calls.to_string(), pushes.to_string());
    let arguments = ["--url", &url, "--client", library, "--calls", &calls, "--pushes", &pushes];
    let summary = peers.check("pomelo-call.js", &arguments).await;
    summary.assert_passed();
    assert_eq!(summary.passed, 4);
}

#[tokio::test]
async fn a_released_client_for_node_speaks_it() {
    released_client("node").await;
}

#[tokio::test]
async fn a_released_client_for_browsers_speaks_it() {
    released_client("browser").await;
}

#[tokio::test]
async fn our_clients_speak_each_form() {
    let server = start().await;
    let url = format!("ws://{}", server.addresses()[0]);
    let pomelo = Request {
        sys: ClientInfo { kind: Some("js".into()), ..ClientInfo::default() },
        user: None,
    };
    for builder in [
        Client::builder(),
        Client::builder().prefer(Format::Protobuf),
        Client::builder().handshake(pomelo),
    ] {
        let client = builder.connect(&url).await.unwrap();
        let mut pushes = client.pushes(OnSeat::ROUTE);
        let seats = SeatHandlerClient::new(&client);
        let place = Some(Place { x: i32::MIN, y: 0.1, beside: vec![Place::default()] });
        let request =
            TakeRequest { name: "ann".into(), row_numbers: vec![-3], place: place.clone() };
        let taken = seats.take(request).await.unwrap();
        assert_eq!((taken.seat, taken.place), (3, place));
        assert_eq!(pushes.next().await.unwrap().unwrap().height, 1.5);
        let refused = seats.take(TakeRequest::default()).await.unwrap_err();
        assert!(refused.to_string().contains("no row"), "{refused}");
        let all = seats.all(TakeRequest { name: "bob".into(), ..TakeRequest::default() }).await;
        assert_eq!(all.unwrap().seats["bob"], u64::MAX);
    }
}

#[test]
fn generated_schemas_join_with_others() {
    let others = PomeloSchemas::parse(r#"{"onTwice":{"required string text":1}}"#, "{}").unwrap();
    let both = pomelo_schemas().and(&others).unwrap();
    assert!(both.version() != pomelo_schemas().version() && both.version() != others.version());
}
