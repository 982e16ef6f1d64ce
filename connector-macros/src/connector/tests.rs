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
fn reports_all_errors_at_once() {
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
            "expected a type, found a string: write `codec = C` without quotes",
            "`socket` repeats an earlier argument: keep one of the two",
            "`listen` belongs on a field: write `#[connector(listen)]` there",
            "unknown key `socket`: `#[connector(..)]` on a field takes `listen` and `config`",
            "a connector has only one `listen`: remove `listen` from one of the two fields, or \
             make an enum of two connectors",
            "a connector has only one `config`: remove `config` from one of the two fields",
            "a connector is owned by the server and cannot borrow: remove `'a`",
        ],
    );
}

#[test]
fn socket_codec_and_listen_are_needed() {
    const LISTEN: &str = "no field is marked `listen`: mark the one that listens, such as \
                          `#[connector(listen)] tcp: transport::Tcp`";
    check(
        quote!(
            struct A;
        ),
        &["`socket` and `codec` are missing: add `#[connector(socket = .., codec = ..)]`", LISTEN],
    );
    check(
        quote!(
            #[connector(codec = C)]
            struct A;
        ),
        &[
            "`socket` is missing: add `socket = ..` to `#[connector(..)]`, a type with \
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
            "`codec` is missing: add `codec = ..` to `#[connector(..)]`, such as `codec = \
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
            "an enum takes no `socket`: put it on the structs in its variants",
            "a variant takes no `#[connector(..)]`: put it on the connector inside of it",
            "a variant holds exactly one connector: write `D(Type)`",
            "a variant holds exactly one connector: write `G(Type)`",
            "a variant holds exactly one connector: write `H(Type)`",
        ],
    );
    check(
        quote!(
            enum A {}
        ),
        &["an enum without variants cannot be a connector: add one, such as `A(Type)`"],
    );
}
