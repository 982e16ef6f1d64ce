//! Every form that an error can have.

#![allow(dead_code)]

use std::fmt;

use connector::handler::HandlerError;
use connector::{Json, RouteError, handler};

#[derive(RouteError)]
enum ChatError<'a, T: serde::Serialize, const N: usize> {
    Inside,
    #[route_error(code = 404)]
    Plain,
    #[route_error(message = "tuple")]
    Tuple(#[route_error(meta = "first")] T, [u8; N]),
    #[route_error(code = 410, message = "named")]
    Named {
        #[route_error(meta)]
        r#type: &'a str,
        #[route_error(meta = "at")]
        since: u32,
        rest: String,
    },
}

#[derive(RouteError)]
#[route_error(code = 409)]
struct Unit;

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unit")
    }
}

#[derive(RouteError)]
#[route_error(crate = "::connector")]
struct Tuple(#[route_error(meta = "a")] u8);

#[derive(RouteError)]
enum Never {}

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn a(&self) -> Result<Json<u8>, ChatError<'static, u8, 3>> {
        Err(ChatError::Tuple(1, [0; 3]))
    }

    #[route]
    async fn b(&self) -> Result<Json<u8>, HandlerError> {
        Err(Unit)?
    }

    #[route]
    async fn c(&self) -> Result<(), Never> {
        Ok(())
    }
}

#[test]
fn every_form_of_an_error() {
    type Error<'a> = ChatError<'a, u8, 3>;
    assert_eq!(HandlerError::from(Error::Inside), HandlerError::failed());
    assert_eq!(HandlerError::from(Error::Plain), HandlerError::new(404, ""));
    let tuple = HandlerError::from(Error::Tuple(7, [0; 3]));
    assert_eq!(tuple, HandlerError::new(500, "tuple").with("first", 7));
    let named = Error::Named { r#type: "t", since: 3, rest: String::new() };
    let named = HandlerError::from(named);
    assert_eq!(named, HandlerError::new(410, "named").with("type", "t").with("at", 3));
    assert_eq!(HandlerError::from(Unit), HandlerError::new(409, "unit"));
    assert_eq!(HandlerError::from(Tuple(1)), HandlerError::failed().with("a", 1));
}
