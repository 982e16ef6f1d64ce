//! Messages of `.proto` files, which are bodies without a wrapper.

use super::{FromBody, ToBody, TwoForms};

/// A message of a `.proto` file, which is a body in the peer's format.
///
/// `connector-build` generates such types. Another type that is both prost's and
/// serde's is sent as [`Body`](super::Body).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Message`",
    label = "not a message of a `.proto` file",
    note = "`connector_build::compile` generates such types",
    note = "`Body<T>` carries types of both prost and serde, `Json<T>` and `Proto<T>` those that have one form only"
)]
pub trait Message: TwoForms + ToBody + FromBody {}

/// Makes a type that is both prost's and serde's a [`Message`]. For generated code.
#[doc(hidden)]
#[macro_export]
macro_rules! __message {
    ($message:ty) => {
        impl $crate::proto::Message for $message {}

        impl $crate::ToBody for $message {
            fn write(
                &self,
                body: &mut $crate::BodyWriter<'_>,
            ) -> ::core::result::Result<(), $crate::codec::CodecError> {
                body.write_message(self)
            }
        }

        impl $crate::FromBody for $message {
            fn read(
                body: &$crate::BodyReader<'_>,
            ) -> ::core::result::Result<Self, $crate::BodyError> {
                body.read_message()
            }
        }

        impl $crate::handler::FromCall<'_, '_> for $message {
            fn from_call(
                cx: &$crate::handler::Cx<'_>,
                body: $crate::handler::RawBody<'_>,
            ) -> ::core::result::Result<Self, $crate::handler::HandlerError> {
                let body: $crate::Body<Self> = $crate::handler::FromCall::from_call(cx, body)?;
                ::core::result::Result::Ok(body.0)
            }
        }

        impl $crate::handler::OptionalFromCall<'_, '_> for $message {
            fn optional_from_call(
                cx: &$crate::handler::Cx<'_>,
                body: $crate::handler::RawBody<'_>,
            ) -> ::core::result::Result<::core::option::Option<Self>, $crate::handler::HandlerError>
            {
                let body: ::core::option::Option<$crate::Body<Self>> =
                    $crate::handler::FromCall::from_call(cx, body)?;
                ::core::result::Result::Ok(body.map(|body| body.0))
            }
        }
    };
}
