//! What protobuf allows and routes do not.

mod names;
mod words;

use std::collections::BTreeMap;
use std::fmt::Display;

use connector_protocol::route::{self, RouteError};

use crate::error::{Error, none_or};
use crate::model::{Code, Form, Message, Method, Model, Package, Part, Service, Word};
use crate::place::Place;
use words::why;

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

/// Who was first to have something, and where.
type Owners<K> = BTreeMap<K, (String, Place)>;

#[derive(Default)]
struct Check {
    mistakes: Mistakes,
    routes: Owners<String>,
    pushes: Owners<String>,
    /// Of the dictionary, which has methods and pushes.
    codes: Owners<u32>,
}

impl Check {
    fn service(&mut self, package: &Package, service: &Service) {
        let composed = service.methods.iter().any(|method| !method.route.written);
        let prefix_fits = !composed || self.prefix(package, service);
        for method in &service.methods {
            let name = format!("{}.{}", package.qualified(&service.name.text), method.name.text);
            self.types(method);
            if method.route.written || prefix_fits {
                self.route(&method.route.word, &name);
            }
            self.code(method.code.as_ref(), &name);
        }
    }

    fn route(&mut self, Word { text, place }: &Word, name: &str) {
        if let Err(error) = route::Route::parse(text) {
            let why = why(text, error);
            let what = format!("`{text}` is no route, {why}: {}", words::THREE_WORDS);
            return self.mistakes.add(place, what);
        }
        if let Some((owner, first)) = self.routes.get(text) {
            let what = format!("route `{text}` is that of `{owner}` already ({first})");
            let way_out = "give one of them another with `option (connector.route) = \"..\";`";
            return self.mistakes.add(place, format!("{what}: {way_out}"));
        }
        self.routes.insert(text.clone(), (name.to_owned(), place.clone()));
    }

    /// Whether a service's routes begin well.
    fn prefix(&mut self, package: &Package, service: &Service) -> bool {
        let Word { text: name, place } = &service.name;
        let (server, handler) = (&service.server, &service.handler);
        if !server.written && server.word.text.is_empty() {
            self.mistakes.add(place, words::no_package(name));
            return false;
        }
        if !server.written && server.word.text.contains('.') {
            self.mistakes.add(place, words::package_has_parts(&package.name, name));
            return false;
        }
        let server_fits = self.part(server, "server");
        self.part(handler, "handler") && server_fits
    }

    /// Whether an option's text may stand between the dots of a route.
    fn part(&mut self, part: &Part, option: &str) -> bool {
        let Word { text, place } = &part.word;
        let why = match route::check_prefix(&format!("{text}.x")) {
            Ok(()) => return true,
            Err(RouteError::EmptyPart(_)) if text.is_empty() => "it is empty".to_owned(),
            Err(RouteError::EmptyPart(_) | RouteError::Parts { .. }) => "it has a dot".to_owned(),
            Err(error) => why(text, error),
        };
        let what = format!("`{text}` cannot be a part of a route, {why}");
        let way_out = format!("write one word, as in `option (connector.{option}) = \"chat\";`");
        self.mistakes.add(place, format!("{what}: {way_out}"));
        false
    }

    fn types(&mut self, method: &Method) {
        let name = &method.name.text;
        if let Some(place) = &method.stream {
            self.mistakes.add(place, words::streams(name));
        }
        for Word { text, place } in [&method.input, &method.output] {
            if text.starts_with("google.protobuf.") && text != "google.protobuf.Empty" {
                let way_out = "put it into a message of your own, as its field";
                self.mistakes.add(place, format!("`{text}` is no body of a message: {way_out}"));
            }
        }
        if method.notify && !method.returns_nothing() {
            self.mistakes.add(&method.output.place, words::notify_answers(name));
        }
    }

    fn message(&mut self, message: &Message) {
        let name = &message.name.text;
        match (&message.push, &message.push_code) {
            (Some(push), _) => self.push(push, name),
            (None, Some(code)) => {
                let what = format!("message `{name}` has a code and no name to be pushed under");
                self.mistakes.add(&code.place, format!("{what}: {} too", words::NAME_OF_A_PUSH));
            }
            (None, None) => {}
        }
        self.code(message.push_code.as_ref(), name);
        for field in message.fields.iter().filter(|field| is_unknown(&field.form)) {
            self.mistakes.add(&field.name.place, words::any(&field.name.text));
        }
    }

    /// The route of a push has as many parts as it likes.
    fn push(&mut self, Word { text, place }: &Word, name: &str) {
        match route::Route::parse(text) {
            Ok(_) | Err(RouteError::Parts { .. }) => {}
            Err(_) if text.is_empty() => {
                let what = format!("the push of message `{name}` has no name");
                return self.mistakes.add(place, format!("{what}: {}", words::NAME_OF_A_PUSH));
            }
            Err(error) => {
                let why = why(text, error);
                let what = format!("message `{name}` cannot be pushed as `{text}`, {why}");
                return self.mistakes.add(place, format!("{what}: {}", words::NAME_OF_A_PUSH));
            }
        }
        if let Some((owner, first)) = self.pushes.get(text) {
            return self.mistakes.add(place, words::pushed_already(owner, text, first));
        }
        self.pushes.insert(text.clone(), (name.to_owned(), place.clone()));
    }

    fn code(&mut self, code: Option<&Code>, name: &str) {
        let Some(Code { number, place }) = code else { return };
        if *number == 0 {
            let what = "code 0 says to a client that there is none";
            return self.mistakes.add(place, format!("{what}: write one from 1 to {}", u16::MAX));
        }
        if u16::try_from(*number).is_err() {
            let what = format!("code {number} does not fit into two bytes, as it has to");
            return self.mistakes.add(place, format!("{what}: write one up to {}", u16::MAX));
        }
        if let Some((owner, first)) = self.codes.get(number) {
            let what = format!("code {number} is that of `{owner}` already ({first})");
            return self.mistakes.add(place, format!("{what}: write another number"));
        }
        self.codes.insert(*number, (name.to_owned(), place.clone()));
    }
}

fn is_unknown(form: &Form) -> bool {
    match form {
        Form::Unknown => true,
        Form::List(form) | Form::Map(form) => is_unknown(form),
        Form::Enum | Form::Named(_) => false,
    }
}
