//! A session machine of one's own, with a handshake like MQTT's: a user needs no
//! private door for it.
//!
//! | package | who | what |
//! |---|---|---|
//! | `C` and `{"id": .., "token": ..}` | client | CONNECT |
//! | `A` and a number | server | CONNACK, 0 lets in |
//! | `M` and a message | both | PUBLISH |
//! | `P` | both | a ping, which is answered |
//! | `D` and a text | server | DISCONNECT, with the reason |

use std::time::Duration;

use connector::client::ConnectError;
use connector::codec::JsonCodec;
use connector::prelude::*;
use connector::protocol::framing::{Envelope, Lines, TooLong};
use connector::protocol::session::{
    Answer, ClientProfile, ClientSettings, Details, Event, Hello, Machine, PackageWriter,
    ServerSettings, Welcome,
};
use connector::transport::{Memory, MemoryDialer};
use connector::{Address, CloseReason, Role, SessionKind};
use serde_json::{Value, json};
use tokio::io::DuplexStream;

/// Sessions that begin with a CONNECT.
#[derive(Clone, Copy, Debug)]
enum Telemetry {}

impl SessionKind for Telemetry {
    fn machine(role: Role) -> Box<dyn Machine> {
        match role {
            Role::Server(settings) => Box::new(Broker {
                heartbeat: settings.heartbeat,
                state: State::Closed,
                silent: None,
            }),
            Role::Client(settings) => Box::new(Device { settings: *settings, open: false }),
        }
    }
}

/// The client's words, which only this protocol knows.
#[derive(Clone, Debug, PartialEq)]
struct Connect {
    id: String,
}

#[derive(Debug, PartialEq)]
enum State {
    Closed,
    Asked,
    Open,
}

#[derive(Debug)]
struct Broker {
    heartbeat: Option<Duration>,
    state: State,
    silent: Option<Duration>,
}

#[derive(Debug)]
struct Device {
    settings: ClientSettings,
    open: bool,
}

/// `M` in front of a message.
#[derive(Debug)]
struct Publish;

impl Envelope for Publish {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        out.push(b'M');
        out.len()
    }

    fn finish(&self, _: usize, _: &mut Vec<u8>) -> Result<(), TooLong> {
        Ok(())
    }
}

fn say(out: &mut PackageWriter<'_>, kind: u8, text: &str) {
    out.package(|out| {
        out.push(kind);
        out.extend_from_slice(text.as_bytes());
    });
}

fn take<'a>(input: &mut &'a [u8]) -> (u8, &'a [u8]) {
    let (kind, body) = std::mem::take(input).split_first().unwrap_or((&0, b""));
    (*kind, body)
}

impl Machine for Broker {
    fn start(&mut self, _: Duration, _: &mut PackageWriter<'_>) -> Event<'static> {
        Event::Ignored
    }

    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason> {
        self.restart_idle_timer(now);
        match (take(input), &self.state) {
            ((b'C', body), State::Closed) => {
                let said: Value = serde_json::from_slice(body).map_err(CloseReason::malformed)?;
                let id = said["id"].as_str().unwrap_or_default().to_owned();
                self.state = State::Asked;
                Ok(Event::Hello(Box::new(Hello {
                    client: ClientProfile {
                        kind: Some("telemetry".into()),
                        details: Details::new(Connect { id }),
                        ..ClientProfile::default()
                    },
                    user: Some(said["token"].clone()),
                    ..Hello::default()
                })))
            }
            ((b'M', body), State::Open) => Ok(Event::Message(body)),
            ((b'P', _), State::Open) => {
                say(out, b'P', "");
                Ok(Event::Ignored)
            }
            // What the device acknowledges by its first word.
            ((b'A', _), State::Asked) => {
                self.state = State::Open;
                Ok(Event::Opened(None))
            }
            ((kind, _), state) => {
                Err(CloseReason::malformed(format!("a package {kind} in {state:?}")))
            }
        }
    }

    fn answer(
        &mut self,
        answer: Answer,
        _: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<(), CloseReason> {
        match answer {
            Answer::Accept { user } => {
                say(out, b'A', &format!("0{}", user.unwrap_or_default()));
                Ok(())
            }
            Answer::Refuse { code } => {
                say(out, b'A', &code.to_string());
                Err(CloseReason::Refused(code))
            }
        }
    }

    fn deadline(&self) -> Option<Duration> {
        self.silent
    }

    fn tick(&mut self, now: Duration, _: &mut PackageWriter<'_>) -> Result<(), CloseReason> {
        match self.silent {
            Some(silent) if now >= silent => Err(CloseReason::HeartbeatTimeout),
            _ => Ok(()),
        }
    }

    fn restart_idle_timer(&mut self, now: Duration) {
        self.silent = self.heartbeat.map(|interval| now + 2 * interval);
    }

    fn kick(&mut self, reason: Option<&str>, out: &mut PackageWriter<'_>) -> bool {
        say(out, b'D', reason.unwrap_or_default());
        true
    }

    fn envelope(&self) -> &'static dyn Envelope {
        &Publish
    }
}

impl Machine for Device {
    fn start(&mut self, _: Duration, out: &mut PackageWriter<'_>) -> Event<'static> {
        let said = json!({ "id": self.settings.kind, "token": self.settings.user });
        say(out, b'C', &said.to_string());
        Event::Ignored
    }

    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        _: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason> {
        match take(input) {
            (b'A', [b'0', user @ ..]) if !self.open => {
                self.open = true;
                say(out, b'A', "");
                let user = serde_json::from_slice(user).map_err(CloseReason::malformed)?;
                Ok(Event::Opened(Some(Box::new(Welcome { user, ..Welcome::default() }))))
            }
            (b'A', code) => {
                let code = std::str::from_utf8(code).ok().and_then(|code| code.parse().ok());
                Err(CloseReason::Refused(code.unwrap_or(500)))
            }
            (b'M', body) => Ok(Event::Message(body)),
            (b'D', reason) => {
                let reason = String::from_utf8_lossy(reason).into_owned();
                Err(CloseReason::Kicked(Some(reason)))
            }
            _ => Ok(Event::Ignored),
        }
    }

    fn kick(&mut self, _: Option<&str>, _: &mut PackageWriter<'_>) -> bool {
        true
    }

    fn envelope(&self) -> &'static dyn Envelope {
        &Publish
    }
}

#[derive(Debug, Socket)]
#[socket(framing = Lines, session = Telemetry)]
struct TelemetrySocket {
    #[socket(io)]
    stream: DuplexStream,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Connector, Debug)]
