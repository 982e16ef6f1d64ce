//! Somebody in a room of `examples/chat`, for its page: what `page/stay.js` is by a script, by the
//! typed client that `connector-build` makes of the chat's schema.

#![cfg(target_family = "wasm")]

mod guest;
mod page;

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::time::Duration;

use connector::client::{Client, Reconnect, RequestError};
use js_sys::Error;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use self::chat::{ChatHandlerClient, Line};
use self::guest::Guest;
use self::page::{News, Page};

connector::include_proto!("chat");

/// Somebody in a room: signed in, joined, and so again after each loss.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Stay {
    guest: Rc<Guest>,
    page: Page,
    /// Once the room has been entered.
    client: OnceCell<Client>,
    /// The lines that wait for the connection.
    waiting: Cell<usize>,
}

#[wasm_bindgen]
impl Stay {
    /// Creates a stay of somebody who is not in the room yet. `token` is that of an earlier stay:
    /// whoever returns with it was never away.
    #[wasm_bindgen(constructor)]
    pub fn new(name: String, room: String, page: Page, token: Option<String>) -> Self {
        std::panic::set_hook(Box::new(|panic| {
            web_sys::console::error_1(&panic.to_string().into());
        }));
        let guest = Rc::new(Guest::new(name, room, token.unwrap_or_default()));
        Self { guest, page, client: OnceCell::new(), waiting: Cell::new(0) }
    }

    /// Signs in, enters the room, and from then on tells the page what happens there.
    pub async fn enter(&self) -> Result<(), JsValue> {
        let (signing, joining) = (self.guest.clone(), self.guest.clone());
        let client = Client::builder()
            .client_type("chat-page")
            .user_with(move || signing.clone().sign_in())
            .on_open(move |client| joining.clone().join(client))
            // The server has another key since it was started again: one signs in anew.
            .reconnect(Reconnect::new().longest_wait(Duration::from_secs(10)).after_refusal())
            .connect(&guest::server()?)
            .await
            .map_err(|error| match self.guest.take_refusal() {
                Some(words) => refusal(&words),
                None => Error::new(&error.to_string()),
            })?;
        spawn_local(News::of(&client, self.guest.clone()).tell(self.page.clone()));
        // No stay begins twice.
        let _ = self.client.set(client);
        Ok(())
    }

    /// Returns whether a line would have to wait.
    #[wasm_bindgen(getter, js_name = isBehind)]
    pub fn is_behind(&self) -> bool {
        let is_open = self.client.get().is_some_and(|client| client.state().is_open());
        !is_open || self.waiting.get() > 0
    }

    /// Says something to everybody in the room.
    pub async fn say(&self, text: String) -> Result<(), Error> {
        let said = ChatHandlerClient::new(self.client()?).say(Line { text }).await;
        said.map_err(exception)
    }

    /// Keeps a line until the connection is back, and says it then.
    #[wasm_bindgen(js_name = sayLater)]
    pub async fn say_later(&self, text: String) -> Result<(), Error> {
        // However long that takes.
        let chat = ChatHandlerClient::new(&self.client()?.with_request_timeout(Duration::MAX));
        self.waiting.update(|waiting| waiting + 1);
        let said = loop {
            match chat.say(Line { text: text.clone() }).await {
                // Lost again: it waits on.
                Err(RequestError::Lost(_)) => {}
                said => break said,
            }
        };
        self.waiting.update(|waiting| waiting - 1);
        said.map_err(exception)
    }

    /// Tries at once, if the connection is lost.
    pub fn hurry(&self) {
        if let Some(client) = self.client.get() {
            client.retry_now();
        }
    }

    /// Leaves the room, of which the page is told nothing any more.
    pub fn leave(&self) {
        if let Some(client) = self.client.get().cloned() {
            spawn_local(async move { client.close().await });
        }
    }

    fn client(&self) -> Result<&Client, Error> {
        self.client.get().ok_or_else(|| Error::new("the room has not been entered"))
    }
}

fn exception(error: RequestError) -> Error {
    match error {
        RequestError::Server(error) => refusal(&error.message),
        error => Error::new(&error.to_string()),
    }
}

/// Returns an error in the server's own words.
fn refusal(words: &str) -> Error {
    let error = Error::new(words);
    error.set_name("Refusal");
    error
}
