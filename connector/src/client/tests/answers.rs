use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::fake::opened;
use super::game::serve;
use crate::body::{BodyReader, Format, Json, Raw};
use crate::client::{Client, RequestError};
use crate::handler::HandlerError;
use crate::protocol::message::Head;
use crate::protocol::pomelo::handshake::Dialect;
use crate::protocol::pomelo::package::PackageType;
use crate::server::Server;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Sent {
    id: u64,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Coded {
    code: u16,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, RequestError> {
    let body = Bytes::copy_from_slice(body);
    let reader = BodyReader::of_answer(&Format::Json, &body, Dialect::Pomelo);
    Ok(reader.read_json()?)
}

fn server_error<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> HandlerError {
    match read::<T>(body.as_bytes()) {
        Err(RequestError::Server(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_code_is_an_error_also_for_a_type_that_needs_no_field() {
    assert_eq!(server_error::<Sent>(r#"{"code":500}"#), HandlerError::failed());
    assert_eq!(server_error::<Option<Sent>>(r#"{"code":500}"#), HandlerError::failed());
    assert_eq!(server_error::<()>(r#"{"code":500}"#), HandlerError::failed());
    assert_eq!(server_error::<Vec<u8>>(r#"{"code":500}"#), HandlerError::failed());
    let error = server_error::<Sent>(r#"{"code":403,"msg":"no","owner":"bob"}"#);
    assert_eq!(error, HandlerError::new(403, "no").with("owner", "bob"));
    let error = server_error::<Sent>(r#"{"code":70000,"message":"no"}"#);
    assert_eq!(error, HandlerError::new(500, "no").with("code", 70000));
}

#[test]
fn a_type_that_reads_the_code_gets_it() {
    assert_eq!(read::<Coded>(br#"{"code":500}"#).unwrap(), Coded { code: 500 });
    assert_eq!(read::<Value>(br#"{"code":500}"#).unwrap(), json!({ "code": 500 }));
}

#[test]
fn a_code_of_success_or_deeper_in_is_no_error() {
    for body in [r#"{"code":200,"id":7}"#, r#"{"code":0,"id":7}"#, r#"{"id":7,"x":{"code":500}}"#] {
        assert_eq!(read::<Sent>(body.as_bytes()).unwrap(), Sent { id: 7 }, "{body}");
    }
    assert_eq!(read::<Sent>(br#"{"code":"EUR","id":7}"#).unwrap(), Sent { id: 7 });
    assert_eq!(read::<String>(br#""\"code\"""#).unwrap(), "\"code\"");
}

#[test]
fn pitayas_codes_are_texts() {
    let error = server_error::<Sent>(r#"{"code":"PIT-404","msg":"no route","metadata":{"a":"b"}}"#);
    let wanted = HandlerError::new(404, "no route");
    assert_eq!(error, wanted.with("code", "PIT-404").with("metadata", json!({ "a": "b" })));
}

#[test]
fn an_empty_answer_fits_nothing_and_what_does_not_fit_is_told() {
    for body in ["{}", "", " {} "] {
        read::<()>(body.as_bytes()).unwrap();
        assert_eq!(read::<Option<Coded>>(body.as_bytes()).unwrap(), None);
    }
    let error = read::<Coded>(b"{}").unwrap_err();
    assert!(error.to_string().contains("missing field `code`"), "{error}");
    assert!(matches!(read::<Coded>(br#"{"code":"x"}"#), Err(RequestError::Decode(_))));
}

#[tokio::test]
async fn a_handlers_error_arrives_as_it_was() {
    let table = serve(Server::builder()).await;
    let client = table.client().await;
    let answer = client.request::<Json<Sent>>("game.main.fail", ()).await;
    let Err(RequestError::Server(error)) = answer else { panic!("{answer:?}") };
    assert_eq!(error, HandlerError::new(403, "not yours").with("owner", "bob"));
    let answer = client.request::<Json<Sent>>("game.main.unknown", ()).await;
    let Err(RequestError::Server(error)) = answer else { panic!("{answer:?}") };
    assert_eq!(error, HandlerError::failed());
    let raw = client.request::<Raw>("game.main.unknown", ()).await;
    assert!(matches!(raw, Err(RequestError::Server(_))), "{raw:?}");
}

#[tokio::test]
async fn a_compressed_answer_fails_its_request_by_name() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    let ask = || client.request::<Raw>("game.main.echo", Json(1));
    let answer = async {
        let (id, ..) = fake.request().await;
        let mut message = Vec::new();
        Head::Response(Some(id)).encode(&mut message).unwrap();
        message[0] |= 0x10;
        message.extend_from_slice(b"\x78\x9c\x33\x04\x00\x00\x32\x00\x32");
        fake.send(PackageType::Data, &message).await;
    };
    let (asked, ()) = tokio::join!(ask(), answer);
    let Err(RequestError::Decode(error)) = asked else { panic!("{asked:?}") };
    let told = "the body is compressed, which was not agreed: turn the sender's compression off";
    assert_eq!(error.to_string(), told);
    // The connection goes on.
    let answer = async {
        let (id, ..) = fake.request().await;
        fake.answer(id, &json!(1)).await;
    };
    let (asked, ()) = tokio::join!(ask(), answer);
    assert_eq!(&asked.unwrap()[..], b"1");
}
