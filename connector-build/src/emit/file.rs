//! From items to files: one for each first part of a package's name, with a
//! tree of modules.

use std::collections::{BTreeMap, BTreeSet};

use connector_schema::model::Package;
use syn::token::Brace;
use syn::{Attribute, Item, ItemMod, parse_quote};

use super::code::Code;
use super::paths;
use crate::modules;

/// All files, by the first part of their packages' names in Rust.
#[derive(Default)]
pub(super) struct Files(BTreeMap<String, Root>);

/// The packages whose names begin with the same part.
#[derive(Default)]
struct Root {
    schemas: BTreeSet<String>,
    packages: Vec<String>,
    tree: Tree,
}

#[derive(Default)]
struct Tree {
    items: Vec<Item>,
    modules: BTreeMap<String, Self>,
}

impl Files {
    pub(super) fn add(&mut self, package: &Package, module: &[String], items: Vec<Item>) {
        let (root, module) = module.split_first().map_or(("", module), |(root, rest)| (root, rest));
        let root = self.0.entry(root.to_owned()).or_default();
        root.schemas.extend(package.files.iter().cloned());
        root.packages.push(package.name.clone());
        root.tree.insert(module, items);
    }

    /// The text of each file, by its name.
    pub(super) fn into_texts(self, code: &Code) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        for (name, root) in self.0 {
            let name = plain(&name);
            for package in root.packages.iter().filter(|package| **package != *name) {
                texts.insert(format!("{package}.rs"), elsewhere(package, name));
            }
            let file = if name.is_empty() { "_" } else { name };
            texts.insert(format!("{file}.rs"), root.text(name, code));
        }
        texts
    }
}

impl Tree {
    fn insert(&mut self, module: &[String], items: Vec<Item>) {
        match module {
            [] => self.items.extend(items),
            [first, rest @ ..] => {
                self.modules.entry(first.clone()).or_default().insert(rest, items);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty() && self.modules.values().all(Self::is_empty)
    }
}

impl Tree {
    /// The items, with those of inner modules in modules.
    fn into_items(self) -> Vec<Item> {
        let Self { mut items, modules } = self;
        for (name, tree) in modules.into_iter().filter(|(_, tree)| !tree.is_empty()) {
            items.push(module(Vec::new(), &name, tree.into_items()));
        }
        items
    }
}

/// A public module.
fn module(attrs: Vec<Attribute>, name: &str, items: Vec<Item>) -> Item {
    let name = paths::ident(name);
    // Made as it is, since to parse it would be to parse all items again.
    let mut module: ItemMod = parse_quote!(pub mod #name {});
    module.attrs = attrs;
    module.content = Some((Brace::default(), items));
    Item::Mod(module)
}

impl Root {
    fn text(self, name: &str, code: &Code) -> String {
        // The user cannot edit this code, so no lint may complain about it.
        let allow: Attribute = parse_quote! {
            #[allow(
                dead_code, deprecated, missing_docs, non_camel_case_types, unreachable_code,
                unreachable_pub, unused_qualifications, unused_variables, clippy::all, clippy::nursery,
                clippy::pedantic, rustdoc::all
            )]
        };
        let schemas: Vec<_> = self.schemas.iter().map(String::as_str).collect();
        let why = format!("from {}: change that instead", schemas.join(", "));
        let docs = self.docs();
        let items = self.tree.into_items();
        if name.is_empty() {
            let items = items.into_iter();
            let items = items.flat_map(|item| code.items(&item).unwrap_or_else(|| vec![item]));
            let items = items.map(|item| match item {
                // An attribute has no effect there.
                Item::Macro(_) => item,
                _ => parse_quote!(#allow #item),
            });
            return generated(&why, items.collect(), code);
        }
        let attrs = vec![parse_quote!(#[doc = #docs]), allow];
        generated(&why, vec![module(attrs, &modules::of_package(name).concat(), items)], code)
    }

    fn docs(&self) -> String {
        let packages: Vec<_> = self.packages.iter().map(|name| format!("`{name}`")).collect();
        match &*packages {
            [package] => format!(" Package {package}."),
            _ => format!(" Packages {}.", packages.join(", ")),
        }
    }
}

/// A file for users who include a package by its whole name, with an error that
/// names the right file.
fn elsewhere(package: &str, root: &str) -> String {
    let include = match root {
        "" => "connector::include_proto!()".to_owned(),
        _ => format!("connector::include_proto!(\"{root}\")"),
    };
    let module = modules::of_package(package).join("::");
    let message = format!("write `{include}`: package `{package}` is in there, as `{module}`");
    let hint = vec![parse_quote!(::core::compile_error!(#message);)];
    generated("as a hint", hint, &Code::default())
}

fn generated(why: &str, items: Vec<Item>, code: &Code) -> String {
    let file = syn::File { items, ..parse_quote!() };
    let text = code.put_into(&prettyplease::unparse(&file));
    format!("// @generated by connector-build {why}.\n\n{text}")
}

/// A name without the prefix of raw identifiers.
fn plain(name: &str) -> &str {
    name.trim_start_matches("r#")
}
