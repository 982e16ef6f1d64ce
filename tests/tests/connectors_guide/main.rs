//! The whole connectors of `docs/connectors.md`: each as it stands there, through the kit, and
//! dialled by a scheme of its own.
#![allow(clippy::unwrap_used)]

mod library;
mod schemes;

use connector::protocol::framing::{LengthDelimited, Lines};
use connector::testing::{ClientProtocol, Content, Framed, Tester, Wire, conformance};
use connector_tests::slip::{Slip, SlipConnector};

const ANY: &str = "127.0.0.1:0";
const PAGE: &str = include_str!("../../../docs/connectors.md");

/// The code of a file is on the page, letter by letter, and short enough to be read there.
fn is_on_the_page(file: &str) {
    let code = file.trim();
    assert!(PAGE.contains(code), "the page does not have this code:\n{code}");
    let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines < 60, "{lines} lines");
}

#[test]
fn the_page_has_the_code_of_the_tests() {
    let slip = include_str!("../../src/slip.rs");
    let (_, slip) = slip.split_once("\n\n").expect("a line of documentation");
    is_on_the_page(slip);
    is_on_the_page(include_str!("async_library.rs"));
    is_on_the_page(include_str!("callback_library.rs"));
    is_on_the_page(include_str!("own_link.rs"));
    is_on_the_page(include_str!("dialing.rs"));
}

/// A package of bytes that are escaped, mostly. It is never empty, since SLIP has no such
/// packages.
fn escaped(payload: &[u8]) -> Vec<u8> {
    let escaped = |byte: &u8| if byte.is_ascii_lowercase() { 0xC0 } else { *byte };
    std::iter::once(0xDB).chain(payload.iter().map(escaped)).collect()
}

#[tokio::test]
async fn slip_conforms() {
    let slip = Tester::framed::<Slip>(|| SlipConnector::bind(ANY));
    conformance(&slip.package(escaped)).await.assert();
}

mod async_library {
    include!("async_library.rs");

    #[tokio::test]
    async fn conforms() {
        let texts = super::Tester::framed::<super::Lines>(|| TextConnector::bind(super::ANY));
        let texts = texts.content(super::Content::Line);
        super::conformance(&texts).await.assert();
    }
}

mod callback_library {
    use super::library;

    include!("callback_library.rs");

    #[tokio::test]
    async fn conforms() {
        let called = super::Tester::framed::<super::Lines>(|| CalledConnector::bind(super::ANY));
        let called = called.content(super::Content::Line);
        super::conformance(&called).await.assert();
    }
}

mod own_link {
    include!("own_link.rs");

    #[tokio::test]
    async fn conforms() {
        let greeting = super::Tester::new(|| GreetingConnector::bind(super::ANY), super::Greets);
        super::conformance(&greeting).await.assert();
    }
}

/// A client that greets.
struct Greets;

impl ClientProtocol for Greets {
    async fn open(&self, wire: &mut Wire) -> std::io::Result<()> {
        wire.write(b"GAME 1\n").await?;
        while wire.unread().len() < 7 {
            if wire.read().await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        assert_eq!(&wire.unread()[..7], b"GAME 1\n");
        wire.consume(7);
        Ok(())
    }

    fn half_open(&self) -> Vec<u8> {
        b"GAM".to_vec()
    }

    fn wrap(&self, package: &[u8]) -> Vec<u8> {
        Framed::<LengthDelimited<u32>>::new().wrap(package)
    }

    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
        Framed::<LengthDelimited<u32>>::new().unwrap(bytes)
    }
}
