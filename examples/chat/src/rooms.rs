//! The rooms: who is in which, and what is said there.

use std::sync::{Mutex, PoisonError};

use connector::prelude::*;

use crate::chat::{ChatHandler, Join, Line, OnCome, OnLeave, OnLine, Room};
use crate::sign_in::check;

/// The setting of a session that says where it is.
const ROOM: &str = "room";

#[derive(Default)]
pub(crate) struct Chat {
    rooms: Channels,
    /// One comes in after the other, so that no two have the same name.
    door: Mutex<()>,
}

impl ChatHandler for Chat {
    async fn join(&self, cx: Cx<'_>, Join { room }: Join) -> Result<Room, HandlerError> {
        check("room", &room).map_err(HandlerError::bad_request)?;
        let (rooms, session, name) = (&self.rooms, cx.session, name(cx.session));
        let _door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = session.get::<String>(ROOM) {
            return Err(HandlerError::new(409, format!("you are in {room} already")));
        }
        let mut back = false;
        if let Some(other) = rooms.members(&room).iter().find(|other| other.uid() == session.uid())
        {
            // The same sign-in is the same person, whose connection was lost.
            if other.get::<u64>("sign-in") != session.get("sign-in") {
                return Err(HandlerError::new(
                    409,
                    format!("{name} is in {room} already: take another name"),
                ));
            }
            back = other.remove(ROOM).is_some();
            rooms.leave(&room, other);
            other.kick("you came back on another connection");
        }
        session.set(ROOM, &room).map_err(HandlerError::bad_request)?;
        if !back {
            rooms.push_message(&room, &OnCome { name: name.clone() })?;
        }
        rooms.join(&room, session);
        let (left, channel) = (rooms.clone(), room.clone());
        session.on_close(move |session, _| {
            if session.remove(ROOM).is_some() {
                let _ = left.push_message(&channel, &OnLeave { name });
            }
        });
        let mut people: Vec<_> = rooms.members(&room).iter().map(self::name).collect();
        people.sort_by_cached_key(|name| name.to_lowercase());
        Ok(Room { room, people })
    }

    async fn say(&self, cx: Cx<'_>, Line { text }: Line) -> Result<(), HandlerError> {
        let room: String =
            cx.session.get(ROOM).ok_or(HandlerError::new(403, "join a room first"))?;
        // Terminals obey control characters.
        let text = text.replace(char::is_control, " ").trim().to_owned();
        if text.is_empty() || text.chars().count() > 1000 {
            return Err(HandlerError::bad_request("a line has 1 to 1000 characters"));
        }
        self.rooms.push_message(&room, &OnLine { from: name(cx.session), text })?;
        Ok(())
    }
}

fn name(session: &Session) -> String {
    session.uid().unwrap_or_default().to_string()
}
