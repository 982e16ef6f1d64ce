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
        &["an enum cannot be a router: make it a struct of handlers"],
    );
    check(
        quote!(
            union Game {
                a: Chat,
            }
        ),
        &["a union cannot be a router: make it a struct of handlers"],
    );
    check(
        quote!(
            struct Game;
        ),
        &["a router needs handlers: add a field, such as `chat: Chat`"],
    );
    check(
        quote!(
            struct Game(a::Chat, a::Chat);
        ),
        &["`a::Chat` is already a handler of this router: remove this field"],
    );
    check(
        quote!(
            #[router]
            #[router(prefix = "a")]
            struct Game<T>(#[router(skip)] Chat, T);
        ),
        &[
            "arguments are missing: `#[router(..)]` takes `crate`",
            "unknown key `prefix`: `#[router(..)]` takes `crate`",
            "a router's field takes no attribute: remove this one",
            "a router cannot be generic: name the types of its handlers",
        ],
    );
}
