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
        "plugin_connector_struct",
        derive(quote! {
            pub struct Compiler {
                #[plugin(profile)]
                profile: Profile,
                #[plugin(link)]
                link: WebSocketDialer,
                connections: u64,
            }
        }),
    );
}

#[test]
fn a_parameter_is_a_dialer() {
    assert_expands(
        "plugin_connector_generic",
        derive(quote! {
            #[plugin(crate = "my::sdk")]
            struct Any<D: Default>(#[plugin(link)] D, #[plugin(profile)] Profile);
        }),
    );
}

#[test]
fn an_enum_delegates() {
    assert_expands(
        "plugin_connector_enum",
        derive(quote! {
            pub enum Compiler {
                Far(WebSocketPluginConnector),
                Near(LocalPlugin<Methods>),
            }
        }),
    );
}

#[test]
fn errors_leave_impls_that_stand_in() {
    assert_expands(
        "plugin_connector_stand_in",
        derive(quote! {
            pub struct Compiler {
                #[plugin(profile)]
                profile: Profile,
            }
        }),
    );
}

#[test]
fn reports_all_errors_at_once() {
    check(
        quote! {
            #[plugin(profile, name = "compiler")]
            struct Compiler<'a> {
                #[plugin(profile)] a: Profile,
                #[plugin(profile)] b: Profile,
                #[plugin(link)] c: C<'a>,
                #[plugin(link)] d: D,
                #[plugin(socket)] e: E,
            }
        },
        &[
            "`profile` belongs on a field: write `#[plugin(profile)]` there",
            "unknown key `name`: `#[plugin(..)]` on a struct takes `crate`",
            "unknown key `socket`: `#[plugin(..)]` on a field takes `profile` and `link`",
            "a connector has only one `profile`: remove `profile` from one of the two fields",
            "a connector has only one `link`: remove `link` from one of the two fields",
            "a connector is owned by its engine and cannot borrow: remove `'a`",
        ],
    );
    check(
        quote! {
            struct Compiler;
        },
        &[
            "no field is marked `profile`: add `#[plugin(profile)] profile: Profile`",
            "no field is marked `link`: mark the one that opens links, such as `#[plugin(link)] \
             link: WebSocketDialer`",
        ],
    );
}
