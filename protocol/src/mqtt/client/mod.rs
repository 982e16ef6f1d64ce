//! The client's side of a session.

mod options;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use mqtt_proto::{Pid, Protocol, QoS as Level, TopicFilter, TopicName, VarBytes, v3, v5};
use serde_json::Value;

use super::packet::{
    CONNACK, DISCONNECT, Fault, PING, PINGRESP, Packet, SUBACK, UNSUBACK, goodbye, kind,
    push_puback, read,
};
use super::{Item, code};
use crate::CloseReason;
use crate::framing::Envelope;
use crate::pomelo::package::DataPackage;
use crate::session::{ClientSettings, Event, Machine, PackageWriter, Welcome};

pub use options::{ClientOptions, ClientOptionsError};

/// The time that a server may be late, since timers are coarse.
const TOLERANCE: Duration = Duration::from_millis(100);
/// The packet identifier of the one SUBSCRIBE.
const SUBSCRIPTION: u16 = 1;

/// The session machine of an MQTT client. Its input is made by a
/// [`Delivery`](super::Delivery).
#[derive(Debug)]
pub struct ClientSession {
    options: ClientOptions,
    state: State,
    /// The intervals that the server may be silent.
    silent_intervals: u32,
    heartbeat: Option<Heartbeat>,
    /// The reason for which there is no CONNECT.
    unwritable: Option<CloseReason>,
    /// What the server has said, while the answer to the SUBSCRIBE is awaited.
    welcome: Option<Box<Welcome>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Connecting,
    Subscribing,
    Open,
    Closed,
}

#[derive(Clone, Copy, Debug)]
struct Heartbeat {
    interval: Duration,
    /// The time at which this side sends its next ping.
    next: Duration,
    /// The time at which this side closes if nothing arrives until then.
    silent: Duration,
}

impl ClientSession {
    /// Creates a session that has not started. Of the settings it takes the application's data:
    /// the members `username`, `password` and `clientId` of an object, where the options have
    /// none.
    pub fn new(settings: &ClientSettings, mut options: ClientOptions) -> Self {
        let said = |name: &str| match settings.user.as_ref()?.get(name)? {
            Value::String(text) => Some(text.clone()),
            _ => None,
        };
        if options.client_id.is_empty() {
            options.client_id = said("clientId").unwrap_or_default().into();
        }
        options.user_name = options.user_name.or_else(|| said("username").map(Into::into));
        options.password = options.password.or_else(|| said("password").map(Bytes::from));
        Self {
            options,
            state: State::Connecting,
            silent_intervals: settings.silent_intervals.max(1),
            heartbeat: None,
            unwritable: None,
            welcome: None,
        }
    }

    /// Returns the CONNECT.
    fn connect(&self) -> Result<VarBytes, CloseReason> {
        self.options.check().map_err(CloseReason::malformed)?;
        let ClientOptions { client_id, keep_alive, will, .. } = &self.options;
        let user_name = self.options.user_name.clone();
        let password = self.options.password.clone();
        let will = match will {
            Some((topic, payload)) => {
                let topic = TopicName::try_from(&**topic).map_err(CloseReason::malformed)?;
                Some((topic, payload.clone()))
            }
            None => None,
        };
        if !self.options.version.is_5() {
            let mut connect = v3::Connect::new(client_id.clone(), *keep_alive);
            connect.protocol = Protocol::from(self.options.version);
            connect.username = user_name;
            connect.password = password;
            connect.last_will =
                will.map(|(topic, payload)| v3::LastWill::new(Level::Level0, topic, payload));
            return v3::Packet::Connect(connect).encode().map_err(CloseReason::malformed);
        }
        let mut connect = v5::Connect::new(client_id.clone(), *keep_alive);
        connect.username = user_name;
        connect.password = password;
        connect.last_will =
            will.map(|(topic, payload)| v5::LastWill::new(Level::Level0, topic, payload));
        connect.properties.receive_max = Some(self.options.receive_maximum.max(1));
        v5::Packet::Connect(connect).encode().map_err(CloseReason::malformed)
    }

