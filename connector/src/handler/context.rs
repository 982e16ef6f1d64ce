//! The context of a call, without its body.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use connector_protocol::message::RequestId;
use connector_protocol::pomelo::handshake::Direction;

use super::HandlerError;
use crate::ServerHandle;
use crate::body::Format;
use crate::connection::{Begun, pack};
use crate::routing::Target;
use crate::{MaybeSend, MaybeSync, Session};

/// The context of a call: session, request id, formats, application state and server.
///
/// A method takes it as an argument, and so does a [`Filter`](super::Filter). It is
/// `Copy`, and borrows from the call.
///
/// ```
/// use connector::prelude::*;
///
/// struct Motto(&'static str);
///
/// struct Chat;
///
/// #[handler("chat.chatHandler")]
/// impl Chat {
///     #[route]
///     async fn motto(&self, cx: Cx<'_>) -> Json<String> {
///         let motto = cx.state::<Motto>().map_or("", |motto| motto.0);
///         let users = cx.server().statistics().users;
///         Json(format!("session {}: {motto} ({users} users)", cx.session.id()))
///     }
/// }
///
/// let server = Server::builder().handler(Chat).state(Motto("be kind"));
/// # drop(server);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cx<'a> {
    /// The session that sent the message.
    pub session: &'a Session,
    /// The request's id. `None` for a notify.
    pub id: Option<RequestId>,
    /// The route's entry in the table. `None` for an unknown route.
    pub(crate) target: Option<&'a Target>,
    pub(crate) server: &'a ServerHandle,
}

impl<'a> Cx<'a> {
    /// Returns the format of the message's body.
    pub fn format(&self) -> Format {
        *self.body_format()
    }

    pub(crate) fn body_format(&self) -> &'a Format {
        &self.session.0.encoder.agreement().format
    }

    /// Ends an answer whose JSON is behind `start`, as pomelo-protobuf if its route has a
    /// schema. It is called where the session has schemas, so that others do not pay for it.
    #[inline(never)]
    pub(crate) fn pack_answer(
        &self,
        start: usize,
        begun: &Begun,
        out: &mut Vec<u8>,
    ) -> Result<(), HandlerError> {
        let encoder = &self.session.0.encoder;
        let route = self.route_name();
        if let Some(schema) = encoder.agreement().schema(route, Direction::ToClient) {
            pack(route, &schema, start, out)?;
        }
        Ok(encoder.finish_response(self.id, begun, out)?)
    }

    /// Returns the route of the message. `None` if the server has no such route.
    pub fn route(&self) -> Option<&'static str> {
        self.target.map(|target| target.route)
    }

    pub(crate) fn route_name(&self) -> &'static str {
        self.route().unwrap_or_default()
    }

    /// Returns the application's value of this type, if
    /// [`ServerBuilder::state`](crate::server::ServerBuilder::state) was given one.
    pub fn state<T: 'static>(&self) -> Option<&'a T> {
        self.server.states().get()
    }

    /// Returns the server's handle: pushes to users, broadcasts, kicks, sessions.
    pub fn server(&self) -> &'a ServerHandle {
        self.server
    }
}

/// The application's values, at most one of each type.
#[derive(Clone, Default)]
pub(crate) struct States {
    values: HashMap<TypeId, Value>,
}

type Value = (&'static str, Arc<dyn AnyState>);

trait AnyState: Any + MaybeSend + MaybeSync {}
impl<T: Any + MaybeSend + MaybeSync> AnyState for T {}

/// A value of type `T`, shared with where it is stored.
pub(crate) struct StateRef<T>(Arc<dyn AnyState>, PhantomData<T>);

impl<T: 'static> StateRef<T> {
    pub(crate) fn get(&self) -> Option<&T> {
        downcast(&*self.0)
    }
}

fn downcast<T: 'static>(value: &dyn AnyState) -> Option<&T> {
    (value as &dyn Any).downcast_ref()
}

impl States {
    /// Inserts a value, and returns the one of the same type that it replaces.
    pub(crate) fn insert<T: MaybeSend + MaybeSync + 'static>(
        &mut self,
        value: T,
    ) -> Option<StateRef<T>> {
        let value: Value = (type_name::<T>(), Arc::new(value));
        let (_, before) = self.values.insert(TypeId::of::<T>(), value)?;
        Some(StateRef(before, PhantomData))
    }

    /// Removes the value of this type.
    pub(crate) fn remove<T: 'static>(&mut self) -> Option<StateRef<T>> {
        let (_, value) = self.values.remove(&TypeId::of::<T>())?;
        Some(StateRef(value, PhantomData))
    }

    /// Returns the value of this type, to be used without its place.
    pub(crate) fn shared<T: 'static>(&self) -> Option<StateRef<T>> {
        let (_, value) = self.values.get(&TypeId::of::<T>())?;
        Some(StateRef(value.clone(), PhantomData))
    }

    /// Returns the value of this type.
    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        let (_, value) = self.values.get(&TypeId::of::<T>())?;
        downcast(&**value)
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.values().map(|(name, _)| name)).finish()
    }
}
