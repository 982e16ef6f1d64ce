//! Mistakes in the `impl` block and the arguments of `#[handler]`.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::{handler, stray_route};
use crate::testing::assert_errors;

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
    let closure = "a closure has no name: write a function, `fn signed_in(cx: &Cx<'_>, route: \
                   &RouteSpec) -> Result<(), HandlerError>`, and `filter = signed_in`";
    check(quote!("a.b", filter = |cx, route| Ok(())), &[closure]);
    check(quote!("a.b", filter = [f, |cx, _| { Ok(()) }, g]), &[closure]);
    check(
        quote!("a.b", filter = async |_, _| Ok(())),
        &["a filter that waits is a type: write `impl Filter for SignedIn` with an `async fn \
             before`, and `filter = SignedIn`"],
    );
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
fn a_signature_that_the_compiler_has_refused_is_not_reported_again() {
    let expansion = handler(
        quote!("chat.chatHandler"),
        quote!(
            impl Chat {
                #[route]
                async fn send(&self, text) {}
            }
        ),
    );
    assert_errors(expansion.clone(), &[]);
    let text = expansion.to_string();
    // The function is known, and the handler, which no program builds with.
    assert!(
        text.contains(&quote!(impl Chat { async fn send(&self, text) { loop {} } }).to_string()),
        "{text}"
    );
    assert!(text.contains("__private :: Handler for Chat") && text.contains("const { "), "{text}");
}
