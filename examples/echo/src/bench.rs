//! The route that speed is measured on.

use connector::prelude::*;
use serde::{Deserialize, Serialize};

pub(crate) struct Bench;

#[derive(Deserialize)]
struct Greeting {
    n: i64,
    s: String,
}

#[derive(Serialize)]
struct Greeted {
    code: u16,
    n: i64,
    s: String,
}

#[handler("connector.benchHandler")]
impl Bench {
    /// Counts up and says the same again.
    #[route]
    async fn greet(&self, Json(greeting): Json<Greeting>) -> Json<Greeted> {
        let Greeting { n, s } = greeting;
        Json(Greeted { code: 200, n: n.wrapping_add(1), s })
    }
}
