//! What protobuf allows and routes do not.

mod names;

use std::collections::BTreeMap;
use std::fmt::Display;

use connector_protocol::route::{self, RouteError};

use crate::error::{Error, none_or};
use crate::model::{Code, Form, Message, Method, Model, Package, Part, Service, Word};
use crate::place::Place;

/// Finds all mistakes at once.
pub(crate) fn check(model: &Model) -> Result<(), Error> {
    let mut check = Check::default();
    for package in &model.packages {
        names::check(model, package, &mut check.mistakes);
        for service in &package.services {
            check.service(package, service);
        }
        for message in &package.messages {
            check.message(message);
        }
    }
    none_or(check.mistakes.sorted())
}

/// Mistakes, in the order of their places.
#[derive(Default)]
pub(crate) struct Mistakes(Vec<(Place, String)>);

impl Mistakes {
    /// `what` says what is wrong, and what to write instead.
    pub(crate) fn add(&mut self, place: &Place, what: impl Display) {
        self.0.push((place.clone(), format!("{place}: {what}")));
    }

    fn sorted(mut self) -> Vec<String> {
        self.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.0.into_iter().map(|(_, mistake)| mistake).collect()
    }
}

#[derive(Default)]
struct Check {
    mistakes: Mistakes,
    /// Who has a route.
    routes: BTreeMap<String, (String, Place)>,
    /// Who has the route of a push.
    pushes: BTreeMap<String, (String, Place)>,
    /// Who has a number in the dictionary, which has methods and pushes.
    codes: BTreeMap<u32, (String, Place)>,
}

impl Check {
    fn service(&mut self, package: &Package, service: &Service) {
        let composed = service.methods.iter().any(|method| !method.route.written);
        let prefix_fits = !composed || self.prefix(package, service);
        for method in &service.methods {
            let name = format!("{}.{}", package.qualified(&service.name.text), method.name.text);
            self.types(method);
            if !method.route.written && !prefix_fits {
                continue;
            }
            let Word { text, place } = &method.route.word;
            if let Err(error) = route::Route::parse(text) {
                self.mistakes.add(place, route_mistake(text, error));
            } else if let Some((owner, first)) = self.routes.get(text) {
                self.mistakes.add(place, format_args!(
                    "route `{text}` is that of `{owner}` already ({first}): give one of them another with `option (connector.route) = \"..\";`",
                ));
            } else {
                self.routes.insert(text.clone(), (name.clone(), place.clone()));
            }
            self.code(method.code.as_ref(), &name);
        }
    }

    /// Whether a service's routes begin well.
    fn prefix(&mut self, package: &Package, service: &Service) -> bool {
        let Word { text: name, place } = &service.name;
        let server = &service.server;
        let parts = server.word.text.split('.').count();
        if !server.written && server.word.text.is_empty() {
            self.mistakes.add(place, format_args!(
                "the routes of service `{name}` have no first part, since the file has no package: write `package game;` at its top, or `option (connector.server) = \"game\";` in the service",
            ));
            return false;
        }
        if !server.written && parts > 1 {
            let last = package.name.rsplit('.').next().unwrap_or_default();
            self.mistakes.add(place, format_args!(
                "package `{}` has {parts} parts, and a route has room for one in front of its handler: write `option (connector.server) = \"{last}\";` in service `{name}`",
                package.name,
            ));
            return false;
        }
        let server_fits = self.part(server, "server");
        self.part(&service.handler, "handler") && server_fits
    }

    /// Whether an option's text may stand between the dots of a route.
    fn part(&mut self, part: &Part, option: &str) -> bool {
        let Word { text, place } = &part.word;
        let problem = match route::check_prefix(&format!("{text}.x")) {
            Ok(()) => return true,
            Err(RouteError::EmptyPart(_)) if text.is_empty() => "it is empty".to_owned(),
            Err(RouteError::EmptyPart(_) | RouteError::Parts { .. }) => "it has a dot".to_owned(),
            Err(error) => why(text, error),
        };
        self.mistakes.add(place, format_args!(
            "`{text}` cannot be a part of a route, {problem}: write one word, as in `option (connector.{option}) = \"chat\";`",
        ));
        false
    }

