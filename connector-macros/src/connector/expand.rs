//! From what is meant to the impls.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::check::factory;
use super::model::{Factory, Input, Model, Struct};
use crate::private::Private;
use crate::target::{Part, Target, Variant};

pub(crate) fn expand(target: &Target, private: &Private, model: &Model<'_>) -> TokenStream {
    match model {
        Model::Struct(connector) => of_struct(target, private, connector),
        Model::Enum(variants) => of_enum(target, private, variants),
    }
}

fn of_struct(target: &Target, private: &Private, connector: &Struct<'_>) -> TokenStream {
    let Struct { socket, codec, listen, config, rest } = connector;
    let Part { member, ty, .. } = listen;
    let config_method = config.map(|Part { member, ty, .. }| {
        let config = quote!(<#ty as #private::Is<#private::Config>>::is(&self.#member));
        quote!(#private::Option::Some(#config))
    });
    let bodies = Bodies {
        socket: quote!(#socket),
        start: quote!(<#ty as #private::Listen>::bind(&mut self.#member).await),
        poll_accept: quote! {
            #private::accept::<#socket, <#ty as #private::Listen>::Io>(
                <#ty as #private::Listen>::poll_accept(&mut self.#member, __cx),
            )
        },
        stop: quote!(<#ty as #private::Listen>::close(&mut self.#member)),
        address: quote!(<#ty as #private::Listen>::address(&self.#member)),
        codec: quote!(#private::codec::<#codec>()),
        config: config_method,
    };
    let implementation = bodies.into_impl(target, private);

    let factory = Factory { listen: ty, config: config.map(|part| &part.ty) };
    let factory = factory.into_impl(target, private, |given_config| {
        let config = config.map(|Part { member, .. }| quote!(#member: #given_config,));
        let rest = rest
            .iter()
            .map(|Part { member, ty, .. }| quote!(#member: <#ty as #private::Fresh>::fresh(),));
        quote!(Self { #member: #private::Into::into(address), #config #(#rest)* })
    });
    quote!(#implementation #factory)
}

fn of_enum(target: &Target, private: &Private, variants: &[Variant]) -> TokenStream {
    let delegate = |method: TokenStream| {
        let arms = variants.iter().map(|Variant { ident, ty }| {
            quote!(Self::#ident(__inner) => <#ty as #private::Connector>::#method,)
        });
        quote!(match self { #(#arms)* })
    };
    let accept = variants.iter().map(|Variant { ident, ty }| {
        quote! {
            Self::#ident(__inner) => {
                #private::boxed(<#ty as #private::Connector>::poll_accept(__inner, __cx))
            }
        }
    });
    let bodies = Bodies {
        socket: quote!(#private::BoxSocket),
        start: delegate(quote!(start(__inner).await)),
        poll_accept: quote!(match self { #(#accept)* }),
        stop: delegate(quote!(stop(__inner))),
        address: delegate(quote!(address(__inner))),
        codec: delegate(quote!(codec(__inner))),
        config: Some(delegate(quote!(config(__inner)))),
    };
    bodies.into_impl(target, private)
}

/// Impls that only keep the rest of a user's crate free of errors that follow
/// from the one that is told.
pub(crate) fn stand_in(target: &Target, private: &Private, input: Option<&Input>) -> TokenStream {
    if target.generics.lifetimes().next().is_some() {
        return TokenStream::new();
    }
    let (keys, parts) = match input {
        Some(Input::Struct { keys, parts }) => (Some(keys), &**parts),
        _ => (None, &[][..]),
    };
    let socket = keys.and_then(|keys| keys.socket.get()).into_iter();
    let codec = keys.and_then(|keys| keys.codec.get()).into_iter();
    let named = socket.chain(codec);
    let never = quote!(#private::never::<(#(#named,)*)>());
    let bodies = Bodies {
        socket: quote!(#private::BoxSocket),
        start: never.clone(),
        poll_accept: never.clone(),
        stop: never.clone(),
        address: never.clone(),
        codec: never.clone(),
        config: None,
    };
    let implementation = bodies.into_impl(target, private);
    let factory =
        factory(parts).map(|factory| factory.into_impl(target, private, |_| never.clone()));
    quote!(#implementation #factory)
}

/// What differs between one `impl Connector` and another.
struct Bodies {
    socket: TokenStream,
    start: TokenStream,
    poll_accept: TokenStream,
    stop: TokenStream,
    address: TokenStream,
    codec: TokenStream,
    config: Option<TokenStream>,
}

impl Bodies {
    fn into_impl(self, target: &Target, private: &Private) -> TokenStream {
        let Self { socket, start, poll_accept, stop, address, codec, config } = self;
        let ident = &target.ident;
        let (impl_generics, ty_generics, where_clause) = target.generics.split_for_impl();
        let config = config.map(|config| {
            quote! {
                fn config(&self) -> #private::Option<&#private::Config> {
                    #config
                }
            }
        });
        quote! {
            #[automatically_derived]
            impl #impl_generics #private::Connector for #ident #ty_generics #where_clause {
                type Socket = #socket;
                async fn start(&mut self) -> #private::Result<(), #private::StartError> {
                    #start
                }
                fn poll_accept(
                    &mut self,
                    __cx: &mut #private::Context<'_>,
                ) -> #private::Poll<#private::io::Result<Self::Socket>> {
                    #poll_accept
                }
                fn stop(&mut self) {
                    #stop
                }
                fn address(&self) -> #private::Option<#private::Address> {
                    #address
                }
                fn codec(&self) -> #private::Arc<dyn #private::Codec> {
                    #codec
                }
                #config
            }
        }
    }
}

impl Factory<'_> {
    /// `new` and `bind`. `make` writes the value, from `address` and the
    /// config that it is given.
    fn into_impl(
        self,
        target: &Target,
        private: &Private,
        make: impl Fn(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let Target { vis, ident, generics } = target;
        let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
        let Self { listen, config } = self;
        let bind = make(quote!(#private::Default::default()));
        let new = make(quote!(config));
        let config: Option<&Type> = config;
        let config_arg = config.map(|ty| quote!(config: #ty,));
        let (new_doc, bind_doc) = match config {
            Some(_) => (
                "One that will listen at `address` with this configuration.",
                "One that will listen at `address` with the default configuration.",
            ),
            None => ["One that will listen at `address`."; 2].into(),
        };
        quote! {
            #[automatically_derived]
            #[allow(dead_code)]
            impl #impl_generics #ident #ty_generics #where_clause {
                #[doc = #new_doc]
                #vis fn new(address: impl #private::Into<#listen>, #config_arg) -> Self {
                    #new
                }
                #[doc = #bind_doc]
                #vis fn bind(address: impl #private::Into<#listen>) -> Self {
                    #bind
                }
            }
        }
    }
}
