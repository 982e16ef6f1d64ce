//! The application's hooks, called when sessions begin and end.

use connector_protocol::CloseReason;
use connector_protocol::session::{Answer, Hello};
use serde_json::{Map, Value};

use crate::handler::{Cx, HandlerError};
use crate::runtime::{BoxFuture, isolate};
use crate::session::Session;
use crate::{MaybeSend, MaybeSync};

/// The application's hooks, each kind in the order in which they were added.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) handshake: Vec<Box<dyn HandshakeHook>>,
    pub(crate) open: Vec<Box<dyn OpenHook>>,
    pub(crate) close: Vec<Box<dyn CloseHook>>,
    pub(crate) bind: Vec<Box<dyn UserHook>>,
    pub(crate) unbind: Vec<Box<dyn UserHook>>,
    pub(crate) error: Vec<Box<dyn ErrorHook>>,
}

/// A hook that accepts or refuses a client.
pub(crate) trait HandshakeHook: MaybeSend + MaybeSync {
    fn ask(&self, session: Session, hello: Hello) -> BoxFuture<'static, Answer>;
}

impl<F, A> HandshakeHook for F
where
    F: Fn(Session, Hello) -> A + MaybeSend + MaybeSync,
    A: Future<Output = Answer> + MaybeSend + 'static,
{
    fn ask(&self, session: Session, hello: Hello) -> BoxFuture<'static, Answer> {
        Box::pin(self(session, hello))
    }
}

/// A hook that is called for an open session.
pub(crate) trait OpenHook: MaybeSend + MaybeSync {
    fn call(&self, session: &Session);
}

impl<F: Fn(&Session) + MaybeSend + MaybeSync> OpenHook for F {
    fn call(&self, session: &Session) {
        self(session);
    }
}

/// A hook that is called for a session and a user.
pub(crate) trait UserHook: MaybeSend + MaybeSync {
    fn call(&self, session: &Session, uid: &str);
}

impl<F: Fn(&Session, &str) + MaybeSend + MaybeSync> UserHook for F {
    fn call(&self, session: &Session, uid: &str) {
        self(session, uid);
    }
}

/// A hook that replaces the error of a call.
pub(crate) trait ErrorHook: MaybeSend + MaybeSync {
    fn call(&self, cx: &Cx<'_>, error: HandlerError) -> HandlerError;
}

impl<F: Fn(&Cx<'_>, HandlerError) -> HandlerError + MaybeSend + MaybeSync> ErrorHook for F {
    fn call(&self, cx: &Cx<'_>, error: HandlerError) -> HandlerError {
        self(cx, error)
    }
}

/// A hook that is called for a session that has ended.
pub(crate) trait CloseHook: MaybeSend + MaybeSync {
    fn call(&self, session: &Session, reason: &CloseReason);
}

impl<F: Fn(&Session, &CloseReason) + MaybeSend + MaybeSync> CloseHook for F {
    fn call(&self, session: &Session, reason: &CloseReason) {
        self(session, reason);
    }
}

impl Hooks {
    /// Returns the error that is answered in place of this one.
    pub(crate) fn replace_error(&self, cx: &Cx<'_>, error: HandlerError) -> HandlerError {
        self.error.iter().fold(error, |error, hook| {
            isolate("an error hook", || hook.call(cx, error)).unwrap_or_else(HandlerError::failed)
        })
    }

    /// Calls the handshake hooks in order. The first refusal decides; the objects that they
    /// send to the client are merged.
    pub(crate) async fn ask(&self, session: &Session, hello: Hello) -> Answer {
        let mut joined = None;
        for hook in &self.handshake {
            match hook.ask(session.clone(), hello.clone()).await {
                Answer::Accept { user } => joined = join(joined, user),
                refusal @ Answer::Refuse { .. } => return refusal,
            }
        }
        Answer::Accept { user: joined }
    }
}

/// Joins the values of two hooks: merges two objects, otherwise returns the later value.
fn join(first: Option<Value>, second: Option<Value>) -> Option<Value> {
    match (first, second) {
        (Some(Value::Object(mut first)), Some(Value::Object(second))) => {
            Map::extend(&mut first, second);
            Some(Value::Object(first))
        }
        (first, None) => first,
        (_, second) => second,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn merges_objects_and_prefers_later_members() {
        let some = |value: Value| Some(value);
        assert_eq!(join(None, None), None);
        assert_eq!(join(some(json!(1)), None), some(json!(1)));
        assert_eq!(join(some(json!(1)), some(json!({}))), some(json!({})));
        let joined = join(some(json!({ "a": 1, "b": 1 })), some(json!({ "b": 2 })));
        assert_eq!(joined, some(json!({ "a": 1, "b": 2 })));
    }
}
