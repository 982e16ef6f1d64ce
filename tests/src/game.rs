//! The routes that servers of every language have in the tests.

use connector::prelude::*;
use serde_json::Value;

/// Echoes, pushes, kicks, and says which process it is.
#[derive(Debug)]
pub struct Game;

#[handler("game.main")]
impl Game {
    #[route]
    async fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
        Json(body)
    }

    #[route]
    async fn process(&self) -> Json<u32> {
        Json(std::process::id())
    }

    /// Prints where a child's packages go, as a careless library does.
    #[route(notify)]
    async fn print(&self, Json(text): Json<String>) {
        println!("{text}");
    }

    #[route]
    async fn push(&self, session: &Session, Json(body): Json<Value>) -> Json<bool> {
        Json(session.push("onPush", Json(&body)).is_ok())
    }

    #[route(notify)]
    async fn kick(&self, session: &Session, Json(reason): Json<String>) {
        session.kick(&*reason);
    }
}
