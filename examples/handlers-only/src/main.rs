//! The shortest useful server: everybody guesses the same number.

#[cfg(test)]
mod tests;

use std::cmp::Ordering::{Equal, Greater, Less};
use std::sync::atomic::{AtomicU32, Ordering};

use connector::prelude::*;
use serde::Deserialize;

struct Game {
    secret: AtomicU32,
    players: Channels,
}

#[derive(Deserialize)]
struct Guess {
    name: String,
    number: u32,
}

#[handler("game.guessHandler")]
impl Game {
    /// Tells whether the number is lower, higher, or right; then all know.
    #[route]
    async fn guess(
        &self,
        session: &Session,
        Json(guess): Json<Guess>,
    ) -> Result<Json<&'static str>, HandlerError> {
        if !(1..=100).contains(&guess.number) {
            return Err(HandlerError::new(422, "guess from 1 to 100"));
        }
        self.players.join("all", session);
        let secret = self.secret.load(Ordering::Relaxed);
        let hint = match guess.number.cmp(&secret) {
            Less => "higher",
            Greater => "lower",
            Equal => {
                self.secret.store(rand::random_range(1..=100), Ordering::Relaxed);
                self.players.push("all", "onFound", Json((guess.name, secret)))?;
                "right"
            }
        };
        Ok(Json(hint))
    }
}

#[tokio::main]
async fn main() -> Result<(), ServeError> {
    let game = Game { secret: rand::random_range(1..=100).into(), players: Channels::new() };
    println!("guess at ws://127.0.0.1:3011: cargo run -p handlers-only --bin guess -- NAME");
    Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:3011"))
        .handler(game)
        .serve_until(shutdown_signal())
        .await
}
