//! The schemas of pomelo-protobuf.

use connector_schema::PomeloProtos;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// The function that returns a package's schemas, if it has any.
pub(super) fn schemas(protos: &PomeloProtos, private: &Path) -> Option<TokenStream> {
    let PomeloProtos { server, client, .. } = protos;
    (!protos.is_empty()).then(|| {
        quote! {
            /// Returns the schemas of this package's routes and pushes in pomelo-protobuf, for
            /// `ServerBuilder::protos`.
            pub fn pomelo_schemas() -> #private::Schemas {
                #private::schemas(#server, #client)
            }
        }
    })
}
