//! The application's hooks: questions and announcements about sessions.

use std::pin::Pin;

use connector_protocol::CloseReason;
use connector_protocol::session::{Answer, Hello};
use serde_json::{Map, Value};

use crate::session::Session;

/// The application's hooks, each kind in the order in which they were given.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) handshake: Vec<HandshakeHook>,
    pub(crate) open: Vec<OpenHook>,
    pub(crate) close: Vec<CloseHook>,
}

pub(crate) type OpenHook = Box<dyn Fn(&Session) + Send + Sync>;
pub(crate) type CloseHook = Box<dyn Fn(&Session, &CloseReason) + Send + Sync>;
pub(crate) type HandshakeHook =
    Box<dyn Fn(Session, Hello) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

impl Hooks {
    /// Asks one hook after the other whether a client may come in. The first that
    /// refuses decides; what the others say to the client is joined.
    pub(crate) async fn ask(&self, session: &Session, hello: Hello) -> Answer {
        let mut said = None;
        for hook in &self.handshake {
            match hook(session.clone(), hello.clone()).await {
                Answer::Accept { user } => said = join(said, user),
                refusal @ Answer::Refuse { .. } => return refusal,
            }
        }
        Answer::Accept { user: said }
    }
}

/// The words of two hooks: the members of both objects, else the later words.
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
    fn joins_objects_and_lets_the_later_words_win() {
        let words = |value: Value| Some(value);
        assert_eq!(join(None, None), None);
        assert_eq!(join(words(json!(1)), None), words(json!(1)));
        assert_eq!(join(words(json!(1)), words(json!({}))), words(json!({})));
        let joined = join(words(json!({ "a": 1, "b": 1 })), words(json!({ "b": 2 })));
        assert_eq!(joined, words(json!({ "a": 1, "b": 2 })));
    }
}
