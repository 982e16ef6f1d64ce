//! From the model to Rust.

mod client;
mod file;
mod json;
mod paths;
mod plugin;
mod pomelo;
mod push;
mod routes;
mod server;

use std::collections::BTreeMap;

use connector_schema::model::{Method, Service};
use connector_schema::{PomeloProtos, Schema};
use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use quote::format_ident;
use syn::{Ident, Item, Path, parse_quote};

use crate::prost_output::{MethodNames, ProstOutput, ServiceNames};
use file::Files;
use json::{Found, Messages};

/// The text of each file, by its name. `pomelo` has the schemas of packages, by their names.
pub(crate) fn emit(
    schema: &Schema,
    prost: ProstOutput,
    pomelo: &BTreeMap<String, PomeloProtos>,
    private: &Path,
) -> BTreeMap<String, String> {
    let ProstOutput { mut modules, services } = prost;
    let messages = Messages::new(schema);
    let of_message = |found: Found<'_>| {
        let json = json::message(&found, private);
        let ident = found.ident;
        let body = parse_quote!(#private::message!(#ident););
        [json, body].into_iter().chain(push::push(&found, private)).collect()
    };
    let mut files = Files::default();
    for package in schema.packages() {
        let module = module_path(&package.name);
        let mut items = modules.remove(&module).unwrap_or_default();
        json::extend(&mut items, &messages, &of_message, &|item| json::names(item, private));
        for service in &package.services {
            // Prost and the model have the same services.
            let Some(names) = services.get(&package.full_name(&service.name.value)) else {
                continue;
            };
            items.extend(Emit { service, names, private }.items(schema));
        }
        items.extend(pomelo.get(&package.name).and_then(|protos| pomelo::schemas(protos, private)));
        files.add(package, &module, items);
    }
    files.texts()
}

/// A service and what its code is generated from.
#[derive(Clone, Copy)]
struct Emit<'a> {
    service: &'a Service,
    names: &'a ServiceNames,
    private: &'a Path,
}

impl<'a> Emit<'a> {
    fn items(&self, schema: &Schema) -> Vec<Item> {
        if let Some(plugin) = &self.service.plugin {
            return parse(self.plugin(&plugin.value, schema)).items;
        }
        let all = [self.routes(), self.server_trait(), self.server(), self.client()];
        parse(all.into_iter().collect()).items
    }

    /// The methods, with their names in Rust.
    fn methods(&self) -> impl Iterator<Item = (&'a Method, &'a MethodNames)> {
        self.service.methods.iter().zip(&self.names.methods)
    }
}

/// Generated tokens as items.
fn parse(tokens: TokenStream) -> syn::File {
    // All names are identifiers and all types are prost's, so that the tokens
    // are valid Rust for every schema.
    syn::parse2(tokens).expect("generated tokens are valid Rust")
}

/// The path of a package's module in prost's output.
fn module_path(package: &str) -> Vec<String> {
    let module = prost_build::Module::from_protobuf_package_name(package);
    module.parts().map(str::to_owned).collect()
}

/// The module of a service's routes.
fn routes_module(names: &ServiceNames) -> Ident {
    format_ident!("{}_routes", names.stem.to_snake_case())
}
