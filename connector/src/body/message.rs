//! Messages that have two forms, protobuf and JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A message that has both forms, protobuf and JSON.
///
/// `connector-build` generates such types; prost's derive together with
/// serde's makes others.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no message of both protobuf and JSON",
    note = "`connector_build::compile` generates such types from a `.proto` file",
    note = "`Json<T>` and `Proto<T>` carry types that have one form only"
)]
pub trait Message: prost::Message + Default + Serialize + DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: prost::Message + Default + Serialize + DeserializeOwned + 'static> Message for T {}
