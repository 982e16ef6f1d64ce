//! The client's side of a pomelo connection.
//!
//! Until the server's response arrives, only that and a kick are handled. From
//! then on the client drives the heartbeat: it sends one in each interval that the
//! server asked for, and closes when nothing at all arrived for some intervals.
//! Pitaya's servers do not answer heartbeats, so the next one does not wait for an
//! answer. Sources: pomelo-jsclient-websocket 0.1.1, libpomelo2.

use std::time::Duration;

use crate::CloseReason;
use crate::format::Format;
use crate::framing::Envelope;
use crate::json;
use crate::pomelo::handshake::{Cached, Request, Response, codes};
use crate::pomelo::package::{DataPackage, HANDSHAKE_ACK, HEARTBEAT, Package, PackageType};
use crate::session::{ClientSettings, Details, Event, Machine, PackageWriter, Welcome};
use crate::text;

/// The time that a server may be late, since timers are coarse.
const TOLERANCE: Duration = Duration::from_millis(100);

/// The session machine of a pomelo client.
#[derive(Debug)]
pub struct ClientSession {
    request: Request,
    /// The formats that this side can write.
    formats: Vec<Format>,
    cached: Cached,
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
    /// The time at which this side sends its next heartbeat.
    next: Duration,
    /// The time at which this side closes if nothing arrives until then.
    silent: Duration,
}

impl ClientSession {
    /// Creates a session that has not started.
    pub fn new(settings: &ClientSettings) -> Self {
        Self {
            request: Request::of(settings),
            formats: settings.formats.clone(),
            cached: settings.cached.clone(),
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
        let mut response = Response::parse(body).map_err(CloseReason::malformed)?;
        if response.code != codes::OK {
            return Err(CloseReason::Refused(response.code));
        }
        if let Some(info) = &mut response.sys {
            self.cached.complete(info);
        }
        out.package(|out| out.extend_from_slice(&HANDSHAKE_ACK));
        let interval = response.sys.as_ref().and_then(|sys| sys.heartbeat);
        self.state = State::Working(interval.map(|interval| Heartbeat {
            interval,
            next: now.saturating_add(interval),
            silent: self.silence_deadline(now, interval),
        }));
        Ok(Event::Opened(Some(Box::new(welcome(response, &self.formats)))))
    }

    fn silence_deadline(&self, now: Duration, interval: Duration) -> Duration {
        let timeout = interval.saturating_mul(self.silent_intervals);
        now.saturating_add(timeout).saturating_add(TOLERANCE)
    }
}

impl Machine for ClientSession {
    fn start(&mut self, _: Duration, out: &mut PackageWriter<'_>) -> Event<'static> {
        // A request of more than 16 MiB cannot be sent: the handshake then times out.
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

    fn takes_several(&self) -> bool {
        true
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
        let silent = self.silence_deadline(now, heartbeat.interval);
        self.state = State::Working(Some(Heartbeat { silent, ..heartbeat }));
    }

    /// Only closes the session: clients have no kick package.
    fn kick(&mut self, _: Option<&str>, _: &mut PackageWriter<'_>) -> bool {
        self.state = State::Closed;
        true
    }

    fn envelope(&self) -> &'static dyn Envelope {
        &DataPackage
    }
}

fn welcome(response: Response, formats: &[Format]) -> Welcome {
    Welcome {
        user: response.user.clone(),
        agreement: response.agreement(formats),
        dictionary: response.sys.as_ref().and_then(|sys| sys.dict.clone()),
        details: Details::new(response),
    }
}

/// Reads pomelo's `{"reason": string}`, plain text, or pitaya's empty body.
fn kick_reason(body: &[u8]) -> Option<String> {
    use serde_json::Value;

    let text = text::decode(body);
    match json::read(&text, json::NESTING) {
        Ok(Value::Object(mut object)) => match object.remove("reason")? {
            Value::String(reason) => Some(reason),
            _ => None,
        },
        Ok(Value::String(reason)) => Some(reason),
        _ => Some(text.into_owned()).filter(|text| !text.is_empty()),
    }
}