    fn connack(
        &mut self,
        packet: &[u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'static>, CloseReason> {
        let mut keep_alive = self.options.keep_alive;
        match read(self.options.version, packet)? {
            Packet::Three(v3::Packet::Connack(connack)) => {
                if connack.code != v3::ConnectReturnCode::Accepted {
                    return Err(self.refused(connack.code as u8));
                }
            }
            Packet::Five(v5::Packet::Connack(connack)) => {
                if connack.reason_code != v5::ConnectReasonCode::Success {
                    return Err(self.refused(connack.reason_code as u8));
                }
                keep_alive = connack.properties.server_keep_alive.unwrap_or(keep_alive);
                let said = connack.properties.user_properties.iter();
                let mut user = said.filter(|property| &*property.name == "user");
                let user = user.next().and_then(|user| serde_json::from_str(&user.value).ok());
                self.welcome = Some(Box::new(Welcome { user, ..Welcome::default() }));
            }
            _ => return Err(CloseReason::malformed("not a CONNACK")),
        }
        if keep_alive > 0 {
            let interval = Duration::from_secs(keep_alive.into());
            let silent = self.silence_deadline(now, interval);
            self.heartbeat =
                Some(Heartbeat { interval, next: now.saturating_add(interval), silent });
        }
        if self.options.subscriptions.is_empty() {
            self.state = State::Open;
            return Ok(Event::Opened(self.welcome.take()));
        }
        self.state = State::Subscribing;
        let subscribe = self.subscribe().map_err(CloseReason::from)?;
        out.package(|out| out.extend_from_slice(subscribe.as_ref()));
        Ok(Event::Ignored)
    }

    fn refused(&mut self, code: u8) -> CloseReason {
        self.state = State::Closed;
        CloseReason::Refused(code.into())
    }

    fn subscribe(&self) -> Result<VarBytes, Fault> {
        let id = Pid::try_from(SUBSCRIPTION)?;
        let filters = self.options.subscriptions.iter();
        let filters = filters.map(|filter| TopicFilter::try_from(&**filter));
        let filters = filters.collect::<Result<Vec<_>, _>>()?.into_iter();
        Ok(if self.options.version.is_5() {
            let topics =
                filters.map(|filter| (filter, v5::SubscriptionOptions::new(Level::Level1)));
            v5::Packet::Subscribe(v5::Subscribe::new(id, topics.collect())).encode()?
        } else {
            let topics = filters.map(|filter| (filter, Level::Level1));
            v3::Packet::Subscribe(v3::Subscribe::new(id, topics.collect())).encode()?
        })
    }

    fn suback(&mut self, packet: &[u8]) -> Result<Event<'static>, CloseReason> {
        let codes: Vec<u8> = match read(self.options.version, packet)? {
            Packet::Three(v3::Packet::Suback(suback)) => {
                let refused = v3::SubscribeReturnCode::Failure;
                let code = |code: &_| if *code == refused { code::UNSPECIFIED } else { 0 };
                suback.topics.iter().map(code).collect()
            }
            Packet::Five(v5::Packet::Suback(suback)) => {
                suback.topics.iter().map(|code| *code as u8).collect()
            }
            _ => return Err(CloseReason::malformed("not a SUBACK")),
        };
        if let Some(refused) = codes.into_iter().find(|code| *code >= code::UNSPECIFIED) {
            return Err(self.refused(refused));
        }
        self.state = State::Open;
        Ok(Event::Opened(self.welcome.take()))
    }

    fn silence_deadline(&self, now: Duration, interval: Duration) -> Duration {
        let timeout = interval.saturating_mul(self.silent_intervals);
        now.saturating_add(timeout).saturating_add(TOLERANCE)
    }
}

