//! Bodies that are small until they are inflated.

use std::time::Duration;

use connector::client::{Client, RequestError};
use connector::prelude::*;
use serde_json::{Value, json};

use super::served;

const ECHO: &str = "connector.entryHandler.echo";

async fn client(port: u16) -> Client {
    // Compressing ten megabytes takes seconds without optimization.
    let client = Client::builder().compress_from(0).request_timeout(Duration::from_secs(300));
    client.connect(&format!("tcp://127.0.0.1:{port}")).await.unwrap()
}

#[tokio::test]
async fn a_bomb_is_answered_with_400_and_nobody_is_harmed() {
    let (_server, port) = served::start(served::builder()).await;
    let client = client(port).await;
    let whole: Value = client.request(ECHO, Json("x".repeat((1 << 20) - 2))).await.unwrap();
    assert_eq!(whole.as_str().unwrap().len(), (1 << 20) - 2);
    for size in [(1 << 20) - 1, 10 << 20] {
        let refused = client.request::<Value>(ECHO, Json("x".repeat(size))).await;
        let Err(RequestError::Server(error)) = refused else { panic!("{refused:?}") };
        assert_eq!(error.code, HandlerError::BAD_REQUEST);
        let told = "the body has more than 1048576 bytes once it is inflated, which is the limit";
        assert_eq!(error.message, told);
    }
    let after: Value = client.request(ECHO, Json(1)).await.unwrap();
    assert_eq!(after, 1);
}

/// What a client reads is as long as its longest package.
#[tokio::test]
async fn an_answer_that_is_too_long_once_inflated_fails_its_request() {
    let (_server, port) = served::start(served::builder().compress_from(100)).await;
    let url = format!("tcp://127.0.0.1:{port}");
    let client = Client::builder().max_package(10_000).connect(&url).await.unwrap();
    let text = |bytes| json!("x".repeat(bytes));
    let whole: Value = client.request(ECHO, Json(text(9_998))).await.unwrap();
    assert_eq!(whole, text(9_998));
    let failed = client.request::<Value>(ECHO, Json(text(9_999))).await;
    let Err(RequestError::Decode(error)) = failed else { panic!("{failed:?}") };
    let told = "the body has more than 10000 bytes once it is inflated, which is the limit";
    assert_eq!(error.to_string(), told);
    let after: Value = client.request(ECHO, Json(1)).await.unwrap();
    assert_eq!(after, 1);
}
