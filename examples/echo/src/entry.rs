//! One route for each thing that a client can ask of a server.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use connector::prelude::*;
use connector::session::BindError;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The settings in which `notify` leaves its traces.
const COUNT: &str = "echo.count";
const LAST: &str = "echo.last";

#[derive(Clone, Default)]
pub(crate) struct Entry {
    channels: Channels,
    server: Arc<OnceLock<ServerHandle>>,
}

impl Entry {
    /// Gives it the server that it is a part of, for `broadcast`.
    pub(crate) fn serve_with(&self, server: ServerHandle) {
        let _ = self.server.set(server);
    }
}

#[handler("connector.entryHandler")]
impl Entry {
    /// The body, unchanged; one that is no JSON is `{}`.
    #[route]
    async fn echo(&self, Json(body): Json<Box<RawValue>>) -> Json<Box<RawValue>> {
        Json(body)
    }

    /// The body, `ms` milliseconds later, beside everything else.
    #[route(concurrent)]
    async fn delay(&self, Json(body): Json<Value>) -> Json<Value> {
        let ms = body.get("ms").and_then(Value::as_u64).unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(ms)).await;
        Json(body)
    }

    /// Counts, and keeps the last body.
    #[route(notify)]
    async fn notify(&self, session: &Session, Json(body): Json<Value>) {
        let count: u64 = session.get(COUNT).unwrap_or_default();
        keep(session, COUNT, &(count + 1));
        keep(session, LAST, &body);
    }

    /// What `notify` has counted and kept.
    #[route]
    async fn count(&self, session: &Session) -> Json<Count> {
        let n = session.get(COUNT).unwrap_or_default();
        Json(Count { count: n, last: session.get(LAST) })
    }

    /// Answers, then pushes `n` messages.
    #[route]
    async fn push(&self, session: &Session, Json(push): Json<Push>) -> Json<Done> {
        let session = session.clone();
        // A task of its own, so that the answer goes first.
        tokio::spawn(async move {
            for seq in 0..push.n {
                if session.push(&push.route, Json(&push.message(seq))).is_err() {
                    return;
                }
            }
        });
        Json(Done::new())
    }

    /// Pushes one `onPush`.
    #[route(notify)]
    async fn trigger_push(&self, session: &Session, Json(push): Json<Push>) {
        if let Err(error) = session.push("onPush", Json(&push.message(0))) {
            tracing::debug!(%error, "not pushed");
        }
    }

    /// Binds the session to a user.
    #[route]
    async fn bind(&self, session: &Session, Json(user): Json<User>) -> Json<Value> {
        Json(bound(&user.uid, session.bind(&user.uid)))
    }

    /// Takes the user off the session again.
    #[route]
    async fn unbind(&self, session: &Session, Json(user): Json<User>) -> Json<Value> {
        if session.uid().as_deref() == Some(&*user.uid) {
            session.unbind();
            return Json(json!({ "code": 200, "uid": user.uid }));
        }
        Json(json!({ "code": 500, "msg": format!("the session is not bound to `{}`", user.uid) }))
    }

    /// Remembers a setting.
    #[route]
    async fn set(&self, session: &Session, Json(setting): Json<Setting>) -> Json<Value> {
        let v = setting.v.unwrap_or_default();
        keep(session, &format!("user.{}", setting.k), &v);
        Json(json!({ "code": 200, "v": v }))
    }

    /// Tells a setting.
    #[route]
    async fn get(&self, session: &Session, Json(setting): Json<Setting>) -> Json<Value> {
        let v: Option<Value> = session.get(&format!("user.{}", setting.k));
        Json(match v {
            Some(v) => json!({ "code": 200, "v": v }),
            None => json!({ "code": 200 }),
        })
    }

    /// Puts the session into a channel.
    #[route]
    async fn join(&self, session: &Session, Json(join): Json<Join>) -> Json<Done> {
        self.channels.join(&join.channel, session);
        Json(Done::new())
    }

    /// Says something to a channel.
    #[route]
    async fn say(
        &self,
        session: &Session,
        Json(say): Json<Say>,
    ) -> Result<Json<Done>, HandlerError> {
        let from = session.uid();
        let line = json!({ "from": from.as_deref(), "text": say.text });
        self.channels.push(&say.channel, "onChannel", Json(&line))?;
        Ok(Json(Done::new()))
    }

    /// Says something to every session.
    #[route]
    async fn broadcast(&self, Json(all): Json<Broadcast>) -> Result<Json<Done>, HandlerError> {
        let server = self.server.get().ok_or_else(HandlerError::failed)?;
        server.broadcast("onChannel", Json(json!({ "from": "all", "text": all.text })))?;
        Ok(Json(Done::new()))
    }

    /// Answers, and kicks the session a moment later.
    #[route]
    async fn kick(&self, session: &Session, Json(kick): Json<Kick>) -> Json<Done> {
        let session = session.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            session.kick(kick.reason.as_deref());
        });
        Json(Done::new())
    }

    /// Fails.
    #[route]
    async fn fail(&self) -> Result<(), HandlerError> {
        Err(HandlerError::failed())
    }

    /// Has nothing to say.
    #[route]
    async fn empty(&self) {}
}

#[derive(Serialize)]
struct Done {
    code: u16,
}

impl Done {
    fn new() -> Self {
        Self { code: 200 }
    }
}

#[derive(Serialize)]
struct Count {
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Value>,
}

#[derive(Deserialize)]
#[serde(default)]
struct Push {
    n: u32,
    route: String,
    text: String,
}

impl Default for Push {
    fn default() -> Self {
        Self { n: 1, route: "onPush".into(), text: String::new() }
    }
}

impl Push {
    fn message(&self, seq: u32) -> Value {
        json!({ "seq": seq, "text": self.text, "nums": [i64::from(seq), -i64::from(seq)] })
    }
}

#[derive(Deserialize)]
struct User {
    uid: String,
}

#[derive(Deserialize)]
struct Setting {
    k: String,
    v: Option<Value>,
}

#[derive(Deserialize)]
struct Join {
    channel: String,
}

#[derive(Deserialize)]
struct Say {
    channel: String,
    text: Value,
}

#[derive(Deserialize)]
struct Broadcast {
    text: Value,
}

#[derive(Deserialize)]
struct Kick {
    reason: Option<String>,
}

fn bound(uid: &str, result: Result<(), BindError>) -> Value {
    match result {
        Ok(()) => json!({ "code": 200, "uid": uid }),
        Err(error) => json!({ "code": 500, "msg": error.to_string() }),
    }
}

fn keep<T: Serialize>(session: &Session, key: &str, value: &T) {
    if let Err(error) = session.set(key, value) {
        tracing::warn!(%error, key, "not kept");
    }
}
