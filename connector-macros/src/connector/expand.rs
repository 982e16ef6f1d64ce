//! From what is meant to the impls.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;

use super::model::{Factory, Model, Struct};
use crate::krate::{Private, ends};
use crate::target::{Part, Target, Variant};

pub(crate) fn expand(target: &Target, private: &Private, model: &Model) -> TokenStream {
    match model {
        Model::Struct(connector) => expand_struct(target, private, connector),
        Model::Enum(variants) => expand_enum(target, private, variants),
    }
}

fn expand_struct(target: &Target, private: &Private, connector: &Struct) -> TokenStream {
    let Struct { socket, codec, listen, config, .. } = connector;
    let Part { member, ty, .. } = listen;
    let config_method = config.as_ref().map(|Part { member, ty, .. }| {
        let ends = ends(ty);
        let some = quote_spanned!(ends.last=> (&self.#member));
        quote! {
            fn config(&self) -> ::core::option::Option<&#private::Config> {
                ::core::option::Option::Some #some
            }
        }
    });
    let methods = Methods {
        socket: quote!(#socket),
        start: quote! {
            fn start(
                &mut self,
            ) -> impl ::core::future::Future<
                Output = ::core::result::Result<(), #private::StartError>,
            > + #private::MaybeSend {
                <#ty as #private::Listen>::bind(&mut self.#member)
            }
        },
        poll_accept: quote! {
            #private::accept::<#socket, _>(
                <#ty as #private::Listen>::poll_accept(&mut self.#member, __cx),
            )
        },
        stop: quote!(<#ty as #private::Listen>::close(&mut self.#member)),
        address: quote!(<#ty as #private::Listen>::address(&self.#member)),
        codec: quote!(#private::codec::<#codec>()),
        config: config_method,
    };
    let implementation = methods.into_impl(target, private);
    let factory = Factory { listen: ty.clone(), config: config.as_ref().map(|part| part.ty.clone()) };
    let factory = factory_impl(target, &factory, |address, config_value| {
        let config = connector.config.as_ref().map(|Part { member, .. }| {
            quote!(#member: #config_value,)
        });
        let rest = connector.rest.iter().map(|Part { member, ty, .. }| {
            quote!(#member: <#ty as ::core::default::Default>::default(),)
        });
        quote!(Self { #member: #address, #config #(#rest)* })
    });
    quote!(#implementation #factory)
}

fn expand_enum(target: &Target, private: &Private, variants: &[Variant]) -> TokenStream {
    let every = |wrap: &dyn Fn(&Type) -> TokenStream| {
        let arms = variants.iter().map(|Variant { ident, ty }| {
            let call = wrap(ty);
            quote!(Self::#ident(__inner) => #call,)
        });
        quote!(match self { #(#arms)* })
    };
    let start = every(&|ty| quote!(<#ty as #private::Connector>::start(__inner).await));
    let config = every(&|ty| quote!(<#ty as #private::Connector>::config(__inner)));
    let methods = Methods {
        socket: quote!(#private::BoxSocket),
        start: quote! {
            async fn start(&mut self) -> ::core::result::Result<(), #private::StartError> {
                #start
            }
        },
        poll_accept: every(&|ty| {
            quote!(#private::boxed(<#ty as #private::Connector>::poll_accept(__inner, __cx)))
        }),
        stop: every(&|ty| quote!(<#ty as #private::Connector>::stop(__inner))),
        address: every(&|ty| quote!(<#ty as #private::Connector>::address(__inner))),
        codec: every(&|ty| quote!(<#ty as #private::Connector>::codec(__inner))),
        config: Some(quote! {
            fn config(&self) -> ::core::option::Option<&#private::Config> {
                #config
            }
        }),
    };
    methods.into_impl(target, private)
}

/// Impls that only keep the rest of a user's crate free of errors that follow
/// from the one that is told.
pub(crate) fn stand_in(
    target: &Target,
    private: &Private,
    factory: Option<&Factory>,
) -> TokenStream {
    let never = quote!(#private::never());
    let methods = Methods {
        socket: quote!(#private::BoxSocket),
        start: quote! {
            async fn start(&mut self) -> ::core::result::Result<(), #private::StartError> {
                #never
            }
        },
        poll_accept: never.clone(),
        stop: never.clone(),
        address: never.clone(),
        codec: never.clone(),
        config: None,
    };
    let implementation = methods.into_impl(target, private);
    let factory = factory.map(|factory| factory_impl(target, factory, |_, _| never.clone()));
    quote!(#implementation #factory)
}

/// The parts of `impl Connector` that differ: whole methods where their
/// signatures do, else bodies.
struct Methods {
    socket: TokenStream,
    start: TokenStream,
    poll_accept: TokenStream,
    stop: TokenStream,
    address: TokenStream,
    codec: TokenStream,
    config: Option<TokenStream>,
}

impl Methods {
    fn into_impl(self, target: &Target, private: &Private) -> TokenStream {
        let Self { socket, start, poll_accept, stop, address, codec, config } = self;
        let ident = &target.ident;
        let (impl_generics, ty_generics, where_clause) = target.generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impl_generics #private::Connector for #ident #ty_generics #where_clause {
                type Socket = #socket;
                #start
                fn poll_accept(
                    &mut self,
                    __cx: &mut ::core::task::Context<'_>,
                ) -> ::core::task::Poll<#private::io::Result<Self::Socket>> {
                    #poll_accept
                }
                fn stop(&mut self) {
                    #stop
                }
                fn address(&self) -> ::core::option::Option<#private::Address> {
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

/// `new` and `bind`; `make` writes the value of an address and a config.
fn factory_impl(
    target: &Target,
    factory: &Factory,
    make: impl Fn(TokenStream, TokenStream) -> TokenStream,
) -> TokenStream {
    let Target { vis, ident, generics } = target;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let Factory { listen, config } = factory;
    let address = quote!(::core::convert::Into::into(address));
    let new = make(address.clone(), quote!(config));
    let default = config.as_ref().map(|ty| quote!(<#ty as ::core::default::Default>::default()));
    let bind = make(address, default.unwrap_or_default());
    let config_arg = config.as_ref().map(|ty| quote!(, config: #ty));
    let (new_doc, bind_doc) = match config {
        Some(_) => (
            "A connector that will listen at `address`, with this configuration.",
            "A connector that will listen at `address`, with the default configuration.",
        ),
        None => {
            ("A connector that will listen at `address`.", "A connector that will listen at `address`.")
        }
    };
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #impl_generics #ident #ty_generics #where_clause {
            #[doc = #new_doc]
            #vis fn new(address: impl ::core::convert::Into<#listen> #config_arg) -> Self {
                #new
            }
            #[doc = #bind_doc]
            #vis fn bind(address: impl ::core::convert::Into<#listen>) -> Self {
                #bind
            }
        }
    }
}
