//! The messages that an `Any` may hold.

use std::collections::{BTreeMap, BTreeSet};

use connector_schema::Schema;
use connector_schema::model::{Message, Package, Type};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Item, Path};

use super::super::paths;
use super::ANY;
use super::found::structs;
use crate::modules;

/// Prost's structs of all messages, by the messages' full names.
pub(in crate::emit) struct Registry<'a> {
    schema: &'a Schema,
    structs: BTreeMap<String, (Vec<String>, Vec<Ident>)>,
    /// The files of all packages are included side by side.
    has_all: bool,
}

impl<'a> Registry<'a> {
    pub(in crate::emit) fn new(
        schema: &'a Schema,
        modules: &BTreeMap<Vec<String>, Vec<Item>>,
        has_all: bool,
    ) -> Self {
        let structs = modules.iter().flat_map(|(module, items)| {
            structs(items).into_iter().map(|(name, path)| (name, (module.clone(), path)))
        });
        Self { schema, structs: structs.collect(), has_all }
    }

    /// The path of a message's struct, from the module of its package.
    pub(in crate::emit) fn path(&self, name: &str) -> Option<&[Ident]> {
        self.structs.get(name).map(|(_, path)| &**path)
    }

    /// The registry of a package: all messages of the files that are included with its own.
    pub(in crate::emit) fn of(&self, package: &Package, private: &Path) -> TokenStream {
        let from = modules::of_package(&package.name);
        let roots = self.roots(from.first());
        let messages = self
            .structs
            .iter()
            .filter(|(_, (module, _))| self.has_all || roots.contains(&module.first()));
        let arms = messages.map(|(name, (module, path))| {
            let path = relative(&from, module, path);
            quote!(#name => visit.visit::<#path>())
        });
        quote! {
            enum __Messages {}
            const _: () = {
                use #private::json as __json;
                impl __json::Registry for __Messages {
                    fn find<__V: __json::Visit>(
                        name: &__json::str,
                        visit: __V,
                    ) -> ::core::option::Option<__V::Output> {
                        ::core::option::Option::Some(match name {
                            #(#arms,)*
                            _ => return ::core::option::Option::None,
                        })
                    }
                }
            };
        }
    }

    /// The first parts of the modules that those of `root` need.
    fn roots<'b>(&'b self, root: Option<&'b String>) -> BTreeSet<Option<&'b String>> {
        let mut roots = BTreeSet::new();
        let mut pending = vec![root];
        while let Some(root) = pending.pop() {
            if !roots.insert(root) {
                continue;
            }
            let is_of_root =
                |package: &&Package| modules::of_package(&package.name).first() == root;
            for package in self.schema.packages().iter().filter(is_of_root) {
                let used = names(package).filter_map(|name| self.structs.get(name));
                pending.extend(used.map(|(module, _)| module.first()));
            }
        }
        roots
    }
}

/// The messages that a package names.
fn names(package: &Package) -> impl Iterator<Item = &str> {
    let fields = package.all_messages().flat_map(|message| &message.fields);
    let fields = fields.filter_map(|field| match field.kind.value() {
        Type::Message(name) => Some(&**name),
        _ => None,
    });
    let methods = package.services.iter().flat_map(|service| &service.methods);
    fields.chain(methods.flat_map(|method| [&*method.input.value, &*method.output.value]))
}

/// Returns `true` if a message of the package has a field that holds any other.
pub(in crate::emit) fn has_any(package: &Package) -> bool {
    let is_any = |message: &Message| {
        let mut fields = message.fields.iter();
        fields.any(|field| matches!(field.kind.value(), Type::Message(name) if name == ANY))
    };
    package.all_messages().any(is_any)
}

/// The path of a struct, from the module `from`.
fn relative(from: &[String], module: &[String], path: &[Ident]) -> TokenStream {
    let common = from.iter().zip(module).take_while(|(a, b)| a == b).count();
    let outward = from[common..].iter().map(|_| quote!(super));
    let inward = module[common..].iter().map(|part| {
        let part = paths::ident(part);
        quote!(#part)
    });
    let path = path.iter().map(|part| quote!(#part));
    let path = outward.chain(inward).chain(path);
    quote!(#(#path)::*)
}
