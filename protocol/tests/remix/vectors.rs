//! The recorded transcripts.

use std::collections::VecDeque;

use connector_protocol::remix::{Action, Message};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Vectors {
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) socketio: Vec<(Direction, String)>,
}

#[derive(Deserialize)]
pub(crate) struct Scenario {
    #[serde(rename = "scenario")]
    pub(crate) name: String,
    pub(crate) messages: Vec<(Direction, String)>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
pub(crate) enum Direction {
    #[serde(rename = "E>P")]
    ToPlugin,
    #[serde(rename = "P>E")]
    ToEngine,
}

impl Vectors {
    pub(crate) fn read() -> Self {
        serde_json::from_str(include_str!("../../vectors/remix.json")).unwrap()
    }
}

impl Scenario {
    /// Whether it begins with a new connection, not in the middle of one.
    pub(crate) fn is_from_start(&self) -> bool {
        let (_, first) = &self.messages[0];
        Message::decode(first.as_bytes()).is_ok_and(|message| message.is_handshake())
    }

    /// The ids that the recorded plugin was at whenever it called, subscribed
    /// or unsubscribed.
    pub(crate) fn plugin_ids(&self) -> VecDeque<i64> {
        let said = self.messages.iter().filter(|(to, _)| *to == Direction::ToEngine);
        said.map(|(_, raw)| decode(raw))
            .filter_map(|message| match message.action {
                Action::Request if !message.is_handshake() => message.id.map(|id| id - 1),
                Action::On | Action::Off => message.id,
                _ => None,
            })
            .collect()
    }

    /// The methods that the recorded plugin lists.
    pub(crate) fn methods(&self) -> Vec<String> {
        let listed = self.messages.iter().find_map(|(direction, raw)| {
            let message = Message::decode(raw.as_bytes()).ok()?;
            let is_list = *direction == Direction::ToEngine
                && message.key.as_deref() == Some("handshake")
                && message.id != Some(-1);
            is_list.then(|| message.payload.unwrap().parse().unwrap())
        });
        let default = "echo add fail slow none emitEvent callOther callAndCancel listenTo onceTo \
                       offFrom received whoCalled";
        listed.unwrap_or_else(|| default.split_whitespace().map(str::to_owned).collect())
    }
}

pub(crate) fn decode(raw: &str) -> Message {
    Message::decode(raw.as_bytes()).unwrap()
}

pub(crate) fn encode(message: &Message) -> String {
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    String::from_utf8(bytes).unwrap()
}