impl Machine for ClientSession {
    fn start(&mut self, _: Duration, out: &mut PackageWriter<'_>) -> Event<'static> {
        match self.connect() {
            Ok(connect) => out.package(|out| out.extend_from_slice(connect.as_ref())),
            Err(reason) => self.unwritable = Some(reason),
        }
        Event::Ignored
    }

    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason> {
        let mut item = Item::take(input)?;
        self.restart_idle_timer(now);
        while let Item::Taken(id) = item
            && self.state != State::Closed
        {
            let version = self.options.version;
            out.package(|out| push_puback(version, id, code::SUCCESS, out));
            if input.is_empty() {
                return Ok(Event::Ignored);
            }
            item = Item::take(input)?;
        }
        let packet = match item {
            Item::Packet(packet) => packet,
            _ if self.state == State::Closed => return Ok(Event::Ignored),
            // A broker may send what it retains before it grants the subscription.
            Item::Message(message) => return Ok(Event::Message(message)),
            Item::Taken(_) | Item::Alive => return Ok(Event::Ignored),
        };
        match (kind(packet), self.state) {
            (_, State::Closed) => Ok(Event::Ignored),
            (CONNACK, State::Connecting) => self.connack(packet, now, out),
            (_, State::Connecting) => {
                Err(CloseReason::malformed("the server's first packet is not a CONNACK"))
            }
            (SUBACK, State::Subscribing) => self.suback(packet),
            (DISCONNECT, _) if self.options.version.is_5() => {
                self.state = State::Closed;
                Err(kicked(goodbye(self.options.version, packet)))
            }
            (SUBACK | UNSUBACK | PINGRESP, _) => Ok(Event::Ignored),
            (kind, _) => {
                let what = format_args!("a packet of type {kind}, which servers do not send");
                Err(CloseReason::malformed(what))
            }
        }
    }

    fn deadline(&self) -> Option<Duration> {
        if self.unwritable.is_some() {
            return Some(Duration::ZERO);
        }
        let heartbeat = self.heartbeat?;
        Some(heartbeat.next.min(heartbeat.silent))
    }

    fn tick(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Result<(), CloseReason> {
        if let Some(reason) = self.unwritable.take() {
            self.state = State::Closed;
            return Err(reason);
        }
        let Some(heartbeat) = &mut self.heartbeat else { return Ok(()) };
        if now >= heartbeat.silent {
            self.heartbeat = None;
            self.state = State::Closed;
            return Err(CloseReason::HeartbeatTimeout);
        }
        if now >= heartbeat.next {
            heartbeat.next = now.saturating_add(heartbeat.interval);
            out.package(|out| out.extend_from_slice(&PING));
        }
        Ok(())
    }

    fn restart_idle_timer(&mut self, now: Duration) {
        let Some(heartbeat) = self.heartbeat else { return };
        let silent = self.silence_deadline(now, heartbeat.interval);
        self.heartbeat = Some(Heartbeat { silent, ..heartbeat });
    }

    /// Only closes the session: clients have no packet for a kick.
    fn kick(&mut self, _: Option<&str>, _: &mut PackageWriter<'_>) -> bool {
        self.state = State::Closed;
        true
    }

    fn envelope(&self) -> &'static dyn Envelope {
        &DataPackage
    }
}

/// Returns the reason of a DISCONNECT as a kick, if it is one: an administrator's decision, or
/// another connection with this client id.
fn kicked(reason: CloseReason) -> CloseReason {
    const ADMINISTRATIVE: u16 = code::ADMINISTRATIVE as u16;
    const TAKEN_OVER: u16 = code::TAKEN_OVER as u16;
    match reason {
        CloseReason::PeerClosedWith { code: ADMINISTRATIVE | TAKEN_OVER, reason } => {
            CloseReason::Kicked(Some(reason).filter(|reason| !reason.is_empty()))
        }
        reason => reason,
    }
}
