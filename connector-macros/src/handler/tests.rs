use proc_macro2::TokenStream;
use quote::quote;

use super::{handler, stray_route};
use crate::testing::{assert_errors, assert_expands};

/// The errors of `methods` in the handler `chat.chatHandler`.
fn check(methods: TokenStream, expected: &[&str]) {
    let expansion = handler(quote!("chat.chatHandler"), quote!(impl Chat { #methods }));
    assert_errors(expansion, expected);
}

#[test]
fn routes_of_all_kinds() {
    let block = quote! {
        impl Chat {
            /// Sends a line.
            ///
            /// To everyone.
            #[route]
            #[must_use]
            async fn send_line<'a>(
                &self,
                session: &'a Session,
                Json(line): Json<Line>,
            ) -> Result<Json<Sent<'a>>, ChatError> {
                self.say(line)
            }

            #[route("chat.typing.now", notify, concurrent, code = 7)]
            async fn typing(&self, State(rooms): State<'_, Rooms>) {}

            #[route]
            async fn unnamed(&self) -> impl Reply {}

            fn say(&self) {}
        }
    };
    assert_expands("handler", handler(quote!("chat.chatHandler"), block));
}

#[test]
fn routes_that_never_wait() {
    let block = quote! {
        impl Chat {
            #[route]
            fn greet<'m>(&self, session: &Session, Json(greet): Json<Greet<'m>>) -> Json<Hello<'m>> {
                Json(Hello(greet.name))
            }

            #[route]
            async fn send(&self, Json(line): Json<Line>) {}

            #[route(notify)]
            #[cfg(unix)]
            fn typing(&self, text: Option<&str>) {}

            #[route(key = "room", timeout = "5s")]
            fn unnamed(&self, State(rooms): State<Rooms>) -> impl Reply {}
        }
    };
    assert_expands("handler_plain", handler(quote!("chat.chatHandler"), block));
    let block = quote!(impl Chat { #[route] fn only(&self) {} });
    assert_expands("handler_all_plain", handler(quote!("chat.chatHandler"), block));
}

#[test]
fn a_body_that_borrows_needs_a_plain_method() {
    let told = |method: &str| {
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
        &[&told("a"), &told("b"), &told("c"), &told("d")],
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
fn routes_with_more_around_them() {
    let block = quote! {
        impl Chat {
            #[route(key = "room", timeout = "1500ms")]
            async fn send(&self, body: Option<Body<Line>>) {}
        }
    };
    let args = quote!("chat.chatHandler", filter = [signed_in, limits::BUSY]);
    assert_expands("handler_guarded", handler(args, block));
}

#[test]
fn a_conditional_route_leaves_no_trace() {
    let block = quote! {
        impl Chat {
            #[route]
            async fn first(&self) {}

            #[route]
            #[cfg(unix)]
            #[cfg(feature = "late")]
            async fn second(&self, body: Raw) -> Raw {}

            #[route]
            async fn third(&self) {}
        }
    };
    assert_expands("handler_cfg", handler(quote!("chat.chatHandler"), block));
}

#[test]
fn errors_leave_the_block_and_an_impl_that_stands_in() {
    let block = quote! {
        impl Chat {
            #[route]
            async fn send(self) {
                self.say()
            }
        }
    };
    assert_expands("handler_stand_in", handler(quote!("chat.chatHandler"), block));
}

#[test]
fn the_crate_is_found_where_it_is_said_to_be() {
    for routes in [
        quote!(
            async fn b(&self, c: C) -> D {}
        ),
        quote!(
            fn b() {}
        ),
    ] {
        let block = quote!(impl A { #[route] #routes });
        let expansion = handler(quote!("a.b", crate = "my::sdk"), block).to_string();
        assert!(expansion.contains("my :: sdk :: __private"), "{expansion}");
        assert!(!expansion.contains(":: connector"), "{expansion}");
    }
}

#[test]
fn a_block_of_routes_is_needed() {
    let prefix = || quote!("chat.chatHandler");
    let method = quote!(
        #[route]
        async fn send(&self) {}
    );
    assert_errors(
        handler(
            prefix(),
            quote!(
                struct Chat;
            ),
        ),
        &["`#[handler]` cannot be on a struct: put it on the `impl` block with the `#[route]` \
             methods"],
    );
    assert_errors(
        handler(prefix(), quote!(impl Talk for Chat { #method })),
        &["a trait's `impl` block cannot be a handler: move the routes to one without a trait"],
    );
    assert_errors(
        handler(prefix(), quote!(impl<T> Chat<T> { #method })),
        &["a handler cannot be generic: write the `impl` block for a concrete type, such as one \
             with a `Box<dyn ..>` field"],
    );
    assert_errors(
        handler(prefix(), quote!(impl Chat { async fn send(&self) {} })),
        &["a handler needs routes: put `#[route]` on at least one method"],
    );
    assert_errors(
        stray_route(quote!(
            async fn send() {}
        )),
        &["`#[route]` works only in a handler: put `#[handler(\"server.handler\")]` on the \
             `impl` block around the method"],
    );
}

#[test]
fn a_block_with_a_syntax_error_survives() {
    let item = quote!(impl Chat { fn });
    let expansion = handler(quote!("chat.chatHandler"), item.clone()).to_string();
    assert!(expansion.starts_with(&item.to_string()), "{expansion}");
    assert!(expansion.contains("compile_error"), "{expansion}");
}

#[test]
fn the_prefix_has_two_parts() {
    let check = |args: TokenStream, expected: &[&str]| {
        let block = quote!(impl Chat { #[route] async fn send(&self) {} });
        assert_errors(handler(args, block), expected);
    };
    check(
        quote!(),
        &["the first two parts of the routes are missing: write `#[handler(\"server.handler\")]`"],
    );
    check(
        quote!("chat"),
        &["`chat` cannot begin a route: expected 2 parts (`server.handler`), found 1; write \
             `chat.chatHandler`, or another name of the handler"],
    );
    check(
        quote!("chat.chatHandler.send"),
        &["`chat.chatHandler.send` cannot begin a route: expected 2 parts (`server.handler`), \
             found 3; the third is the method's name, or is in `#[route(\"..\")]`"],
    );
    check(quote!(".b"), &["`.b` cannot begin a route: part 1 is empty"]);
    check(
        quote!(chat.chatHandler),
        &["the first two parts of the routes go in quotes: `\"chat.chatHandler\"`"],
    );
    check(
        quote!("a.b", "c.d", name = "e"),
        &[
            "`\"c.d\"` repeats an earlier argument: keep one of the two",
            "unknown key `name`: `#[handler(..)]` takes `filter` and `crate`",
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
            "unknown key `notfy`: `#[route(..)]` takes `notify`, `concurrent`, `key`, `timeout` \
             and `code`",
            "`code` needs a value: write `code = 7`",
            "`crate` belongs on the `impl` block: write `#[handler(.., crate = \"..\")]`",
            "expected a string: write `\"server.handler.method\"`",
            "expected a number from 1 to 65535: write `code = 7`",
            "`notify` takes no value: write `notify` alone",
            "`#[route]` belongs on a method: put it on a `fn` or an `async fn`",
            "a route goes in parentheses: write `#[route(\"a.b.c\")]`",
            "calls run concurrently and share the handler: write `&self`",
            "a route cannot be generic: write a concrete type instead of `T`",
            "this body borrows from the message, which an `async fn` may outlive: make the route a \
             plain `fn send`, or own the body, such as by `String` instead of `&str`",
            "a message has one body, and `Json` already reads it: take both values as fields of \
             one type",
            "a route cannot be generic: write a concrete type instead of `impl ..`",
            "calls run concurrently and share the handler: write `&self`, and put mutable state in \
             a `Mutex` or an atomic",
            "a route needs a receiver: write `async fn moved(&self, ..)`",
            "a notify has no answer: remove the return type of `moved`, or `notify`",
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
            #[route(key = "room", concurrent)] async fn a(&self) {}
            #[route(key = "")] async fn b(&self) {}
            #[route(key = room)] async fn c(&self) {}
            #[route(key = "room", key = "id")] async fn d(&self) {}
        },
        &[
            "expected a string: write `key = \"field\"`",
            "`key` repeats an earlier argument: keep one of the two",
            "a keyed route is already outside the session's order: remove `concurrent`",
            "the key is empty: write a field of the body, such as `key = \"room\"`",
        ],
    );
}

#[test]
fn a_filter_has_a_name() {
    let check = |args: TokenStream, expected: &[&str]| {
        let block = quote!(impl Chat { #[route] async fn send(&self) {} });
        assert_errors(handler(args, block), expected);
    };
    check(quote!("a.b", filter = f, crate = "x"), &[]);
    check(quote!("a.b", filter = [f, m::Busy::<3>]), &[]);
    let wanted = "expected the name of a function, a constant, a static or a unit struct: give this \
                  value a name, such as `static NAME: .. = ..`, and write `filter = NAME`";
    check(quote!("a.b", filter = Busy::new(3)), &[wanted]);
    check(quote!("a.b", filter = [f, |cx, route| Ok(())]), &[wanted]);
    check(
        quote!("a.b", filter = "f"),
        &["expected a name, found a string: write `filter = f` without quotes"],
    );
    check(quote!("a.b", filter), &["`filter` needs a value: write `filter = name`"]);
    check(
        quote!("a.b", filter = f, filter = g),
        &["`filter` repeats an earlier argument: keep one of the two"],
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
