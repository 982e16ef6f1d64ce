use proc_macro2::TokenStream;
use quote::quote;

use super::derive;
use crate::testing::{assert_errors, assert_expands, errors};

fn check(input: TokenStream, expected: &[&str]) {
    assert_errors(derive(input), expected);
}

#[test]
fn a_byte_stream_with_a_framing() {
    assert_expands(
        "socket_io",
        derive(quote! {
            #[socket(framing = LengthDelimited<u32>, batch = concat)]
            struct PipeSocket {
                #[socket(io)]
                pipe: UnixStream,
                #[socket(peer)]
                peer: Peer,
                seen: u64,
            }
        }),
    );
}

#[test]
fn a_link_of_a_generic_type() {
    assert_expands(
        "socket_link",
        derive(quote! {
            #[socket(session = Pomelo)]
            struct Around<L: Link + 'static>(#[socket(link)] L, #[socket(peer)] Peer);
        }),
    );
}

#[test]
fn an_enum_delegates() {
    assert_expands(
        "socket_enum",
        derive(quote! {
            enum AnySocket {
                Tcp(TcpSocket),
                Pipe(PipeSocket),
            }
        }),
    );
}

#[test]
fn errors_leave_impls_that_stand_in() {
    assert_expands(
        "socket_stand_in",
        derive(quote! {
            #[socket(framing = Lines)]
            struct PipeSocket {
                #[socket(peer)]
                peer: Peer,
            }
        }),
    );
}

#[test]
fn the_crate_is_found_where_it_is_said_to_be() {
    for input in [
        quote! {
            #[socket(framing = Lines, crate = "my::sdk")]
            struct A { #[socket(io)] io: Io, #[socket(peer)] peer: Peer }
        },
        quote! {
            #[socket(crate = "my::sdk")]
            struct A { #[socket(link)] link: Link, #[socket(peer)] peer: Peer }
        },
        quote! {
            #[socket(crate = "my::sdk")]
            enum A { B(C) }
        },
        quote! {
            #[socket(crate = "my::sdk")]
            struct A;
        },
    ] {
        let expansion = derive(input).to_string();
        assert!(expansion.contains("my :: sdk :: __private"), "{expansion}");
        assert!(!expansion.contains(":: connector"), "{expansion}");
    }
}

#[test]
fn reports_all_errors_at_once() {
    check(
        quote! {
            #[socket(frame = Lines, batch = join, session = "Pomelo")]
            struct PipeSocket<'a> {
                #[socket(io, link)]
                io: UnixStream,
                #[socket(peer = 1)]
                peer: Peer,
                name: &'a str,
            }
        },
        &[
            "unknown key `frame`: `#[socket(..)]` on a struct takes `framing`, `session`, `batch` \
             and `crate`",
            "unknown batch `join`: write `concat`, `array` or `each`",
            "expected a type, found a string: write `session = Pomelo` without quotes",
            "the field is already `io`: remove `link`, or add another field for it",
            "`peer` takes no value: write `peer` alone",
            "a socket is owned by its connection and cannot borrow: remove `'a`",
        ],
    );
}

#[test]
fn a_missing_key_is_not_reported_beside_an_unreadable_one() {
    check(
        quote! {
            #[socket(framing)]
            struct PipeSocket { #[socket(oi)] io: UnixStream }
        },
        &["`framing` needs a value: write `framing = Type`", "unknown key `oi`: write `io`"],
    );
}

#[test]
fn an_unknown_key_does_not_hide_those_behind_it() {
    check(
        quote! {
            #[socket(a = B<C, D>, e(f, g), h = "i", j, crate = k)]
            enum A { B(C) }
        },
        &[
            "unknown key `a`: `#[socket(..)]` on an enum takes `crate`",
            "unknown key `e`: `#[socket(..)]` on an enum takes `crate`",
            "unknown key `h`: `#[socket(..)]` on an enum takes `crate`",
            "unknown key `j`: `#[socket(..)]` on an enum takes `crate`",
            "expected a path in quotes: write `crate = \"k\"`",
        ],
    );
}

#[test]
fn a_carrier_and_a_peer_are_needed_once() {
    check(
        quote!(
            struct PipeSocket;
        ),
        &[
            "no field carries the packages: mark one `#[socket(io)]` if it is a byte stream, or \
             `#[socket(link)]` if it implements `Link`",
            "no field is marked `peer`: add `#[socket(peer)] peer: Peer`",
        ],
    );
    check(
        quote! {
            struct PipeSocket {
                #[socket(link)] a: A,
                #[socket(link)] b: B,
                #[socket(io)] c: C,
                #[socket(peer)] d: Peer,
                #[socket(peer)] e: Peer,
            }
        },
        &[
            "a socket has only one `link`: remove `link` from one of the two fields",
            "`io` and `link` exclude each other: keep `io` if it is a byte stream, `link` if it \
             implements `Link`",
            "a socket has only one `peer`: remove `peer` from one of the two fields",
        ],
    );
}

#[test]
fn attributes_have_arguments_in_parentheses() {
    check(
        quote! {
            #[socket]
            #[socket = "Lines"]
            #[socket("Lines")]
            #[socket(+)]
            enum A { B(C) }
        },
        &[
            "arguments are missing: `#[socket(..)]` on an enum takes `crate`",
            "arguments go in parentheses: `#[socket(..)]` on an enum takes `crate`",
            "expected a key, found a literal: `#[socket(..)]` on an enum takes `crate`",
            "expected a key: `#[socket(..)]` on an enum takes `crate`",
        ],
    );
}

#[test]
fn a_union_cannot_be_a_socket() {
    check(quote!(union A { b: u8 }), &["a union cannot be a socket: make it a struct or an enum"]);
}

#[test]
fn a_right_socket_has_no_errors() {
    let expansion = derive(quote! {
        #[socket(framing = Lines,)]
        struct PipeSocket { #[socket(io,)] io: UnixStream, #[socket(peer)] peer: Peer }
    });
    assert_eq!(errors(expansion), [""; 0]);
}
