//! Messages of `.proto` files, which are bodies by themselves.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{FromBody, ToBody};

/// A message of a `.proto` file, which is a body in the peer's format.
///
/// `connector-build` generates such types. Another type that is both prost's and
/// serde's is sent as [`Body`](super::Body).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message of a `.proto` file",
    note = "`connector_build::compile` generates such types",
    note = "`Body<T>` carries types of both prost and serde, `Json<T>` and `Proto<T>` those that have one form only"
)]
pub trait Message:
    prost::Message + Default + Serialize + DeserializeOwned + ToBody + FromBody + 'static
{
}

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
    };
}
