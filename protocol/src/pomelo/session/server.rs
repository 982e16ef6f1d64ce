//! The server's side of a pomelo connection.
//!
//! | state | left by | ignored |
//! |---|---|---|
//! | inited | a handshake, to asked | ack, heartbeat, data |
//! | asked | the application's answer, to wait-ack or closed | everything |
//! | wait-ack | an ack, to working | handshake, heartbeat, data |
//! | working | a kick, or silence, to closed | handshake, ack |
//!
//! A kick from a client is an error in every state. Source: pomelo 2.2.7, measured.

use std::sync::Arc;
use std::time::Duration;

use crate::CloseReason;
use crate::framing::Envelope;
use crate::pomelo::handshake::{
    Agreement, Dialect, DialectOf, Native, Request, Response, ServerInfo, codes,
};
use crate::pomelo::package::{DataPackage, HEARTBEAT, Package, PackageType};
use crate::pomelo::protobuf::Schemas;
use crate::session::{
    Answer, ClientProfile, Details, Event, Hello, Machine, PackageWriter, ServerSettings,
};

/// The most bytes of a handshake, unless the settings have another limit.
const LONGEST_HANDSHAKE: usize = 64 << 10;

/// Settings of a server that only pomelo's protocol has. They go into
/// [`ServerSettings::details`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerExtras {
    /// The schemas of pomelo-protobuf, sent to clients of pomelo's dialect that have not
    /// cached this version.
    pub schemas: Option<Arc<Schemas>>,
    /// The format of bodies that is announced to pitaya's clients: `json` or
    /// `protobuf`.
    pub serializer: Option<String>,
    /// The dialect of clients, where it is not the one that they say of themselves.
    pub dialect: Option<DialectOf>,
}

/// The session machine of a pomelo server.
#[derive(Debug)]
pub struct ServerSession {
    settings: Arc<ServerSettings>,
    deadline: Option<Duration>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Inited,
    Asked(Offer),
    WaitAck,
    Working,
    Closed,
}

/// The parts of the settings that the client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offer {
    /// The dictionary is not in the client's cache.
    dict: bool,
    /// The client uses the schemas of pomelo-protobuf.
    use_proto: bool,
    /// They are not in its cache.
    protos: bool,
    /// The place of the format in the configuration, if the client speaks the native
    /// dialect.
    native: Option<u16>,
}

impl ServerSession {
    /// Creates a session that has not started. Sessions may share their settings.
    pub fn new(settings: impl Into<Arc<ServerSettings>>) -> Self {
        Self { settings: settings.into(), deadline: None, state: State::Inited }
    }

    fn handle_handshake(
        &mut self,
        body: &[u8],
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'static>, CloseReason> {
        let size = body.len();
        let limit = self.settings.longest_handshake.unwrap_or(LONGEST_HANDSHAKE);
        if size > limit {
            // The driver refuses it.
            return Err(CloseReason::TooLarge { size, limit });
        }
        let Ok(request) = Request::parse(body) else {
            return Err(self.refuse(codes::FAIL, out));
        };
        let dialect = self.extras().and_then(|extras| extras.dialect.as_ref());
        let dialect = dialect.and_then(|dialect| dialect.decide(&request.sys));
        let agreement = Agreement::of_client(&request.sys, &self.settings.formats, dialect);
        let schemas = self.extras().and_then(|extras| extras.schemas.clone());
        let agreement = agreement.with_schemas(schemas);
        self.state = State::Asked(self.offer(&request, &agreement));
        Ok(Event::Hello(Box::new(Hello {
            client: ClientProfile {
                kind: request.sys.kind.clone(),
                version: request.sys.version.clone(),
                details: Details::new(request.sys),
            },
            user: request.user,
            agreement,
            dictionary: self.settings.dictionary.clone(),
        })))
    }

