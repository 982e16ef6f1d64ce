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
    note = "the error of a `Result` is a `HandlerError`, a type with `#[derive(RouteError)]`, or one that `HandlerError` implements `From` of",
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
