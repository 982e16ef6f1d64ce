//! The page, and the news that it is told.

use std::rc::Rc;

use connector::CloseReason;
use connector::client::{Client, ConnectionState, PushesOf, States};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::chat::Pushes;
use crate::guest::Guest;

#[wasm_bindgen]
extern "C" {
    /// The page: the object `page` of `page/page.js`.
    #[derive(Clone, Debug)]
    pub type Page;

    #[wasm_bindgen(method)]
    fn entered(this: &Page, people: Vec<String>, token: &str);
    #[wasm_bindgen(method)]
    fn said(this: &Page, from: &str, text: &str);
    #[wasm_bindgen(method)]
    fn came(this: &Page, name: &str);
    #[wasm_bindgen(method)]
    fn left(this: &Page, name: &str);
    #[wasm_bindgen(method)]
    fn lost(this: &Page);
    #[wasm_bindgen(method)]
    fn waits(this: &Page, ms: f64);
    #[wasm_bindgen(method)]
    fn ended(this: &Page, why: &str);
}

/// The pushes of the room, and the states of the connection to it.
pub(crate) struct News {
    guest: Rc<Guest>,
    pushes: PushesOf<Pushes>,
    states: States,
}

impl News {
    pub(crate) fn of(client: &Client, guest: Rc<Guest>) -> Self {
        Self { guest, pushes: client.pushes_of(), states: client.states() }
    }

    /// Tells the page what happens, until the client has closed.
    pub(crate) async fn tell(mut self, page: Page) {
        let mut is_in = false;
        loop {
            tokio::select! {
                biased;
                // What came before the room was entered happened after it.
                push = self.pushes.next(), if is_in => match push {
                    Some(Ok(Pushes::OnLine(line))) => page.said(&line.from, &line.text),
                    Some(Ok(Pushes::OnCome(come))) => page.came(&come.name),
                    Some(Ok(Pushes::OnLeave(leave))) => page.left(&leave.name),
                    Some(Err(error)) => web_sys::console::warn_1(&error.to_string().into()),
                    // The last state is still to come.
                    None => is_in = false,
                },
                state = self.states.next() => match state {
                    Some(ConnectionState::Open) => {
                        is_in = true;
                        page.entered(self.guest.people(), &self.guest.token());
                    }
                    Some(ConnectionState::Lost { retry_in, .. }) => {
                        if let Some(words) = self.guest.take_refusal() {
                            return page.ended(&words);
                        }
                        if std::mem::take(&mut is_in) {
                            page.lost();
                        }
                        page.waits(retry_in.as_secs_f64() * 1000.0);
                    }
                    Some(ConnectionState::Connecting { .. }) => page.waits(0.0),
                    Some(ConnectionState::Closed(CloseReason::Requested)) | None => return,
                    Some(ConnectionState::Closed(CloseReason::Kicked(Some(why)))) => page.ended(&why),
                    Some(ConnectionState::Closed(reason)) => page.ended(&reason.to_string()),
                    // There are no others yet.
                    Some(_) => {}
                },
            }
        }
    }
}
