//! The return types of a method.

use super::{HandlerError, RouteError};
use crate::MaybeSend;
use crate::body::{BodyWriter, ToBody};

/// A type that a method of a handler may return: any body, and a `Result` of one.
///
/// It is written straight into the connection's send buffer.
#[diagnostic::on_unimplemented(
    message = "a method of a handler cannot return `{Self}`",
    note = "it can return `()`, `Json<T>`, `Proto<T>`, `Body<T>`, `Raw`, a message of a `.proto` file, and a `Result` of these",
    note = "the error of a `Result` is a `HandlerError`, or a type of your own with `#[derive(RouteError)]`; one of another crate becomes a `HandlerError` by `.map_err(HandlerError::internal)?`",
    note = "for `Json<T>`, `T` implements `serde::Serialize`; for `Proto<T>` it is a `prost::Message`; for `Body<T>` both"
)]
pub trait Reply: MaybeSend {
    /// Writes the answer's body.
    ///
    /// # Errors
    /// Returns the error that is answered instead. The bytes written so far are dropped.
    fn reply(self, body: &mut BodyWriter<'_>) -> Result<(), HandlerError>;
}

#[diagnostic::do_not_recommend]
impl<B: ToBody + MaybeSend> Reply for B {
    #[inline(always)]
    fn reply(self, body: &mut BodyWriter<'_>) -> Result<(), HandlerError> {
        // The error is the type's own, and no peer's business.
        Ok(self.write(body)?)
    }
}

impl Reply for HandlerError {
    fn reply(self, _: &mut BodyWriter<'_>) -> Result<(), HandlerError> {
        Err(self)
    }
}

impl<T: Reply, E: RouteError> Reply for Result<T, E> {
    #[inline(always)]
    fn reply(self, body: &mut BodyWriter<'_>) -> Result<(), HandlerError> {
        self.map_err(E::into_answer)?.reply(body)
    }
}

/// A type that the method of a notify may return: nothing, or a `Result` of nothing, whose
/// error is logged, as the client gets no answer.
///
/// ```
/// use connector::prelude::*;
///
/// struct Game;
///
/// #[handler("game.moveHandler")]
/// impl Game {
///     #[route(notify)]
///     async fn step(&self, session: &Session, Json(by): Json<i8>) -> Result<(), HandlerError> {
///         let uid = session.uid().ok_or_else(|| HandlerError::new(401, "sign in first"))?;
///         println!("{uid} moves by {by}");
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the method of a notify cannot return `{Self}`",
    label = "a notify has no answer",
    note = "it returns nothing, or a `Result<(), _>` whose error is logged; to answer, remove `notify` from `#[route(..)]`",
    note = "the error is a `HandlerError`, or a type of your own with `#[derive(RouteError)]`; one of another crate becomes it by `.map_err(HandlerError::internal)?`"
)]
pub trait NotifyReply: Reply + Sized {
    /// Writes what is answered if a client sends a request all the same: nothing, or the error.
    ///
    /// # Errors
    /// Returns the error.
    fn reply_notify(self, body: &mut BodyWriter<'_>) -> Result<(), HandlerError> {
        self.reply(body)
    }
}

impl NotifyReply for () {}

impl<E: RouteError> NotifyReply for Result<(), E> {}
