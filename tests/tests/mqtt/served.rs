//! A server in memory.

use std::sync::{Arc, Mutex};

use connector::MqttSocket;
use connector::codec::PomeloCodec;
use connector::prelude::*;
use connector::protocol::mqtt::{Connect, Version, code};
use connector::protocol::session::{Answer, Hello};
use connector::transport::{Memory, MemoryDialer, Mqtt, MqttOptions, WithOpeners};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use crate::raw::{self, Raw as RawClient};

/// MQTT in memory.
#[derive(Connector)]
#[connector(socket = MqttSocket, codec = PomeloCodec)]
struct InMemory {
    #[connector(listen)]
    listen: Mqtt<WithOpeners<Memory>>,
    #[connector(config)]
    config: Config,
}

/// A session that has ended: its client id, the reason, and the will that it asks for.
pub(crate) type Ended = (String, CloseReason, Option<String>);

/// A server in memory.
pub(crate) struct Served {
    server: Server,
    dialer: MemoryDialer,
    pub(crate) ended: mpsc::UnboundedReceiver<Ended>,
    pub(crate) lab: Lab,
}

#[derive(Clone, Default)]
pub(crate) struct Lab {
    /// Lets `wait` return.
    pub(crate) gate: Arc<Notify>,
    noted: Arc<Mutex<Vec<String>>>,
}

impl Lab {
    /// The bodies of notifies.
    pub(crate) fn noted(&self) -> Vec<String> {
        self.noted.lock().unwrap().clone()
    }
}

#[handler("lab.handler")]
impl Lab {
    #[route]
    fn echo(&self, body: Raw) -> Raw {
        body
    }

    #[route]
    fn note(&self, Json(text): Json<String>) {
        self.noted.lock().unwrap().push(text);
    }

    /// The number of notifies with this text.
    #[route]
    fn notes(&self, Json(text): Json<String>) -> Json<usize> {
        Json(self.noted().iter().filter(|noted| **noted == text).count())
    }

    /// Who the client is.
    #[route]
    fn who(&self, session: &Session) -> Json<Value> {
        let client = session.client().unwrap();
        let connect = client.details.get::<Connect>().unwrap();
        Json(json!({
            "id": &*connect.client_id,
            "kind": client.kind,
            "version": client.version,
            "transport": session.peer().transport,
            "uid": session.uid().as_deref(),
        }))
    }

    /// Pushes numbers, then returns.
    #[route]
    fn push(&self, session: &Session, Json(n): Json<u32>) -> Json<u32> {
        for n in 0..n {
            session.push("onNumber", Json(n)).unwrap();
        }
        Json(n)
    }

    #[route]
    async fn wait(&self) {
        self.gate.notified().await;
    }

    #[route]
    fn fail(&self) -> Result<(), HandlerError> {
        Err(HandlerError::new(418, "a teapot"))
    }

    #[route]
    async fn leave(&self, session: &Session) {
        session.kick("too loud");
    }
}

impl Served {
    pub(crate) async fn new(options: MqttOptions) -> Self {
        Self::with(options, Config::new()).await
    }

    pub(crate) async fn with(options: MqttOptions, config: Config) -> Self {
        let memory = Memory::new("mqtt");
        let dialer = memory.dialer();
        let (end, ended) = mpsc::unbounded_channel();
        let lab = Lab::default();
        let listen = Mqtt::new(WithOpeners::new(memory), options);
        let server = builder(&lab)
            .connector(InMemory { listen, config })
            .handler(Packets)
            .on_close(move |session, reason| {
                let client = session.client();
                let connect = client.and_then(|client| client.details.get::<Connect>());
                let id = connect.map(|connect| connect.client_id.to_string());
                let will = connect.and_then(|connect| connect.will_after(reason));
                let will = will.map(|will| String::from_utf8_lossy(&will.payload).into_owned());
                let _ = end.send((id.unwrap_or_default(), reason.clone(), will));
            })
            .start()
            .await
            .unwrap();
        Self { server, dialer, ended, lab }
    }

    /// Opens a stream.
    pub(crate) async fn dial(&self, version: Version) -> RawClient {
        RawClient::new(version, self.dialer.dial().await.unwrap())
    }

    /// Opens a session.
    pub(crate) async fn connect(&self, version: Version) -> RawClient {
        self.connect_as(version, &raw::Connect::default()).await
    }

    pub(crate) async fn connect_as(
        &self,
        version: Version,
        connect: &raw::Connect<'_>,
    ) -> RawClient {
        let mut raw = self.dial(version).await;
        raw.connect(connect).await;
        raw
    }
}

/// Returns a server without a connector.
pub(crate) fn builder(lab: &Lab) -> ServerBuilder {
    Server::builder()
        .handler(lab.clone())
        .on_handshake(|session, hello: Hello| async move { admit(&session, &hello) })
}

/// Pomelo's way: all packets have one route.
struct Packets;

#[handler("connector.mqttHandler")]
impl Packets {
    /// Answers to the topic of the packet, with all of it; without a topic if that is asked
    /// for.
    #[route]
    fn publish(&self, session: &Session, Json(packet): Json<Value>) -> Json<Value> {
        match packet["topic"].as_str() {
            Some("nowhere") => Json(json!({})),
            Some("push") => {
                let loud = json!({ "topic": "loud", "payload": "hi", "qos": 1, "retain": true });
                session.push("onIgnored", Json(loud)).unwrap();
                session.push("onPlain", Json(json!({ "n": 1 }))).unwrap();
                Json(Value::Null)
            }
            _ => Json(json!({ "topic": packet["topic"], "payload": packet })),
        }
    }

    /// Grants QoS 0 to topics that begin with an `a`.
    #[route]
    fn subscribe(&self, Json(asked): Json<Value>) -> Json<Vec<u8>> {
        let topics = asked["subscriptions"].as_array().unwrap().iter();
        let begins = |topic: &Value| topic["topic"].as_str().unwrap().starts_with('a');
        Json(topics.map(|topic| if begins(topic) { 0 } else { 128 }).collect())
    }
}

/// Refuses whoever has a wrong password, and gives the others their user name.
fn admit(session: &Session, hello: &Hello) -> Answer {
    let user = hello.user.clone().unwrap_or_default();
    match (user["username"].as_str(), user["password"].as_str()) {
        (Some(name), Some("secret")) => {
            session.bind(name).unwrap();
        }
        (None, None) => {}
        (Some("nobody"), _) => return Answer::Refuse { code: code::NOT_AUTHORIZED.into() },
        _ => return Answer::Refuse { code: 4 },
    }
    Answer::Accept { user: Some(json!({ "hello": user["clientId"] })) }
}

impl Served {
    pub(crate) async fn stop(&self) {
        self.server.handle().stop().await;
    }
}
