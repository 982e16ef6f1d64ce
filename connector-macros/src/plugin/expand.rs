//! From the checked plugin to the impls.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::arguments::{returned, typed};
use super::model::{Argument, Emitter, Hook, HookKind, Input, Model, Target};
use crate::block::predicate;
use crate::method::{self, is_plain};
use crate::private::Private;
use crate::span::{ends, generated_at, nth, respan};
use crate::symbol::DESCRIPTION;

pub(crate) fn expand(input: &Input, model: &Model<'_>) -> TokenStream {
    let profile = profile(&input.private, input, model);
    impls(input, model, &profile)
}

/// Impls that keep the rest of a user's crate free of errors that follow from the reported
/// one.
pub(crate) fn stand_in(input: &Input) -> TokenStream {
    if !input.block.is_plain() {
        return TokenStream::new();
    }
    let private = &input.private;
    let profile = quote!(#private::never::<()>());
    impls(input, &Model::default(), &profile)
}

fn impls(input: &Input, model: &Model<'_>, profile: &TokenStream) -> TokenStream {
    let private = &input.private;
    let self_ty = &input.block.self_ty;
    let methods = methods(input, model);
    let emitters = emitters(private, self_ty, &model.emitters);
    quote! {
        const _: () = {
            #methods
            #[automatically_derived]
            impl #private::plugin::Plugin for #self_ty {
                fn profile() -> #private::plugin::Profile {
                    #profile
                }
            }
            #emitters
        };
    }
}

/// The impl of `PluginMethods`.
fn methods(input: &Input, model: &Model<'_>) -> TokenStream {
    let private = &input.private;
    let self_ty = &input.block.self_ty;
    let guard = input.block.guard();
    let names = names(&model.methods);
    let calls = arms(private, self_ty, &model.methods, |target, call| {
        let ends = ends(&target.returned);
        let at = private.at(ends.first);
        let returned =
            quote_spanned!(ends.last=> #at::plugin::Returned(#call).into_result(__method));
        quote!({
            let __method = #private::plugin::PluginCall::method(&__context);
            #returned
        })
    });
    let listens_to = (!model.listeners.is_empty()).then(|| listens_to(private, self_ty, model));
    let hooks = model.hooks.iter().map(|hook| self::hook(private, self_ty, hook));
    quote! {
        // Of the two impls of `into_result`, the trait's is for what is not a `Result`.
        #[allow(unused_imports)]
        use #private::plugin::Value as _;
        #[allow(unused_imports)]
        use #private::Unshared as _;

        #[automatically_derived]
        #[allow(deprecated, unreachable_code, clippy::unit_arg)]
        impl #private::plugin::PluginMethods for #self_ty {
            fn methods(&self) -> #private::plugin::Vec<#private::plugin::String> {
                #private::plugin::names(#names)
            }
            async fn call(
                &self,
                __index: #private::usize,
                __context: #private::plugin::PluginCall,
            ) -> #private::plugin::MethodResult {
                #guard
                match __index {
                    #(#calls)*
                    _ => #private::Result::Err(#private::plugin::unknown(&__context)),
                }
            }
            #listens_to
            #(#hooks)*
        }
    }
}

/// The listeners.
fn listens_to(private: &Private, self_ty: &Type, model: &Model<'_>) -> TokenStream {
    let events = names(&model.listeners);
    let calls = arms(private, self_ty, &model.listeners, |target, call| {
        done(private, &target.returned, call)
    });
    quote! {
        fn listens_to(
            &self,
        ) -> #private::plugin::Vec<(#private::plugin::String, #private::plugin::String)> {
            #private::plugin::events(#events)
        }
        async fn notified(
            &self,
            __index: #private::usize,
            __context: #private::plugin::PluginEvent,
        ) -> #private::Result<(), #private::plugin::PluginError> {
            match __index {
                #(#calls)*
                _ => #private::Result::Ok(()),
            }
        }
    }
}

