//! Names that differ in a schema and are the same in Rust, or are none there.

mod message;
mod rust;
mod scope;

use std::collections::BTreeMap;

use connector_schema::model::{Message, Package, Service};
use connector_schema::{Mistakes, Schema, Spanned};

use crate::emit::pushes;

pub(crate) use rust::{constant, hides_a_type, module, type_stem};
use rust::{function, type_name};
use scope::Scope;

/// Finds the clashes of names in all packages.
pub(crate) fn check(schema: &Schema, mistakes: &mut Mistakes) {
    for package in schema.packages() {
        types(package, mistakes);
        modules(schema, package, mistakes);
        for service in &package.services {
            methods(service, mistakes);
        }
        for message in package.all_messages() {
            message::check(message, mistakes);
        }
        let nested = package.all_messages().flat_map(|message| &message.enums);
        for item in package.enums.iter().chain(nested) {
            message::values(item, mistakes);
        }
    }
}

fn types(package: &Package, mistakes: &mut Mistakes) {
    let mut scope = Scope::new("type", mistakes);
    for message in &package.messages {
        scope.take(type_name(short(&message.name.value)), "message", &short_name(&message.name));
    }
    for item in &package.enums {
        scope.take(type_name(short(&item.name.value)), "enum", &short_name(&item.name));
    }
    for service in &package.services {
        for rust in generated(service) {
            scope.take(rust, "service", &service.name);
        }
    }
    let pushed: Vec<_> = package.all_messages().filter(|item| item.push.is_some()).collect();
    if let Some(first) = pushed.first() {
        scope.take("Pushes".to_owned(), "the enum of pushes such as", &first.name);
    }
    let mut scope = Scope::new("variant of `Pushes`", mistakes);
    for message in pushed {
        scope.take(pushes::variant(package, message).to_string(), "message", &message.name);
    }
}

/// The types that a service becomes.
fn generated(service: &Service) -> Vec<String> {
    let stem = type_stem(&service.name.value);
    let suffixes: &[_] = match service.plugin {
        Some(_) => &["Client"],
        None => &["Server", "Client"],
    };
    let own = service.plugin.is_none().then(|| type_name(&service.name.value));
    own.into_iter().chain(suffixes.iter().map(|suffix| format!("{stem}{suffix}"))).collect()
}

fn methods(service: &Service, mistakes: &mut Mistakes) {
    let mut scope = Scope::new("method", mistakes);
    for method in &service.methods {
        let rust = function(&method.name.value);
        // An event of a plugin has a function for callbacks, too.
        let on = method.is_event().then(|| format!("on_{rust}"));
        for rust in [rust].into_iter().chain(on) {
            scope.take(rust, "method", &method.name);
        }
    }
}

/// A package within this one is a Rust module, and so are the items that are nested in a
/// message, and the routes of a service.
fn modules(schema: &Schema, package: &Package, mistakes: &mut Mistakes) {
    let inner = schema.packages().iter().filter_map(|other| {
        let rest = match &*package.name {
            "" => &*other.name,
            name => other.name.strip_prefix(name)?.strip_prefix('.')?,
        };
        let first = rest.split('.').next()?;
        (!first.is_empty()).then(|| (module(first), &other.name))
    });
    let inner: BTreeMap<_, _> = inner.collect();
    let mut scope = Scope::new("module", mistakes);
    for message in package.messages.iter().filter(|message| has_module(message)) {
        let rust = module(short(&message.name.value));
        let package = inner.get(&rust);
        scope.content(rust, message, package);
    }
    for service in package.services.iter().filter(|service| service.plugin.is_none()) {
        scope.take(format!("{}_routes", module(&service.name.value)), "service", &service.name);
    }
}

/// Returns `true` if prost makes a module for the items nested in a message.
fn has_module(message: &Message) -> bool {
    !message.messages.is_empty() || !message.enums.is_empty() || !message.oneofs.is_empty()
}

/// The last part of a full name.
fn short(full_name: &str) -> &str {
    full_name.rsplit('.').next().unwrap_or(full_name)
}

fn short_name(name: &Spanned<String>) -> Spanned<String> {
    Spanned { value: short(&name.value).to_owned(), place: name.place.clone() }
}
