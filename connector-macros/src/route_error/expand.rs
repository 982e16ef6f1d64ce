//! From the checked error to the impl.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Member;

use super::model::{Case, ErrorText, Message, Metadata, Model};
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
                use #private::{Chained as _, Shown as _, Silent as _, Unknown as _};
                #body
            }
        }
    }
}

fn arm(private: &Private, Case { path, text, metadata }: &Case<'_>) -> TokenStream {
    let mut bound: Vec<_> = metadata.iter().map(|field| field.member).collect();
    if let ErrorText::Literal(_, message) = text {
        let more: Vec<_> = message.args.iter().filter(|arg| !bound.contains(arg)).collect();
        bound.extend(more);
    }
    let fields = bound.iter().enumerate().map(|(index, member)| {
        let binding = nth("__", index);
        quote!(#member: #binding,)
    });
    let display = quote!(#private::Text(&__error).text());
    let answer = match text {
        ErrorText::Internal => quote!(#private::inside((&&&#private::Cause(&__error)).cause())),
        ErrorText::Display(code) => quote!(#private::HandlerError::new(#code, #display)),
        ErrorText::Literal(code, message) => {
            let text = text_of(private, message, &bound);
            quote!(#private::HandlerError::new(#code, #text))
        }
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

/// The text of a message, with its fields among those that are bound.
fn text_of(private: &Private, message: &Message<'_>, bound: &[&Member]) -> TokenStream {
    let Message { text, args } = message;
    if args.is_empty() {
        return quote!(#text);
    }
    let places = args.iter().filter_map(|arg| bound.iter().position(|member| member == arg));
    let args = places.map(|place| nth("__", place));
    quote!(#private::format!(#text #(, #args)*))
}
