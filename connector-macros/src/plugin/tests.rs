//! Expansions of `#[plugin]`.

use quote::quote;

use super::plugin;
use crate::testing::{assert_errors, assert_expands};

#[test]
fn expands_a_plugin() {
    let expansion = plugin(
        quote!(
            name = "compiler",
            events("finished", "progress"(u32, &str)),
            kind = "compiler",
            permission
        ),
        quote! {
            /// Compiles Solidity.
            impl Compiler {
                #[method]
                async fn compile(&self, client: &PluginClient, file: String) -> Result<Artifact, Error> {}

                #[method("list", service = "versions")]
                #[cfg(unix)]
                fn list_versions(&self, r#range: String, _rest: Rest<String>) -> Vec<String> {}

                #[method]
                fn stop(&self) {}

                #[on("fileManager", "currentFileChanged")]
                async fn changed<'a>(&'a self, event: &'a PluginEvent, file: String) {}

                #[on_activation]
                async fn start(&self, client: &PluginClient) -> Result<(), CallError> {}

                #[can_deactivate]
                fn may_stop(&self) -> bool {}
            }
        },
    );
    assert_expands("plugin", expansion);
}

#[test]
fn a_mistake_leaves_a_stand_in() {
    let expansion = plugin(
        quote!(name = "manager"),
        quote! {
            impl Compiler {
                #[method]
                async fn compile(&self) {}
            }
        },
    );
    assert_expands("plugin_stand_in", expansion);
}

#[test]
fn reports_all_errors_at_once() {
    let expansion = plugin(
        quote!("compiler", naem = "x", kind = 7, events(queue, "a"), permission = 3),
        quote! {
            impl Compiler {
                #[method(name = "x", service)]
                fn compile<T>(self, a: &str, b: RequestInfo) {}

                #[method]
                #[on("a", "b")]
                fn handshake(&mut self, c: Rest<u8>, d: &PluginEvent, e: impl Sized) {}

                #[on("a")]
                fn heard(f: &PluginCall) {}

                #[on_activation(1)]
                fn start(&self, g: u8, h: u8) {}

                #[can_deactivate]
                fn may_stop(&self) {}

                #[method = "x"]
                const A: u8 = 1;
            }
        },
    );
    assert_errors(
        expansion,
        &[
            "a plugin's name has a key: write `name = \"compiler\"`",
            "unknown key `naem`: write `name`",
            "expected a string: write `kind = \"compiler\"`",
            "expected a string: write `\"finished\"`",
            "expected `true` or `false`: write `permission` alone",
            "a method's name has no key: write `\"x\"`",
            "`service` needs a value: write `service = \"git\"`",
            "a method has only one of a plugin's attributes: remove this one, or call the method \
             from another one",
            "expected a plugin and its event, found 1: write \
             `#[on(\"fileManager\", \"currentFileChanged\")]`",
            "`#[on_activation]` takes no arguments: write `#[on_activation]`",
            "`#[method]` belongs on a method: put it on a `fn` or an `async fn`",
            "calls run concurrently and share the plugin: write `&self`",
            "a plugin's method cannot be generic: write a concrete type instead of `T`",
            "what was sent is owned by the method: write `String`",
            "this belongs to the call: borrow it, `&RequestInfo`",
            "calls run concurrently and share the plugin: write `&self`, and put mutable state in \
             a `Mutex` or an atomic",
            "a plugin's method cannot be generic: write a concrete type instead of `impl ..`",
            "`handshake` cannot be the name of a method: it is the first message of every \
             connection; write another one, such as `#[method(\"..\")]`",
            "a method is called, and there is no event: write `&PluginCall`",
            "`Rest` takes all arguments that are left: write it behind all others that are sent",
            "a listener needs a receiver: write `fn heard(&self, ..)`",
            "a listener has no call and no caller: write `&PluginEvent`",
            "this hook has no further arguments: write `(&self, client: &PluginClient)`",
            "`#[can_deactivate]` answers with yes or no: write `-> bool`",
        ],
    );
}
