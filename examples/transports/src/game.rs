//! The game: a room in which all hear what is said, however they came.

use connector::prelude::*;

use crate::Error;

/// The room.
#[derive(Debug, Default)]
pub struct Game(Channels);

/// The name of a session's player.
#[derive(Clone)]
struct Player(String);

const ROOM: &str = "room";

#[handler("game.room")]
impl Game {
    /// Lets a player in, and welcomes them.
    #[route]
    async fn enter(&self, session: &Session, Json(name): Json<String>) -> Json<String> {
        let welcome = format!("welcome, {name}");
        session.set_value(Player(name));
        self.0.join(ROOM, session);
        Json(welcome)
    }

    /// Pushes a line to everybody in the room, with the name of who says it.
    #[route(notify)]
    async fn say(&self, session: &Session, Json(line): Json<String>) {
        let Some(Player(name)) = session.value() else { return };
        // Two texts are always JSON.
        let _ = self.0.push(ROOM, "onSaid", Json((name, line)));
    }
}

/// What a player has been told.
#[derive(Debug, PartialEq, Eq)]
pub struct Played {
    /// The answer to the request.
    pub welcome: String,
    /// Who has said something, and what: the push.
    pub said: (String, String),
}

/// Plays: a request, a notify, and the push that follows from it.
///
/// # Errors
/// Returns the error of the request, the notify or the push.
pub async fn play(client: &Client, name: &str, line: &str) -> Result<Played, Error> {
    let mut said = client.pushes::<Json<(String, String)>>("onSaid");
    let Json(welcome) = client.request("game.room.enter", Json(name)).await?;
    client.notify("game.room.say", Json(line)).await?;
    let Json(said) = said.next().await.ok_or("the connection ended before the push")??;
    Ok(Played { welcome, said })
}
