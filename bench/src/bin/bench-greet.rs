//! The greeting of `examples/echo`, with a code for its route and a body in
//! the format that the client wants.

use connector::prelude::*;
use prost::Message;
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
struct Greeting {
    #[prost(int64, tag = "1")]
    n: i64,
    #[prost(string, tag = "2")]
    s: String,
}

#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
struct Greeted {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(int64, tag = "2")]
    n: i64,
    #[prost(string, tag = "3")]
    s: String,
}

struct Bench;

#[handler("connector.benchHandler")]
impl Bench {
    /// Counts up and says the same again.
    #[route(code = 1)]
    async fn greet(&self, Body(greeting): Body<Greeting>) -> Body<Greeted> {
        let Greeting { n, s } = greeting;
        Body(Greeted { code: 200, n: n.wrapping_add(1), s })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    bench::serve(Server::builder().handler(Bench)).await
}
