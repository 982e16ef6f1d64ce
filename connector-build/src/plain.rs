//! The methods that are plain functions.

use connector_schema::Schema;

use crate::error::Error;

/// The methods that are plain functions: their full names, or those of their services.
#[derive(Debug, Default)]
pub(crate) struct Plain(Vec<String>);

impl Plain {
    pub(crate) fn add(&mut self, name: String) {
        self.0.push(name.strip_prefix('.').unwrap_or(&name).to_owned());
    }

    /// Returns `true` if the method of this service is plain.
    pub(crate) fn has(&self, service: &str, method: &str) -> bool {
        let is = |name: &String| match name.strip_prefix(service) {
            Some("") => true,
            Some(rest) => rest.strip_prefix('.') == Some(method),
            None => false,
        };
        self.0.iter().any(is)
    }

    /// Checks that each name is one of the schema.
    pub(crate) fn check(&self, schema: &Schema) -> Result<(), Error> {
        let mut known = Vec::new();
        for package in schema.packages() {
            for service in package.services.iter().filter(|service| service.plugin.is_none()) {
                let name = package.full_name(&service.name.value);
                let methods = service.methods.iter().map(|method| &method.name.value);
                known.extend(methods.map(|method| format!("{name}.{method}")));
                known.push(name);
            }
        }
        let unknown = self.0.iter().filter(|name| !known.contains(name));
        let mistakes: Vec<_> = unknown
            .map(|name| {
                format!(
                    "`plain_fn(\"{name}\")`: the schemas have neither a method nor a service of \
                     this name: write it with its package, as in `chat.ChatHandler.Send`"
                )
            })
            .collect();
        if mistakes.is_empty() { Ok(()) } else { Err(Error::new(mistakes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_named_one_by_one_or_by_their_service() {
        let mut plain = Plain::default();
        plain.add("chat.Chat.Say".into());
        plain.add(".chat.Rooms".into());
        assert!(plain.has("chat.Chat", "Say") && !plain.has("chat.Chat", "SayAll"));
        assert!(plain.has("chat.Rooms", "Join") && !plain.has("chat.RoomsAdmin", "Join"));
    }
}
