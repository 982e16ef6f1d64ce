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
//!
//! A client of pitaya's dialect has heartbeats of [another manner](super::heartbeats), and
//! a kick without a body. If it reads zlib, a long response is compressed.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::heartbeats;
use crate::format::Format;
use crate::framing::Envelope;
use crate::pomelo::handshake::{
    Agreement, ClientInfo, Dialect, Native, OfClient, Request, Response, ServerInfo, codes,
};
use crate::pomelo::package::{DataPackage, HEARTBEAT, Package, PackageType};
use crate::pomelo::protobuf::Schemas;
use crate::session::{
    Answer, ClientProfile, Details, Event, Hello, Machine, PackageWriter, ServerSettings,
};
use crate::{CloseReason, json, text};

/// The most bytes of a handshake, unless the settings have another limit.
const LONGEST_HANDSHAKE: usize = 64 << 10;
/// A handshake may have a JSON value for each of so many bytes of its limit. A value takes
/// as long to read as a hundred bytes of text, while all other sessions of a thread wait.
const BYTES_A_VALUE: usize = 32;
/// The JSON values that a handshake may have however low its limit is.
const FEW_VALUES: usize = 256;

/// Settings of a server that only pomelo's protocol has. They go into
/// [`ServerSettings::details`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerExtras {
    /// The schemas of pomelo-protobuf, sent to clients of pomelo's dialect that have not
    /// cached this version.
    pub schemas: Option<Arc<Schemas>>,
    /// The format of the bodies of pitaya's clients, which is announced to them as their
    /// serializer. Default: JSON.
    pub serializer: Format,
    /// The bytes from which the response to a client that reads zlib is compressed. Default:
    /// never.
    pub compress_from: Option<usize>,
    /// The dialect of clients, where it is not the one that they say of themselves. It is also
    /// asked about an empty handshake, as nano's client in Go sends it, which is refused
    /// otherwise.
    pub dialect: Option<OfClient<Dialect>>,
    /// The clients that read several packages in one frame, where it is not known from what
    /// they say of themselves, see [`Agreement::joins_packages`].
    pub joins_packages: Option<OfClient<bool>>,
    /// The clients of pomelo's dialect that get the schemas. Default: all of them.
    pub reads_schemas: Option<OfClient<bool>>,
}

/// The session machine of a pomelo server.
#[derive(Debug)]
pub struct ServerSession {
    settings: Arc<ServerSettings>,
    deadline: Option<Duration>,
    state: State,
    manner: Manner,
    /// Pitaya's heartbeats that were sent since the client's last package.
    silent: u8,
}

/// What of the client's dialect the machine itself has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Pomelo,
    Pitaya { zlib: bool },
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
    /// The place of the format in the configuration, from 1, if the client speaks the native
    /// dialect.
    native: Option<NonZeroU16>,
}