/// The names of targets, each in a tuple.
fn names(targets: &[Target]) -> TokenStream {
    let names = targets.iter().map(|Target { names, cfg, .. }| {
        let cfg = cfg_attribute(cfg.as_ref());
        quote!(#cfg (#(#names,)*))
    });
    quote!(&[#(#names),*])
}

fn cfg_attribute(predicate: Option<&TokenStream>) -> Option<TokenStream> {
    predicate.map(|predicate| quote!(#[cfg(#predicate)]))
}

/// What a listener or a hook returns: nothing, or an error.
fn done(private: &Private, returned: &TokenStream, call: TokenStream) -> TokenStream {
    let ends = ends(returned);
    let at = private.at(ends.first);
    quote_spanned!(ends.last=> #at::plugin::done(#call))
}

/// An arm for each target: reads the arguments, and makes of the call's value what `result`
/// says.
fn arms(
    private: &Private,
    self_ty: &Type,
    targets: &[Target],
    result: impl Fn(&Target, TokenStream) -> TokenStream,
) -> Vec<TokenStream> {
    let arm = |(at, target): (usize, &Target)| {
        let cfg = cfg_attribute(target.cfg.as_ref());
        let place = method::place(private, targets[..at].iter().map(|target| target.cfg.as_ref()));
        let values: Vec<_> = (0..target.arguments.len()).map(|index| nth("__", index)).collect();
        let read = (!values.is_empty()).then(|| {
            let reader =
                target.arguments.iter().any(|argument| matches!(argument, Argument::Sent { .. }));
            let reader = reader.then(
                || quote!(let mut __arguments = #private::plugin::Context::arguments(&__context);),
            );
            let arguments = target.arguments.iter().map(|argument| read(private, argument));
            quote!(let (#(#values,)*) = { #reader (#(#arguments,)*) };)
        });
        let call = called(private, self_ty, &target.function, target.plain, &values);
        let result = result(target, call);
        quote!(#cfg #place => { #read #result })
    };
    targets.iter().enumerate().map(arm).collect()
}

/// Reads an argument. A type that cannot be one is shown where it is written.
fn read(private: &Private, argument: &Argument) -> TokenStream {
    let (Argument::Sent { ty, .. } | Argument::Given(ty)) = argument;
    let ends = ends(ty);
    let at = private.at(ends.first);
    match argument {
        Argument::Sent { name, .. } => {
            let name = match name {
                Some(name) => quote!(#private::Option::Some(#name)),
                None => quote!(#private::Option::None),
            };
            quote_spanned!(ends.last=> #at::plugin::argument::<#ty>(&mut __arguments, #name)?)
        }
        Argument::Given(_) => quote_spanned!(ends.last=> #at::plugin::given::<#ty, _>(&__context)?),
    }
}

/// Calls a method. A future that is not `Send` is reported at the method's name.
fn called(
    private: &Private,
    self_ty: &Type,
    function: &Ident,
    plain: bool,
    values: &[impl ToTokens],
) -> TokenStream {
    let place = generated_at(function.span());
    let at = private.at(place);
    let call = quote_spanned!(place=> <#self_ty>::#function(self #(, #values)*));
    match plain {
        true => call,
        false => quote_spanned!(place=> #at::Shared::<#self_ty>::sendable(#call).await),
    }
}

fn hook(private: &Private, self_ty: &Type, hook: &Hook) -> TokenStream {
    let Hook { kind, sig, cfgs, .. } = hook;
    let cfg = cfg_attribute(predicate(cfgs).as_ref());
    let name = kind.function();
    let (parameters, values) = match kind {
        HookKind::Activated | HookKind::Deactivated => {
            (quote!(__client: #private::plugin::PluginClient), vec![quote!(&__client)])
        }
        HookKind::CanActivate => (
            quote! {
                __from: &#private::plugin::Profile,
                __method: #private::Option<&#private::str>
            },
            vec![quote!(__from), quote!(__method)],
        ),
        HookKind::CanDeactivate => {
            (quote!(__from: &#private::plugin::Profile), vec![quote!(__from)])
        }
    };
    // Another type is reported where it is written.
    let values = typed(sig).zip(values).map(|(arg, value)| respan(value, ends(&arg.ty).first));
    let values: Vec<_> = values.collect();
    let call = called(private, self_ty, &sig.ident, is_plain(sig), &values);
    let (answer, body) = match kind.asks() {
        true => (quote!(#private::bool), call),
        false => (
            quote!(#private::Result<(), #private::plugin::PluginError>),
            done(private, &returned(sig), call),
        ),
    };
    quote! {
        #cfg
        async fn #name(&self, #parameters) -> #answer {
            #body
        }
    }
}

/// The profile of the attributes.
fn profile(private: &Private, input: &Input, model: &Model<'_>) -> TokenStream {
    let name = &model.name;
    let names = names(&model.methods);
    let methods =
        (!model.methods.is_empty()).then(|| quote!(.methods(#private::plugin::announced(#names))));
    let events: Vec<_> = model.emitters.iter().map(|emitter| &emitter.event.name).collect();
    let events = (!events.is_empty()).then(|| quote!(.events([#(#events),*])));
    let fields = &input.profile;
    let is_described = fields.texts.iter().any(|(key, _)| key == DESCRIPTION);
    let summary = input.docs.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let described = (!is_described && !summary.is_empty()).then(|| quote!(.description(#summary)));
    let texts = fields.texts.iter().map(|(key, value)| quote!(.#key(#value)));
    let permission = fields.permission.get().map(|permission| quote!(.permission(#permission)));
    let can_activate = fields.can_activate.get().map(|names| quote!(.can_activate([#(#names),*])));
    let notifications = fields.notifications.get().into_iter().flatten();
    let notifications =
        notifications.map(|(plugin, events)| quote!(.notifications(#plugin, [#(#events),*])));
    quote! {
        #private::plugin::Profile::new(#name)
            #methods #events #described #(#texts)* #permission #can_activate #(#notifications)*
    }
}

/// A function for each declared event.
fn emitters(private: &Private, self_ty: &Type, emitters: &[Emitter<'_>]) -> Option<TokenStream> {
    if emitters.is_empty() {
        return None;
    }
    let functions = emitters.iter().map(|Emitter { event, function }| {
        let name = &event.name;
        let summary = format!("Emits the event `{}`.", name.value());
        let (arguments, values) = match &event.values {
            None => (quote!(values: impl #private::plugin::IntoArguments), quote!(values)),
            Some(types) => {
                let names: Vec<_> = (0..types.len()).map(|index| nth("value", index)).collect();
                (quote!(#(#names: #types),*), quote!((#(#names,)*)))
            }
        };
        quote! {
            #[doc = #summary]
            ///
            /// # Errors
            /// Fails before the handshake, after the end of the connection, and for values
            /// that cannot be JSON.
            #[allow(dead_code)]
            pub(crate) fn #function(
                client: &#private::plugin::PluginClient,
                #arguments
            ) -> #private::Result<(), #private::plugin::CallError> {
                #private::plugin::PluginClient::emit(client, #name, #values)
            }
        }
    });
    Some(quote! {
        #[automatically_derived]
        impl #self_ty {
            #(#functions)*
        }
    })
}
