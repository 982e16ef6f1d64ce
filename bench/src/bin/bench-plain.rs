//! The greeting of `examples/echo` by a route that never waits, whose body borrows:
//! our way at its shortest, to be compared with what is written by hand.

use clap::{Parser, ValueEnum};
use connector::handler::{Filter, RouteSpec};
use connector::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Parser)]
struct Options {
    /// Adds a filter that does nothing.
    #[arg(long, value_name = "CALLS")]
    filter: Option<Filtered>,
}

/// The calls that a filter is asked for.
#[derive(Clone, Copy, ValueEnum)]
enum Filtered {
    /// Those of another handler: the chain of the greeting is empty.
    Others,
    /// All.
    All,
}

#[derive(Deserialize)]
struct Greeting<'a> {
    n: i64,
    s: &'a str,
}

#[derive(Serialize)]
struct Greeted<'a> {
    code: u16,
    n: i64,
    s: &'a str,
}

struct Bench;

#[handler("connector.benchHandler")]
impl Bench {
    /// Counts up and says the same again.
    #[route]
    fn greet<'m>(&self, Json(greeting): Json<Greeting<'m>>) -> Json<Greeted<'m>> {
        let Greeting { n, s } = greeting;
        Json(Greeted { code: 200, n: n.wrapping_add(1), s })
    }
}

struct Nothing;

impl Filter for Nothing {
    async fn before(&self, _: &Cx<'_>, _: &RouteSpec) -> Result<(), HandlerError> {
        Ok(())
    }
}

struct Other;

#[handler("connector.otherHandler", filter = Nothing)]
impl Other {
    /// Answers nothing.
    #[route]
    fn nothing(&self) {}
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::builder().handler(Bench);
    let server = match Options::parse().filter {
        None => server,
        Some(Filtered::Others) => server.handler(Other),
        Some(Filtered::All) => server.filter(Nothing),
    };
    bench::serve(server).await
}
