//! From the parsed to the checked plugin: the rules.

use proc_macro2::{Ident, Span};
use quote::{ToTokens, format_ident};
use syn::{LitStr, ReturnType, Signature, Type};

use super::arguments::{self, Of, arguments, last_segment, returned};
use super::model::{Emitter, Hook, HookKind, Input, Listener, Method, Model, Target};
use super::names::{self, Kind};
use super::parse::BLOCK;
use crate::block::predicate;
use crate::ctxt::Ctxt;
use crate::method::{MethodSpec, is_plain};
use crate::symbol::{METHOD, NAME, PLUGIN};

const CALLED: MethodSpec =
    MethodSpec { what: "a plugin's method", runs: "calls", shared: "the plugin" };
const NOTIFIED: MethodSpec = MethodSpec { what: "a listener", runs: "calls", shared: "the plugin" };
const HOOK: MethodSpec = MethodSpec { what: "a hook", runs: "calls", shared: "the plugin" };

/// The plugin's model; if there is none, `cx` has the reason.
pub(crate) fn check<'a>(cx: &Ctxt, input: &'a Input) -> Option<Model<'a>> {
    BLOCK.check(cx, &input.block);
    let self_ty = &input.block.self_ty;
    if input.unmarked && input.is_without_members() {
        cx.error(
            self_ty,
            format_args!(
                "no method of this block is the plugin's: put `#[{METHOD}]` on those that engines \
                 call, or leave the block empty"
            ),
        );
    }
    let name = name(cx, input);
    let methods: Vec<_> = input.methods.iter().map(|found| method(cx, found, self_ty)).collect();
    unique(cx, &methods, &input.methods);
    clashes(cx, &input.methods);
    let listeners = input.listeners.iter().map(|found| listener(cx, found, self_ty));
    let listeners: Vec<_> = listeners.collect();
    hooks(cx, &input.hooks);
    let emitters = emitters(cx, input);
    Some(Model {
        name: name?,
        methods,
        listeners: listeners.into_iter().collect::<Option<_>>()?,
        hooks: input.hooks.iter().collect(),
        emitters,
    })
}

fn name(cx: &Ctxt, input: &Input) -> Option<String> {
    let Some(name) = input.name.get() else {
        if input.args_read {
            let message = format!(
                "the plugin's name is missing: write `#[{PLUGIN}({NAME} = \"compiler\")]`, by \
                 which other plugins call it"
            );
            cx.record(syn::Error::new(Span::call_site(), message));
        }
        return None;
    };
    Kind::Plugin.check(cx, &name.value(), name, "");
    Some(name.value())
}

fn method(cx: &Ctxt, method: &Method, self_ty: &Type) -> Target {
    let Method { sig, .. } = method;
    CALLED.check(cx, sig);
    let given = method.name.get();
    let name = names::of_method(&sig.ident, given);
    match given {
        Some(literal) => Kind::Method.check(cx, &name, literal, ""),
        None => {
            let instead = format!(", such as `#[{METHOD}(\"..\")]`");
            Kind::Method.check(cx, &name, &sig.ident, &instead);
        }
    }
    if let Some(service) = method.service.get() {
        Kind::Service.check(cx, &service.value(), service, "");
    }
    let names = vec![full_name(method)];
    target(cx, Of::Method, names, sig, self_ty, &method.cfgs)
}

/// The method's name, with its service in front.
fn full_name(method: &Method) -> String {
    let name = names::of_method(&method.sig.ident, method.name.get());
    match method.service.get() {
        Some(service) => format!("{}.{name}", service.value()),
        None => name,
    }
}

fn listener(cx: &Ctxt, listener: &Listener, self_ty: &Type) -> Option<Target> {
    NOTIFIED.check(cx, &listener.sig);
    let names = listener.event.as_ref().map(|(plugin, event)| {
        for (what, text) in [("plugin", plugin), ("event", event)] {
            if text.value().is_empty() {
                cx.error(text, format_args!("the {what} is empty: write its name"));
            }
        }
        vec![plugin.value(), event.value()]
    });
    let names = names.unwrap_or_default();
    let is_known = !names.is_empty();
    let target = target(cx, Of::Listener, names, &listener.sig, self_ty, &listener.cfgs);
    is_known.then_some(target)
}

fn target(
    cx: &Ctxt,
    of: Of,
    names: Vec<String>,
    sig: &Signature,
    self_ty: &Type,
    cfgs: &[syn::Attribute],
) -> Target {
    Target {
        names,
        function: sig.ident.clone(),
        plain: is_plain(sig),
        arguments: arguments(cx, of, sig, self_ty),
        returned: returned(sig),
        cfg: predicate(cfgs),
    }
}

