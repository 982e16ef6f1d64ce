//! The names of plugins, methods, services and events, and those that are taken.

use connector_protocol::route::method_name;
use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::LitStr;

use crate::ctxt::Ctxt;

/// The most bytes of a name that the engine's side keeps.
const LONGEST: usize = 256;

/// A kind of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plugin,
    Method,
    Service,
    Event,
}

/// Names with a meaning of their own: for which kind, and the reason.
const RESERVED: &[(Kind, &str, &str)] = &[
    (Kind::Plugin, "manager", "every engine has a plugin of this name; write another one"),
    (Kind::Method, "handshake", "it is the first message of every connection; write another one"),
    (Kind::Method, "canActivate", "it is a hook; write `#[can_activate]` on the method instead"),
    (
        Kind::Method,
        "canDeactivate",
        "engines ask it of every plugin; write `#[can_deactivate]` on the method instead",
    ),
    (Kind::Method, "onActivation", "it is a hook; write `#[on_activation]` on the method instead"),
    (
        Kind::Method,
        "onDeactivation",
        "it is a hook; write `#[on_deactivation]` on the method instead",
    ),
    (Kind::Method, "onRegistration", "engines call their own plugins by it; write another one"),
    (
        Kind::Method,
        "on",
        "it would hide the function that released clients listen with; write another one",
    ),
    (
        Kind::Event,
        "queue",
        "released engines emit it for every plugin that is called; write another one",
    ),
];

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Self::Plugin => "a plugin",
            Self::Method => "a method",
            Self::Service => "a service",
            Self::Event => "an event",
        }
    }

    /// Checks a name, which is reported at `at`. `instead` says how to give another one.
    pub(crate) fn check(self, cx: &Ctxt, name: &str, at: &dyn quote::ToTokens, instead: &str) {
        let noun = self.noun();
        if let Some(problem) = self.problem(name) {
            let message = format!("`{name}` cannot be the name of {noun}: {problem}{instead}");
            cx.error(at.to_token_stream(), message);
        }
    }

    fn problem(self, name: &str) -> Option<String> {
        let reserved = RESERVED.iter().find(|(kind, known, _)| *kind == self && *known == name);
        if let Some((.., reason)) = reserved {
            return Some((*reason).to_owned());
        }
        if name.is_empty() {
            return Some("it is empty".to_owned());
        }
        if name.len() > LONGEST {
            return Some(format!("it has {} bytes, of {LONGEST} that are allowed", name.len()));
        }
        let is_allowed = |char: char| {
            char.is_alphanumeric()
                || matches!(char, '_' | '-' | '$')
                // Services may be in one another.
                || (char == '.' && self == Self::Service)
                || (matches!(char, ' ' | ':' | '/' | '.') && self == Self::Event)
        };
        if let Some(char) = name.chars().find(|char| !is_allowed(*char)) {
            let char = char.escape_debug();
            let help = match (char.clone().next(), self) {
                (Some('.'), Self::Method) => "; a service goes into `service = \"..\"`",
                (Some('.'), Self::Plugin) => "; a dot leads to a plugin's service",
                _ => "; letters, digits, `_`, `-` and `$` are",
            };
            return Some(format!("`{char}` is not allowed{help}"));
        }
        if self == Self::Service && name.split('.').any(str::is_empty) {
            return Some("one of its parts is empty".to_owned());
        }
        None
    }
}

/// The name of a method: as given, or its function's in lowerCamelCase.
pub(crate) fn of_method(function: &Ident, given: Option<&LitStr>) -> String {
    given.map_or_else(|| method_name(&function.to_string()), LitStr::value)
}

/// The name of the function that emits an event: `emit_file_added` for `fileAdded`.
pub(crate) fn of_emitter(event: &str, span: Span) -> Ident {
    let mut snake = String::from("emit_");
    for char in event.chars() {
        if char.is_uppercase() && !snake.ends_with('_') {
            snake.push('_');
        }
        match char.is_alphanumeric() {
            true => snake.extend(char.to_lowercase()),
            false if snake.ends_with('_') => {}
            false => snake.push('_'),
        }
    }
    format_ident!("{}", snake.trim_end_matches('_'), span = span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emitters_are_named_as_functions() {
        let name = |event: &str| of_emitter(event, Span::call_site()).to_string();
        assert_eq!(name("finished"), "emit_finished");
        assert_eq!(name("fileAdded"), "emit_file_added");
        assert_eq!(name("HTTP"), "emit_h_t_t_p");
        assert_eq!(name("pop-up: $x"), "emit_pop_up_x");
    }
}