impl ServerSession {
    /// Creates a session that has not started. Sessions may share their settings.
    pub fn new(settings: impl Into<Arc<ServerSettings>>) -> Self {
        Self {
            settings: settings.into(),
            deadline: None,
            state: State::Inited,
            manner: Manner::Pomelo,
            silent: 0,
        }
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
        let dialect = self.extras().and_then(|extras| extras.dialect.as_ref());
        let values = (limit / BYTES_A_VALUE).max(FEW_VALUES);
        let parsed = match body {
            // nano's client in Go says nothing of itself.
            [] if dialect.is_some() => Some(Request::default()),
            body if json::check_values(&text::decode(body), values).is_err() => None,
            body => Request::parse(body).ok(),
        };
        let Some(request) = parsed else {
            // Whoever sent it counts as a client that says nothing.
            let dialect = dialect.and_then(|dialect| dialect.decide(&ClientInfo::default()));
            if dialect == Some(Dialect::Pitaya) {
                self.manner = Manner::Pitaya { zlib: false };
            }
            return Err(self.refuse(codes::FAIL, out));
        };
        let extras = self.extras();
        let dialect = dialect.and_then(|dialect| dialect.decide(&request.sys));
        let joins = extras.and_then(|extras| extras.joins_packages.as_ref()?.decide(&request.sys));
        let reads = extras.and_then(|extras| extras.reads_schemas.as_ref()?.decide(&request.sys));
        let schemas = extras.and_then(|extras| extras.schemas.clone());
        let schemas = schemas.filter(|_| reads.unwrap_or(true));
        let mut agreement = Agreement::of_client(&request.sys, &self.settings.formats, dialect)
            .with_schemas(schemas);
        agreement.joins_packages = joins.unwrap_or(agreement.joins_packages);
        if agreement.dialect == Dialect::Pitaya {
            agreement.format = extras.map(|extras| extras.serializer).unwrap_or_default();
            self.manner = Manner::Pitaya { zlib: agreement.zlib };
        }
        self.state = State::Asked(self.offer(&request, &agreement));
        Ok(Event::Hello(Box::new(Hello {
            client: ClientProfile {
                kind: request.sys.kind.clone().or_else(|| request.sys.platform.clone()),
                version: request.sys.version.clone().or_else(|| request.sys.lib_version.clone()),
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
            (PackageType::Heartbeat, State::Working) if self.manner == Manner::Pomelo => {
                self.send_heartbeat(now, out);
            }
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
        let code = match self.manner {
            Manner::Pitaya { .. } if code == codes::FAIL => codes::PITAYA_FAIL,
            _ => code,
        };
        // It cannot fail, as the response is far shorter than a package may be.
        let _ = out.control(PackageType::Handshake, &Response::refusal(code).encode());
        CloseReason::Refused(code)
    }

    fn open(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Event<'static> {
        self.state = State::Working;
        match self.manner {
            Manner::Pomelo => self.send_heartbeat(now, out),
            Manner::Pitaya { .. } => {
                let interval = heartbeats::pitaya_interval(&self.settings);
                self.deadline = Some(now.saturating_add(interval));
            }
        }
        Event::Opened(None)
    }

    /// Sends one of pomelo's heartbeats. The client drives them: this side sends the first
    /// one, and answers each of the client's.
    fn send_heartbeat(&mut self, now: Duration, out: &mut PackageWriter<'_>) {
        let Some(silence) = heartbeats::silence(&self.settings) else { return };
        self.deadline = Some(now.saturating_add(silence));
        if heartbeats::interval(&self.settings).is_some() {
            out.package(|out| out.extend_from_slice(&HEARTBEAT));
        }
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
        self.silent = 0;
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
        let body = self.compressed(response.encode());
        if out.control(PackageType::Handshake, &body).is_err() {
            return Err(self.refuse(codes::FAIL, out));
        }
        self.state = State::WaitAck;
        Ok(())
    }

    #[inline]
    fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    fn tick(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Result<(), CloseReason> {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return Ok(());
        }
        if let Manner::Pitaya { .. } = self.manner {
            self.silent = self.silent.saturating_add(1);
            if !heartbeats::is_silent(&self.settings, self.silent) {
                let interval = heartbeats::pitaya_interval(&self.settings);
                self.deadline = Some(now.saturating_add(interval));
                out.package(|out| out.extend_from_slice(&HEARTBEAT));
                return Ok(());
            }
        }
        self.close();
        Err(CloseReason::HeartbeatTimeout)
    }

    #[inline]
    fn restart_idle_timer(&mut self, now: Duration) {
        self.silent = 0;
        if let (Manner::Pomelo, Some(deadline), Some(timeout)) =
            (self.manner, &mut self.deadline, heartbeats::silence(&self.settings))
        {
            *deadline = now.saturating_add(timeout);
        }
    }

    fn heartbeat_interval(&self) -> Option<Duration> {
        heartbeats::interval(&self.settings).filter(|_| self.state == State::Working)
    }

    fn beat(&mut self, out: &mut PackageWriter<'_>) {
        if self.heartbeat_interval().is_some() {
            out.package(|out| out.extend_from_slice(&HEARTBEAT));
        }
    }

    /// Pomelo sends a kick only with a reason, and pitaya none with one. Unlike pomelo this
    /// side also sends one before the ack: a client that is not let in should know why.
    fn kick(&mut self, reason: Option<&str>, out: &mut PackageWriter<'_>) -> bool {
        if let State::Asked(..) | State::WaitAck | State::Working = self.state {
            let body = match (self.manner, reason) {
                (Manner::Pitaya { .. }, _) => Some(String::new()),
                (Manner::Pomelo, Some(reason)) => Some(json!({ "reason": reason }).to_string()),
                (Manner::Pomelo, None) => None,
            };
            if let Some(body) = body {
                // A reason of more than 16 MiB cannot be sent.
                let _ = out.control(PackageType::Kick, body.as_bytes());
            }
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

    /// The place of the format that a client of the native dialect gets, from 1.
    fn native_format(&self, agreement: &Agreement) -> Option<NonZeroU16> {
        let formats = &self.settings.formats;
        let place = formats.iter().position(|format| *format == agreement.format)?;
        let native = agreement.dialect == Dialect::Native;
        NonZeroU16::new(u16::try_from(place + 1).ok()?).filter(|_| native)
    }

    fn info(&self, offer: Offer) -> ServerInfo {
        let place = offer.native.map(|place| usize::from(place.get()) - 1);
        let format = place.and_then(|place| self.settings.formats.get(place));
        let dict = &self.settings.dictionary;
        let schemas = self.extras().and_then(|extras| extras.schemas.as_ref());
        let protos = schemas.filter(|_| offer.use_proto && offer.protos);
        ServerInfo {
            heartbeat: match self.manner {
                Manner::Pomelo => heartbeats::interval(&self.settings),
                Manner::Pitaya { .. } => Some(heartbeats::pitaya_interval(&self.settings)),
            },
            use_dict: dict.is_some(),
            dict: dict.clone().filter(|_| offer.dict),
            use_proto: offer.use_proto,
            protos: protos.map(|schemas| schemas.protos().clone()),
            serializer: self.serializer(),
            connector: format.map(|format| Native::new(&[*format])),
        }
    }

    /// The name of the format, for clients of pitaya.
    fn serializer(&self) -> Option<String> {
        let Manner::Pitaya { .. } = self.manner else { return None };
        let serializer = self.extras().map(|extras| extras.serializer).unwrap_or_default();
        Some(serializer.name().to_owned())
    }

    /// The body of a response, compressed if the client can read that, and it is worth it.
    #[cfg(feature = "zlib")]
    fn compressed(&self, body: Vec<u8>) -> Vec<u8> {
        let from = self.extras().and_then(|extras| extras.compress_from);
        let (Manner::Pitaya { zlib: true }, Some(from)) = (self.manner, from) else { return body };
        if body.len() < from {
            return body;
        }
        crate::zlib::Deflater::new().deflate(&body).map(<[u8]>::to_vec).unwrap_or(body)
    }

    #[cfg(not(feature = "zlib"))]
    fn compressed(&self, body: Vec<u8>) -> Vec<u8> {
        body
    }

    fn extras(&self) -> Option<&ServerExtras> {
        self.settings.details.get()
    }
}
