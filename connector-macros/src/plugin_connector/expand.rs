//! From the checked connector to the impls.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Ident, Type, parse_quote};

use super::check::{Model, Struct};
use crate::client_connector::link_of_variants;
use crate::container::Container;
use crate::parts::{Part, Variant};
use crate::private::Private;

pub(crate) fn expand(container: &Container, model: &Model<'_>) -> TokenStream {
    match model {
        Model::Struct(connector) => of_struct(container, connector),
        Model::Enum(variants) => of_enum(container, variants),
    }
}

fn of_struct(container: &Container, connector: &Struct<'_>) -> TokenStream {
    let Container { vis, ident, private, .. } = container;
    let Struct { profile, link, rest } = connector;
    let Part { member: profile, ty: profile_ty, .. } = profile;
    let Part { member: link, ty: link_ty, .. } = link;
    let io = quote!(<#link_ty as #private::plugin::Dial>::Io);
    let bounds = parse_quote!(#link_ty: #private::plugin::Dial<Io: #private::plugin::MessageLink>);
    let bodies = Bodies {
        link: io,
        profile: quote!(<#profile_ty as #private::Is<#private::plugin::Profile>>::is(&self.#profile)),
        connect: quote!(#private::plugin::dial(&self.#link, __url).await),
        consent: None,
        reconnects_after: None,
    };
    let bounded = container.bounded([bounds]);
    let implementation = bodies.into_impl(private, ident, &bounded);

    let fresh: Vec<_> = std::iter::once(connector.link).chain(rest.iter().copied()).collect();
    let bounds = fresh.iter().map(|Part { ty, .. }| parse_quote!(#ty: #private::Fresh));
    let bounded = container.bounded(bounds);
    let (impl_generics, ty_generics, where_clause) = bounded.split_for_impl();
    let fresh = fresh
        .iter()
        .map(|Part { member, ty, .. }| quote!(#member: <#ty as #private::Fresh>::fresh(),));
    quote! {
        #implementation
        #[automatically_derived]
        #[allow(dead_code)]
        impl #impl_generics #ident #ty_generics #where_clause {
            /// Returns a connector to the plugin of this profile.
            #vis fn new(profile: #private::plugin::Profile) -> Self {
                Self { #profile: <#profile_ty as #private::Is<_>>::made(profile), #(#fresh)* }
            }
        }
    }
}

fn of_enum(container: &Container, variants: &[Variant]) -> TokenStream {
    let Container { ident, private, .. } = container;
    let connector = quote!(#private::plugin::PluginConnector);
    let links: Vec<_> = variants
        .iter()
        .map(|Variant { ident, ty }| Variant {
            ident: ident.clone(),
            ty: parse_quote!(<#ty as #connector>::Link),
        })
        .collect();
    let bounds = variants.iter().map(|Variant { ty, .. }| parse_quote!(#ty: #connector));
    let generics = &container.bounded(bounds);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();

    let link = quote!(__Link);
    let link_ident: Ident = parse_quote!(__Link);
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let types: Vec<&Type> = variants.iter().map(|variant| &variant.ty).collect();
    let link_types = links.iter().map(|link| &link.ty);
    let bodies = Bodies {
        link: quote!(#link #ty_generics),
        profile: quote!(match self {
            #(Self::#idents(__inner) => <#types as #connector>::profile(__inner),)*
        }),
        connect: quote!(match self {
            #(Self::#idents(__inner) => {
                let __link = <#types as #connector>::connect(__inner, __url).await?;
                #private::Ok(#link::#idents(__link))
            })*
        }),
        consent: Some(quote!(match self {
            #(Self::#idents(__inner) => <#types as #connector>::consent(__inner),)*
        })),
        reconnects_after: Some(quote!(match (self, __link) {
            #((Self::#idents(__inner), #link::#idents(__link)) => {
                <#types as #connector>::reconnects_after(__inner, __link, __reason)
            })*
            #[allow(unreachable_patterns)]
            _ => false,
        })),
    };
    let implementation = bodies.into_impl(private, ident, generics);
    let message_link = link_of_variants(private, &link_ident, generics, &links);
    quote! {
        const _: () = {
            #[allow(missing_debug_implementations, missing_docs, unreachable_pub)]
            pub enum #link #impl_generics #where_clause {
                #(#idents(#link_types),)*
            }
            #message_link
            #implementation
        };
    }
}

/// An impl that keeps the rest of a user's crate free of errors that follow from the reported
/// one.
pub(crate) fn stand_in(container: &Container) -> TokenStream {
    let Container { vis, ident, generics, private } = container;
    if !generics.params.is_empty() {
        return TokenStream::new();
    }
    let never = quote!(#private::never::<()>());
    let bodies = Bodies {
        link: quote!(#private::plugin::LocalLink),
        profile: never.clone(),
        connect: never.clone(),
        consent: None,
        reconnects_after: None,
    };
    let implementation = bodies.into_impl(private, ident, generics);
    quote! {
        #implementation
        #[allow(dead_code)]
        impl #ident {
            #vis fn new(profile: #private::plugin::Profile) -> Self {
                #never
            }
        }
    }
}

/// The bodies of an `impl PluginConnector`.
struct Bodies {
    link: TokenStream,
    profile: TokenStream,
    connect: TokenStream,
    consent: Option<TokenStream>,
    reconnects_after: Option<TokenStream>,
}

impl Bodies {
    fn into_impl(self, private: &Private, ident: &Ident, generics: &Generics) -> TokenStream {
        let Self { link, profile, connect, consent, reconnects_after } = self;
        let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
        let consent = consent.map(|body| {
            quote! {
                fn consent(
                    &self,
                ) -> #private::Option<#private::Arc<dyn #private::plugin::Consent>> {
                    #body
                }
            }
        });
        let reconnects_after = reconnects_after.map(|body| {
            quote! {
                fn reconnects_after(
                    &self,
                    __link: &Self::Link,
                    __reason: &#private::CloseReason,
                ) -> #private::bool {
                    #body
                }
            }
        });
        quote! {
            #[automatically_derived]
            impl #impl_generics #private::plugin::PluginConnector for #ident #ty_generics
            #where_clause
            {
                type Link = #link;
                fn profile(&self) -> &#private::plugin::Profile {
                    #profile
                }
                async fn connect(
                    &mut self,
                    __url: &#private::str,
                ) -> #private::Result<Self::Link, #private::plugin::ConnectError> {
                    #connect
                }
                #consent
                #reconnects_after
            }
        }
    }
}
