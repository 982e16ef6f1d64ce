//! Names that are different in the schema, and the same in Rust.

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};

use super::Mistakes;
use crate::model::{Model, Package, Service, Word};
use crate::place::Place;

/// Finds the clashes of one package.
pub(super) fn check(model: &Model, package: &Package, mistakes: &mut Mistakes) {
    let mut taken = BTreeMap::new();
    for Word { text, place } in &package.names {
        taken.insert(text.to_upper_camel_case(), (text.clone(), place.clone()));
    }
    for service in &package.services {
        for rust in generated(service) {
            take(&mut taken, rust, service, mistakes);
        }
        methods(service, mistakes);
    }
    modules(model, package, mistakes);
}

/// The types that a service becomes; its module is checked with the modules.
fn generated(service: &Service) -> [String; 3] {
    let name = service.name.text.to_upper_camel_case();
    ["", "Server", "Client"].map(|suffix| format!("{name}{suffix}"))
}

fn take(
    taken: &mut BTreeMap<String, (String, Place)>,
    rust: String,
    service: &Service,
    mistakes: &mut Mistakes,
) {
    let Word { text: name, place } = &service.name;
    if let Some((owner, first)) = taken.get(&rust) {
        let what = format!("service `{name}` becomes the Rust type `{rust}`, as does `{owner}`");
        return mistakes.add(place, format!("{what} ({first}): rename one of them"));
    }
    taken.insert(rust, (name.clone(), place.clone()));
}

fn methods(service: &Service, mistakes: &mut Mistakes) {
    let mut taken = BTreeMap::<String, &Word>::new();
    for method in &service.methods {
        let rust = method.name.text.to_snake_case();
        if let Some(first) = taken.get(&rust) {
            let Word { text, place } = &method.name;
            let what = format!("method `{text}` becomes the Rust method `{rust}`");
            let what = format!("{what}, as does `{}` ({})", first.text, first.place);
            mistakes.add(place, format!("{what}: rename one of them"));
        } else {
            taken.insert(rust, &method.name);
        }
    }
}

/// A package within this one is a Rust module, and so is what is nested in a
/// message.
fn modules(model: &Model, package: &Package, mistakes: &mut Mistakes) {
    let inner = model.packages.iter().filter_map(|other| {
        let rest = match &*package.name {
            "" => &*other.name,
            name => other.name.strip_prefix(name)?.strip_prefix('.')?,
        };
        let first = rest.split('.').next()?;
        (!first.is_empty()).then(|| (first.to_snake_case(), other))
    });
    let inner: BTreeMap<_, _> = inner.collect();
    for message in package.messages.iter().filter(|message| message.module) {
        let Word { text, place } = &message.name;
        let name = text.strip_prefix(&package.qualified("")).unwrap_or(text);
        if let Some(other) = inner.get(&name.to_snake_case()).filter(|_| !name.contains('.')) {
            let (module, other) = (name.to_snake_case(), &other.name);
            let what = format!("what is in message `{text}` becomes the Rust module `{module}`");
            let way_out = "rename one of them";
            mistakes.add(place, format!("{what}, as does package `{other}`: {way_out}"));
        }
    }
}