    fn types(&mut self, method: &Method) {
        let name = &method.name.text;
        if let Some(place) = &method.stream {
            self.mistakes.add(place, format_args!(
                "method `{name}` streams, which is not there yet: take out `stream`, and let the server push messages that have `option (connector.push) = \"..\";`",
            ));
        }
        for Word { text, place } in [&method.input, &method.output] {
            if text.starts_with("google.protobuf.") && text != "google.protobuf.Empty" {
                self.mistakes.add(place, format_args!(
                    "`{text}` is no body of a message: put it into a message of your own, as its field",
                ));
            }
        }
        if method.notify && !method.returns_nothing() {
            self.mistakes.add(&method.output.place, format_args!(
                "method `{name}` is a notify and answers nothing: write `returns (google.protobuf.Empty)`, from \"google/protobuf/empty.proto\", or take out `option (connector.notify)`",
            ));
        }
    }

    fn message(&mut self, message: &Message) {
        let name = &message.name.text;
        match (&message.push, &message.push_code) {
            (None, Some(code)) => self.mistakes.add(&code.place, format_args!(
                "message `{name}` has a code and no name to be pushed under: write `option (connector.push) = \"onSomething\";` too",
            )),
            (Some(push), _) => self.push(push, name),
            (None, None) => {}
        }
        self.code(message.push_code.as_ref(), name);
        for field in message.fields.iter().filter(|field| is_unknown(&field.form)) {
            self.mistakes.add(&field.name.place, format_args!(
                "field `{}` is a google.protobuf.Any, which JSON cannot express without knowing all types: write a `oneof` of the types that it may have, or `bytes`",
                field.name.text,
            ));
        }
    }

    /// The route of a push has as many parts as it likes.
    fn push(&mut self, Word { text, place }: &Word, name: &str) {
        match route::Route::parse(text) {
            Ok(_) | Err(RouteError::Parts { .. }) => {}
            Err(_) if text.is_empty() => return self.mistakes.add(place, format_args!(
                "the push of message `{name}` has no name: write one, as in `option (connector.push) = \"onSomething\";`",
            )),
            Err(error) => return self.mistakes.add(place, format_args!(
                "message `{name}` cannot be pushed as `{text}`, {}: write a name such as `onSomething`",
            )),
        }
        if let Some((owner, first)) = self.pushes.get(text) {
            return self.mistakes.add(place, format_args!(
                "message `{owner}` is pushed as `{text}` already ({first}), and a client could not tell them apart: give one of them another name",
            ));
        }
        self.pushes.insert(text.clone(), (name.to_owned(), place.clone()));
    }

    fn code(&mut self, code: Option<&Code>, name: &str) {
        let Some(Code { number, place }) = code else { return };
        if u16::try_from(*number).is_err() {
            return self.mistakes.add(place, format_args!(
                "code {number} does not fit into the two bytes that it has on the wire: write one up to {}",
                u16::MAX,
            ));
        }
        if let Some((owner, first)) = self.codes.get(number) {
            return self.mistakes.add(
                place,
                format_args!(
                    "code {number} is that of `{owner}` already ({first}): write another number",
                ),
            );
        }
        self.codes.insert(*number, (name.to_owned(), place.clone()));
    }
}

fn route_mistake(text: &str, error: RouteError) -> String {
    format!(
        "`{text}` is no route, {error}: write three words, as in `option (connector.route) = \"chat.chatHandler.send\";`"
    )
}

fn is_unknown(form: &Form) -> bool {
    match form {
        Form::Unknown => true,
        Form::List(form) | Form::Map(form) => is_unknown(form),
        Form::Enum | Form::Named(_) => false,
    }
}
