//! What the two sides of a handshake agree on.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use serde::{Serialize, Serializer};

use super::{ClientInfo, ServerInfo};
use crate::schema::connector::BodyFormat;
pub use crate::schema::connector::Capabilities;

/// The version of the native dialect that this crate speaks.
pub const NATIVE_VERSION: u32 = 1;

/// What the two sides of a connection agreed on in the handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Terms {
    /// How the rest is said.
    pub dialect: Dialect,
    /// How bodies are written.
    pub format: Format,
}

/// The branch of the family that a peer belongs to, as its handshake tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Pomelo's own. An error is an answer whose body has a `code`.
    #[default]
    Pomelo,
    /// Pitaya's clients tell their platform and version, its servers their
    /// serializer. An error has a flag in its message.
    Pitaya,
    /// Ours: both sides tell what they can in `sys.connector`. An error has a
    /// flag in its message.
    Native,
}

/// How a peer writes bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON text.
    #[default]
    Json,
    /// Google's protobuf.
    Protobuf,
}

/// [`Capabilities`] as they travel: protobuf in base64.
#[derive(Clone, Debug, PartialEq)]
pub struct Native(pub Capabilities);

impl Terms {
    /// What a server that can write bodies in `formats` and a client agree on:
    /// the first of the client's formats that the server has, too. Without any
    /// the server does not speak the native dialect.
    pub(crate) fn of_client(client: &ClientInfo, formats: &[Format]) -> Self {
        if let Some(Native(capabilities)) = &client.connector
            && let Some(format) = capabilities.known().find(|format| formats.contains(format))
        {
            return Self { dialect: Dialect::Native, format };
        }
        let pitaya = client.lib_version.is_some() || client.client_build_number.is_some();
        let dialect = if pitaya { Dialect::Pitaya } else { Dialect::Pomelo };
        Self { dialect, format: Format::Json }
    }

    /// What the server's answer says.
    pub(crate) fn of_server(server: &ServerInfo) -> Self {
        if let Some(Native(capabilities)) = &server.connector {
            let format = capabilities.known().next().unwrap_or_default();
            return Self { dialect: Dialect::Native, format };
        }
        let (dialect, format) = match server.serializer.as_deref() {
            Some("protobuf") => (Dialect::Pitaya, Format::Protobuf),
            Some(_) => (Dialect::Pitaya, Format::Json),
            None => (Dialect::Pomelo, Format::Json),
        };
        Self { dialect, format }
    }

    /// What a server of these terms says of itself, in the native dialect.
    pub(crate) fn told(self) -> Option<Native> {
        (self.dialect == Dialect::Native).then(|| Native::new(&[self.format]))
    }
}

impl Native {
    /// One that can write bodies in these formats, the best first.
    pub fn new(formats: &[Format]) -> Self {
        let formats = formats.iter().map(|format| match format {
            Format::Json => BodyFormat::Json.into(),
            Format::Protobuf => BodyFormat::Protobuf.into(),
        });
        let formats = formats.collect();
        Self(Capabilities { version: NATIVE_VERSION, formats, ..Capabilities::default() })
    }

    /// Reads it; text that is none counts as absent.
    pub(super) fn read(text: &str) -> Option<Self> {
        Capabilities::decode(&*STANDARD.decode(text).ok()?).ok().map(Self)
    }
}

impl Serialize for Native {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(self.0.encode_to_vec()))
    }
}

impl Capabilities {
    /// Its formats, but for those of later versions.
    fn known(&self) -> impl Iterator<Item = Format> {
        self.formats().filter_map(|format| match format {
            BodyFormat::Json => Some(Format::Json),
            BodyFormat::Protobuf => Some(Format::Protobuf),
            BodyFormat::Unspecified => None,
        })
    }
}
