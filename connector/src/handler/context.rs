//! The context of a call, without its body.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use connector_protocol::message::RequestId;
use connector_protocol::pomelo::handshake::Direction;

use crate::ServerHandle;
use crate::body::Format;
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
        self.session.0.encoder.agreement().format(self.route(), Direction::ToServer)
    }

    /// Returns the format of the answer's body.
    #[inline(always)]
    pub(crate) fn answer_format(&self) -> &'a Format {
        self.session.0.encoder.agreement().format(self.route(), Direction::ToClient)
    }

    fn route(&self) -> &'static str {
        self.target.map_or("", |target| target.route)
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

impl States {
    /// Inserts a value, and replaces one of the same type.
    pub(crate) fn insert<T: MaybeSend + MaybeSync + 'static>(&mut self, value: T) {
        self.values.insert(TypeId::of::<T>(), (type_name::<T>(), Arc::new(value)));
    }

    /// Returns the value of this type.
    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        let (_, value) = self.values.get(&TypeId::of::<T>())?;
        let value: &dyn AnyState = &**value;
        (value as &dyn Any).downcast_ref()
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.values().map(|(name, _)| name)).finish()
    }
}
