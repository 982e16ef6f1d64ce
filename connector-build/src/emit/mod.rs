//! From the model to Rust.

mod call;
mod client;
mod code;
mod file;
mod json;
mod keys;
mod layout;
mod paths;
mod plugin;
mod pomelo;
mod push;
pub(crate) mod pushes;
mod routes;
mod server;

use std::collections::BTreeMap;

use connector_schema::model::{Method, Package, Service};
use connector_schema::{PomeloProtos, Schema};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Path};

use crate::modules;
use crate::names;
use crate::options::Options;
use crate::plain::Plain;
use crate::prost_output::{MethodNames, ProstOutput, ServiceNames};
use code::Code;
use file::Files;
pub(crate) use json::is_unknown;
pub(crate) use json::prost_keys;
use json::{Extend, Found, Items, Registry, has_any};
use keys::Keys;

/// The text of each file, by its name. `pomelo` has the schemas of packages, by their names.
pub(crate) fn emit(
    schema: &Schema,
    prost: ProstOutput,
    pomelo: &BTreeMap<String, PomeloProtos>,
    options: &Options,
    private: &Path,
) -> BTreeMap<String, String> {
    let ProstOutput { modules: mut items_of, services } = prost;
    let plain = &options.plain;
    let registry = Registry::new(schema, &items_of, options.any_of_all_packages);
    let keys = Keys::of(schema);
    let code = Code::default();
    let of_message = |found: Found<'_>| {
        let json = json::message(&found, private);
        let ident = found.ident;
        let push = push::push(&found, private);
        let keys = keys.items(&found, private);
        code.add(quote!(#json #private::message!(#ident); #push #keys))
    };
    let extend = Extend {
        items: &Items::new(schema),
        of_message: &of_message,
        of_enum: &|ident, item| code.add(json::names(ident, item, private)),
    };
    let mut files = Files::default();
    for package in schema.packages() {
        let module = modules::of_package(&package.name);
        let mut items = items_of.remove(&module).unwrap_or_default();
        extend.package(&mut items, &package.name);
        let registry_of_package = has_any(package).then(|| registry.of(package, private));
        items.extend(registry_of_package.map(|registry| code.add(registry)));
        for service in &package.services {
            // Prost and the model have the same services.
            let Some(names) = services.get(&package.full_name(&service.name.value)) else {
                continue;
            };
            items.push(code.add(Emit { package, service, names, plain, private }.items(schema)));
        }
        let pushes = pushes::pushes(package, &registry, private);
        let pomelo = pomelo.get(&package.name);
        let pomelo = pomelo.and_then(|protos| pomelo::schemas(protos, private));
        items.extend(pushes.into_iter().chain(pomelo).map(|tokens| code.add(tokens)));
        files.add(package, &module, items);
    }
    files.into_texts(&code)
}

/// A service and what its code is generated from.
#[derive(Clone, Copy)]
struct Emit<'a> {
    package: &'a Package,
    service: &'a Service,
    names: &'a ServiceNames,
    plain: &'a Plain,
    private: &'a Path,
}

impl<'a> Emit<'a> {
    fn items(&self, schema: &Schema) -> TokenStream {
        if let Some(plugin) = &self.service.plugin {
            return self.plugin(&plugin.value, schema);
        }
        let all = [self.routes(), self.server_trait(), self.server(), self.client()];
        all.into_iter().collect()
    }

    /// The methods, with their names in Rust.
    fn methods(&self) -> impl Iterator<Item = (&'a Method, &'a MethodNames)> {
        self.service.methods.iter().zip(&self.names.methods)
    }
}

/// The module of a service's routes.
fn routes_module(names: &ServiceNames) -> Ident {
    format_ident!("{}_routes", names::module(&names.stem))
}
