use proc_macro2::TokenStream;
use quote::quote;

use super::derive;
use crate::testing::{assert_errors, assert_expands};

fn check(input: TokenStream, expected: &[&str]) {
    assert_errors(derive(input), expected);
}

#[test]
fn a_struct_of_parts() {
    assert_expands(
        "connector_struct",
        derive(quote! {
            #[connector(socket = PipeSocket, codec = JsonCodec)]
            pub struct PipeConnector {
                #[connector(listen)]
                pipe: transport::Unix,
                #[connector(config)]
                config: Config,
                accepted: u64,
            }
        }),
    );
}

#[test]
fn an_enum_delegates() {
    assert_expands(
        "connector_enum",
        derive(quote! {
            enum Front {
                Hybrid(HybridConnector),
                Pipe(PipeConnector),
            }
        }),
    );
}

#[test]
fn errors_leave_impls_that_stand_in() {
    assert_expands(
        "connector_stand_in",
        derive(quote! {
            #[connector(socket = PipeSocket)]
            struct PipeConnector(#[connector(listen)] transport::Unix);
        }),
    );
}

#[test]
fn the_crate_is_found_where_it_is_said_to_be() {
    for input in [
        quote! {
            #[connector(socket = S, codec = C, crate = "my::sdk")]
            struct A { #[connector(listen)] l: L, #[connector(config)] c: Config }
        },
        quote! {
            #[connector(crate = "my::sdk")]
            enum A { B(C) }
        },
        quote! {
            #[connector(crate = "my::sdk")]
            struct A(#[connector(listen)] L);
        },
    ] {
        let expansion = derive(input).to_string();
        assert!(expansion.contains("my :: sdk :: __private"), "{expansion}");
        assert!(!expansion.contains(":: connector"), "{expansion}");
    }
}

#[test]
fn all_errors_are_told_at_once() {
    check(
        quote! {
            #[connector(socket = S, codec = "C", socket = S, listen)]
            struct A<'a> {
                #[connector(listen)] b: B,
                #[connector(listen)] c: C,
                #[connector(config)] d: Config,
                #[connector(config)] e: Config,
                #[connector(socket)] f: &'a str,
            }
        },
        &[
            "`codec` is a type, not a text: `codec = C`, without quotes",
            "`socket` comes after another: keep one of the two",
            "`listen` marks a field: write `#[connector(listen)]` on it",
            "`#[connector(..)]` on a field has no `socket`: it takes `listen` and `config`",
            "a connector has one `listen`: unmark one of the two fields, or make an enum of two \
             connectors",
            "a connector has one `config`: unmark one of the two fields",
            "a connector moves into the server and cannot borrow: remove `'a`",
        ],
    );
}

#[test]
fn socket_codec_and_listen_are_needed() {
    const LISTEN: &str = "connections arrive nowhere: mark the field that listens \
                          `#[connector(listen)]`, such as `listen: transport::Tcp`";
    check(
        quote!(
            struct A;
        ),
        &[
            "neither `socket` nor `codec` is named: add `#[connector(socket = .., codec = ..)]`",
            LISTEN,
        ],
    );
    check(
        quote!(
            #[connector(codec = C)]
            struct A;
        ),
        &[
            "no `socket` is named: add `socket = ..` to `#[connector(..)]`, a type with \
             `#[derive(Socket)]`",
            LISTEN,
        ],
    );
    check(
        quote!(
            #[connector(socket = S)]
            struct A;
        ),
        &[
            "no `codec` is named: add `codec = ..` to `#[connector(..)]`, such as `codec = \
             JsonCodec`",
            LISTEN,
        ],
    );
}

#[test]
fn a_variant_holds_one_connector() {
    check(
        quote! {
            #[connector(socket = S)]
            enum A {
                #[connector(listen)]
                B(C),
                D(E, F),
                G,
                H { i: J },
            }
        },
        &[
            "an enum only delegates: `socket` stands on the structs inside",
            "a variant only delegates: `#[connector(..)]` stands on the connector inside",
            "a variant holds one connector and nothing else: `D(Type)`",
            "a variant holds one connector and nothing else: `G(Type)`",
            "a variant holds one connector and nothing else: `H(Type)`",
        ],
    );
    check(
        quote!(
            enum A {}
        ),
        &["an enum without variants is no connector: add one, such as `A(Type)`"],
    );
}
