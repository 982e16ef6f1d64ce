use proc_macro2::TokenStream;
use quote::quote;

use super::derive;
use crate::testing::{assert_errors, assert_expands};

fn check(input: TokenStream, expected: &[&str]) {
    assert_errors(derive(input), expected);
}

#[test]
fn every_pair_is_compared() {
    let input = quote! {
        pub struct Game { chat: Chat, rooms: rooms::Rooms, r#match: Match<3> }
    };
    assert_expands("router", derive(input));
}

#[test]
fn fields_need_no_names() {
    let expansion = derive(quote!(
        struct Game(Chat);
    ))
    .to_string();
    assert!(expansion.contains("(__routes , self . 0)"), "{expansion}");
    assert!(!expansion.contains("distinct"), "{expansion}");
}

#[test]
fn the_crate_is_found_where_it_is_said_to_be() {
    let expansion = derive(quote!(
        #[router(crate = "my::sdk")]
        struct Game(Chat, Rooms);
    ))
    .to_string();
    assert!(expansion.contains("my :: sdk :: __private :: distinct"), "{expansion}");
    assert!(!expansion.contains(":: connector"), "{expansion}");
}

#[test]
fn a_struct_of_handlers_is_needed() {
    check(
        quote!(
            enum Game {
                A(Chat),
            }
        ),
        &["all handlers are served, not one of them: make it a struct"],
    );
    check(
        quote!(
            union Game {
                a: Chat,
            }
        ),
        &["a union is no router: make it a struct"],
    );
    check(
        quote!(
            struct Game;
        ),
        &["a router without handlers: give it fields, such as `chat: Chat`"],
    );
    check(
        quote!(
            struct Game(a::Chat, a::Chat);
        ),
        &["`a::Chat` is here already, and a route leads to one: remove this"],
    );
    check(
        quote!(
            #[router]
            #[router(prefix = "a")]
            struct Game<T>(#[router(skip)] Chat, T);
        ),
        &[
            "`#[router(..)]` says nothing: it takes `crate`",
            "`#[router(..)]` has no `prefix`: it takes `crate`",
            "a field is a handler and nothing else: remove this",
            "the routes of a type that is still open cannot be compared: name the handlers' types",
        ],
    );
}
