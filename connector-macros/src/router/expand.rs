//! From what is meant to the impl.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::check::Handler;
use crate::private::Private;
use crate::span::ends;
use crate::target::Target;

pub(crate) fn expand(target: &Target, private: &Private, handlers: &[Handler<'_>]) -> TokenStream {
    let register = handlers.iter().map(|Handler { member, ty, .. }| {
        let ends = ends(ty);
        let private = private.at(ends.first);
        quote_spanned!(ends.last=> #private::Routes::handler::<#ty>(__routes, self.#member);)
    });
    let implementation = router_impl(target, private, &quote!(#(#register)*));
    let pairs = handlers.iter().enumerate().flat_map(|(at, later)| {
        handlers[..at].iter().map(move |earlier| distinct(private, earlier, later))
    });
    quote!(#implementation #(#pairs)*)
}

/// What keeps the rest of a user's crate free of errors that follow from the
/// one that is told.
pub(crate) fn stand_in(target: &Target, private: &Private) -> TokenStream {
    router_impl(target, private, &quote!())
}

/// Two handlers share no route. A constant a pair, so that all that do are
/// told; shown at the later one.
fn distinct(private: &Private, earlier: &Handler<'_>, later: &Handler<'_>) -> TokenStream {
    let Handler { ty: first, name: first_name, .. } = earlier;
    let Handler { ty: second, name: second_name, .. } = later;
    let ends = ends(second);
    let private = private.at(ends.first);
    let distinct = quote_spanned! {ends.last=>
        #private::distinct::<#first, #second>(#first_name, #second_name)
    };
    quote! {
        #[allow(long_running_const_eval)]
        const _: () = #distinct;
    }
}

fn router_impl(target: &Target, private: &Private, body: &TokenStream) -> TokenStream {
    let ident = &target.ident;
    let (impl_generics, ty_generics, where_clause) = target.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #private::Router for #ident #ty_generics #where_clause {
            fn register(self, __routes: &mut #private::Routes) {
                #body
            }
        }
    }
}
