//! The server's side of a session.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mqtt_proto::{QoS as Level, VarBytes, v3, v5};
use serde_json::Value;

use super::packet::{
    AUTH, CONNECT, DISCONNECT, Fault, MAX_TEXT, PINGREQ, PONG, PUBACK, PUBCOMP, PUBREC, Packet,
    SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE, goodbye, kind, push_disconnect, push_puback,
    push_suback, read,
};
use super::{Connect, Item, Version, code, refusal};
use crate::CloseReason;
use crate::framing::Envelope;
use crate::pomelo::package::DataPackage;
use crate::session::{
    Answer, ClientProfile, Details, Event, Hello, Machine, PackageWriter, ServerSettings,
};

/// The options of a server's session, which its link gives.
#[derive(Clone, Copy)]
pub struct ServerOptions {
    /// The number of the client's messages at QoS 1 that may be unacknowledged.
    pub receive_maximum: u16,
    /// The largest packet that the client may send, in bytes.
    pub max_packet: u32,
    /// Makes a client id that nobody can guess, since whoever knows it can take the session
    /// over.
    pub client_id: fn() -> Arc<str>,
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerOptions")
            .field("receive_maximum", &self.receive_maximum)
            .field("max_packet", &self.max_packet)
            .finish_non_exhaustive()
    }
}

/// The session machine of an MQTT server. Its input is made by a
/// [`Delivery`](super::Delivery).
#[derive(Debug)]
pub struct ServerSession {
    options: ServerOptions,
    state: State,
    version: Version,
    /// The largest packet that the client takes, in bytes.
    max_packet: usize,
    /// The time without a packet after which the session ends.
    silence: Option<Duration>,
    deadline: Option<Duration>,
}

#[derive(Debug)]
enum State {
    /// No CONNECT has come.
    New,
    /// The application is asked. What MQTT 5 tells the client about itself waits.
    Asked(Box<v5::ConnackProperties>),
    Open,
    Closed,
}

impl ServerSession {
    /// The reason of the kick of a session whose client id another connection has now.
    pub const TAKEN_OVER: &str = "another connection has this client id now";

    /// Creates a session that has not started. Sessions may share their settings.
    pub fn new(settings: impl Into<Arc<ServerSettings>>, options: ServerOptions) -> Self {
        let settings = settings.into();
        Self {
            options,
            state: State::New,
            version: Version::default(),
            max_packet: usize::MAX,
            silence: settings.idle,
            deadline: None,
        }
    }

