//! The agreement of the two sides of a handshake.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use serde::{Serialize, Serializer};

use super::{ClientInfo, ServerInfo};
use crate::format::Format;
use crate::pomelo::protobuf::{RouteSchema, Schemas};
pub use crate::schema::connector::Capabilities;

/// The name of zlib streams among the compressions of the native dialect.
const ZLIB: &str = "zlib";
/// The version of the native dialect that this crate speaks.
pub const NATIVE_VERSION: u32 = 1;

/// The agreement of the two sides of a connection, from the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Agreement {
    /// The branch of the family.
    pub dialect: Dialect,
    /// The format of all bodies. Where it is JSON, those of routes with a
    /// [schema](Self::schema) travel as pomelo-protobuf.
    pub format: Format,
    /// The peer reads several packages in one frame of a link that keeps boundaries, such
    /// as a WebSocket message. If it does not, a batch is a frame for each of its packages.
    /// Of pomelo's clients that for Node does not, and says nothing that the browser's does
    /// not say too; and where that fails at one package it loses all behind it.
    pub joins_packages: bool,
    /// The peer has said that it reads and may send bodies as zlib streams, with a flag in the
    /// message. It is `true` only with the feature `zlib`.
    pub zlib: bool,
    /// The schemas of pomelo-protobuf.
    schemas: Option<Arc<Schemas>>,
}

/// The direction of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// A request or a notify.
    ToServer,
    /// An answer or a push.
    ToClient,
}

/// The branch of the family that a peer belongs to, known from its handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Pomelo's own. An error is an answer whose body has a `code`.
    #[default]
    Pomelo,
    /// Pitaya's. Its clients send their platform and version, its servers their
    /// serializer. An error has a flag in its message.
    Pitaya,
    /// Connector's own. Both sides send their capabilities in `sys.connector`. An
    /// error has a flag in its message.
    Native,
}

/// [`Capabilities`] as they travel: protobuf in base64.
#[derive(Clone, Debug, PartialEq)]
pub struct Native(pub Capabilities);

impl Agreement {
    /// Creates an agreement on one format for all routes.
    pub const fn new(dialect: Dialect, format: Format) -> Self {
        Self { dialect, format, joins_packages: true, zlib: false, schemas: None }
    }

    /// Returns the same agreement, with these schemas if it is one on pomelo's dialect.
    /// Others have their own ways to agree on a format.
    #[must_use]
    pub fn with_schemas(mut self, schemas: Option<Arc<Schemas>>) -> Self {
        self.schemas = schemas.filter(|_| self.dialect == Dialect::Pomelo);
        self
    }

    /// Returns the schemas of pomelo-protobuf, if the two sides have agreed on some.
    pub fn schemas(&self) -> Option<&Arc<Schemas>> {
        self.schemas.as_ref()
    }

    /// Returns the schema of a route's bodies in one direction.
    #[inline]
    pub fn schema(&self, route: &str, direction: Direction) -> Option<RouteSchema<'_>> {
        self.schemas.as_ref()?.route(route, direction)
    }

    /// The agreement of a server that can write bodies in `formats` with a
    /// client: on the first of the client's formats that the server has, too.
    /// Without any the server does not speak the native dialect, unless `dialect` says so.
    pub(crate) fn of_client(
        client: &ClientInfo,
        formats: &[Format],
        dialect: Option<Dialect>,
    ) -> Self {
        let native = client.connector.as_ref().and_then(|native| native.0.first_of(formats));
        let dialect = dialect.unwrap_or_else(|| match native {
            Some(_) => Dialect::Native,
            None => client.dialect(),
        });
        let format = native.filter(|_| dialect == Dialect::Native).unwrap_or_default();
        let joins_packages = dialect == Dialect::Native;
        let zlib = match dialect {
            Dialect::Native => client.connector.as_ref().is_some_and(Native::reads_zlib),
            // Not every client that the application calls so, or that just names its platform.
            Dialect::Pitaya => client.is_versioned_pitaya(),
            Dialect::Pomelo => false,
        };
        let zlib = zlib && cfg!(feature = "zlib");
        Self { joins_packages, zlib, ..Self::new(dialect, format) }
    }

    /// The agreement that the server's answer tells a client that can write
    /// bodies in `formats`.
    pub(crate) fn of_server(server: &ServerInfo, formats: &[Format]) -> Self {
        let known = cfg!(feature = "zlib");
        if let Some(native) = &server.connector {
            let format = native.0.first_of(formats).unwrap_or_default();
            let zlib = known && native.reads_zlib();
            return Self { zlib, ..Self::new(Dialect::Native, format) };
        }
        let Some(serializer) = server.serializer.as_deref() else {
            let schemas = server.protos.clone().map(Schemas::of_handshake);
            return Self::default().with_schemas(schemas.map(Arc::new));
        };
        let format = match serializer {
            "protobuf" => Format::Protobuf,
            name => formats.iter().copied().find(|known| known.name() == name).unwrap_or_default(),
        };
        Self { zlib: known, ..Self::new(Dialect::Pitaya, format) }
    }
}

impl Default for Agreement {
    fn default() -> Self {
        Self::new(Dialect::default(), Format::default())
    }
}

impl Native {
    /// Creates the capabilities of a side that can write bodies in these formats, the
    /// best first.
    pub fn new(formats: &[Format]) -> Self {
        let formats = formats.iter().map(|format| format.name().to_owned()).collect();
        let compressions = if cfg!(feature = "zlib") { vec![ZLIB.to_owned()] } else { Vec::new() };
        Self(Capabilities {
            version: NATIVE_VERSION,
            formats,
            compressions,
            ..Capabilities::default()
        })
    }

    fn reads_zlib(&self) -> bool {
        self.0.compressions.iter().any(|name| name == ZLIB)
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
    /// The first of its formats that is one of `known`.
    fn first_of(&self, known: &[Format]) -> Option<Format> {
        let mut found = self
            .formats
            .iter()
            .filter_map(|name| known.iter().find(|format| format.name() == name));
        found.next().copied()
    }
}
