//! Offers and answers.

use super::*;
use crate::http::{Request, parse_request};
use crate::ws::deflate::{Agreement, Parameter, ParameterError, Terms};
use crate::ws::upgrade::{
    Accepted, ConnectError, Reply, UpgradeError, client_key, parse_response, request, response,
};

fn bits(bits: u8) -> WindowBits {
    WindowBits::new(bits).unwrap()
}

/// Both directions with context takeover, in windows of this size.
fn generous(size: u8) -> Terms {
    let direction = Direction { context_takeover: true, max_window_bits: bits(size) };
    Terms { server: direction, client: direction }
}

fn with_header(lines: &[&str]) -> Request {
    let key = client_key([1; 16]);
    let mut head = request("host", "/", &key, &[]).unwrap();
    head.truncate(head.len() - 2);
    for line in lines {
        head.extend_from_slice(format!("Sec-WebSocket-Extensions: {line}\r\n").as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    parse_request(&head).unwrap().unwrap().0
}

/// The header of a server's answer to these lines of a request, if it has one.
fn answer(terms: Terms, lines: &[&str]) -> Result<Option<String>, UpgradeError> {
    let plain = response(&client_key([1; 16]), Some("game"));
    let mut head = plain.clone();
    let agreement = terms.answer(&with_header(lines), &mut head)?;
    if agreement.is_none() {
        assert_eq!(head, plain, "nothing is added");
        return Ok(None);
    }
    let head = String::from_utf8(head).unwrap();
    let (_, rest) = head.split_once("Sec-WebSocket-Extensions: ").unwrap();
    let (value, end) = rest.split_once("\r\n").unwrap();
    assert_eq!(end, "\r\n", "the head ends behind it");
    Ok(Some(value.to_owned()))
}

/// The answer to one offer.
fn answered(terms: Terms, offer: &str) -> Option<String> {
    answer(terms, &[offer]).unwrap()
}

/// What a client makes of the answer.
fn learned(terms: Terms, answer: &str) -> Result<Option<Agreement>, ConnectError> {
    let key = client_key([1; 16]);
    let mut head = response(&key, None);
    head.truncate(head.len() - 2);
    head.extend_from_slice(answer.as_bytes());
    head.extend_from_slice(b"\r\n");
    match terms.parse_response(&head, &key)?.unwrap() {
        (Reply::Accepted(Accepted { deflate, .. }), size) => {
            assert_eq!(size, head.len());
            Ok(deflate)
        }
        (Reply::Refused(response), _) => panic!("{response}"),
    }
}

fn learns(terms: Terms, answer: &str) -> Result<Option<Agreement>, ConnectError> {
    learned(terms, &format!("Sec-WebSocket-Extensions: {answer}\r\n"))
}

#[test]
fn answers_as_the_offer_and_its_terms_allow() {
    let stingy = Terms::default();
    let none = "; server_no_context_takeover; client_no_context_takeover";
    for (terms, offer, parameters) in [
        (stingy, "", none),
        (stingy, "; client_max_window_bits", none),
        (generous(15), "", ""),
        (generous(15), "; client_max_window_bits", ""),
        (generous(15), "; server_no_context_takeover", "; server_no_context_takeover"),
        (generous(15), "; client_no_context_takeover", "; client_no_context_takeover"),
        (generous(15), "; server_max_window_bits=10", "; server_max_window_bits=10"),
        (generous(15), "; server_max_window_bits=15", "; server_max_window_bits=15"),
        (generous(15), "; client_max_window_bits=10", "; client_max_window_bits=10"),
        (generous(15), "; client_max_window_bits=15", ""),
        (
            generous(11),
            "; server_max_window_bits=10",
            "; client_no_context_takeover; server_max_window_bits=10",
        ),
        (
            generous(11),
            "; server_max_window_bits=12; client_max_window_bits=12",
            "; server_max_window_bits=11; client_max_window_bits=11",
        ),
        (
            generous(11),
            "; client_max_window_bits",
            "; server_max_window_bits=11; client_max_window_bits=11",
        ),
        // A client that cannot be limited is not let point back.
        (generous(11), "", "; client_no_context_takeover; server_max_window_bits=11"),
        (generous(15), "; server_max_window_bits=8", "; server_max_window_bits=8"),
    ] {
        let offer = format!("permessage-deflate{offer}");
        let expected = format!("permessage-deflate{parameters}");
        assert_eq!(answered(terms, &offer), Some(expected), "to {offer} on {terms:?}");
    }
}

#[test]
fn both_ends_agree_on_the_same() {
    let mut tried = 0;
    for (takes, size) in [(false, 15), (true, 15), (true, 9), (false, 11)] {
        for (gives, most) in [(false, 15), (true, 15), (true, 10), (false, 12)] {
            let terms = |context_takeover, size| {
                let server = Direction { context_takeover, max_window_bits: bits(size) };
                let client = Direction { context_takeover: !context_takeover, ..server };
                Terms { server, client }
            };
            let (ours, theirs) = (terms(takes, size), terms(gives, most));
            let key = client_key([1; 16]);
            let mut head = request("host", "/", &key, &[]).unwrap();
            ours.offer(&mut head);
            let (request, length) = parse_request(&head).unwrap().unwrap();
            assert_eq!(length, head.len());
            assert_eq!(request.websocket_key(), Ok(Some(&*key)));
            let mut head = response(&key, None);
            let agreed = theirs.answer(&request, &mut head).unwrap().unwrap();
            let reply = ours.parse_response(&head, &key).unwrap().unwrap().0;
            let Reply::Accepted(accepted) = reply else { panic!("it was accepted") };
            assert_eq!(accepted.deflate, Some(agreed));
            for (direction, one, other) in [
                (agreed.server, ours.server, theirs.server),
                (agreed.client, ours.client, theirs.client),
            ] {
                let allowed = one.context_takeover && other.context_takeover;
                assert_eq!(direction.context_takeover, allowed);
                let least = one.max_window_bits.min(other.max_window_bits);
                assert_eq!(direction.max_window_bits, least);
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 16);
}

#[test]
fn declines_an_offer_that_is_not_valid() {
    for parameters in [
        "unknown",
        "x_webkit=1",
        "Server_no_context_takeover",
        "server_no_context_takeover=1",
        "server_no_context_takeover=\"true\"",
        "client_no_context_takeover=0",
        "server_max_window_bits",
        "server_max_window_bits=7",
        "server_max_window_bits=16",
        "server_max_window_bits=010",
        "server_max_window_bits=+10",
        "server_max_window_bits=1e1",
        "server_max_window_bits=999999999999",
        "client_max_window_bits=7",
        "client_max_window_bits=16",
        "client_max_window_bits=09",
        "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits=10; server_max_window_bits=10",
        "client_max_window_bits; client_max_window_bits=10",
    ] {
        let offer = format!("permessage-deflate; {parameters}");
        assert_eq!(answered(generous(15), &offer), None, "{offer}");
        // The next one may be.
        let two = format!("{offer}, permessage-deflate; client_no_context_takeover");
        let second = Some("permessage-deflate; client_no_context_takeover".to_owned());
        assert_eq!(answered(generous(15), &two), second, "{two}");
    }
}

#[test]
fn the_first_offer_that_is_valid_counts() {
    let terms = generous(15);
    assert_eq!(answer(terms, &[]), Ok(None), "nothing is offered");
    assert_eq!(answered(terms, "x-webkit-deflate-frame, bzip"), None, "others are not known");
    let first = Some("permessage-deflate; server_max_window_bits=10".to_owned());
    let offers = "foo; a=b, permessage-deflate; server_max_window_bits=10, permessage-deflate";
    assert_eq!(answered(terms, offers), first);
    let lines: Vec<&str> = offers.split(", ").collect();
    assert_eq!(answer(terms, &lines), Ok(first.clone()), "over several lines");
    for written in [
        "permessage-deflate;server_max_window_bits=10",
        "permessage-deflate \t;\t server_max_window_bits = 10 ",
        ",, permessage-deflate; server_max_window_bits=\"10\" ,",
        "permessage-deflate; server_max_window_bits=\"1\\0\"",
    ] {
        assert_eq!(answered(terms, written), first, "{written}");
    }
}

#[test]
fn a_header_that_is_no_list_is_refused() {
    for line in [
        "permessage-deflate;",
        "permessage-deflate; ;a",
        "; a",
        "permessage-deflate; a=",
        "permessage-deflate; =a",
        "permessage-deflate; a=\"",
        "permessage-deflate; a=\"b c\"",
        "permessage-deflate; a=\"\"",
        "permessage-deflate; a=\"b\" c",
        "permessage-deflate a",
        "permessage deflate",
        "permessage-deflate; a=b=c",
        "\"permessage-deflate\"",
        "permessage-deflate; a=\"b\\",
        "ünknown",
    ] {
        assert_eq!(answer(generous(15), &[line]), Err(UpgradeError::Extensions), "{line}");
        assert_eq!(learns(generous(15), line), Err(ConnectError::Extensions), "{line}");
    }
    assert_eq!(UpgradeError::Extensions.status(), 400);
}

#[test]
fn a_client_takes_what_it_offered() {
    let (ours, alone) = (generous(15), Terms::default());
    assert_eq!(learned(ours, ""), Ok(None), "the server declined");
    let all = Agreement { server: ours.server, client: ours.client };
    assert_eq!(learns(ours, "permessage-deflate"), Ok(Some(all)));
    let both = "; server_no_context_takeover; client_no_context_takeover";
    let neither = Agreement { server: ALONE, client: ALONE };
    for terms in [ours, alone] {
        assert_eq!(learns(terms, &format!("permessage-deflate{both}")), Ok(Some(neither)));
    }
    let limited = "permessage-deflate; server_max_window_bits=9; client_max_window_bits=8";
    let agreed = learns(ours, limited).unwrap().unwrap();
    assert_eq!(agreed.server.max_window_bits, bits(9));
    assert_eq!(agreed.client.max_window_bits, bits(8));
}

#[test]
fn a_client_fails_for_what_it_did_not_offer() {
    use Parameter::{ClientMaxWindowBits, ServerMaxWindowBits, ServerNoContextTakeover};
    let (ours, alone) = (generous(11), Terms::default());
    let limits = "server_max_window_bits=11";
    for (terms, parameters, error) in [
        (ours, "foo", ParameterError::Unknown),
        (
            ours,
            "server_max_window_bits=9; server_max_window_bits=9",
            ParameterError::Repeated(ServerMaxWindowBits),
        ),
        (ours, "server_max_window_bits=16", ParameterError::Value(ServerMaxWindowBits)),
        (ours, "server_no_context_takeover=1", ParameterError::Value(ServerNoContextTakeover)),
        (
            ours,
            &format!("{limits}; client_max_window_bits"),
            ParameterError::Value(ClientMaxWindowBits),
        ),
        (
            ours,
            &format!("{limits}; client_max_window_bits=12"),
            ParameterError::NotOffered(ClientMaxWindowBits),
        ),
        (ours, "server_max_window_bits=12", ParameterError::NotOffered(ServerMaxWindowBits)),
        (ours, "client_no_context_takeover", ParameterError::Missing(ServerMaxWindowBits)),
        (alone, "client_no_context_takeover", ParameterError::Missing(ServerNoContextTakeover)),
    ] {
        let answer = format!("permessage-deflate; {parameters}");
        assert_eq!(learns(terms, &answer), Err(ConnectError::Deflate(error)), "{answer}");
    }
    for answer in
        ["permessage-bzip2", "permessage-deflate, permessage-deflate", "permessage-deflate, foo"]
    {
        assert_eq!(
            learns(generous(15), answer),
            Err(ConnectError::UnexpectedExtension),
            "{answer}"
        );
    }
    let key = client_key([1; 16]);
    let mut head = response(&key, None);
    generous(15).answer(&with_header(&["permessage-deflate"]), &mut head).unwrap().unwrap();
    assert_eq!(parse_response(&head, &key), Err(ConnectError::UnexpectedExtension), "no offer");
}
