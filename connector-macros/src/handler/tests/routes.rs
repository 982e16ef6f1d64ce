//! Mistakes in methods and the arguments of `#[route]`.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::handler;
use crate::testing::assert_errors;

/// Checks the errors of `methods` in the handler `chat.chatHandler`.
fn check(methods: TokenStream, expected: &[&str]) {
    let expansion = handler(quote!("chat.chatHandler"), quote!(impl Chat { #methods }));
    assert_errors(expansion, expected);
}

#[test]
fn a_body_that_borrows_needs_a_plain_method() {
    let expected = |method: &str| {
        format!(
            "this body borrows from the message, which an `async fn` may outlive: make the route a \
             plain `fn {method}`, or own the body, such as by `String` instead of `&str`"
        )
    };
    check(
        quote! {
            #[route] async fn a(&self, a: Json<Greet<'_>>) {}
            #[route] async fn b<'m>(&self, b: Option<m::Json<Greet<'m>>>) {}
            #[route] async fn c(&self, c: &str) {}
            #[route] async fn d(&self, d: &'_ [u8]) {}
            #[route] async fn e(&self, e: &Session, f: State<'_, u8>) {}
            #[route] fn f<'m>(&self, a: Json<Greet<'m>>) {}
            #[route] fn g(&self, c: &str) {}
        },
        &[&expected("a"), &expected("b"), &expected("c"), &expected("d")],
    );
    check(
        quote!(
            #[route]
            fn a(&self, c: &str, d: Json<u8>, e: Option<&[u8]>) {}
        ),
        &[
            "a message has one body, and `&str` already reads it: take both values as fields of one type",
            "a message has one body, and `Json` already reads it: take both values as fields of one type",
        ],
    );
}

#[test]
fn a_route_has_three_parts() {
    let check = |route: &str, expected: &str| {
        check(
            quote!(
                #[route(#route)]
                async fn send_line(&self) {}
            ),
            &[expected],
        );
    };
    check(
        "send",
        "`send` is not a route: expected 3 parts (`server.handler.method`), found 1; write \
         `chat.chatHandler.sendLine`",
    );
    check(
        "a.b.c.d",
        "`a.b.c.d` is not a route: expected 3 parts (`server.handler.method`), found 4; write \
         `chat.chatHandler.sendLine`",
    );
    check("", "`` is not a route: it is empty; write `chat.chatHandler.sendLine`");
    check("a..c", "`a..c` is not a route: part 2 is empty; write `chat.chatHandler.sendLine`");
    check(
        "a.b.ü",
        "`a.b.ü` is not a route: `ü` is not allowed (a-z, A-Z, 0-9, `_` and `-` are); write \
         `chat.chatHandler.sendLine`",
    );
}

#[test]
fn a_name_that_cannot_end_a_route_needs_one() {
    check(
        quote!(
            #[route]
            async fn größe(&self) {}
        ),
        &["this name cannot end a route: `ö` is not allowed (a-z, A-Z, 0-9, `_` and `-` are); \
             write the route, `#[route(\"chat.chatHandler.someMethod\")]`"],
    );
}

#[test]
fn routes_and_codes_are_unique() {
    check(
        quote! {
            #[route(code = 7)] async fn send(&self) {}
            #[route("chat.chatHandler.send")] async fn send_again(&self) {}
            #[route(code = 7)] async fn typing(&self) {}
            #[route] #[cfg(a)] async fn send(&self) {}
            #[route("a.b.c")] #[cfg(a)] async fn either(&self) {}
            #[route("a.b.c")] #[cfg(not(a))] async fn either(&self) {}
        },
        &[
            "`chat.chatHandler.send` is already the route of `send`: give `send_again` another one",
            "7 is already the code of `send`: give `typing` another one",
            "`chat.chatHandler.send` is already the route of `send`: give `send` another one",
        ],
    );
}

#[test]
fn reports_all_errors_at_once() {
    check(
        quote! {
            #[route(notfy, code, crate = "x")]
            #[route]
            async fn send<T>(self, a: Json<&str>, b: Raw, c: impl Sized) {}

            #[route(7, code = -1, notify = true)]
            async fn typing(&mut self) {}

            #[route(notify)]
            async fn moved() -> u8 {}

            #[route]
            const A: u8 = 1;

            #[route = "a.b.c"]
            async fn equals(&self) {}
        },
        &[
            "a method has only one `#[route]`: remove this one",
            "unknown key `notfy`: write `notify`",
            "`code` needs a value: write `code = 7`",
            "`crate` belongs on the `impl` block: write `#[handler(.., crate = \"..\")]`",
            "expected a string: write `\"server.handler.method\"`",
            "expected a number from 1 to 65535: write `code = 7`",
            "`notify` takes no value: write `notify` alone",
            "`#[route]` belongs on a method: put it on a `fn` or an `async fn`",
            "a route goes in parentheses: write `#[route(\"a.b.c\")]`",
            "calls run concurrently and share the handler: write `&self`",
            "a route cannot be generic: write a concrete type instead of `T`",
            "a route cannot be generic: write a concrete type instead of `impl ..`",
            "this body borrows from the message, which an `async fn` may outlive: make the route a \
             plain `fn send`, or own the body, such as by `String` instead of `&str`",
            "a message has one body, and `Json` already reads it: take both values as fields of \
             one type",
            "calls run concurrently and share the handler: write `&self`, and put mutable state in \
             a `Mutex` or an atomic",
            "a route needs a receiver: write `async fn moved(&self, ..)`",
        ],
    );
}

#[test]
fn a_timeout_is_a_number_with_a_unit() {
    let wanted = "expected a number with `ms`, `s` or `m`: write `timeout = \"5s\"`";
    check(
        quote! {
            #[route(timeout = "2m")] async fn a(&self) {}
            #[route(timeout = 5)] async fn b(&self) {}
            #[route(timeout = "5")] async fn c(&self) {}
            #[route(timeout = "s")] async fn d(&self) {}
            #[route(timeout = "5h")] async fn e(&self) {}
            #[route(timeout = "-1s")] async fn f(&self) {}
            #[route(timeout = "99999999999999999999s")] async fn g(&self) {}
            #[route(timeout = "0ms")] async fn h(&self) {}
            #[route(timeout)] async fn i(&self) {}
        },
        &[
            wanted,
            wanted,
            wanted,
            wanted,
            wanted,
            wanted,
            "no call returns within `0ms`: write a longer time, such as `timeout = \"5s\"`",
            "`timeout` needs a value: write `timeout = \"5s\"`",
        ],
    );
}

#[test]
fn a_key_is_a_field() {
    check(
        quote! {
            #[route(key = room, concurrent)] async fn a(&self, line: Line) {}
            #[route(key = room, key = id)] async fn b(&self, line: Line) {}
            #[route(key = room)] async fn c(&self, session: &Session, cx: Cx<'_>) {}
            #[route(key = room)] async fn d(&self, body: Option<Raw>) {}
            #[route(key = room)] fn e(&self, body: &str) {}
            #[route(key = room)] async fn f(&self, line: Line, uid: Uid) {}
            #[route(key = room)] async fn g(&self, Json(line): Json<Line>, uid: Uid) {}
        },
        &[
            "`key` repeats an earlier argument: keep one of the two",
            "a keyed route is already outside the session's order: remove `concurrent`",
            "a key is a field of the body, which `c` does not take: add an argument such as `Json<T>`, or remove `key`",
            "a body of bytes or text has no field for a key: take it as `Json<T>`, `Body<T>` or `Proto<T>`, of a type with the field, or remove `key`",
            "a body of bytes or text has no field for a key: take it as `Json<T>`, `Body<T>` or `Proto<T>`, of a type with the field, or remove `key`",
            "several arguments may read the body that has the key: take the body as `Json<T>`, `Body<T>` or `Proto<T>`",
        ],
    );
}

#[test]
fn a_key_is_a_path_of_fields() {
    let wanted =
        "expected a field of the body, or a path of fields: write `key = room` or `key = room.id`";
    check(
        quote! {
            #[route(key = r#type?.0.1.id)] async fn a(&self, line: Line) {}
            #[route(key = "r#type?.0.1.id")] async fn b(&self, line: Line) {}
            #[route(key = 0.0, notify)] async fn c(&self, line: Line) {}
            #[route(key = "", concurrent)] async fn d(&self, line: Line) {}
            #[route(key = "room.my id")] async fn e(&self, line: Line) {}
            #[route(key = line.room())] async fn f(&self, line: Line) {}
            #[route(key = 7u8)] async fn g(&self, line: Line) {}
            #[route(key = room., notify)] async fn h(&self, line: Line) {}
            #[route(key)] async fn i(&self, line: Line) {}
        },
        &[
            "the key is empty: write a field of the body, such as `key = room`",
            "`room.my id` is not a path of fields: write the names of fields of the body, such as `key = room.id`",
            wanted,
            wanted,
            wanted,
            "`key` needs a value: write `key = room`",
        ],
    );
}

#[test]
fn a_body_in_an_option_is_one() {
    check(
        quote! {
            #[route] async fn a(&self, a: Option<Json<A>>, b: Option<RequestId>) {}
            #[route] async fn b(&self, a: std::option::Option<Json<A>>, b: Raw) {}
            #[route] async fn c(&self, a: Json<A>, b: Option<Body<B>>) {}
        },
        &[
            "a message has one body, and `Json` already reads it: take both values as fields of \
             one type",
            "a message has one body, and `Json` already reads it: take both values as fields of \
             one type",
        ],
    );
}

#[test]
fn static_bodies_are_owned_enough() {
    check(
        quote! {
            #[route] async fn a(&self, a: Json<Cow<'static, str>>) {}
            #[route] async fn b(&self, b: &Session, c: State<'_, &'static str>) -> () {}
        },
        &[],
    );
}
