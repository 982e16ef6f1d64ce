//! The agreement of a handshake: dialect and format.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use serde::{Serialize, Serializer};

use super::{ClientInfo, ServerInfo};
use crate::schema::connector::BodyFormat;
pub use crate::schema::connector::Capabilities;

/// The version of the native dialect that this crate speaks.
const NATIVE_VERSION: u32 = 1;

/// The agreement of the two sides of a connection, from the handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Terms {
    /// The dialect of all further messages.
    pub dialect: Dialect,
    /// The format of bodies.
    pub format: Format,
}

/// The dialect of pomelo's protocol that a peer speaks, found from its handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Pomelo's own dialect. An error is a response whose body has a `code`.
    #[default]
    Pomelo,
    /// Pitaya's dialect: clients send their platform and version, servers their
    /// serializer. An error has a flag in its message.
    Pitaya,
    /// Connector's own dialect: both sides send their capabilities in
    /// `sys.connector`. An error has a flag in its message.
    Native,
}

/// The format of message bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON text.
    #[default]
    Json,
    /// Protocol Buffers.
    Protobuf,
}

/// [`Capabilities`] in the handshake's JSON, where they are protobuf in base64.
#[derive(Clone, Debug, PartialEq)]
pub struct Native(pub Capabilities);

impl Terms {
    /// Returns what a client and a server with these `formats` agree on: the first
    /// of the client's formats that the server has too. Without a common format
    /// the native dialect is not spoken.
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

    /// Returns the agreement that a server's response announces.
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

    /// Returns the capabilities that a server announces for this agreement, in the
    /// native dialect.
    pub(crate) fn to_native(self) -> Option<Native> {
        (self.dialect == Dialect::Native).then(|| Native::new(&[self.format]))
    }
}

impl Native {
    /// Creates the capabilities of a side that supports these formats, the preferred
    /// one first.
    pub fn new(formats: &[Format]) -> Self {
        let formats = formats.iter().map(|format| match format {
            Format::Json => BodyFormat::Json.into(),
            Format::Protobuf => BodyFormat::Protobuf.into(),
        });
        let formats = formats.collect();
        Self(Capabilities { version: NATIVE_VERSION, formats, ..Capabilities::default() })
    }

    /// Reads the text of the handshake. Invalid text counts as absent.
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
    /// Iterates over the formats, without those of later versions.
    fn known(&self) -> impl Iterator<Item = Format> {
        self.formats().filter_map(|format| match format {
            BodyFormat::Json => Some(Format::Json),
            BodyFormat::Protobuf => Some(Format::Protobuf),
            BodyFormat::Unspecified => None,
        })
    }
}
