//! From the checked socket to the impls.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Member, Type, parse_quote};

use super::model::{Batch, Carrier, Input, Model, Role, Struct};
use crate::container::Container;
use crate::parts::{Part, Variant};
use crate::private::Private;
use crate::span::ends;

pub(crate) fn expand(container: &Container, model: &Model<'_>) -> TokenStream {
    match model {
        Model::Struct(socket) => of_struct(container, socket),
        Model::Enum(variants) => of_enum(container, variants),
    }
}

fn of_struct(container: &Container, socket: &Struct<'_>) -> TokenStream {
    let private = &container.private;
    let link = match &socket.carrier {
        Carrier::Io { part, framing } => framed(private, part, framing, socket.batch),
        Carrier::Link(part) => linked(private, part, socket.batch),
    };
    let bare: Type = parse_quote!(#private::Bare);
    let session = socket.session.unwrap_or(&bare);
    let peer = {
        let Part { member, ty, .. } = socket.peer;
        quote!(<#ty as #private::Is<#private::Peer>>::is(&self.#member))
    };
    let rest = quote! {
        fn peer(&self) -> &#private::Peer {
            #peer
        }
        fn session(&self, __role: #private::Role) -> #private::Box<dyn #private::Machine> {
            <#session as #private::SessionKind>::machine(__role)
        }
    };
    let impls = impls(container, &link, &rest);
    let accept = accept(container, socket);
    quote!(#impls #accept)
}

/// The methods of `Link` over a byte stream.
fn framed(
    private: &Private,
    part: &Part<Role>,
    framing: &Type,
    batch: Option<Batch>,
) -> TokenStream {
    let ty = &part.ty;
    let io = borrow(part, &quote!(&mut));
    let batch = batch.map(|batch| batch_method(private, batch));
    let sig = Signatures(private);
    let poll_open = sig.poll_open();
    let poll_recv = sig.poll_recv();
    let poll_send = sig.poll_send();
    let poll_close = sig.poll_close();
    let peer_has_left = sig.peer_has_left();
    let frame = sig.frame();
    let requires = private.requires(framing, "is_framing");
    quote! {
        #poll_open {
            <#ty as #private::ByteStream>::poll_open(#io, __cx, __opening)
        }
        #poll_recv {
            #requires
            <#ty as #private::ByteStream>::poll_recv::<#framing>(#io, __cx, __inbox)
        }
        #poll_send {
            <#ty as #private::ByteStream>::poll_send(#io, __cx, __outgoing)
        }
        #poll_close {
            <#ty as #private::ByteStream>::poll_close(#io, __cx, __reason)
        }
        #peer_has_left {
            <#ty as #private::ByteStream>::peer_has_left(#io, __cx)
        }
        #frame {
            #requires
            #private::frame::<#framing>()
        }
        #batch
    }
}

