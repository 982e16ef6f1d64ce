//! From the checked trait to the client.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, Path, Type, TypePath};

use super::model::{Argument, Input, Item, Kind, Member, Model, Untyped};
use crate::private::Private;
use crate::span::nth;

pub(crate) fn expand(input: &Input, model: &Model<'_>) -> TokenStream {
    let Input { private, vis, ident, .. } = input;
    let name = &model.name;
    let file = model.file.map(|file| {
        // The compiler looks at the file again when it has changed.
        quote! {
            const _: &[#private::u8] = #private::include_bytes!(#private::concat!(
                #private::env!("CARGO_MANIFEST_DIR"), "/", #file
            ));
        }
    });
    let client = client(input);
    let [methods, events] = [Kind::Method, Kind::Event].map(|kind| names(model, kind));
    let clients = Client { private, vis };
    let typed = model.members.iter().map(|member| clients.member(member));
    let untyped = model.untyped.iter().map(|untyped| clients.untyped(untyped));
    let emits = model.members.iter().filter_map(|member| clients.emit(member));
    quote! {
        #file
        #client
        #[allow(dead_code)]
        impl #ident {
            /// The plugin's name, behind which its services follow after dots.
            #vis const NAME: &'static #private::str = #name;
            /// The names of the methods.
            #vis const METHODS: &'static [&'static #private::str] = &[#methods];
            /// The names of the events.
            #vis const EVENTS: &'static [&'static #private::str] = &[#events];
            /// Returns a profile with the name, the methods and the events.
            #vis fn profile() -> #private::plugin::Profile {
                #private::plugin::profile(Self::NAME, Self::METHODS, Self::EVENTS)
            }
            #(#emits)*
        }
        #[allow(dead_code)]
        impl<__C: #private::plugin::PluginCaller> #ident<__C> {
            /// Returns a client of the plugin that calls by `caller`.
            #vis fn new(caller: &__C) -> Self {
                Self::at(caller, #name)
            }
            /// Returns a client of a plugin with the same methods and another name.
            #vis fn at(
                caller: &__C,
                path: impl #private::Into<#private::Cow<'static, #private::str>>,
            ) -> Self {
                Self(#private::plugin::Remote::new(caller, #private::Into::into(path)))
            }
            #(#typed)*
            #(#untyped)*
        }
    }
}

/// A client that keeps the rest of a user's crate free of errors that follow from the reported
/// ones.
pub(crate) fn stand_in(input: &Input) -> TokenStream {
    let Input { private, vis, ident, items, .. } = input;
    let client = client(input);
    let clients = Client { private, vis };
    let items = items.iter().filter(|item| item.sig.receiver().is_some());
    let items = items.map(|item| clients.stand_in(item));
    let never = quote!(#private::never::<()>());
    quote! {
        #client
        #[allow(dead_code, unused_variables)]
        impl<__C: #private::plugin::PluginCaller> #ident<__C> {
            #vis fn new(caller: &__C) -> Self {
                #never
            }
            #vis fn at(
                caller: &__C,
                path: impl #private::Into<#private::Cow<'static, #private::str>>,
            ) -> Self {
                #never
            }
            #(#items)*
        }
    }
}

/// The type of the client.
fn client(input: &Input) -> TokenStream {
    let Input { private, attrs, vis, ident, .. } = input;
    quote! {
        #(#attrs)*
        #[derive(#private::Clone, #private::Debug)]
        #vis struct #ident<__C = #private::plugin::PluginClient>(#private::plugin::Remote<__C>);
    }
}

