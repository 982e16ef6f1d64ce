//! The rooms: who is in which, and what is said there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connector::prelude::*;

use crate::chat::{ChatHandler, Join, Line, OnCome, OnLeave, OnLine, Room};
use crate::sign_in::{check, name};

/// The service of the schema. The lock is the door: through it one comes or
/// goes after the other, so that no two have the same name, and all see the
/// same order.
#[derive(Clone, Default)]
pub(crate) struct Chat(Arc<Mutex<Channels>>);

impl ChatHandler for Chat {
    async fn join(&self, cx: Cx<'_>, Join { room }: Join) -> Result<Room, HandlerError> {
        check("room", &room).map_err(HandlerError::bad_request)?;
        if let Some(room) = cx.session.get::<String>("room") {
            return Err(HandlerError::new(409, format!("you are in {room} already")));
        }
        let people = self.enter(cx.session, &room)?;
        let (chat, left, name) = (self.clone(), room.clone(), name(cx.session));
        cx.session.on_close(move |_, _| chat.leave(&left, name));
        Ok(Room { room, people })
    }

    async fn say(&self, cx: Cx<'_>, Line { text }: Line) -> Result<(), HandlerError> {
        let room: Option<String> = cx.session.get("room");
        let room = room.ok_or_else(|| HandlerError::new(403, "join a room first"))?;
        // A terminal would obey control characters.
        let text = text.replace(char::is_control, " ").trim().to_owned();
        if text.is_empty() || text.chars().count() > 1000 {
            return Err(HandlerError::bad_request("a line has 1 to 1000 characters"));
        }
        self.door().push_message(&room, &OnLine { from: name(cx.session), text })?;
        Ok(())
    }
}

impl Chat {
    fn enter(&self, session: &Session, room: &str) -> Result<Vec<String>, HandlerError> {
        let (rooms, name) = (self.door(), name(session));
        match named(&rooms, room, &name) {
            None => rooms.push_message(room, &OnCome { name })?,
            // The same sign-in again: its old connection is about to end.
            Some(other) if other.uid() == session.uid() => 0,
            Some(_) => {
                let taken = format!("{name} is in {room} already: take another name");
                return Err(HandlerError::new(409, taken));
            }
        };
        session.set("room", &room).map_err(HandlerError::bad_request)?;
        rooms.join(room, session);
        let mut people: Vec<_> = rooms.members(room).iter().map(self::name).collect();
        // A session that ends at this moment has no user any more.
        people.retain(|name| !name.is_empty());
        people.sort();
        people.dedup();
        Ok(people)
    }

    fn leave(&self, room: &str, name: String) {
        let rooms = self.door();
        if named(&rooms, room, &name).is_none() {
            // A name can always be written.
            let _ = rooms.push_message(room, &OnLeave { name });
        }
    }

    fn door(&self) -> MutexGuard<'_, Channels> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn named(rooms: &Channels, room: &str, name: &str) -> Option<Session> {
    rooms.members(room).into_iter().find(|other| self::name(other) == name)
}