/// The methods of `Link`, delegated to a field.
fn linked(private: &Private, part: &Part<Role>, batch: Option<Batch>) -> TokenStream {
    let ty = &part.ty;
    let link_ref = borrow(part, &quote!(&));
    let link_mut = borrow(part, &quote!(&mut));
    let own_batch = batch.map(|batch| batch_method(private, batch));
    delegated(private, own_batch, |mutable, call, args| {
        let link = if mutable { &link_mut } else { &link_ref };
        quote!(<#ty as #private::Link>::#call(#link #args))
    })
}

fn of_enum(container: &Container, variants: &[Variant]) -> TokenStream {
    let private = &container.private;
    let every = |link: &TokenStream, call: TokenStream, args: TokenStream| {
        let arms = variants.iter().map(|Variant { ident, ty }| {
            let requires = private.requires(ty, "is_socket");
            let call = private.call(ty, link, &call, &quote!(__inner #args));
            quote!(Self::#ident(__inner) => { #requires #call })
        });
        quote!(match self { #(#arms)* })
    };
    let link = delegated(private, None, |_, call, args| every(&quote!(Link), call, args));
    let peer = every(&quote!(Socket), quote!(peer), quote!());
    let session = every(&quote!(Socket), quote!(session), quote!(, __role));
    let rest = quote! {
        fn peer(&self) -> &#private::Peer {
            #peer
        }
        fn session(&self, __role: #private::Role) -> #private::Box<dyn #private::Machine> {
            #session
        }
    };
    impls(container, &link, &rest)
}

/// All methods of `Link`, by the same call on something else. `call` is given
/// `true` for a mutable borrow, the method and further arguments.
fn delegated(
    private: &Private,
    own_batch: Option<TokenStream>,
    call: impl Fn(bool, TokenStream, TokenStream) -> TokenStream,
) -> TokenStream {
    let sig = Signatures(private);
    let signatures = [
        sig.poll_open(),
        sig.poll_recv(),
        sig.poll_send(),
        sig.poll_close(),
        sig.peer_has_left(),
        sig.ping(),
        sig.beat(),
        sig.peer_has_finished(),
        sig.held(),
        sig.frame(),
    ];
    let calls = [
        call(true, quote!(poll_open), quote!(, __cx, __opening)),
        call(true, quote!(poll_recv), quote!(, __cx, __inbox)),
        call(true, quote!(poll_send), quote!(, __cx, __outgoing)),
        call(true, quote!(poll_close), quote!(, __cx, __reason)),
        call(true, quote!(peer_has_left), quote!(, __cx)),
        call(true, quote!(ping), quote!(, __inbox)),
        call(true, quote!(beat), quote!(, __inbox)),
        call(false, quote!(peer_has_finished), quote!()),
        call(false, quote!(held), quote!()),
        call(false, quote!(frame), quote!()),
    ];
    let batch = own_batch.unwrap_or_else(|| {
        let batch = sig.batch();
        let call = call(false, quote!(batch), quote!());
        quote!(#batch { #call })
    });
    quote! {
        #(#signatures { #calls })*
        #batch
    }
}

fn batch_method(private: &Private, batch: Batch) -> TokenStream {
    let signature = Signatures(private).batch();
    let kind = match batch {
        Batch::Array => quote!(Array),
        Batch::Concat => quote!(Concat),
        Batch::Each => quote!(Each),
    };
    quote! {
        #signature {
            #private::Batch::#kind
        }
    }
}

/// `impl Link` and `impl Socket` of these methods.
fn impls(container: &Container, link: &TokenStream, socket: &TokenStream) -> TokenStream {
    let Container { ident, generics, private, .. } = container;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::Link for #ident #ty_generics #where_clause {
            #link
        }
        #[automatically_derived]
        impl #impl_generics #private::Socket for #ident #ty_generics #where_clause {
            #socket
        }
    }
}

/// `impl Accept`: a socket is made of anything that its carrier is `From`.
fn accept(container: &Container, socket: &Struct<'_>) -> TokenStream {
    let private = &container.private;
    let (Carrier::Io { part, .. } | Carrier::Link(part)) = &socket.carrier;
    let Part { member, ty, .. } = part;
    let Part { member: peer, ty: peer_ty, .. } = socket.peer;
    let rest = socket
        .rest
        .iter()
        .map(|Part { member, ty, .. }| quote!(#member: <#ty as #private::Fresh>::fresh(),));
    let body = quote! {
        Self {
            #member: <#ty as #private::MadeOf<__Io>>::made_of(__io),
            #peer: <#peer_ty as #private::Is<#private::Peer>>::made(__peer),
            #(#rest)*
        }
    };
    accept_impl(container, Some(quote!(#ty: #private::MadeOf<__Io>)), &body)
}

fn accept_impl(
    container: &Container,
    bound: Option<TokenStream>,
    body: &TokenStream,
) -> TokenStream {
    let Container { ident, private, .. } = container;
    let ty_generics = container.generics.split_for_impl().1;
    let mut generics = container.generics.clone();
    generics.params.push(parse_quote!(__Io));
    if let Some(bound) = bound {
        generics.make_where_clause().predicates.push(parse_quote!(#bound));
    }
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::Accept<__Io> for #ident #ty_generics #where_clause {
            fn accept(__io: __Io, __peer: #private::Peer) -> Self {
                #body
            }
        }
    }
}

/// Impls that keep the rest of a user's crate free of errors that follow from
/// the reported one.
pub(crate) fn stand_in(container: &Container, input: Option<&Input>) -> TokenStream {
    if container.borrows() {
        return TokenStream::new();
    }
    let private = &container.private;
    let keys = input.and_then(Input::keys);
    let framing = keys.and_then(|keys| keys.framing.get()).map(|(_, framing)| framing);
    let named = framing.into_iter().chain(keys.and_then(|keys| keys.session.get()));
    let never = quote!(#private::never::<(#(#named,)*)>());
    let link = delegated(private, None, |_, _, _| never.clone());
    let socket = quote! {
        fn peer(&self) -> &#private::Peer {
            #never
        }
        fn session(&self, _: #private::Role) -> #private::Box<dyn #private::Machine> {
            #never
        }
    };
    let impls = impls(container, &link, &socket);
    let accept = accept_impl(container, None, &never);
    quote!(#impls #accept)
}

/// A field of `self` behind `&` or `&mut`; errors about it show its type.
fn borrow(part: &Part<Role>, by: &TokenStream) -> TokenStream {
    let ends = ends(&part.ty);
    let mut member = part.member.clone();
    match &mut member {
        Member::Named(ident) => ident.set_span(ident.span().located_at(ends.last)),
        Member::Unnamed(index) => index.span = ends.last,
    }
    let slf = quote_spanned!(ends.last=> self.#member);
    let by: TokenStream = by
        .to_token_stream()
        .into_iter()
        .map(|mut token| {
            token.set_span(ends.first);
            token
        })
        .collect();
    quote!(#by #slf)
}

/// The signatures of `Link`'s methods.
struct Signatures<'a>(&'a Private);

impl Signatures<'_> {
    fn poll_open(&self) -> TokenStream {
        self.polls(&quote!(poll_open), &quote!(__opening: &mut), &quote!(Opening<'_>))
    }

    fn poll_recv(&self) -> TokenStream {
        self.polls(&quote!(poll_recv), &quote!(__inbox: &mut), &quote!(Inbox))
    }

    fn poll_send(&self) -> TokenStream {
        self.polls(&quote!(poll_send), &quote!(__outgoing: &mut), &quote!(Outgoing))
    }

    fn polls(&self, name: &TokenStream, arg: &TokenStream, ty: &TokenStream) -> TokenStream {
        let private = self.0;
        quote! {
            fn #name(
                &mut self,
                __cx: &mut #private::Context<'_>,
                #arg #private::#ty,
            ) -> #private::Poll<#private::Result<(), #private::CloseReason>>
        }
    }

    fn poll_close(&self) -> TokenStream {
        let private = self.0;
        quote! {
            fn poll_close(
                &mut self,
                __cx: &mut #private::Context<'_>,
                __reason: &#private::CloseReason,
            ) -> #private::Poll<()>
        }
    }

    fn peer_has_left(&self) -> TokenStream {
        let private = self.0;
        quote! {
            fn peer_has_left(&mut self, __cx: &mut #private::Context<'_>) -> #private::bool
        }
    }

    fn ping(&self) -> TokenStream {
        let private = self.0;
        quote!(fn ping(&mut self, __inbox: &mut #private::Inbox) -> #private::bool)
    }

    fn beat(&self) -> TokenStream {
        let private = self.0;
        quote!(fn beat(&mut self, __inbox: &mut #private::Inbox))
    }

    fn peer_has_finished(&self) -> TokenStream {
        let private = self.0;
        quote!(fn peer_has_finished(&self) -> #private::bool)
    }

    fn held(&self) -> TokenStream {
        let private = self.0;
        quote!(fn held(&self) -> #private::usize)
    }

    fn frame(&self) -> TokenStream {
        let private = self.0;
        quote!(fn frame(&self) -> &'static dyn #private::Envelope)
    }

    fn batch(&self) -> TokenStream {
        let private = self.0;
        quote!(fn batch(&self) -> #private::Batch)
    }
}
