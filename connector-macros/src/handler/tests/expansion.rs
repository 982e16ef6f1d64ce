//! The expansions of handlers.

use quote::quote;

use super::super::handler;
use crate::testing::assert_expands;

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

            #[route(key = room, timeout = "5s")]
            fn unnamed(&self, State(rooms): State<Rooms>, line: m::Json<Line>) -> impl Reply {}
        }
    };
    assert_expands("handler_plain", handler(quote!("chat.chatHandler"), block));
    let block = quote!(impl Chat { #[route] fn only(&self) {} });
    assert_expands("handler_all_plain", handler(quote!("chat.chatHandler"), block));
}

#[test]
fn routes_with_more_around_them() {
    let block = quote! {
        impl Chat {
            #[route(key = room?.0, timeout = "1500ms")]
            async fn send(&self, body: Option<Body<Line>>) {}

            #[route(key = "r#type", filter = limits::FEW)]
            #[cfg(unix)]
            async fn hear(&self, cx: Cx<'_>, line: OnLine) {}

            #[route(notify)]
            async fn nod(&self) -> Result<(), ChatError> {}

            #[route(notify)]
            fn nod_now(&self) -> Result<(), ChatError> {}
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
fn a_block_with_a_syntax_error_survives() {
    let item = quote!(impl for { fn leave(&self) {} });
    let expansion = handler(quote!("chat.chatHandler"), item.clone()).to_string();
    assert!(expansion.starts_with(&item.to_string()), "{expansion}");
    assert!(expansion.contains("compile_error"), "{expansion}");
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
