//! The names of plugins, methods, services and events, and those that are taken.

use connector_protocol::route::method_name;
use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::LitStr;

use crate::ctxt::Ctxt;
use crate::symbol::{CAN_ACTIVATE, CAN_DEACTIVATE, METHOD, ON_ACTIVATION, ON_DEACTIVATION};

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

/// Names with a meaning of their own: for which kind, the reason, and the hook to write
/// instead.
const RESERVED: &[(Kind, &str, &str, Option<&str>)] = &[
    (Kind::Plugin, "manager", "every engine has a plugin of this name", None),
    (Kind::Method, "handshake", "it is the first message of every connection", None),
    (Kind::Method, "canActivate", "it is a hook", Some(CAN_ACTIVATE)),
    (Kind::Method, "canDeactivate", "engines ask it of every plugin", Some(CAN_DEACTIVATE)),
    (Kind::Method, "onActivation", "it is a hook", Some(ON_ACTIVATION)),
    (Kind::Method, "onDeactivation", "it is a hook", Some(ON_DEACTIVATION)),
    (Kind::Method, "onRegistration", "engines call their own plugins by it", None),
    (Kind::Method, "on", "it would hide the function by which released clients listen", None),
    (Kind::Event, "queue", "released engines emit it for every plugin that is called", None),
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
        if let Some(problem) = self.problem(name, instead) {
            let message = format!("`{name}` cannot be the name of {noun}: {problem}");
            cx.error(at.to_token_stream(), message);
        }
    }

    fn problem(self, name: &str, instead: &str) -> Option<String> {
        let is_meant = |(kind, known, ..): &&(Self, &str, _, _)| *kind == self && *known == name;
        if let Some((_, _, reason, hook)) = RESERVED.iter().find(is_meant) {
            return Some(match hook {
                Some(hook) => format!("{reason}; write `#[{hook}]` in the place of `#[{METHOD}]`"),
                None => format!("{reason}; write another one{instead}"),
            });
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