/// The names of all members of a kind, as the elements of an array.
fn names(model: &Model<'_>, kind: Kind) -> TokenStream {
    let typed = model
        .members
        .iter()
        .filter(|member| member.kind == kind)
        .map(|Member { name, cfgs, .. }| quote!(#(#cfgs)* #name,));
    let untyped = model.untyped.iter().filter(|untyped| untyped.kind == kind);
    let untyped = untyped.map(|Untyped { name, .. }| quote!(#name,));
    typed.chain(untyped).collect()
}

/// Writes the functions of a client.
struct Client<'a> {
    private: &'a Private,
    vis: &'a syn::Visibility,
}

impl Client<'_> {
    fn member(&self, member: &Member<'_>) -> TokenStream {
        match member.kind {
            Kind::Method => self.method(member),
            Kind::Event => self.event(member),
        }
    }

    fn method(&self, member: &Member<'_>) -> TokenStream {
        let Self { private, .. } = self;
        let Member { name, item, arguments, result, .. } = member;
        let values = arguments.iter().map(|Argument { ident, ty }| {
            // The error of a type that cannot be sent is shown at it.
            match ty {
                Type::ImplTrait(_) => quote!(&#ident),
                ty => {
                    let sent = quote_spanned!(ty.span()=> #private::plugin::sent);
                    quote!(#sent::<#ty>(&#ident))
                }
            }
        });
        let optional = arguments.iter().rev().take_while(|argument| is_option(argument.ty));
        let optional = Literal::usize_unsuffixed(optional.count());
        let arguments = quote!(&(#(#values,)*));
        let call = match result {
            Some(ty) => {
                let call = quote_spanned!(ty.span()=> call);
                quote!(#call::<#ty, _>)
            }
            None => quote!(run),
        };
        let signature = self.signature(item);
        quote! {
            #signature {
                let __call = self.0.#call(#name, #arguments, #optional);
                __call.await
            }
        }
    }

    /// The signature of a method, which returns a `Result`.
    fn signature(&self, item: &Item) -> TokenStream {
        let Self { private, vis } = self;
        let Item { attrs, sig, .. } = item;
        let mut sig = sig.clone();
        let output = match &sig.output {
            syn::ReturnType::Type(_, ty) => ty.to_token_stream(),
            syn::ReturnType::Default => quote!(()),
        };
        sig.output = syn::parse_quote!(-> #private::Result<#output, #private::plugin::CallError>);
        sig.asyncness.get_or_insert_default();
        quote!(#(#attrs)* #vis #sig)
    }

    fn event(&self, member: &Member<'_>) -> TokenStream {
        let Member { name, item, arguments, .. } = member;
        let private = self.private;
        let types: Vec<_> = arguments.iter().map(|argument| argument.ty).collect();
        let values: Vec<_> = (0..types.len()).map(|index| nth("__a", index)).collect();
        let tuple = quote!((#(#types,)*));
        let read = quote_spanned!(item.sig.ident.span()=> #private::plugin::read);
        let read = match &*types {
            [_] => {
                quote!(|__event, __values| #read::<#tuple>(__event, __values).map(|(__a0,)| __a0))
            }
            _ => quote!(#read::<#tuple>),
        };
        let stream = quote!({ self.0.events(#name, #read) });
        let callback = quote!({
            self.0.on(#name, move |(#(#values,)*): #tuple| callback(#(#values),*))
        });
        self.event_with(item, &types, stream, callback)
    }

    /// The two functions of an event, with these bodies.
    fn event_with(
        &self,
        item: &Item,
        types: &[&Type],
        stream: TokenStream,
        callback: TokenStream,
    ) -> TokenStream {
        let Self { private, vis } = self;
        let Item { attrs, sig, .. } = item;
        let ident = &sig.ident;
        let on = format_ident!("on_{ident}");
        let doc = format!(
            " Calls `callback` with each event of [`{ident}`](Self::{ident}). It must not block."
        );
        let value = match types {
            [one] => one.to_token_stream(),
            several => quote!((#(#several),*)),
        };
        let rest = undocumented(item);
        quote! {
            #(#attrs)*
            #vis fn #ident(&self) -> #private::plugin::Events<#value> #stream
            #(#rest)*
            #[doc = #doc]
            #vis fn #on(
                &self,
                callback: impl #private::Fn(#(#types),*)
                    + #private::MaybeSend + #private::MaybeSync + 'static,
            ) -> #private::plugin::EventListener #callback
        }
    }

    /// The function by which a plugin of this kind emits the event.
    fn emit(&self, member: &Member<'_>) -> Option<TokenStream> {
        let Self { private, vis } = self;
        let Member { name, item, arguments, .. } = member;
        (member.kind == Kind::Event).then(|| {
            let ident = &item.sig.ident;
            let emit = format_ident!("emit_{ident}");
            let doc = format!(
                " Emits the event of [`{ident}`](Self::{ident}) from a plugin that has this \
                 profile itself."
            );
            let idents: Vec<_> = arguments.iter().map(|argument| argument.ident).collect();
            let types = arguments.iter().map(|argument| argument.ty);
            let rest = undocumented(item);
            quote! {
                #(#rest)*
                #[doc = #doc]
                ///
                /// # Errors
                /// Returns the same errors as `PluginClient::emit`.
                #vis fn #emit(
                    __plugin: &#private::plugin::PluginClient,
                    #(#idents: #types,)*
                ) -> #private::Result<(), #private::plugin::CallError> {
                    #private::plugin::PluginClient::emit(__plugin, #name, (#(#idents,)*))
                }
            }
        })
    }

    fn untyped(&self, untyped: &Untyped) -> TokenStream {
        let Self { private, vis } = self;
        let Untyped { kind, name, ident } = untyped;
        match kind {
            Kind::Method => {
                let doc =
                    format!(" Calls the method `{name}`. `args` is a tuple, an array or a list.");
                quote! {
                    #[doc = #doc]
                    #vis async fn #ident<__T: #private::plugin::DeserializeOwned>(
                        &self,
                        args: impl #private::plugin::IntoArguments,
                    ) -> #private::Result<__T, #private::plugin::CallError> {
                        let __call = self.0.call_values::<__T, _>(#name, args);
                        __call.await
                    }
                }
            }
            Kind::Event => {
                let on = format_ident!("on_{ident}");
                let doc = format!(" Listens to the event `{name}`.");
                let on_doc =
                    format!(" Calls `callback` with each event `{name}`. It must not block.");
                let arguments = quote!(#private::plugin::Arguments);
                quote! {
                    #[doc = #doc]
                    #vis fn #ident(&self) -> #private::plugin::Events<#arguments> {
                        self.0.events(#name, #private::plugin::unread)
                    }
                    #[doc = #on_doc]
                    #vis fn #on(
                        &self,
                        callback: impl #private::Fn(#arguments)
                            + #private::MaybeSend + #private::MaybeSync + 'static,
                    ) -> #private::plugin::EventListener {
                        self.0.on_unread(#name, callback)
                    }
                }
            }
        }
    }

    fn stand_in(&self, item: &Item) -> TokenStream {
        let private = self.private;
        match item.kind {
            Kind::Method => {
                let signature = self.signature(item);
                quote!(#signature { #private::never::<()>() })
            }
            Kind::Event => {
                let types: Vec<_> = item
                    .sig
                    .inputs
                    .iter()
                    .filter_map(|arg| match arg {
                        FnArg::Typed(arg) => Some(&*arg.ty),
                        FnArg::Receiver(_) => None,
                    })
                    .filter(|ty| !matches!(ty, Type::Reference(_) | Type::ImplTrait(_)))
                    .collect();
                let never = quote!({ #private::never::<()>() });
                self.event_with(item, &types, never.clone(), never)
            }
        }
    }
}

/// The attributes of an item for its further functions, which are documented by themselves.
fn undocumented(item: &Item) -> impl Iterator<Item = &Attribute> {
    item.attrs.iter().filter(|attr| !attr.path().is_ident("doc"))
}

/// Returns `true` for an `Option`, as far as the type's name tells.
fn is_option(ty: &Type) -> bool {
    let Type::Path(TypePath { qself: None, path: Path { segments, .. }, .. }) = ty else {
        return false;
    };
    segments.last().is_some_and(|segment| segment.ident == "Option")
}
