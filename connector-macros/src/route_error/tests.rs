use proc_macro2::TokenStream;
use quote::quote;

use super::derive;
use crate::testing::{assert_errors, assert_expands};

fn check(input: TokenStream, expected: &[&str]) {
    assert_errors(derive(input), expected);
}

#[test]
fn an_enum_of_failures() {
    let input = quote! {
        enum ChatError {
            #[route_error(code = 404)]
            NoRoom,
            #[route_error(code = 403, message = "you are not in the room")]
            Outside { #[route_error(meta)] room: String, since: u64 },
            #[route_error(message = "full")]
            Full(#[route_error(meta = "most")] usize, #[route_error(meta = "now")] usize),
            Store(std::io::Error),
        }
    };
    assert_expands("route_error_enum", derive(input));
}

#[test]
fn a_struct_is_one_failure() {
    let input = quote! {
        #[route_error(code = 429, crate = "my::sdk")]
        pub struct TooFast<T: Serialize> { #[route_error(meta)] r#try: T }
    };
    assert_expands("route_error_struct", derive(input));
}

#[test]
fn an_enum_without_variants_never_happens() {
    let expansion = derive(quote!(
        enum Never {}
    ));
    assert!(expansion.to_string().contains("match __error { }"), "{expansion}");
}

#[test]
fn errors_leave_an_impl_that_stands_in() {
    let expansion = derive(quote!(
        union Pair {
            a: u8,
        }
    ));
    let text = expansion.to_string();
    assert!(text.contains("HandlerError :: failed"), "{text}");
    assert_errors(expansion, &["a union is no error: make it a struct or an enum"]);
}

#[test]
fn all_errors_are_told_at_once() {
    check(
        quote! {
            #[route_error(code = 404, message = "no", meta)]
            enum ChatError {
                #[route_error(code = 200, code = 7)]
                A,
                #[route_error(code = "404", messages = "no")]
                B,
                #[route_error(message = no, crate = "x")]
                C,
                #[route_error]
                D(#[route_error(meta)] u8),
                E { #[route_error(meta)] code: u8, #[route_error(key)] b: u8 },
                F { #[route_error(meta)] a: u8, #[route_error(meta = "a")] b: u8 },
                G(#[route_error(meta = a)] u8),
            }
        },
        &[
            "each variant has its own: `#[route_error(code = ..)]` on it",
            "each variant has its own: `#[route_error(message = ..)]` on it",
            "`meta` marks a field: write `#[route_error(meta)]` on it",
            "`code` comes after another: keep one of the two",
            "`code` is a number from 0 to 65535: `code = 7`",
            "`#[route_error(..)]` on a variant has no `messages`: it takes `code` and `message`",
            "`message` is a text in quotes: `message = \"room is full\"`",
            "`crate` stands on the whole enum",
            "`#[route_error(..)]` on a variant says nothing: it takes `code` and `message`",
            "`#[route_error(..)]` on a field has no `key`: it takes `meta`",
            "`meta` is a text in quotes: `meta = \"name\"`",
            "200 tells of success: give an error another code, such as 404",
            "a field without a name needs one here: `#[route_error(meta = \"name\")]`",
            "`code` has a meaning of its own in the answer: give the field another name, \
             `#[route_error(meta = \"name\")]`",
            "`a` is there already: give the field another name",
        ],
    );
}
