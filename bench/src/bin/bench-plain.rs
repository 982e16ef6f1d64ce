//! The greeting of `examples/echo` by a route that never waits, whose body borrows:
//! our way at its shortest, to be compared with what is written by hand.

use connector::prelude::*;
use serde::{Deserialize, Serialize};

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

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    bench::serve(Bench).await
}
