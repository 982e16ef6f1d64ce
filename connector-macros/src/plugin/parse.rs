//! From syntax to the parsed block.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Attribute, ImplItem, ImplItemFn, LitStr, Meta, token};

use super::model::{Event, Hook, HookKind, Input, Listener, Method};
use super::profile;
use crate::attr::{Arg, AttrSpec, Slot};
use crate::block::{Block, BlockSpec, Parsed, attrs_of_other, cfgs, docs, text};
use crate::ctxt::{Ctxt, error};
use crate::private::Private;
use crate::symbol::{
    AUTHOR, AUTHOR_CONTACT, CAN_ACTIVATE, CAN_DEACTIVATE, CRATE, DESCRIPTION, DISPLAY_NAME,
    DOCUMENTATION, EVENTS, HASH, ICON, KIND, LOCATION, MAINTAINED_BY, METHOD, NAME, NOTIFICATIONS,
    ON, ON_ACTIVATION, ON_DEACTIVATION, PERMISSION, PLUGIN, REPO, SERVICE, URL, VERSION,
};
use crate::value;

pub(crate) const BLOCK: BlockSpec =
    BlockSpec { attr: PLUGIN, member: METHOD, what: "a plugin", members: "methods" };
const ON_IMPL: AttrSpec = AttrSpec {
    name: "`#[plugin(..)]`",
    known: &[
        NAME,
        EVENTS,
        DISPLAY_NAME,
        DESCRIPTION,
        KIND,
        PERMISSION,
        CAN_ACTIVATE,
        NOTIFICATIONS,
        URL,
        LOCATION,
        ICON,
        VERSION,
        DOCUMENTATION,
        AUTHOR,
        AUTHOR_CONTACT,
        MAINTAINED_BY,
        REPO,
        HASH,
        CRATE,
    ],
};
const ON_METHOD: AttrSpec = AttrSpec { name: "`#[method(..)]`", known: &[SERVICE] };

/// The attributes of methods in a plugin.
const MEMBERS: [&str; 6] =
    [METHOD, ON, ON_ACTIVATION, ON_DEACTIVATION, CAN_ACTIVATE, CAN_DEACTIVATE];

/// Parses the block and takes our attributes out of it.
pub(crate) fn parse(cx: &Ctxt, args: TokenStream, parsed: &mut Parsed) -> Input {
    let mut name = Slot::default();
    let mut krate = Slot::default();
    let mut events = Slot::default();
    let mut profile = super::model::Profile::default();
    ON_IMPL.read_tokens(cx, args, |arg, input| {
        let key = match arg {
            Arg::Key(key) => key,
            Arg::Literal(literal) => {
                let literal = literal.to_token_stream();
                let message = format!("a plugin's name has a key: write `{NAME} = {literal}`");
                return Err(error(literal, message));
            }
        };
        if key == CRATE {
            krate.set(cx, &key, value::path(&key, input)?);
        } else if key == NAME {
            name.set(cx, &key, value::string(&key, "compiler", input)?);
        } else if key == EVENTS {
            events.set(cx, &key, value::list(&key, "\"finished\"", input, event)?);
        } else if !profile::parse(cx, &mut profile, &key, input)? {
            return Err(ON_IMPL.unknown(&key));
        }
        Ok(())
    });
    let args_read = cx.is_clean();
    let mut input = Input {
        private: Private::new(krate.get()),
        name,
        profile,
        events,
        args_read,
        block: Block::of(parsed),
        docs: docs(&parsed.block.attrs),
        methods: Vec::new(),
        listeners: Vec::new(),
        hooks: Vec::new(),
        unmarked: false,
    };
    for item in &mut parsed.block.items {
        match item {
            ImplItem::Fn(function) => member(cx, &mut input, function),
            other => {
                if let Some(attrs) = attrs_of_other(other) {
                    for attr in attrs.extract_if(.., |attr| ours(attr).is_some()) {
                        let name = attr.path().to_token_stream();
                        let message = format!(
                            "`#[{name}]` belongs on a method: put it on a `fn` or an `async fn`"
                        );
                        cx.error(attr, message);
                    }
                }
            }
        }
    }
    input
}

