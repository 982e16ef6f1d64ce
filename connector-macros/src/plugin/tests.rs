//! Expansions of `#[plugin]`.

use quote::quote;

use super::plugin;
use crate::testing::assert_expands;

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
