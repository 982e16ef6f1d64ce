//! From what is meant to the impl.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::model::{Answer, Case, Metadata, Model};
use crate::private::Private;
use crate::span::ends;
use crate::target::{Target, nth};

pub(crate) fn expand(target: &Target, private: &Private, model: &Model<'_>) -> TokenStream {
    if model.cases.is_empty() {
        return from(target, private, &quote!(match __error {}));
    }
    let cases = model.cases.iter().map(|case| arm(private, case));
    from(target, private, &quote!(match &__error { #(#cases)* }))
}

/// What keeps the rest of a user's crate free of errors that follow from the
/// one that is told.
pub(crate) fn stand_in(target: &Target, private: &Private) -> TokenStream {
    from(target, private, &quote!(#private::HandlerError::failed()))
}

fn from(target: &Target, private: &Private, body: &TokenStream) -> TokenStream {
    let ident = &target.ident;
    let (impl_generics, ty_generics, where_clause) = target.generics.split_for_impl();
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

fn arm(private: &Private, Case { path, answer, metadata }: &Case<'_>) -> TokenStream {
    let fields = metadata.iter().enumerate().map(|(index, Metadata { member, .. })| {
        let binding = nth("__", index);
        quote!(#member: #binding,)
    });
    let text = quote!(#private::Text(&__error).text());
    let answer = match answer {
        Answer::Inside => quote!(#private::inside(#text)),
        Answer::Told(code) => quote!(#private::HandlerError::new(#code, #text)),
        Answer::Worded(code, message) => quote!(#private::HandlerError::new(#code, #message)),
    };
    let answer = metadata.iter().enumerate().fold(answer, |answer, (index, field)| {
        let Metadata { ty, key, .. } = field;
        let binding = nth("__", index);
        // A type that cannot go along is shown where it is written.
        let ends = ends(ty);
        let private = private.at(ends.first);
        quote_spanned!(ends.last=> #private::metadata::<#ty>(#answer, #key, #binding))
    });
    quote!(#path { #(#fields)* .. } => #answer,)
}
