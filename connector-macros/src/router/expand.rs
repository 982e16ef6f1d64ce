//! From the handlers to the impl.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::check::Handler;
use crate::container::Container;
use crate::private::Private;
use crate::span::ends;

pub(crate) fn expand(container: &Container, handlers: &[Handler<'_>]) -> TokenStream {
    let private = &container.private;
    let register = handlers.iter().map(|Handler { member, ty, .. }| {
        let requires = private.requires(ty, "is_handler");
        let ends = ends(ty);
        let private = private.at(ends.first);
        let register =
            quote_spanned!(ends.last=> #private::Routes::handler::<#ty>(__routes, self.#member););
        quote!(#requires #register)
    });
    let implementation = router_impl(container, &quote!(#(#register)*));
    let pairs = handlers.iter().enumerate().flat_map(|(at, later)| {
        handlers[..at].iter().map(move |earlier| distinct(private, earlier, later))
    });
    quote!(#implementation #(#pairs)*)
}

/// An impl that keeps the rest of a user's crate free of errors that follow
/// from the reported one.
pub(crate) fn stand_in(container: &Container) -> TokenStream {
    router_impl(container, &quote!())
}

/// The check that two handlers share no route. It is a constant for each pair,
/// so that all conflicts are reported, each at the later handler.
fn distinct(private: &Private, earlier: &Handler<'_>, later: &Handler<'_>) -> TokenStream {
    let Handler { ty: first, name: first_name, .. } = earlier;
    let Handler { ty: second, name: second_name, .. } = later;
    let requires = [first, second].map(|ty| private.requires(ty, "is_handler"));
    let ends = ends(second);
    let private = private.at(ends.first);
    let distinct = quote_spanned! {ends.last=>
        #private::distinct::<#first, #second>(#first_name, #second_name)
    };
    quote! {
        #[allow(long_running_const_eval)]
        const _: () = {
            #(#requires)*
            #distinct
        };
    }
}

fn router_impl(container: &Container, body: &TokenStream) -> TokenStream {
    let Container { ident, generics, private, .. } = container;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
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
