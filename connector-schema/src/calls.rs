//! Rules of the options about calls.

use crate::error::Mistakes;
use crate::model::{FieldKind, Message, Method, Order, Package, Scalar, Service, Type};
use crate::place::{Place, Spanned};

/// Checks the options about the calls of all methods.
pub(crate) fn check(packages: &[Package], mistakes: &mut Mistakes) {
    let mut check = Check { packages, mistakes };
    for service in packages.iter().flat_map(|package| &package.services) {
        for method in &service.methods {
            check.method(service, method);
        }
    }
}

struct Check<'a> {
    packages: &'a [Package],
    mistakes: &'a mut Mistakes,
}

impl Check<'_> {
    fn method(&mut self, service: &Service, method: &Method) {
        let order = method.order.as_ref();
        if let Some(plugin) = &service.plugin {
            let order = order.map(|order| &order.place);
            let timeout = method.timeout.as_ref().map(|timeout| &timeout.place);
            for place in order.into_iter().chain(timeout) {
                let message = format!(
                    "the calls of plugin `{}` run in the plugin, which decides on them: remove \
                     this option",
                    plugin.value
                );
                self.mistakes.add(place, message);
            }
        } else if let Some(Spanned { value: Order::Keyed(path), place }) = order {
            self.key(method, path, place);
        }
    }

    /// Checks that a path leads from a method's message to a value.
    fn key(&mut self, method: &Method, path: &str, place: &Place) {
        let name = &method.name.value;
        if method.takes_nothing() {
            let message = format!(
                "a key is a field of the message, and method `{name}` takes none: remove `option \
                 (connector.key)`, or take a message with the field"
            );
            return self.mistakes.add(place, message);
        }
        if let Err(message) = self.follow(&method.input.value, path) {
            self.mistakes.add(place, message);
        }
    }

    fn follow(&self, message: &str, path: &str) -> Result<(), String> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
        // Those of other people's schemas have no functions of ours.
        let Some(of) = self.message(message) else {
            return Err(format!(
                "a key cannot be in `{message}`, which is not a message of these schemas: write \
                 a field that comes before it"
            ));
        };
        let Some(field) = of.field(first) else {
            let known: Vec<_> =
                of.fields.iter().map(|field| format!("`{}`", field.name.value)).collect();
            let fix = match &*known {
                [] => "it has no fields, so remove `option (connector.key)`".to_owned(),
                known => format!("write one of {}", known.join(", ")),
            };
            return Err(format!("`{first}` is not a field of `{message}`: {fix}"));
        };
        if let Some(oneof) = &field.oneof {
            return Err(format!(
                "`{first}` is one of several fields, `oneof {oneof}`, and so cannot be a key: \
                 write a field that each message has"
            ));
        }
        match (&field.kind, rest) {
            (FieldKind::Single(Type::Message(inner)), Some(rest)) => self.follow(inner, rest),
            (FieldKind::Single(Type::Message(inner)), None) => Err(format!(
                "a key is a single value, and `{first}` is a message: write one of its fields \
                 behind a dot, as in `{first}.{}`",
                self.message(inner).and_then(first_field).unwrap_or("id")
            )),
            (FieldKind::Single(_), Some(rest)) => Err(format!(
                "`{first}` of `{message}` is not a message, so it has no field `{rest}`: write \
                 `{first}`"
            )),
            (FieldKind::Single(Type::Scalar(scalar @ (Scalar::Double | Scalar::Float))), None) => {
                Err(format!(
                    "a `{scalar}` cannot be a key, since equal ones may differ in a bit: write an \
                     integer or a text"
                ))
            }
            (FieldKind::Single(_), None) => Ok(()),
            (FieldKind::Repeated(_) | FieldKind::Map { .. }, _) => Err(format!(
                "a key is a single value, and `{first}` has several: write a field with one value"
            )),
        }
    }

    fn message(&self, name: &str) -> Option<&Message> {
        let mut messages = self.packages.iter().flat_map(Package::all_messages);
        messages.find(|message| message.name.value == name)
    }
}

fn first_field(message: &Message) -> Option<&str> {
    Some(&message.fields.first()?.name.value)
}
