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
            #[route_error(code = 403, message = "{{{who}}} banned by {by:?}, {{{who}}}")]
            Banned { #[route_error(meta)] by: String, who: String, since: u64 },
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
    assert_errors(expansion, &["a union cannot be a route error: make it a struct or an enum"]);
}

#[test]
fn reports_all_errors_at_once() {
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
            "`code` belongs on a variant: write `#[route_error(code = ..)]` there",
            "`message` belongs on a variant: write `#[route_error(message = ..)]` there",
            "`meta` belongs on a field: write `#[route_error(meta)]` there",
            "`code` repeats an earlier argument: keep one of the two",
            "expected a number from 0 to 65535: write `code = 7`",
            "unknown key `messages`: write `message`",
            "expected a string: write `message = \"room is full\"`",
            "`crate` belongs on the enum: move it there",
            "arguments are missing: `#[route_error(..)]` on a variant takes `code` and `message`",
            "unknown key `key`: `#[route_error(..)]` on a field takes `meta`",
            "expected a string: write `meta = \"name\"`",
            "200 means success: give the error another code, such as 404",
            "a tuple field has no name: write one, `#[route_error(meta = \"name\")]`",
            "`code` is reserved in the body of an error: give the field another name, \
             `#[route_error(meta = \"name\")]`",
            "`a` is the name of an earlier field: give this one another",
        ],
    );
}

#[test]
fn reports_texts_that_do_not_fit_their_fields() {
    check(
        quote! {
            enum ChatError {
                #[route_error(message = "no {rom}, {}, {0} or {room.id}")]
                Named { room: String, most: u8 },
                #[route_error(message = "{1} {:?} {room}")]
                Tuple(u8),
                #[route_error(message = "{room}")]
                Unit,
                #[route_error(message = "a { b")]
                Open(u8),
                #[route_error(message = "a } {0}")]
                Closed(u8),
            }
        },
        &[
            "`rom` is not a field: write `{room}` or `{most}`",
            "`{}` does not name a field: write `{room}` or `{most}`",
            "`0` is not a field: write `{room}` or `{most}`",
            "`room.id` is not a field: write `{room}` or `{most}`",
            "`1` is not a field: write `{0}`",
            "`{:?}` does not name a field: write `{0}`",
            "`room` is not a field: write `{0}`",
            "`room` is not a field: there are none; write the text without braces, or double them",
            "`{` stands alone: a field is named as in `{room}`, and the character is written \
             twice, `{{`",
            "`}` stands alone: a field is named as in `{room}`, and the character is written \
             twice, `}}`",
        ],
    );
}
