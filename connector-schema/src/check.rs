//! Rules that protobuf does not have and Connector has.

use std::collections::BTreeMap;

use connector_protocol::route::{self, RouteError};

use crate::calls;
use crate::error::Mistakes;
use crate::messages;
use crate::model::{Message, Method, Package, Push, RouteText, Service};
use crate::place::{Place, Spanned};

/// Finds all mistakes in `packages`.
pub(crate) fn check(packages: &[Package], mistakes: &mut Mistakes) {
    calls::check(packages, mistakes);
    let mut check =
        Check { mistakes, routes: Owners::new(), pushes: Owners::new(), codes: Owners::new() };
    for package in packages {
        for service in &package.services {
            check.service(package, service);
        }
        for message in package.all_messages() {
            check.message(message);
        }
    }
}

/// The first item that has something, and the place where it has it.
type Owners<K> = BTreeMap<K, (String, Place)>;

struct Check<'a> {
    mistakes: &'a mut Mistakes,
    routes: Owners<String>,
    pushes: Owners<String>,
    /// Codes of methods and of pushes, which share one dictionary.
    codes: Owners<u16>,
}

impl Check<'_> {
    fn service(&mut self, package: &Package, service: &Service) {
        self.hidden(service);
        if let Some(plugin) = &service.plugin {
            return self.plugin(plugin, service);
        }
        let derived = service.methods.iter().any(|method| !method.route.explicit);
        let prefix_fits = !derived || self.prefix(package, service);
        for method in &service.methods {
            let name = &method.name.value;
            let name = format!("{}.{name}", package.full_name(&service.name.value));
            self.types(method);
            // Mistakes of the prefix are reported once, not for each method.
            if method.route.explicit || prefix_fits {
                self.route(&method.route.text, &name);
            }
            self.code(method.code.as_ref(), &name);
        }
    }

    /// Finds messages that methods of the service hide. Protox looks past methods.
    fn hidden(&mut self, service: &Service) {
        let is_method = |name: &str| service.methods.iter().any(|method| method.name.value == name);
        for method in &service.methods {
            let written = method.as_written.iter().flatten();
            for (written, found) in written.zip([&method.input, &method.output]) {
                if is_method(written) {
                    let message = messages::hidden(written, &service.name.value, &found.value);
                    self.mistakes.add(&found.place, message);
                }
            }
        }
    }

    /// Checks a service that describes a plugin.
    fn plugin(&mut self, plugin: &Spanned<String>, service: &Service) {
        let Spanned { value: name, place } = plugin;
        if name.split('.').any(|part| part.trim().is_empty()) {
            self.mistakes.add(place, messages::not_a_plugin(name));
        }
        for (part, option) in [(&service.server, "server"), (&service.handler, "handler")] {
            if part.explicit {
                self.mistakes.add(&part.text.place, messages::plugin_has_route(name, option));
            }
        }
        let mut names = Owners::new();
        for method in &service.methods {
            let Spanned { value: ident, place } = &method.name;
            self.plugin_method(name, method);
            let wire = method.plugin_name();
            if let Some((owner, first)) = names.get(&(method.is_event(), wire.clone())) {
                self.mistakes.add(place, messages::plugin_name_taken(ident, &wire, owner, first));
            } else {
                names.insert((method.is_event(), wire), (ident.clone(), place.clone()));
            }
        }
    }

    fn plugin_method(&mut self, plugin: &str, method: &Method) {
        let name = &method.name.value;
        let Method { route, code, notify, json, streams, input, output, .. } = method;
        let route = route.explicit.then_some(&route.text.place);
        let code = code.as_ref().map(|code| &code.place);
        let flag = |is_set: bool| is_set.then_some(&method.name.place);
        for (place, option) in
            [(route, "route"), (code, "code"), (flag(*notify), "notify"), (flag(*json), "json")]
        {
            if let Some(place) = place {
                self.mistakes.add(place, messages::plugin_has_route(plugin, option));
            }
        }
        if let Some(place) = &streams.input {
            self.mistakes.add(place, messages::plugin_takes_stream(name));
        }
        if method.is_event() && !method.takes_nothing() {
            self.mistakes.add(&input.place, messages::event_takes(name));
        }
        if !method.is_event() && method.plugin_name() == "handshake" {
            self.mistakes.add(&method.name.place, messages::handshake(name));
        }
        self.bodies([input, output]);
    }

    fn route(&mut self, Spanned { value: text, place }: &Spanned<String>, name: &str) {
        if let Err(error) = route::Route::parse(text) {
            return self.mistakes.add(place, messages::not_a_route(text, error));
        }
        if let Some((owner, first)) = self.routes.get(text) {
            return self.mistakes.add(place, messages::route_taken(text, owner, first));
        }
        self.routes.insert(text.clone(), (name.to_owned(), place.clone()));
    }

    /// Checks the first two parts of a service's derived routes.
    fn prefix(&mut self, package: &Package, service: &Service) -> bool {
        let Spanned { value: name, place } = &service.name;
        let server = &service.server;
        if !server.explicit && server.text.value.is_empty() {
            self.mistakes.add(place, messages::no_package(name));
            return false;
        }
        if !server.explicit && server.text.value.contains('.') {
            self.mistakes.add(place, messages::package_has_parts(&package.name, name));
            return false;
        }
        let server_fits = self.part(server, "server");
        let handler_fits = self.part(&service.handler, "handler");
        server_fits && handler_fits
    }

    /// Checks a text that is to be between the dots of a route.
    fn part(&mut self, part: &RouteText, option: &str) -> bool {
        let Spanned { value: text, place } = &part.text;
        let why = match route::check_prefix(&format!("{text}.x")) {
            Ok(()) => return true,
            Err(RouteError::EmptyPart(_)) if text.is_empty() => "it is empty".to_owned(),
            Err(RouteError::EmptyPart(_) | RouteError::Parts { .. }) => "it has a dot".to_owned(),
            Err(error) => error.to_string(),
        };
        self.mistakes.add(place, messages::not_a_part(text, &why, option));
        false
    }

    fn types(&mut self, method: &Method) {
        let name = &method.name.value;
        if let Some(place) = method.streams.input.as_ref().or(method.streams.output.as_ref()) {
            self.mistakes.add(place, messages::streams(name));
        }
        self.bodies([&method.input, &method.output]);
        if method.notify && !method.returns_nothing() {
            self.mistakes.add(&method.output.place, messages::notify_answers(name));
        }
    }

    fn bodies(&mut self, messages: [&Spanned<String>; 2]) {
        for Spanned { value: text, place } in messages {
            if text.starts_with("google.protobuf.") && text != "google.protobuf.Empty" {
                self.mistakes.add(place, messages::not_a_body(text));
            }
        }
    }

    fn message(&mut self, message: &Message) {
        let name = &message.name.value;
        if let Some(Push { route, code, .. }) = &message.push {
            self.push(route, name);
            self.code(code.as_ref(), name);
        }
    }

    /// The route of a push may have any number of parts.
    fn push(&mut self, Spanned { value: text, place }: &Spanned<String>, name: &str) {
        match route::Route::parse(text) {
            Ok(_) | Err(RouteError::Parts { .. }) => {}
            Err(_) if text.is_empty() => {
                return self.mistakes.add(place, messages::push_empty(name));
            }
            Err(error) => {
                return self.mistakes.add(place, messages::not_a_push(text, name, error));
            }
        }
        if let Some((owner, first)) = self.pushes.get(text) {
            return self.mistakes.add(place, messages::push_taken(text, owner, first));
        }
        self.pushes.insert(text.clone(), (name.to_owned(), place.clone()));
    }

    fn code(&mut self, code: Option<&Spanned<u16>>, name: &str) {
        let Some(Spanned { value: code, place }) = code else { return };
        if let Some((owner, first)) = self.codes.get(code) {
            return self.mistakes.add(place, messages::code_taken(*code, owner, first));
        }
        self.codes.insert(*code, (name.to_owned(), place.clone()));
    }
}
