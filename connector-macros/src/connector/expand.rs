//! From the checked connector to the impls.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;

use super::check::factory;
use super::model::{Factory, Input, Model, Struct};
use crate::container::Container;
use crate::parts::{Part, Variant};
use crate::private::Private;
use crate::span::{Ends, ends};

pub(crate) fn expand(container: &Container, model: &Model<'_>) -> TokenStream {
    match model {
        Model::Struct(connector) => of_struct(container, connector),
        Model::Enum(variants) => of_enum(container, variants),
    }
}

fn of_struct(container: &Container, connector: &Struct<'_>) -> TokenStream {
    let private = &container.private;
    let Struct { socket, codec, listen, config, rest } = connector;
    let Part { member, ty, .. } = listen;
    let of_listen = |item, args| private.call(ty, &quote!(Listen), &item, &args);
    let config_method = config.map(|Part { member, ty, .. }| {
        let config = quote!(<#ty as #private::Is<#private::Config>>::is(&self.#member));
        quote!(#private::Option::Some(#config))
    });
    let bodies = Bodies {
        socket: quote!(#socket),
        start: awaited(ty, &of_listen(quote!(bind), quote!(&mut self.#member))),
        poll_accept: accept(private, connector),
        stop: of_listen(quote!(close), quote!(&mut self.#member)),
        address: of_listen(quote!(address), quote!(&self.#member)),
        codec: quote!(#private::codec::<#codec>()),
        config: config_method,
    };
    let implementation = bodies.into_impl(container);

    let factory = Factory { listen: ty, config: config.map(|part| &part.ty) };
    let factory = factory.into_impl(container, |given_config| {
        let config = config.map(|Part { member, .. }| quote!(#member: #given_config,));
        let rest = rest
            .iter()
            .map(|Part { member, ty, .. }| quote!(#member: <#ty as #private::Fresh>::fresh(),));
        quote!(Self { #member: #private::Into::into(address), #config #(#rest)* })
    });
    quote!(#implementation #factory)
}

/// Makes the socket of what the listener accepts. What either of them lacks is told elsewhere.
fn accept(private: &Private, Struct { socket, listen, .. }: &Struct<'_>) -> TokenStream {
    let Part { member, ty, .. } = listen;
    let Ends { first, last } = ends(socket);
    let at = private.at(first);
    let accept = quote_spanned! {last=>
        #at::Accepting::<#socket, #ty>::accept(&mut self.#member, __cx)
    };
    quote! {
        #[allow(unused_imports)]
        use #private::Nothing as _;
        #accept
    }
}

/// The value of a future, located at `ty` as the future is.
fn awaited(ty: &Type, future: &TokenStream) -> TokenStream {
    quote_spanned!(ends(ty).last=> #future.await)
}

fn of_enum(container: &Container, variants: &[Variant]) -> TokenStream {
    let private = &container.private;
    let of_variant = |ty: &Type, method, args| private.call(ty, &quote!(Connector), &method, &args);
    let each = |value: &dyn Fn(&Type) -> TokenStream| {
        let arms = variants.iter().map(|Variant { ident, ty }| {
            let value = value(ty);
            quote!(Self::#ident(__inner) => #value,)
        });
        quote!(match self { #(#arms)* })
    };
    let delegate =
        |method: TokenStream| each(&|ty| of_variant(ty, method.clone(), quote!(__inner)));
    let bodies = Bodies {
        socket: quote!(#private::BoxSocket),
        start: each(&|ty| awaited(ty, &of_variant(ty, quote!(start), quote!(__inner)))),
        poll_accept: each(&|ty| {
            let accepted = of_variant(ty, quote!(poll_accept), quote!(__inner, __cx));
            let Ends { first, last } = ends(ty);
            let at = private.at(first);
            quote_spanned!(last=> #at::boxed(#accepted))
        }),
        stop: delegate(quote!(stop)),
        address: delegate(quote!(address)),
        codec: delegate(quote!(codec)),
        config: Some(delegate(quote!(config))),
    };
    bodies.into_impl(container)
}

/// Impls that keep the rest of a user's crate free of errors that follow from
/// the reported one.
pub(crate) fn stand_in(container: &Container, input: Option<&Input>) -> TokenStream {
    if container.borrows() {
        return TokenStream::new();
    }
    let private = &container.private;
    let keys = input.and_then(Input::keys);
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
    let implementation = bodies.into_impl(container);
    let factory = match input {
        Some(Input::Struct { parts, .. }) => factory(parts),
        _ => None,
    };
    let factory = factory.map(|factory| factory.into_impl(container, |_| never.clone()));
    quote!(#implementation #factory)
}

/// The bodies of an `impl Connector`.
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
    fn into_impl(self, container: &Container) -> TokenStream {
        let Self { socket, start, poll_accept, stop, address, codec, config } = self;
        let Container { ident, generics, private, .. } = container;
        let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
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
        container: &Container,
        make: impl Fn(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let Container { vis, ident, generics, private } = container;
        let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
        let Self { listen, config } = self;
        let bind = make(quote!(#private::Default::default()));
        let new = make(quote!(config));
        let config: Option<&Type> = config;
        let config_arg = config.map(|ty| quote!(config: #ty,));
        let (new_doc, bind_doc) = match config {
            Some(_) => (
                "Returns a connector that will listen at `address`, with this configuration.",
                "Returns a connector that will listen at `address`, with default configuration.",
            ),
            None => ["Returns a connector that will listen at `address`."; 2].into(),
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
