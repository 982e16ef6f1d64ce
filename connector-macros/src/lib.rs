//! The derives and attributes of Connector. Use them through the crate
//! `connector`, which re-exports them.
//!
//! Each goes the same way: syntax is parsed to what was written, checked to
//! what it means, and expanded to impls over functions of `connector`. All
//! errors of an item are told at once, and the item itself is always kept.

mod attr;
mod connector;
mod ctxt;
mod handler;
mod krate;
mod socket;
mod symbol;
mod target;

use proc_macro::TokenStream;

/// TODO
#[proc_macro_derive(Connector, attributes(connector))]
pub fn derive_connector(input: TokenStream) -> TokenStream {
    connector::derive(input.into()).into()
}

/// TODO
#[proc_macro_derive(Socket, attributes(socket))]
pub fn derive_socket(input: TokenStream) -> TokenStream {
    socket::derive(input.into()).into()
}

/// TODO
#[proc_macro_attribute]
pub fn handler(args: TokenStream, item: TokenStream) -> TokenStream {
    handler::handler(args.into(), item.into()).into()
}

/// TODO
#[proc_macro_attribute]
pub fn route(_: TokenStream, item: TokenStream) -> TokenStream {
    handler::stray_route(item.into()).into()
}
