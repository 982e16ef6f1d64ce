//! The pushes of a package, as one enum.

use connector_schema::model::{Message, Package};
use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Path, parse_quote};

use super::json::Registry;
use super::paths;

/// The enum of the messages of a package that have a route, if there are any.
pub(super) fn pushes(
    package: &Package,
    structs: &Registry<'_>,
    private: &Path,
) -> Option<TokenStream> {
    let pushed = package.all_messages().filter(|message| message.push.is_some());
    let cases: Vec<_> = pushed
        .filter_map(|message| {
            let path = structs.path(&message.name.value)?;
            let path = parse_quote!(#(#path)::*);
            Some(Case { variant: variant(package, message), path, docs: &message.docs })
        })
        .collect();
    let variants = cases.iter().map(Case::declaration);
    let routes = cases.iter().map(|Case { path, .. }| quote!(#path::ROUTE.as_str()));
    let reads = cases.iter().map(|Case { variant, path, .. }| {
        quote!(if *push.route == *#path::ROUTE.as_str() { return push.read().map(Self::#variant); })
    });
    (!cases.is_empty()).then(|| {
        quote! {
            /// The messages that are pushed, for `Client::pushes_of`.
            #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
            pub enum Pushes { #(#variants)* }
            impl #private::PushSet for Pushes {
                const ROUTES: &'static [&'static #private::str] = &[#(#routes),*];
                fn read(
                    push: &#private::ClientPush,
                ) -> ::core::result::Result<Self, #private::BodyError> {
                    #(#reads)*
                    ::core::result::Result::Err(#private::other_push(push))
                }
            }
        }
    })
}

/// A message that is pushed.
struct Case<'a> {
    variant: Ident,
    path: Path,
    docs: &'a str,
}

impl Case<'_> {
    fn declaration(&self) -> TokenStream {
        let Self { variant, path, docs } = self;
        let route = format!(" Route [`{0}::ROUTE`].", quote!(#path).to_string().replace(' ', ""));
        let docs = docs.lines().next().filter(|line| !line.is_empty());
        let docs = docs.map(|line| {
            let line = format!(" {line}");
            quote!(#[doc = #line] #[doc = ""])
        });
        quote!(#docs #[doc = #route] #variant(#path),)
    }
}

/// The name of a message's variant: `OnLine`, or `RoomOnLine` of one that is nested in `Room`.
pub(crate) fn variant(package: &Package, message: &Message) -> Ident {
    let name = &*message.name.value;
    let own = name.strip_prefix(&*package.name).unwrap_or(name);
    let parts = own.split('.').map(ToUpperCamelCase::to_upper_camel_case);
    let name: String = parts.collect();
    // `Self` cannot be a name.
    match &*name {
        "Self" => format_ident!("Self_"),
        _ => paths::ident(&name),
    }
}
