//! The rooms: who is in which, and what is said there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connector::prelude::*;

use crate::chat::{ChatHandler, Join, Line, OnCome, OnLeave, OnLine, Room};
use crate::sign_in::{check, name};

/// The service of the schema. The lock is the door: through it one comes or
/// goes after the other, so that no two have the same name, and all see the
/// same order.
#[derive(Default)]
pub(crate) struct Chat(Arc<Mutex<Channels>>);

impl ChatHandler for Chat {
    type Error = HandlerError;

    async fn join(&self, cx: Cx<'_>, Join { room }: Join) -> Result<Room, HandlerError> {
        check("room", &room).map_err(HandlerError::bad_request)?;
        if let Some(room) = cx.session.get::<String>("room") {
            return Err(HandlerError::new(409, format!("you are in {room} already")));
        }
        let user = cx.session.uid().unwrap_or_default();
        let rooms = door(&self.0);
        let there = rooms.users(&room);
        // Not if it is the same sign-in again: its old connection is about to end.
        if !there.contains(&user) {
            if there.iter().any(|other| name(other) == name(&user)) {
                let taken = format!("{} is in {room} already: take another name", name(&user));
                return Err(HandlerError::new(409, taken));
            }
            rooms.push(&room, OnCome::ROUTE, OnCome { name: name(&user) })?;
        }
        cx.session.set("room", &room).map_err(HandlerError::bad_request)?;
        rooms.join(&room, cx.session);
        let people = rooms.users(&room).iter().map(|user| name(user)).collect();
        drop(rooms);
        let (rooms, left) = (self.0.clone(), room.clone());
        cx.session.on_close(move |_, _| leave(&door(&rooms), &left, &user));
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
        let from = name(&cx.session.uid().unwrap_or_default());
        door(&self.0).push(&room, OnLine::ROUTE, OnLine { from, text })?;
        Ok(())
    }
}

fn leave(rooms: &Channels, room: &str, user: &Arc<str>) {
    if !rooms.users(room).contains(user) {
        // A name can always be written.
        let _ = rooms.push(room, OnLeave::ROUTE, OnLeave { name: name(user) });
    }
}

fn door(rooms: &Mutex<Channels>) -> MutexGuard<'_, Channels> {
    rooms.lock().unwrap_or_else(PoisonError::into_inner)
}
