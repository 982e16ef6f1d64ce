//! From the checked error to the impl.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::model::{Case, ErrorText, Metadata, Model};
use crate::container::Container;
use crate::private::Private;
use crate::span::{ends, nth};

pub(crate) fn expand(container: &Container, model: &Model<'_>) -> TokenStream {
    if model.cases.is_empty() {
        return from(container, &quote!(match __error {}));
    }
    let cases = model.cases.iter().map(|case| arm(&container.private, case));
    from(container, &quote!(match &__error { #(#cases)* }))
}

/// An impl that keeps the rest of a user's crate free of errors that follow
/// from the reported one.
pub(crate) fn stand_in(container: &Container) -> TokenStream {
    let private = &container.private;
    from(container, &quote!(#private::HandlerError::failed()))
}

fn from(container: &Container, body: &TokenStream) -> TokenStream {
    let Container { ident, generics, private, .. } = container;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #private::From<#ident #ty_generics> for #private::HandlerError
        #where_clause
        {
            fn from(__error: #ident #ty_generics) -> Self {
                #[allow(unused_imports)]
                use #private::Silent as _;
                #body
            }
        }
    }
}

fn arm(private: &Private, Case { path, text, metadata }: &Case<'_>) -> TokenStream {
    let fields = metadata.iter().enumerate().map(|(index, Metadata { member, .. })| {
        let binding = nth("__", index);
        quote!(#member: #binding,)
    });
    let display = quote!(#private::Text(&__error).text());
    let answer = match text {
        ErrorText::Internal => quote!(#private::inside(#display)),
        ErrorText::Display(code) => quote!(#private::HandlerError::new(#code, #display)),
        ErrorText::Literal(code, text) => quote!(#private::HandlerError::new(#code, #text)),
    };
    let answer = metadata.iter().enumerate().fold(answer, |answer, (index, field)| {
        let Metadata { ty, key, .. } = field;
        let binding = nth("__", index);
        // A type that is not `Serialize` is reported where it is written.
        let ends = ends(ty);
        let private = private.at(ends.first);
        quote_spanned!(ends.last=> #private::metadata::<#ty>(#answer, #key, #binding))
    });
    quote!(#path { #(#fields)* .. } => #answer,)
}
