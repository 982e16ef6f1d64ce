//! The schemas of pomelo-protobuf that a server's clients get.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use connector_protocol::pomelo::handshake::{ClientInfo, Direction, OfClient};
use connector_protocol::pomelo::protobuf::Schemas;

use super::{ServerBuilder, ServerHandle};
use crate::handler::RouteKind;
use crate::routing::Table;

/// The current schemas, which may be replaced.
#[derive(Debug, Default)]
pub(crate) struct CurrentSchemas(Mutex<Option<Arc<Schemas>>>);

impl CurrentSchemas {
    pub(super) fn new(schemas: Option<Schemas>) -> Self {
        Self(Mutex::new(schemas.map(Arc::new)))
    }

    pub(super) fn get(&self) -> Option<Arc<Schemas>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, schemas: Schemas) {
        let schemas = Some(Arc::new(schemas));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = schemas;
    }
}

impl ServerBuilder {
    /// Speaks pomelo-protobuf with pomelo's clients, by the schemas of pomelo's
    /// `serverProtos.json` and `clientProtos.json`. Clients get them in the handshake, unless
    /// they have cached this version. Default: none, so that all bodies are JSON.
    ///
    /// Handlers stay as they are: what arrives in pomelo-protobuf they read as JSON, and the
    /// JSON that they answer and push is sent in pomelo-protobuf, by whatever type they
    /// write it. Clients of other dialects are served as without schemas, and so are the
    /// routes that have none.
    ///
    /// ```
    /// use connector::prelude::*;
    /// use connector::PomeloSchemas;
    ///
    /// # const SERVER: &str = r#"{ "chat.chatHandler.send": { "required uInt32 code": 1 } }"#;
    /// # const CLIENT: &str = r#"{ "chat.chatHandler.send": { "required string text": 1 } }"#;
    /// // const SERVER: &str = include_str!("../config/serverProtos.json");
    /// // const CLIENT: &str = include_str!("../config/clientProtos.json");
    /// let server = Server::builder().protos(PomeloSchemas::parse(SERVER, CLIENT)?);
    /// # drop(server);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// An answer that does not fit its schema is logged and answered with code 500, where
    /// pomelo sends an empty body. Of an error pomelo's clients get what the schema of the
    /// answer has fields for, so `optional uInt32 code` and `optional string msg` belong into
    /// it; without them they read `{}`, as from pomelo.
    pub fn protos(mut self, schemas: Schemas) -> Self {
        self.schemas = Some(schemas);
        self
    }

    /// Decides which of pomelo's clients get the schemas; the others are served in JSON. Default,
    /// and for `None`: all of them. A client that does not remember the route of its request,
    /// as libpomelo2, cannot read an answer in pomelo-protobuf.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// // libpomelo2 writes its platform into `type`.
    /// let server = Server::builder().protos_for(|client| {
    ///     Some(!matches!(client.kind.as_deref(), Some("ios" | "android" | "linux" | "win32")))
    /// });
    /// # drop(server);
    /// ```
    pub fn protos_for(
        mut self,
        decide: impl Fn(&ClientInfo) -> Option<bool> + Send + Sync + 'static,
    ) -> Self {
        self.extras.reads_schemas = Some(OfClient::new(decide));
        self
    }
}

impl ServerHandle {
    /// Replaces the schemas of [`ServerBuilder::protos`]. New connections get them, and their
    /// version. Open ones keep those of their handshake, which their clients know.
    pub fn set_protos(&self, schemas: Schemas) {
        let inner = self.inner();
        note_gaps(&schemas, &inner.dispatcher.table);
        inner.schemas.set(schemas);
    }
}

/// Logs what is probably a mistake: schemas of requests that no handler has, and schemas of
/// answers in which an error cannot be told.
pub(super) fn note_gaps(schemas: &Schemas, table: &Table) {
    let routes: HashMap<_, _> = table.specs().map(|spec| (spec.route, spec.kind)).collect();
    for route in schemas.routes(Direction::ToServer) {
        if !routes.contains_key(route) {
            tracing::info!(route, "a schema of the clients belongs to no route of a handler");
        }
    }
    for route in schemas.routes(Direction::ToClient) {
        let schema = schemas.route(route, Direction::ToClient);
        if routes.get(route) == Some(&RouteKind::Request)
            && schema.is_some_and(|schema| !schema.has_field("code"))
        {
            tracing::info!(route, "the schema of the answer has no `code`, so errors are empty");
        }
    }
}