#[connector(socket = TelemetrySocket, codec = JsonCodec)]
struct TelemetryConnector {
    #[connector(listen)]
    memory: Memory,
}

struct Sensors;

#[handler("lab.sensorHandler")]
impl Sensors {
    #[route]
    async fn report(&self, session: &Session, Json(degrees): Json<i32>) -> Json<Value> {
        let connect: Option<&Connect> = session.client().and_then(|client| client.details.get());
        Json(json!({ "id": connect.map(|connect| &connect.id), "degrees": degrees }))
    }

    #[route]
    async fn leave(&self, session: &Session) {
        session.kick("moved");
    }
}

async fn start() -> (Server, MemoryDialer) {
    let memory = Memory::new("telemetry");
    let dialer = memory.dialer();
    let server = Server::builder()
        .connector(TelemetryConnector { memory })
        .handler(Sensors)
        .heartbeat(Duration::from_secs(10))
        .on_handshake(|session, hello: Hello| async move {
            match hello.user {
                Some(Value::String(token)) if session.bind(&token).is_ok() => {
                    Answer::Accept { user: Some(json!({ "hello": token })) }
                }
                _ => Answer::Refuse { code: 5 },
            }
        })
        .start()
        .await
        .unwrap();
    (server, dialer)
}

async fn connect(dialer: &MemoryDialer, token: Value) -> Result<Client, ConnectError> {
    let stream = dialer.dial().await.unwrap();
    let socket = TelemetrySocket { stream, peer: Peer::new("memory", Address::Unnamed) };
    let builder = Client::builder().codec(JsonCodec).client_type("sensor-1").user(token);
    builder.connect_socket(socket).await
}

#[tokio::test(start_paused = true)]
async fn another_handshake_runs_on_the_same_loop() {
    let (server, dialer) = start().await;
    let client = connect(&dialer, json!("ann")).await.unwrap();
    assert_eq!(client.welcome().user, Some(json!({ "hello": "ann" })));
    assert_eq!(server.handle().sessions_of("ann").len(), 1);
    let answer: Value = client.request("lab.sensorHandler.report", Json(21)).await.unwrap();
    assert_eq!(answer, json!({ "id": "sensor-1", "degrees": 21 }));
    let _ = client.request::<()>("lab.sensorHandler.leave", &()).await;
    assert_eq!(client.closed().await, CloseReason::Kicked(Some("moved".into())));
}

#[tokio::test(start_paused = true)]
async fn its_refusals_and_deadlines_are_its_own() {
    let (server, dialer) = start().await;
    let refused = connect(&dialer, Value::Null).await;
    assert!(matches!(refused, Err(ConnectError::Closed(CloseReason::Refused(5)))), "{refused:?}");
    // This device never pings.
    let client = connect(&dialer, json!("bob")).await.unwrap();
    let started = tokio::time::Instant::now();
    client.closed().await;
    assert!(started.elapsed() >= Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(server.handle().statistics().sessions, 0);
}

#[test]
fn settings_of_other_protocols_stay_theirs() {
    assert!(ServerSettings::default().details.get::<Connect>().is_none());
}