    fn connect(
        &mut self,
        packet: &[u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'static>, CloseReason> {
        let mut connect = match Connect::read(packet) {
            Ok(connect) => connect,
            Err(error) => {
                self.state = State::Closed;
                let Some(version) = error.version else { return Err(error.into()) };
                self.version = version;
                self.refuse(refusal(version, error.code.into()), out);
                return Err(error.into());
            }
        };
        self.version = connect.version;
        self.max_packet = connect.max_packet;
        let mut properties = v5::ConnackProperties {
            // What was asked for is not kept, and the client has to know.
            session_expiry_interval: (connect.session_expiry > 0).then_some(0),
            receive_max: Some(self.options.receive_maximum),
            max_qos: Some(Level::Level1),
            retain_available: Some(false),
            max_packet_size: Some(self.options.max_packet),
            subscription_id_available: Some(false),
            shared_subscription_available: Some(false),
            ..v5::ConnackProperties::default()
        };
        if connect.client_id.is_empty() && connect.version.is_5() {
            connect.client_id = (self.options.client_id)();
            properties.assigned_client_id = Some(connect.client_id.clone());
        }
        if connect.keep_alive > 0 {
            let interval = Duration::from_secs(connect.keep_alive.into());
            self.silence = Some(interval + interval / 2);
        }
        self.restart_idle_timer(now);
        self.state = State::Asked(Box::new(properties));
        Ok(Event::Hello(Box::new(Hello {
            client: ClientProfile {
                kind: Some("mqtt".to_owned()),
                version: Some(connect.version.to_string()),
                details: Details::new(connect.clone()),
            },
            user: Some(connect.user()),
            ..Hello::default()
        })))
    }

    /// Writes a CONNACK that refuses.
    fn refuse(&mut self, code: u8, out: &mut PackageWriter<'_>) {
        self.state = State::Closed;
        let five = self.version.is_5();
        out.package(|out| {
            out.extend_from_slice(if five { &[0x20, 3] } else { &[0x20, 2] });
            out.extend_from_slice(&[0, code]);
            if five {
                out.push(0);
            }
        });
    }

    fn accept(
        &mut self,
        properties: v5::ConnackProperties,
        user: Option<Value>,
        out: &mut PackageWriter<'_>,
    ) {
        self.state = State::Open;
        if !self.version.is_5() {
            out.package(|out| out.extend_from_slice(&[0x20, 2, 0, 0]));
            return;
        }
        let mut connack = v5::Connack::new(false, v5::ConnectReasonCode::Success);
        connack.properties = properties;
        let told = user.and_then(|user| self.connack_with(&connack, user.to_string()));
        // It cannot fail: what is in it is short.
        if let Some(packet) = told.or_else(|| v5::Packet::Connack(connack).encode().ok()) {
            out.package(|out| out.extend_from_slice(packet.as_ref()));
        }
    }

    /// Returns a CONNACK with the application's data. `None` if that is too long for a property,
    /// or for the client.
    fn connack_with(&self, connack: &v5::Connack, user: String) -> Option<VarBytes> {
        if user.len() > MAX_TEXT {
            return None;
        }
        let mut connack = connack.clone();
        let (name, value) = ("user".into(), user.into());
        connack.properties.user_properties.push(v5::UserProperty { name, value });
        let packet = v5::Packet::Connack(connack).encode().ok()?;
        (packet.as_ref().len() <= self.max_packet).then_some(packet)
    }

    /// Writes a DISCONNECT, without the reason in words if that is too long for the client.
    fn disconnect(&self, code: u8, reason: &str, out: &mut PackageWriter<'_>) {
        let mut packet = Vec::new();
        push_disconnect(self.version, code, reason, &mut packet);
        if packet.len() > self.max_packet {
            packet.clear();
            push_disconnect(self.version, code, "", &mut packet);
        }
        out.package(|out| out.extend_from_slice(&packet));
    }

    /// Handles a packet of a session that is open.
    fn handle_packet(&mut self, packet: &[u8], out: &mut PackageWriter<'_>) -> Result<(), Fault> {
        let refused = |what: &'static str| Err(Fault::new(code::PROTOCOL_ERROR, what));
        match kind(packet) {
            // These came before the session was open.
            PUBACK => read(self.version, packet).map(|_| ()),
            PINGREQ => {
                read(self.version, packet)?;
                out.package(|out| out.extend_from_slice(&PONG));
                Ok(())
            }
            SUBSCRIBE => self.subscribe(packet, out),
            UNSUBSCRIBE => self.unsubscribe(packet, out),
            CONNECT => refused("a second CONNECT"),
            AUTH => refused("an AUTH, though no authentication method was agreed on"),
            PUBREC..=PUBCOMP => refused("a packet of QoS 2, which is not supported"),
            _ => refused("a packet that only servers send"),
        }
    }

    /// Grants what is asked for, at QoS 1 at most. Pushes do not depend on it.
    fn subscribe(&mut self, packet: &[u8], out: &mut PackageWriter<'_>) -> Result<(), Fault> {
        let (id, codes): (u16, Vec<u8>) = match read(self.version, packet)? {
            Packet::Three(v3::Packet::Subscribe(subscribe)) => {
                let granted = |(_, qos): &(_, Level)| (*qos as u8).min(1);
                (subscribe.pid.value(), subscribe.topics.iter().map(granted).collect())
            }
            Packet::Five(v5::Packet::Subscribe(subscribe)) => {
                if subscribe.properties.subscription_id.is_some() {
                    let what = "a subscription identifier, which is not supported";
                    return Err(Fault::new(code::SUBSCRIPTION_ID, what));
                }
                let topics = subscribe.topics.iter();
                let codes = topics.map(|(filter, how)| {
                    if filter.is_shared() { code::SHARED } else { (how.max_qos as u8).min(1) }
                });
                (subscribe.pid.value(), codes.collect())
            }
            _ => return Err(Fault::new(code::PROTOCOL_ERROR, "not a SUBSCRIBE")),
        };
        out.package(|out| push_suback((SUBACK, self.version), id, &codes, out));
        Ok(())
    }

    fn unsubscribe(&mut self, packet: &[u8], out: &mut PackageWriter<'_>) -> Result<(), Fault> {
        let (id, topics) = match read(self.version, packet)? {
            Packet::Three(v3::Packet::Unsubscribe(unsubscribe)) => {
                (unsubscribe.pid.value(), unsubscribe.topics.len())
            }
            Packet::Five(v5::Packet::Unsubscribe(unsubscribe)) => {
                (unsubscribe.pid.value(), unsubscribe.topics.len())
            }
            _ => return Err(Fault::new(code::PROTOCOL_ERROR, "not an UNSUBSCRIBE")),
        };
        let codes = vec![code::SUCCESS; topics];
        out.package(|out| push_suback((UNSUBACK, self.version), id, &codes, out));
        Ok(())
    }

    /// Announces the end for this fault.
    fn fail(&mut self, fault: Fault, out: &mut PackageWriter<'_>) -> CloseReason {
        self.state = State::Closed;
        if self.version.is_5() {
            self.disconnect(fault.code, &fault.what, out);
        }
        fault.into()
    }
}

impl Machine for ServerSession {
    fn start(&mut self, _: Duration, _: &mut PackageWriter<'_>) -> Event<'static> {
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
            && matches!(self.state, State::Open)
        {
            out.package(|out| push_puback(self.version, id, code::SUCCESS, out));
            if input.is_empty() {
                return Ok(Event::Ignored);
            }
            item = Item::take(input)?;
        }
        match (item, &self.state) {
            (Item::Packet(packet), State::New) if kind(packet) == CONNECT => {
                self.connect(packet, now, out)
            }
            (_, State::New) => {
                self.state = State::Closed;
                Err(CloseReason::malformed("the first packet is not a CONNECT"))
            }
            (_, State::Closed) => Ok(Event::Ignored),
            (Item::Message(message), _) => Ok(Event::Message(message)),
            // The driver hands nothing on while the application is asked.
            (Item::Taken(_) | Item::Alive, _) => Ok(Event::Ignored),
            (Item::Packet(packet), _) if kind(packet) == DISCONNECT => {
                self.state = State::Closed;
                Err(goodbye(self.version, packet))
            }
            (Item::Packet(packet), _) => {
                let handled = self.handle_packet(packet, out);
                handled.map(|()| Event::Ignored).map_err(|fault| self.fail(fault, out))
            }
        }
    }

    fn answer(
        &mut self,
        answer: Answer,
        _: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<(), CloseReason> {
        match (std::mem::replace(&mut self.state, State::Closed), answer) {
            (State::Asked(properties), Answer::Accept { user }) => {
                self.accept(*properties, user, out);
                Ok(())
            }
            (State::Asked(_), Answer::Refuse { code }) => {
                let code = refusal(self.version, code);
                self.refuse(code, out);
                Err(CloseReason::Refused(code.into()))
            }
            // A CONNECT that is too long to be read: the version is not known.
            (State::New, Answer::Refuse { code }) => Err(CloseReason::Refused(code)),
            (state, _) => {
                self.state = state;
                Ok(())
            }
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.state, State::Open)
    }

    fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    fn tick(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Result<(), CloseReason> {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return Ok(());
        }
        self.deadline = None;
        let what = "nothing arrived for one and a half times the keep-alive";
        self.fail(Fault::new(code::KEEP_ALIVE, what), out);
        Err(CloseReason::HeartbeatTimeout)
    }

    fn restart_idle_timer(&mut self, now: Duration) {
        self.deadline = self.silence.map(|silence| now.saturating_add(silence));
    }

    /// MQTT 5 has a packet for it. Before, a push carries the reason.
    fn kick(&mut self, reason: Option<&str>, out: &mut PackageWriter<'_>) -> bool {
        let kicks = match &self.state {
            State::Open | State::Asked(_) => self.version.is_5(),
            State::New | State::Closed => true,
        };
        if self.is_open() && kicks {
            let (code, reason) = match reason {
                Some(Self::TAKEN_OVER) => (code::TAKEN_OVER, Self::TAKEN_OVER),
                reason => (code::ADMINISTRATIVE, reason.unwrap_or_default()),
            };
            self.disconnect(code, reason, out);
        }
        self.state = State::Closed;
        kicks
    }

    fn envelope(&self) -> &'static dyn Envelope {
        &DataPackage
    }
}