    /// Handles a package that is not a message.
    #[inline(never)]
    fn handle_other(
        &mut self,
        kind: PackageType,
        body: &[u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'static>, CloseReason> {
        match (kind, self.state) {
            (PackageType::Handshake, State::Inited) => return self.handle_handshake(body, out),
            (PackageType::HandshakeAck, State::WaitAck) => return Ok(self.open(now, out)),
            (PackageType::Heartbeat, State::Working) => self.send_heartbeat(now, out),
            (PackageType::Kick, _) => {
                self.close();
                return Err(CloseReason::malformed("a kick from a client"));
            }
            _ => {}
        }
        Ok(Event::Ignored)
    }

    fn refuse(&mut self, code: u16, out: &mut PackageWriter<'_>) -> CloseReason {
        self.state = State::Closed;
        // It cannot fail, as the response is far shorter than a package may be.
        let _ = out.control(PackageType::Handshake, &Response::refusal(code).encode());
        CloseReason::Refused(code)
    }

    fn open(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Event<'static> {
        self.state = State::Working;
        self.send_heartbeat(now, out);
        Event::Opened(None)
    }

    /// Sends a heartbeat. The client drives them: this side sends the first one, and
    /// answers each of the client's.
    fn send_heartbeat(&mut self, now: Duration, out: &mut PackageWriter<'_>) {
        let Some(timeout) = heartbeat_timeout(&self.settings) else { return };
        self.deadline = Some(now.saturating_add(timeout));
        out.package(|out| out.extend_from_slice(&HEARTBEAT));
    }

    fn close(&mut self) {
        self.state = State::Closed;
        self.deadline = None;
    }
}

impl Machine for ServerSession {
    fn start(&mut self, _: Duration, _: &mut PackageWriter<'_>) -> Event<'static> {
        Event::Ignored
    }

    #[inline(always)]
    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason> {
        let Package { kind, body } = Package::take(input)?;
        // Most packages are messages.
        if matches!((kind, self.state), (PackageType::Data, State::Working)) {
            return Ok(Event::Message(body));
        }
        self.handle_other(kind, body, now, out)
    }

    fn takes_several(&self) -> bool {
        true
    }

    fn answer(
        &mut self,
        answer: Answer,
        _: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<(), CloseReason> {
        let offer = match (self.state, &answer) {
            (State::Asked(offer), _) => offer,
            (State::Inited, Answer::Refuse { code }) => return Err(self.refuse(*code, out)),
            _ => return Ok(()),
        };
        let user = match answer {
            Answer::Accept { user } => user,
            Answer::Refuse { code } => return Err(self.refuse(code, out)),
        };
        let response = Response { code: codes::OK, sys: Some(self.info(offer)), user };
        if out.control(PackageType::Handshake, &response.encode()).is_err() {
            return Err(self.refuse(codes::FAIL, out));
        }
        self.state = State::WaitAck;
        Ok(())
    }

    fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    fn tick(&mut self, now: Duration, _: &mut PackageWriter<'_>) -> Result<(), CloseReason> {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return Ok(());
        }
        self.close();
        Err(CloseReason::HeartbeatTimeout)
    }

    fn restart_idle_timer(&mut self, now: Duration) {
        if let (Some(deadline), Some(timeout)) =
            (&mut self.deadline, heartbeat_timeout(&self.settings))
        {
            *deadline = now.saturating_add(timeout);
        }
    }

    fn heartbeat_interval(&self) -> Option<Duration> {
        interval(&self.settings).filter(|_| self.state == State::Working)
    }

    fn beat(&mut self, out: &mut PackageWriter<'_>) {
        if self.heartbeat_interval().is_some() {
            out.package(|out| out.extend_from_slice(&HEARTBEAT));
        }
    }

    /// Pomelo sends a kick only with a reason. Unlike pomelo this side also sends
    /// one before the ack: a client that is not let in should know why.
    fn kick(&mut self, reason: Option<&str>, out: &mut PackageWriter<'_>) -> bool {
        if let (State::Asked(_) | State::WaitAck | State::Working, Some(reason)) =
            (self.state, reason)
        {
            let body = serde_json::json!({ "reason": reason }).to_string();
            // A reason of more than 16 MiB cannot be sent.
            let _ = out.control(PackageType::Kick, body.as_bytes());
        }
        self.close();
        true
    }

    fn envelope(&self) -> &'static dyn Envelope {
        &DataPackage
    }
}

impl ServerSession {
    fn offer(&self, request: &Request, agreement: &Agreement) -> Offer {
        let is_new = |kept: &Option<String>, version: Option<&String>| {
            version.is_none() || kept.as_ref() != version
        };
        let dict = self.settings.dictionary.as_ref().and_then(|dict| dict.version.as_ref());
        let protos = agreement.schemas().map(|schemas| schemas.protos());
        let version = protos.and_then(|protos| protos.version.as_ref());
        Offer {
            dict: is_new(&request.sys.dict_version, dict),
            use_proto: protos.is_some(),
            protos: is_new(&request.sys.proto_version, version),
            native: self.native_format(agreement),
        }
    }

    /// The place of the format that a client of the native dialect gets.
    fn native_format(&self, agreement: &Agreement) -> Option<u16> {
        let formats = &self.settings.formats;
        let place = formats.iter().position(|format| *format == agreement.format)?;
        let native = agreement.dialect == Dialect::Native;
        u16::try_from(place).ok().filter(|_| native)
    }

    fn info(&self, offer: Offer) -> ServerInfo {
        let format = offer.native.and_then(|place| self.settings.formats.get(usize::from(place)));
        let dict = &self.settings.dictionary;
        let schemas = self.extras().and_then(|extras| extras.schemas.as_ref());
        let protos = schemas.filter(|_| offer.use_proto && offer.protos);
        ServerInfo {
            heartbeat: interval(&self.settings),
            use_dict: dict.is_some(),
            dict: dict.clone().filter(|_| offer.dict),
            use_proto: offer.use_proto,
            protos: protos.map(|schemas| schemas.protos().clone()),
            serializer: self.extras().and_then(|extras| extras.serializer.clone()),
            connector: format.map(|format| Native::new(&[*format])),
        }
    }

    fn extras(&self) -> Option<&ServerExtras> {
        self.settings.details.get()
    }
}

fn interval(settings: &ServerSettings) -> Option<Duration> {
    settings.heartbeat.filter(|interval| !interval.is_zero())
}

fn heartbeat_timeout(settings: &ServerSettings) -> Option<Duration> {
    let interval = interval(settings)?;
    let timeout = settings.timeout.filter(|timeout| !timeout.is_zero());
    Some(timeout.unwrap_or_else(|| interval.saturating_mul(2)))
}
