//! The handlers, method for method those of `pomelo/app/servers/connector/handler`.

use connector::prelude::*;
use serde::{Deserialize, Serialize};

/// The setting that says which room a session is in.
const ROOM: &str = "rid";

pub(crate) struct Entry;

#[derive(Deserialize)]
struct Enter {
    username: String,
    rid: String,
}

#[derive(Serialize)]
struct Entered {
    code: u16,
    users: Vec<String>,
}

/// The body of `onAdd` and `onLeave`.
#[derive(Serialize)]
struct User<'a> {
    user: &'a str,
}

#[handler("connector.entryHandler")]
impl Entry {
    /// Signs in, and joins a room.
    #[route]
    async fn enter(
        &self,
        session: &Session,
        server: &ServerHandle,
        Json(enter): Json<Enter>,
    ) -> Result<Json<Entered>, HandlerError> {
        session.bind(&enter.username).map_err(|_| HandlerError::failed())?;
        session.set(ROOM, &enter.rid).map_err(|_| HandlerError::failed())?;
        let room = server.channels();
        room.join(&enter.rid, session);
        room.push(&enter.rid, "onAdd", Json(User { user: &enter.username }))?;
        let users = room.users(&enter.rid).iter().map(ToString::to_string).collect();
        Ok(Json(Entered { code: 200, users }))
    }
}

/// Tells a room who has left. The session is no member any more.
pub(crate) fn leave(session: &Session, _: &CloseReason) {
    let room: Option<String> = session.get(ROOM);
    if let (Some(server), Some(uid), Some(room)) = (session.server(), session.uid(), room) {
        let _ = server.channels().push(&room, "onLeave", Json(User { user: &uid }));
    }
}

pub(crate) struct Chat;

#[derive(Deserialize)]
struct Line {
    content: String,
    target: String,
}

#[derive(Serialize)]
struct Said<'a> {
    from: &'a str,
    msg: &'a str,
    target: &'a str,
}

#[derive(Serialize)]
struct Done {
    code: u16,
}

#[handler("connector.chatHandler")]
impl Chat {
    /// Says something to the room, or to one of its users.
    #[route]
    async fn send(
        &self,
        session: &Session,
        server: &ServerHandle,
        Json(line): Json<Line>,
    ) -> Result<Json<Done>, HandlerError> {
        let (Some(from), Some(room)) = (session.uid(), session.get::<String>(ROOM)) else {
            return Err(HandlerError::new(401, "enter a room first"));
        };
        let said = Said { from: &from, msg: &line.content, target: &line.target };
        match &*line.target {
            "*" => server.channels().push(&room, "onChat", Json(said))?,
            user => server.push_to(user, "onChat", Json(said))?,
        };
        Ok(Json(Done { code: 200 }))
    }
}
