use proc_macro2::TokenStream;
use quote::quote;

use super::derive;
use crate::testing::{assert_errors, assert_expands};

fn check(input: TokenStream, expected: &[&str]) {
    assert_errors(derive(input), expected);
}

#[test]
fn a_struct_delegates_to_its_socket() {
    assert_expands(
        "client_connector_struct",
        derive(quote! {
            pub struct Sio {
                #[connector(socket)]
                socket: CallbackLink<SioSocket>,
                opened: Instant,
            }
        }),
    );
}

#[test]
fn an_enum_delegates_and_its_parameters_are_links() {
    assert_expands(
        "client_connector_enum",
        derive(quote! {
            #[connector(crate = "my::sdk")]
            enum Front<S, T: Clone> {
                Sio(Sio<T>),
                Own(S),
            }
        }),
    );
}

#[test]
fn errors_leave_an_impl_that_stands_in() {
    assert_expands(
        "client_connector_stand_in",
        derive(quote! {
            struct Sio(CallbackLink<SioSocket>);
        }),
    );
}

#[test]
fn reports_all_errors_at_once() {
    check(
        quote! {
            #[connector(socket, crate = my::sdk)]
            struct Sio<'a> {
                #[connector(socket)] a: A,
                #[connector(socket)] b: B<'a>,
                #[connector(link)] c: C,
                #[connector(socket = D)] d: D,
            }
        },
        &[
            "`socket` belongs on a field: write `#[connector(socket)]` there",
            "expected a path in quotes: write `crate = \"my::sdk\"`",
            "unknown key `link`: `#[connector(..)]` on a field takes `socket`",
            "`socket` takes no value: write `socket` alone",
            "a connector has only one `socket`: remove `socket` from one of the two fields, or \
             make an enum of two connectors",
            "a connector is owned by its connection and cannot borrow: remove `'a`",
        ],
    );
    check(
        quote! {
            enum Sio { #[connector(socket)] A(B), C { d: D } }
        },
        &[
            "a variant takes no `#[connector(..)]`: put it on the connector inside of it",
            "a variant holds exactly one connector: write `C(Type)`",
        ],
    );
}
