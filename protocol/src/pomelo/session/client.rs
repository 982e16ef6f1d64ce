//! Pomelo's client side of a connection.
//!
//! Until the server's response only that, and a kick, count. From then on the
//! client drives the heartbeat: it sends one every interval that the server
//! asked for, and gives up when nothing at all arrived for some intervals.
//! Sources: pomelo-jsclient-websocket 0.1.1, libpomelo2; pitaya's servers do
//! not answer heartbeats, so that the next one does not wait for an answer.

use std::time::Duration;

use crate::CloseReason;
use crate::format::Format;
use crate::framing::Envelope;
use crate::pomelo::handshake::{Native, Request, Response, codes};
use crate::pomelo::package::{DataPackage, HANDSHAKE_ACK, HEARTBEAT, Package, PackageType};
use crate::session::{Answer, ClientSettings, Details, Event, Machine, PackageWriter, Welcome};
use crate::text;

/// How much longer than it should a server may be silent: timers are coarse.
const TOLERANCE: Duration = Duration::from_millis(100);

/// Pomelo's client side of a connection.
#[derive(Debug)]
pub struct ClientSession {
    request: Request,
    /// The formats that this side can write.
    formats: Vec<Format>,
    /// The intervals that the server may be silent.
    silent_intervals: u32,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    WaitResponse,
    Working(Option<Heartbeat>),
    Closed,
}

#[derive(Clone, Copy, Debug)]
struct Heartbeat {
    interval: Duration,
    /// When this side sends its next one.
    next: Duration,
    /// When this side gives up if it hears nothing until then.
    silent: Duration,
}

impl ClientSession {
    /// A session before its first byte.
    pub fn new(settings: &ClientSettings) -> Self {
        Self {
            request: request(settings),
            formats: settings.formats.clone(),
            silent_intervals: settings.silent_intervals.max(1),
            state: State::WaitResponse,
        }
    }

    fn open(
        &mut self,
        body: &[u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'static>, CloseReason> {
        self.state = State::Closed;
        let response = Response::parse(body).map_err(CloseReason::malformed)?;
        if response.code != codes::OK {
            return Err(CloseReason::Refused(response.code));
        }
        out.package(|out| out.extend_from_slice(&HANDSHAKE_ACK));
        let interval = response.sys.as_ref().and_then(|sys| sys.heartbeat);
        self.state = State::Working(interval.map(|interval| Heartbeat {
            interval,
            next: now.saturating_add(interval),
            silent: self.give_up(now, interval),
        }));
        Ok(Event::Opened(Some(Box::new(welcome(response, &self.formats)))))
    }

    fn give_up(&self, now: Duration, interval: Duration) -> Duration {
        let patience = interval.saturating_mul(self.silent_intervals);
        now.saturating_add(patience).saturating_add(TOLERANCE)
    }
}

impl Machine for ClientSession {
    fn start(&mut self, _: Duration, out: &mut PackageWriter<'_>) -> Event<'static> {
        // A request of 16 MiB goes unsaid; the handshake then times out.
        let _ = out.control(PackageType::Handshake, &self.request.encode());
        Event::Ignored
    }

    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason> {
        let Package { kind, body } = Package::take(input)?;
        self.restart_idle_timer(now);
        match (kind, self.state) {
            (PackageType::Handshake, State::WaitResponse) => self.open(body, now, out),
            (PackageType::Data, State::Working(_)) => Ok(Event::Message(body)),
            (PackageType::Kick, _) => {
                self.state = State::Closed;
                Err(CloseReason::Kicked(kick_reason(body)))
            }
            (PackageType::HandshakeAck, _) => {
                self.state = State::Closed;
                Err(CloseReason::malformed("a handshake ack from a server"))
            }
            _ => Ok(Event::Ignored),
        }
    }

    /// A client is not asked.
    fn answer(
        &mut self,
        _: Answer,
        _: Duration,
        _: &mut PackageWriter<'_>,
    ) -> Result<(), CloseReason> {
        Ok(())
    }

    fn deadline(&self) -> Option<Duration> {
        let State::Working(Some(heartbeat)) = self.state else { return None };
        Some(heartbeat.next.min(heartbeat.silent))
    }

    fn tick(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Result<(), CloseReason> {
        let State::Working(Some(heartbeat)) = &mut self.state else { return Ok(()) };
        if now >= heartbeat.silent {
            self.state = State::Closed;
            return Err(CloseReason::HeartbeatTimeout);
        }
        if now >= heartbeat.next {
            heartbeat.next = now.saturating_add(heartbeat.interval);
            out.package(|out| out.extend_from_slice(&HEARTBEAT));
        }
        Ok(())
    }

    fn restart_idle_timer(&mut self, now: Duration) {
        let State::Working(Some(heartbeat)) = self.state else { return };
        let silent = self.give_up(now, heartbeat.interval);
        self.state = State::Working(Some(Heartbeat { silent, ..heartbeat }));
    }

    /// A client has no kick package and needs none: it leaves.
    fn kick(&mut self, _: Option<&str>, _: &mut PackageWriter<'_>) -> bool {
        self.state = State::Closed;
        true
    }

    fn envelope(&self) -> &'static dyn Envelope {
        &DataPackage
    }
}

/// The handshake that says what the settings do.
fn request(settings: &ClientSettings) -> Request {
    if let Some(request) = settings.details.get::<Request>() {
        return request.clone();
    }
    let mut request = Request::new(settings.kind.clone(), settings.version.clone());
    request.user = settings.user.clone();
    if !settings.formats.is_empty() {
        request.sys.connector = Some(Native::new(&settings.formats));
    }
    request
}

fn welcome(response: Response, formats: &[Format]) -> Welcome {
    Welcome {
        user: response.user.clone(),
        agreement: response.agreement(formats),
        dictionary: response.sys.as_ref().and_then(|sys| sys.dict.clone()),
        details: Details::new(response),
    }
}

/// Pomelo's `{"reason": string}`, pitaya's nothing, or plain text.
fn kick_reason(body: &[u8]) -> Option<String> {
    use serde_json::Value;

    let text = text::decode(body);
    match serde_json::from_str(&text) {
        Ok(Value::Object(mut object)) => match object.remove("reason")? {
            Value::String(reason) => Some(reason),
            _ => None,
        },
        Ok(Value::String(reason)) => Some(reason),
        _ => Some(text.into_owned()).filter(|text| !text.is_empty()),
    }
}
