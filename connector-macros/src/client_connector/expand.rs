//! From the checked connector to the impl of `MessageLink`, by which it is a
//! `ClientConnector`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Ident, Type, parse_quote};

use super::check::Model;
use crate::container::Container;
use crate::parts::{Part, Variant};
use crate::private::Private;

pub(crate) fn expand(container: &Container, model: &Model<'_>) -> TokenStream {
    let Container { ident, private, .. } = container;
    let bound = |ty: &Type| parse_quote!(#ty: #private::plugin::MessageLink);
    match model {
        Model::Struct(Part { member, ty, .. }) => {
            let link = quote!(<#ty as #private::plugin::MessageLink>);
            let methods =
                Methods::new(|borrow, name, args| quote!(#link::#name(#borrow self.#member #args)));
            methods.into_impl(private, ident, &container.bounded([bound(ty)]))
        }
        Model::Enum(variants) => {
            let generics = container.bounded(variants.iter().map(|variant| bound(&variant.ty)));
            link_of_variants(private, ident, &generics, variants)
        }
    }
}

/// The impl of `MessageLink` for an enum of links.
pub(crate) fn link_of_variants(
    private: &Private,
    ident: &Ident,
    generics: &Generics,
    variants: &[Variant],
) -> TokenStream {
    let methods = Methods::new(|_, name, args| {
        let arms = variants.iter().map(|Variant { ident, ty }| {
            quote! {
                Self::#ident(__link) => {
                    <#ty as #private::plugin::MessageLink>::#name(__link #args)
                }
            }
        });
        quote!(match self { #(#arms)* })
    });
    methods.into_impl(private, ident, generics)
}

/// An impl that keeps the rest of a user's crate free of errors that follow from the reported
/// one.
pub(crate) fn stand_in(container: &Container) -> TokenStream {
    let Container { ident, generics, private, .. } = container;
    // Parameters would have to be as long-lived and as movable as links are.
    if !generics.params.is_empty() {
        return TokenStream::new();
    }
    let methods = Methods::new(|_, _, _| quote!(#private::never::<()>()));
    methods.into_impl(private, ident, generics)
}

/// The bodies of an `impl MessageLink`.
struct Methods {
    open: TokenStream,
    send: TokenStream,
    receive: TokenStream,
    finished: TokenStream,
    close: TokenStream,
    half_closed: TokenStream,
    abandoned: TokenStream,
    unsent: TokenStream,
}

impl Methods {
    /// The bodies, which `body` writes from a borrow of the link, a method's name and its
    /// further arguments.
    fn new(body: impl Fn(TokenStream, TokenStream, TokenStream) -> TokenStream) -> Self {
        let by_mut = |name, args| body(quote!(&mut), name, args);
        let by_ref = |name, args| body(quote!(&), name, args);
        Self {
            open: by_mut(quote!(poll_open_link), quote!(, __cx, __io)),
            send: by_mut(quote!(send_message), quote!(, __message, __io)),
            receive: by_mut(quote!(poll_message), quote!(, __cx, __io)),
            finished: by_ref(quote!(has_finished), quote!()),
            close: by_mut(quote!(poll_close_link), quote!(, __cx, __reason, __io)),
            half_closed: by_ref(quote!(is_half_closed), quote!()),
            abandoned: by_ref(quote!(is_abandoned), quote!()),
            unsent: by_ref(quote!(unsent), quote!(, __io)),
        }
    }

    fn into_impl(self, private: &Private, ident: &Ident, generics: &Generics) -> TokenStream {
        let Self { open, send, receive, finished, close, half_closed, abandoned, unsent } = self;
        let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
        let result = |ty: TokenStream| quote!(#private::Result<#ty, #private::CloseReason>);
        let (done, message) = (result(quote!(())), result(quote!(#private::plugin::Message)));
        quote! {
            #[automatically_derived]
            impl #impl_generics #private::plugin::MessageLink for #ident #ty_generics
            #where_clause
            {
                fn poll_open_link(
                    &mut self,
                    __cx: &mut #private::Context<'_>,
                    __io: &mut #private::plugin::MessageIo,
                ) -> #private::Poll<#done> {
                    #open
                }
                fn send_message(
                    &mut self,
                    __message: #private::plugin::Message,
                    __io: &mut #private::plugin::MessageIo,
                ) -> #done {
                    #send
                }
                fn poll_message(
                    &mut self,
                    __cx: &mut #private::Context<'_>,
                    __io: &mut #private::plugin::MessageIo,
                ) -> #private::Poll<#message> {
                    #receive
                }
                fn has_finished(&self) -> #private::bool {
                    #finished
                }
                fn poll_close_link(
                    &mut self,
                    __cx: &mut #private::Context<'_>,
                    __reason: &#private::CloseReason,
                    __io: &mut #private::plugin::MessageIo,
                ) -> #private::Poll<()> {
                    #close
                }
                fn is_half_closed(&self) -> #private::bool {
                    #half_closed
                }
                fn is_abandoned(&self) -> #private::bool {
                    #abandoned
                }
                fn unsent(&self, __io: &#private::plugin::MessageIo) -> #private::usize {
                    #unsent
                }
            }
        }
    }
}