/// `"name"`, or `"name"(Type, Type)`
fn event(input: ParseStream<'_>) -> syn::Result<Event> {
    let name = value::list_text("\"finished\"", input)?;
    let types = |input: ParseStream<'_>| input.parse();
    let values = if input.peek(token::Paren) { Some(value::items(input, types)?) } else { None };
    Ok(Event { name, values })
}

/// Returns the name of an attribute in a plugin.
fn ours(attr: &Attribute) -> Option<&Ident> {
    let name = attr.path().get_ident()?;
    MEMBERS.iter().any(|member| name == member).then_some(name)
}

/// Parses a function, if it has one of our attributes.
fn member(cx: &Ctxt, input: &mut Input, function: &mut ImplItemFn) {
    let taken: Vec<_> = function.attrs.extract_if(.., |attr| ours(attr).is_some()).collect();
    let Some((first, more)) = taken.split_first() else {
        input.unmarked = true;
        return;
    };
    for attr in more {
        cx.error(
            attr,
            "a method has only one of a plugin's attributes: remove this one, or call the method \
             from another one",
        );
    }
    let Some(name) = ours(first) else { return };
    let sig = function.sig.clone();
    let cfgs = cfgs(&function.attrs);
    if name == METHOD {
        let mut method = Method { sig, name: Slot::default(), service: Slot::default(), cfgs };
        self::method(cx, first, &mut method);
        input.methods.push(method);
    } else if name == ON {
        input.listeners.push(Listener { sig, event: listened_to(cx, first), cfgs });
    } else {
        if !matches!(first.meta, Meta::Path(_)) {
            cx.error(first, format_args!("`#[{name}]` takes no arguments: write `#[{name}]`"));
        }
        let kind = if name == ON_ACTIVATION {
            HookKind::Activated
        } else if name == ON_DEACTIVATION {
            HookKind::Deactivated
        } else if name == CAN_ACTIVATE {
            HookKind::CanActivate
        } else {
            HookKind::CanDeactivate
        };
        input.hooks.push(Hook { kind, attr: name.clone(), sig, cfgs });
    }
}

/// `#[method]`, `#[method("name", service = "git")]`
fn method(cx: &Ctxt, attr: &Attribute, method: &mut Method) {
    match &attr.meta {
        Meta::Path(_) => return,
        Meta::NameValue(meta) => {
            let name = meta.value.to_token_stream();
            let message = format!("a name goes in parentheses: write `#[{METHOD}({name})]`");
            cx.error(attr, message);
            return;
        }
        Meta::List(_) => {}
    }
    ON_METHOD.read(cx, attr, |arg, input| match arg {
        Arg::Literal(literal) => {
            let name = text(&literal, "compile")?;
            method.name.set(cx, &literal, name);
            Ok(())
        }
        Arg::Key(key) if key == SERVICE => {
            method.service.set(cx, &key, value::string(&key, "git", input)?);
            Ok(())
        }
        Arg::Key(key) if key == NAME => {
            let name = value::string(&key, "compile", input)?;
            let message = format!("a method's name has no key: write `{}`", name.to_token_stream());
            Err(error(key, message))
        }
        Arg::Key(key) => Err(ON_METHOD.unknown(&key)),
    });
}

/// `#[on("plugin", "event")]`
fn listened_to(cx: &Ctxt, attr: &Attribute) -> Option<(LitStr, LitStr)> {
    let wanted = "write `#[on(\"fileManager\", \"currentFileChanged\")]`";
    let Meta::List(list) = &attr.meta else {
        cx.error(attr, format_args!("the plugin and its event are missing: {wanted}"));
        return None;
    };
    let texts = list.parse_args_with(|input: ParseStream<'_>| {
        let mut texts = Vec::new();
        while !input.is_empty() {
            texts.push(value::list_text("\"currentFileChanged\"", input)?);
            if !input.is_empty() {
                input.parse::<syn::Token![,]>()?;
            }
        }
        Ok(texts)
    });
    let texts = cx.ok(texts)?;
    match <[LitStr; 2]>::try_from(texts) {
        Ok([plugin, event]) => Some((plugin, event)),
        Err(texts) => {
            let found = texts.len();
            cx.error(
                attr,
                format_args!("expected a plugin and its event, found {found}: {wanted}"),
            );
            None
        }
    }
}