/// Reports names that several methods have.
fn unique(cx: &Ctxt, targets: &[Target], methods: &[Method]) {
    for (at, later) in targets.iter().enumerate() {
        let earlier = targets[..at].iter().find(|earlier| {
            // At most one of two conditional methods may exist.
            earlier.names == later.names && (earlier.cfg.is_none() || later.cfg.is_none())
        });
        let Some(earlier) = earlier else { continue };
        let place = match methods[at].name.get() {
            Some(literal) => literal.to_token_stream(),
            None => later.function.to_token_stream(),
        };
        let (name, first, second) = (&later.names[0], &earlier.function, &later.function);
        cx.error(
            place,
            format_args!(
                "`{name}` is already the name of `{first}`: give `{second}` another one, \
                 `#[{METHOD}(\"..\")]`"
            ),
        );
    }
}

/// Reports services with the name of a method, which released clients refuse too.
fn clashes(cx: &Ctxt, methods: &[Method]) {
    for method in methods {
        let Some(service) = method.service.get() else { continue };
        let name = service.value();
        let first = name.split('.').next().unwrap_or_default();
        let is_method =
            |other: &&Method| other.service.get().is_none() && full_name(other) == first;
        if let Some(other) = methods.iter().find(is_method) {
            let other = &other.sig.ident;
            cx.error(
                service,
                format_args!(
                    "a service cannot have the name of a method, and `{first}` is that of \
                     `{other}`: give one of them another name"
                ),
            );
        }
    }
}

fn hooks(cx: &Ctxt, hooks: &[Hook]) {
    for (at, hook) in hooks.iter().enumerate() {
        let Hook { kind, attr, sig, .. } = hook;
        HOOK.check(cx, sig);
        let earlier = hooks[..at].iter().find(|earlier| {
            earlier.kind == *kind && (earlier.cfgs.is_empty() || hook.cfgs.is_empty())
        });
        if let Some(earlier) = earlier {
            let first = &earlier.sig.ident;
            cx.error(
                attr,
                format_args!("`{first}` is already this hook: call `{}` from there", sig.ident),
            );
        }
        let takes = kind.takes();
        if let Some(extra) = arguments::typed(sig).nth(takes.len()) {
            let takes = takes.join(", ");
            cx.error(
                extra,
                format_args!("this hook has no further arguments: write `(&self, {takes})`"),
            );
        }
        if kind.asks() && !is_bool(&sig.output) {
            let message = format_args!("`#[{attr}]` answers with yes or no: write `-> bool`");
            cx.error(returned(sig), message);
        }
    }
}

fn is_bool(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    last_segment(ty).is_some_and(|name| name == "bool")
}

impl HookKind {
    /// The arguments behind `&self`, as a user writes them.
    fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Activated | Self::Deactivated => &["client: &PluginClient"],
            Self::CanActivate => &["from: &Profile", "method: Option<&str>"],
            Self::CanDeactivate => &["from: &Profile"],
        }
    }

    /// The function of `PluginMethods`.
    pub(crate) fn function(self) -> Ident {
        match self {
            Self::Activated => format_ident!("activated"),
            Self::Deactivated => format_ident!("deactivated"),
            Self::CanActivate => format_ident!("can_activate"),
            Self::CanDeactivate => format_ident!("can_deactivate"),
        }
    }

    /// `true` for a hook that answers a question.
    pub(crate) fn asks(self) -> bool {
        matches!(self, Self::CanActivate | Self::CanDeactivate)
    }
}

fn emitters<'a>(cx: &Ctxt, input: &'a Input) -> Vec<Emitter<'a>> {
    let events = input.events.get().map_or(&[][..], Vec::as_slice);
    let mut emitters: Vec<Emitter<'a>> = Vec::new();
    for event in events {
        let name = event.name.value();
        Kind::Event.check(cx, &name, &event.name, "");
        let function = names::of_emitter(&name, event.name.span());
        let is_same = |earlier: &&Emitter<'_>| earlier.function == function;
        if let Some(earlier) = emitters.iter().find(is_same) {
            duplicate(cx, &event.name, &earlier.event.name);
            continue;
        }
        emitters.push(Emitter { event, function });
    }
    emitters
}

fn duplicate(cx: &Ctxt, later: &LitStr, earlier: &LitStr) {
    if later.value() == earlier.value() {
        cx.error(later, "this event is declared already: remove one of the two");
    } else {
        let (first, second) = (earlier.value(), later.value());
        cx.error(
            later,
            format_args!(
                "the functions for `{first}` and `{second}` would have one name: rename one"
            ),
        );
    }
}
