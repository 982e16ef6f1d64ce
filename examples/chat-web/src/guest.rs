//! Somebody who enters a room, as often as the connection opens.

use std::cell::RefCell;
use std::rc::Rc;

use connector::client::{Client, RequestError};
use js_sys::encode_uri_component;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response, Window};

use crate::chat::{ChatHandlerClient, Join};

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Somebody who enters a room, and what came of the last attempt.
#[derive(Debug)]
pub(crate) struct Guest {
    name: String,
    room: String,
    token: RefCell<String>,
    /// Those who were there when the room was entered.
    people: RefCell<Vec<String>>,
    /// The words with which the server has refused it.
    refusal: RefCell<Option<String>>,
}

impl Guest {
    pub(crate) fn new(name: String, room: String, token: String) -> Self {
        let token = RefCell::new(token);
        Self { name, room, token, people: RefCell::default(), refusal: RefCell::default() }
    }

    pub(crate) fn token(&self) -> String {
        self.token.borrow().clone()
    }

    pub(crate) fn people(&self) -> Vec<String> {
        self.people.borrow().clone()
    }

    pub(crate) fn take_refusal(&self) -> Option<String> {
        self.refusal.take()
    }

    /// Asks for a token, which is the one of before if the server still knows it, and returns the
    /// user of the handshake.
    pub(crate) async fn sign_in(self: Rc<Self>) -> Result<Value, AnyError> {
        let asked = self.ask().await.map_err(|_| "the sign-in is not answered")?;
        let token = asked.map_err(|words| self.refused(words))?;
        self.token.replace(token.clone());
        Ok(json!({ "token": token }))
    }

    /// Enters the room.
    pub(crate) async fn join(self: Rc<Self>, client: Client) -> Result<(), AnyError> {
        let joined = ChatHandlerClient::new(&client).join(Join { room: self.room.clone() }).await;
        let room = joined.map_err(|error| match error {
            RequestError::Server(error) => self.refused(error.message.to_string()),
            error => error.into(),
        })?;
        self.people.replace(room.people);
        Ok(())
    }

    /// Returns the server's answer: a token, or words of refusal.
    async fn ask(&self) -> Result<Result<String, String>, JsValue> {
        let [name, token] = [&self.name, &self.token()].map(|text| encode_uri_component(text));
        let fresh = RequestInit::new();
        fresh.set_cache(RequestCache::NoStore);
        let path = format!("/sign-in?name={name}&token={token}");
        let answer = JsFuture::from(window()?.fetch_with_str_and_init(&path, &fresh)).await?;
        let answer: Response = answer.dyn_into()?;
        let text = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
        Ok(if answer.ok() { Ok(text) } else { Err(text) })
    }

    fn refused(&self, words: String) -> AnyError {
        self.refusal.replace(Some(words.clone()));
        words.into()
    }
}

/// Returns the URL of the server that the page is from.
pub(crate) fn server() -> Result<String, JsValue> {
    Ok(window()?.location().origin()?.replacen("http", "ws", 1))
}

fn window() -> Result<Window, JsValue> {
    web_sys::window().ok_or_else(|| "this is not a page".into())
}
