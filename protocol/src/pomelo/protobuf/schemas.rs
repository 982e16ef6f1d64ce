//! The schemas of both directions.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Map, Value};

use super::parse::parse;
use super::types::Types;
use super::{RouteSchema, SchemaError, SchemaFault, SchemaFile};
use crate::pomelo::handshake::{Direction, Protos};

/// The schemas of routes, for both directions.
///
/// ```
/// use connector_protocol::pomelo::protobuf::Schemas;
///
/// let schemas = Schemas::parse(
///     r#"{ "chat.chatHandler.send": { "required uInt32 code": 1, "optional uInt32 id": 2 } }"#,
///     r#"{ "chat.chatHandler.send": { "required string text": 1 } }"#,
/// )?;
/// assert_eq!(schemas.version(), "jJyw+/RkS6DzrYtYq96P8w==");
/// # Ok::<_, connector_protocol::pomelo::protobuf::SchemaError>(())
/// ```
pub struct Schemas {
    to_client: Types,
    to_server: Types,
    /// The same, as the handshake carries them.
    protos: Arc<Protos>,
}

impl Schemas {
    /// Parses the texts of pomelo's `serverProtos.json`, the schemas of answers and pushes,
    /// and of its `clientProtos.json`, those of requests and notifies. A file that does not
    /// exist is `{}`.
    ///
    /// # Errors
    /// Returns [`SchemaError`] with the place of the first mistake. Pomelo itself passes over
    /// what it does not understand, and writes nothing for it.
    pub fn parse(server: &str, client: &str) -> Result<Self, SchemaError> {
        Self::of_parsed(parse(server, SchemaFile::Server)?, parse(client, SchemaFile::Client)?)
    }

    fn of_parsed(
        server: Map<String, Value>,
        client: Map<String, Value>,
    ) -> Result<Self, SchemaError> {
        let resolve = |parsed, file| {
            let (types, unknown) = Types::resolve(parsed);
            match unknown {
                Some(unknown) => Err(SchemaError {
                    file,
                    place: unknown.place,
                    fault: SchemaFault::Type(unknown.name),
                }),
                None => Ok(types),
            }
        };
        let to_client = resolve(&server, SchemaFile::Server)?;
        let to_server = resolve(&client, SchemaFile::Client)?;
        let (server, client) = (Value::Object(server), Value::Object(client));
        let version = Some(version(&server, &client));
        let protos = Arc::new(Protos { server, client, version });
        Ok(Self { to_client, to_server, protos })
    }

    /// Reads the schemas of a server's handshake. Parts that are not schemas are passed over,
    /// as by pomelo's own clients.
    pub fn of_handshake(protos: Arc<Protos>) -> Self {
        let resolve = |parsed: &Value| match parsed.as_object() {
            Some(parsed) => Types::resolve(parsed).0,
            None => Types::default(),
        };
        let (to_client, to_server) = (resolve(&protos.server), resolve(&protos.client));
        Self { to_client, to_server, protos }
    }

    /// Returns these schemas together with others, such as those of another generated package.
    ///
    /// # Errors
    /// Returns [`SchemaError`] if both define a route or a message, and differently.
    pub fn and(&self, other: &Self) -> Result<Self, SchemaError> {
        let server = join(&self.protos.server, &other.protos.server, SchemaFile::Server)?;
        let client = join(&self.protos.client, &other.protos.client, SchemaFile::Client)?;
        Self::of_parsed(server, client)
    }

    /// Returns the schema of a route's messages in one direction.
    pub fn route(&self, route: &str, direction: Direction) -> Option<RouteSchema<'_>> {
        let types = match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        };
        let message = types.messages.get(*types.routes.get(route)?)?;
        Some(RouteSchema { types, message })
    }

    /// Returns the routes that have a schema in a direction, in no order.
    pub fn routes(&self, direction: Direction) -> impl Iterator<Item = &str> {
        let types = match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        };
        types.routes.keys().map(String::as_str)
    }

    /// Returns the schemas in the form that the handshake carries.
    pub fn protos(&self) -> &Arc<Protos> {
        &self.protos
    }

    /// Returns the version: that of the server, or a hash of the schemas as pomelo 2.2.7
    /// computes it.
    pub fn version(&self) -> &str {
        self.protos.version.as_deref().unwrap_or_default()
    }
}

/// Joins the schemas of two sources.
fn join(one: &Value, other: &Value, file: SchemaFile) -> Result<Map<String, Value>, SchemaError> {
    let mut joined = one.as_object().cloned().unwrap_or_default();
    for (name, schema) in other.as_object().into_iter().flatten() {
        if joined.get(name).is_some_and(|known| known != schema) {
            return Err(SchemaError { file, place: name.clone(), fault: SchemaFault::Twice });
        }
        joined.insert(name.clone(), schema.clone());
    }
    Ok(joined)
}

/// Returns the hash of parsed schemas that is pomelo's version of them.
fn version(server: &Value, client: &Value) -> String {
    STANDARD.encode(Md5::digest(format!("{client}{server}")))
}

impl PartialEq for Schemas {
    fn eq(&self, other: &Self) -> bool {
        self.protos == other.protos
    }
}

impl Eq for Schemas {}

impl fmt::Debug for Schemas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schemas").field("version", &self.version()).finish_non_exhaustive()
    }
}
