//! Names that differ in a schema and are the same in Rust.

use std::collections::BTreeMap;

use connector_schema::model::{Message, Package, Service};
use connector_schema::{Mistakes, Place, Schema, Spanned};
use heck::{ToSnakeCase, ToUpperCamelCase};

/// Finds the clashes of names in all packages.
pub(crate) fn check(schema: &Schema, mistakes: &mut Mistakes) {
    for package in schema.packages() {
        types(package, mistakes);
        for service in &package.services {
            methods(service, mistakes);
        }
        modules(schema, package, mistakes);
    }
}

/// Names of types in Rust, each with its owner in the schema.
type Types = BTreeMap<String, Spanned<String>>;

fn types(package: &Package, mistakes: &mut Mistakes) {
    let messages = package.messages.iter().map(|message| &message.name);
    let enums = package.enums.iter().map(|item| &item.name);
    let mut taken = Types::new();
    for name in messages.chain(enums) {
        let short = short(&name.value).to_owned();
        let owner = Spanned { value: short, place: name.place.clone() };
        taken.insert(owner.value.to_upper_camel_case(), owner);
    }
    for service in &package.services {
        for rust in generated(service) {
            take(&mut taken, rust, &service.name, mistakes);
        }
    }
}

/// The types that a service becomes; its module is checked with the modules.
fn generated(service: &Service) -> Vec<String> {
    let name = service.name.value.to_upper_camel_case();
    let suffixes: &[_] = match service.plugin {
        Some(_) => &["Client"],
        None => &["", "Server", "Client"],
    };
    suffixes.iter().map(|suffix| format!("{name}{suffix}")).collect()
}

fn take(taken: &mut Types, rust: String, service: &Spanned<String>, mistakes: &mut Mistakes) {
    let Spanned { value: name, place } = service;
    if let Some(Spanned { value: owner, place: first }) = taken.get(&rust) {
        let what = format!("service `{name}` becomes the Rust type `{rust}`, as does `{owner}`");
        return mistakes.add(place, format!("{what} ({first}): rename one of them"));
    }
    taken.insert(rust, service.clone());
}

fn methods(service: &Service, mistakes: &mut Mistakes) {
    let mut taken = BTreeMap::<String, (&str, &Place)>::new();
    for method in &service.methods {
        let Spanned { value: name, place } = &method.name;
        let rust = name.to_snake_case();
        // An event of a plugin has a function for callbacks, too.
        let on = method.is_event().then(|| format!("on_{rust}"));
        for rust in [rust].into_iter().chain(on) {
            if let Some((owner, first)) = taken.get(&rust) {
                let what = format!("method `{name}` becomes the Rust method `{rust}`");
                mistakes
                    .add(place, format!("{what}, as does `{owner}` ({first}): rename one of them"));
            } else {
                taken.insert(rust, (name, place));
            }
        }
    }
}

/// A package within this one is a Rust module, and so are the items that are
/// nested in a message.
fn modules(schema: &Schema, package: &Package, mistakes: &mut Mistakes) {
    let inner = schema.packages().iter().filter_map(|other| {
        let rest = match &*package.name {
            "" => &*other.name,
            name => other.name.strip_prefix(name)?.strip_prefix('.')?,
        };
        let first = rest.split('.').next()?;
        (!first.is_empty()).then(|| (first.to_snake_case(), &other.name))
    });
    let inner: BTreeMap<_, _> = inner.collect();
    for message in package.messages.iter().filter(|message| has_module(message)) {
        let Spanned { value: name, place } = &message.name;
        let module = short(name).to_snake_case();
        if let Some(other) = inner.get(&module) {
            let what =
                format!("the content of message `{name}` becomes the Rust module `{module}`");
            let way_out = "rename one of them";
            mistakes.add(place, format!("{what}, as does package `{other}`: {way_out}"));
        }
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
