use super::text::{unescape, write_ascii};
use super::*;
use crate::CloseReason;
use crate::http::parse_request;

fn engine(version: Version, side: Side, content: Content) -> Engine {
    Engine::new(version, side, content)
}

/// An open server of texts.
fn server() -> Engine {
    engine(Version::V3, Side::Server, Content::Text)
}

/// Returns the message of a packet, or what else it means.
fn received(engine: &mut Engine, packet: &str) -> Result<String, String> {
    let mut bytes = packet.as_bytes().to_vec();
    match engine.receive(&mut bytes) {
        Ok(Received::Message(range)) => Ok(String::from_utf8(bytes[range].to_vec()).unwrap()),
        Ok(other) => Err(format!("{other:?}")),
        Err(reason) => Err(reason.to_string()),
    }
}

#[test]
fn a_text_is_quoted_and_unescaped_alike() {
    let every: String = (0..0x300).filter_map(char::from_u32).collect();
    for text in ["", "plain", "{\"a\":\"\\\\\"}", "世界 😀 \u{2028}", &every] {
        let mut out = b"front".to_vec();
        out.extend_from_slice(text.as_bytes());
        quote(&mut out, 5);
        let json = &out[5..];
        assert_eq!(
            json,
            serde_json::to_string(text).unwrap().as_bytes(),
            "as serde_json writes it"
        );
        let mut bytes = json[1..].to_vec();
        let read = unescape(&mut bytes).unwrap();
        assert_eq!((&bytes[..read.len], read.consumed), (text.as_bytes(), bytes.len()));
    }
}

#[test]
fn ascii_json_is_the_same_json() {
    for text in ["", "plain \u{7f}", "{\"世\":\"😀é\"}"] {
        let json = serde_json::to_string(text).unwrap();
        let mut ascii = Vec::new();
        write_ascii(&json, &mut ascii);
        assert!(ascii.is_ascii());
        assert_eq!(serde_json::from_slice::<String>(&ascii).unwrap(), text);
    }
}

#[test]
fn escapes_of_every_kind_are_read_and_others_refused() {
    let read = |json: &str| {
        let mut bytes = json.as_bytes().to_vec();
        unescape(&mut bytes).map(|read| String::from_utf8(bytes[..read.len].to_vec()).unwrap())
    };
    assert_eq!(read(r#"\"\\\/\b\f\n\r\t" rest"#).as_deref(), Some("\"\\/\u{8}\u{c}\n\r\t"));
    assert_eq!(read(r#"\u0000\u00ff\u4e16\ud83d\ude00""#).as_deref(), Some("\0ÿ世😀"));
    assert_eq!(read(r#"\ud83d\u0041\ude00x""#).as_deref(), Some("\u{fffd}A\u{fffd}x"));
    for cut in ["", "open", "\\", "\\\"", "\\u00", "\\u00zz\"", "\\x\"", "\\ud83d\\u00"] {
        assert_eq!(read(cut), None, "{cut}");
    }
}

#[test]
fn elements_are_found_whatever_is_in_them() {
    let found = |json: &str| {
        let ranges = elements(json.as_bytes())?;
        Some(ranges.into_iter().map(|range| json[range].to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(found("[]"), Some(vec![]));
    assert_eq!(found("[ ] "), Some(vec![]));
    let json = r#"[{"a":[1,2],"b":"],[\"\\"},[],3]"#;
    assert_eq!(found(json).unwrap(), [r#"{"a":[1,2],"b":"],[\"\\"}"#, "[]", "3"]);
    for other in ["", "[", "]", "{}", "[]]", "[\"]", "[\"\\\"]", "[1]x", "[}]"] {
        assert_eq!(found(other), None, "{other}");
    }
}

#[test]
fn a_text_event_is_its_text() {
    let mut server = server();
    for (packet, text) in [
        (r#"42["message","{\"a\":1}"]"#, r#"{"a":1}"#),
        (r#"42["message","\u0000\u00c8È",7]"#, "\0\u{c8}\u{c8}"),
        (r#"42/,["message","root"]"#, "root"),
        (r#"42/?token=1,7["message","an answer is asked for"]"#, "an answer is asked for"),
        (r#"42[ "mess\u0061ge" , "spelled \n otherwise" ]"#, "spelled \n otherwise"),
        (r#"42["message",""]"#, ""),
    ] {
        assert_eq!(received(&mut server, packet).as_deref(), Ok(text), "{packet}");
    }
}

#[test]
fn a_json_event_is_the_json_of_its_argument() {
    let mut server = engine(Version::V3, Side::Server, Content::Json);
    for (packet, json) in [
        (r#"42["message",{"action":"emit","n":[1,2]}]"#, r#"{"action":"emit","n":[1,2]}"#),
        (r#"42["message", "text" ,2]"#, r#""text""#),
    ] {
        assert_eq!(received(&mut server, packet).as_deref(), Ok(json), "{packet}");
    }
}

#[test]
fn other_events_and_answers_are_ignored_with_their_attachments() {
    let mut server = server();
    for packet in
        [r#"42["other","x"]"#, r#"42["other"]"#, "43[1]", "437[]", r#"42/admin,["message","x"]"#]
    {
        assert_eq!(received(&mut server, packet), Err("Nothing".into()), "{packet}");
    }
    assert_eq!(
        received(&mut server, r#"452-["blob",{"_placeholder":true,"num":0}]"#),
        Err("Nothing".into())
    );
    assert_eq!(server.receive_binary(), Ok(Received::Nothing));
    assert_eq!(received(&mut server, "b4AAEC"), Err("Nothing".into()), "in base64 too");
    assert!(server.receive_binary().is_err(), "there were two");
    assert_eq!(received(&mut server, "461-[]"), Err("Nothing".into()));
    assert!(received(&mut server, r#"42["message","x"]"#).unwrap_err().contains("attachment"));
}

#[test]
fn each_damaged_packet_is_told_by_name() {
    for (packet, problem) in [
        ("", "a type from 0 to 6"),
        ("7", "a type from 0 to 6"),
        ("x", "a type from 0 to 6"),
        ("0{}", "out of its turn"),
        ("5", "out of its turn"),
        ("3", "sends no pings"),
        ("4", "without a type"),
        ("47", "without a type"),
        ("42", "not a JSON array"),
        ("42{}", "not a JSON array"),
        ("42[\"message\"]", "not a JSON array"),
        ("42[\"message\",7]", "does not carry a text"),
        ("42[\"message\",{\"a\":1}]", "does not carry a text"),
        ("42[\"message\",\"x", "does not end"),
        ("42[\"message\",\"x\"", "an event of socket.io"),
        ("42[\"message\",\"x\"]]", "an event of socket.io"),
        ("42[\"message\",\"x\",]", "an event of socket.io"),
        ("45[\"message\",\"x\"]", "number of attachments"),
        ("45-[\"x\"]", "number of attachments"),
        ("4565-[\"x\"]", "more than 64"),
        ("4599999999999999999999999-[\"x\"]", "more than 64"),
        ("451-[\"message\",{\"_placeholder\":true,\"num\":0}]", "bytes attached"),
        ("44{}", "which servers send"),
        ("b4AAEC", "no event has announced"),
    ] {
        let error = received(&mut server(), packet).unwrap_err();
        assert!(error.contains(problem), "{packet}: {error}");
    }
    let long = format!("40/{},", "x".repeat(300));
    assert!(received(&mut server(), &long).unwrap_err().contains("256"));
}

#[test]
fn pings_come_from_the_side_that_its_version_says() {
    let pong = |version, side, packet| {
        received(&mut engine(version, side, Content::Text), packet).unwrap_err()
    };
    let replies = format!("{:?}", Received::Reply(b"3".into()));
    assert_eq!(pong(Version::V3, Side::Server, "2"), replies);
    assert_eq!(pong(Version::V4, Side::Client, "2"), replies);
    assert!(pong(Version::V4, Side::Server, "2").contains("a ping from"));
    assert!(pong(Version::V3, Side::Client, "2").contains("a ping from"));
    assert_eq!(pong(Version::V4, Side::Server, "3"), "Nothing");
    assert_eq!(pong(Version::V3, Side::Client, "3"), "Nothing");
    assert!(pong(Version::V4, Side::Client, "3").contains("sends no pings"));
    let echoed = format!("{:?}", Received::Reply(b"3probe".into()));
    assert_eq!(pong(Version::V3, Side::Server, "2probe"), echoed);
}

#[test]
fn a_server_of_version_4_is_open_with_the_clients_connect() {
    let mut server = engine(Version::V4, Side::Server, Content::Text);
    let early = received(&mut server, r#"42["message","x"]"#).unwrap_err();
    assert!(early.contains("in front of"), "{early}");
    let refused = server.receive(&mut b"40/admin?x=1,{}".to_vec()).unwrap();
    let refusal = &b"44/admin,{\"message\":\"Invalid namespace\"}"[..];
    assert_eq!(refused, Received::Reply(refusal.into()));
    assert!(!server.is_connected());
    assert_eq!(server.receive(&mut b"40{\"token\":1}".to_vec()), Ok(Received::Connected));
    assert_eq!(server.connected("id"), b"40{\"sid\":\"id\"}");
    assert_eq!(server.receive(&mut b"40".to_vec()), Ok(Received::Nothing), "a second one");
    assert_eq!(received(&mut server, r#"42["message","x"]"#).as_deref(), Ok("x"));
    assert_eq!(server.receive(&mut b"41".to_vec()), Err(CloseReason::PeerClosed));
    assert_eq!(server.receive(&mut b"1".to_vec()), Err(CloseReason::PeerClosed));
}

#[test]
fn a_client_reads_the_opening_and_a_refusal() {
    let mut client = engine(Version::V4, Side::Client, Content::Text);
    let open = Open {
        sid: "abc".into(),
        upgrades: vec!["websocket".into()],
        ping_interval: 25_000,
        ping_timeout: 20_000,
        max_payload: Some(1_000_000),
    };
    assert_eq!(client.receive(&mut open.to_packet()), Ok(Received::Opened(open.into())));
    let refused = client.receive(&mut b"44{\"message\":\"no\"}".to_vec());
    let reason = "{\"message\":\"no\"}".to_owned();
    assert_eq!(refused, Err(CloseReason::PeerClosedWith { code: 4, reason }));
    assert_eq!(client.receive(&mut b"40{\"sid\":\"x\"}".to_vec()), Ok(Received::Connected));
    assert!(received(&mut client, "0{}").unwrap_err().contains("out of its turn"));
    let broken = received(&mut engine(Version::V3, Side::Client, Content::Text), "0{").unwrap_err();
    assert!(broken.contains("the packet that opens"), "{broken}");
}

fn packets(version: Version, body: &[u8], is_bytes: bool) -> Result<Vec<String>, PayloadError> {
    let mut payload = Payload::new(version, body.to_vec(), is_bytes, Charset::Unknown)?;
    let mut packets = Vec::new();
    while let Some(packet) = payload.next_packet()? {
        packets.push(match packet {
            Packet::Text(text) => text.into_owned(),
            Packet::Binary => "binary".to_owned(),
        });
    }
    Ok(packets)
}

#[test]
fn bodies_of_each_kind_are_read_and_written() {
    let four = |body: &str| packets(Version::V4, body.as_bytes(), false);
    assert_eq!(four("2\u{1e}4世界\u{1e}bAAEC").unwrap(), ["2", "4世界", "binary"]);
    let three = |body: &str| packets(Version::V3, body.as_bytes(), false);
    assert_eq!(three("1:23:4世界4:4😀x6:b4AAEC").unwrap(), ["2", "4世界", "4😀x", "binary"]);
    let bytes =
        [&[0, 1, 0xff][..], b"2", &[0, 7, 0xff], "4世界".as_bytes(), &[1, 1, 0, 0xff], &[4; 10]];
    assert_eq!(packets(Version::V3, &bytes.concat(), true).unwrap(), ["2", "4世界", "binary"]);
    for version in [Version::V3, Version::V4] {
        let mut body = Vec::new();
        for packet in ["2", "42[\"世\"]", "3"] {
            PayloadWriter::new(version).write(packet, &mut body);
        }
        let read = packets(version, &body, false).unwrap();
        let event: Vec<String> = serde_json::from_str(&read[1][2..]).unwrap();
        assert_eq!((&*read[0], &*event[0], &*read[2]), ("2", "世", "3"));
        assert_eq!(version == Version::V3, body.is_ascii());
    }
}

/// As the browsers' programs of socket.io 1 and 2 write it: the same length, other bytes.
#[test]
fn texts_that_are_written_as_utf8_twice_are_read_unless_they_cannot_be() {
    let twice = |text: &str| -> String { text.bytes().map(char::from).collect() };
    let body = |packet: &str| format!("{}:{packet}", packet.encode_utf16().count());
    let one = body(&twice("4é世界"));
    assert_eq!(packets(Version::V3, one.as_bytes(), false).unwrap(), ["4é世界"]);
    let two = body("4é世界");
    assert_eq!(packets(Version::V3, two.as_bytes(), false).unwrap(), ["4é世界"]);
    // What could be either is what socket.io 1 means, until the session has shown otherwise.
    let ambiguous = body("4Ã©");
    assert_eq!(packets(Version::V3, ambiguous.as_bytes(), false).unwrap(), ["4é"]);
    let shown = format!("{}{ambiguous}", body("4\u{ff}"));
    assert_eq!(packets(Version::V3, shown.as_bytes(), false).unwrap(), ["4\u{ff}", "4Ã©"]);
    let mut payload = Payload::new(Version::V3, two.into(), false, Charset::Unknown).unwrap();
    payload.next_packet().unwrap();
    assert_eq!(payload.charset(), Charset::Utf8);
    let mut later = Payload::new(Version::V3, ambiguous.into(), false, payload.charset()).unwrap();
    assert_eq!(later.next_packet(), Ok(Some(Packet::Text("4Ã©".into()))));
    assert_eq!(later.next_packet(), Ok(None));
}

#[test]
fn bodies_that_are_not_packets_are_refused() {
    for (body, error) in [
        (&b""[..], PayloadError::Empty),
        (b"0:", PayloadError::Empty),
        (b":4x", PayloadError::Length),
        (b"4x", PayloadError::Length),
        (b"x:4", PayloadError::Length),
        (b"-1:4", PayloadError::Length),
        (b"1", PayloadError::Length),
        (b"9999999999:4", PayloadError::Length),
        (b"999999999:4", PayloadError::Short),
        (b"3:4x", PayloadError::Short),
        ("2:4😀".as_bytes(), PayloadError::Length),
        (b"2:\xff\xfe", PayloadError::Utf8),
    ] {
        assert_eq!(packets(Version::V3, body, false), Err(error), "{body:?}");
    }
    // A length in bytes, where units are counted: the packet has not ended.
    assert_eq!(packets(Version::V3, "7:4世界".as_bytes(), false), Err(PayloadError::Short));
    for (body, error) in [
        (&[2][..], PayloadError::Kind),
        (&[0], PayloadError::Length),
        (&[0, 0xff], PayloadError::Length),
        (&[0, 10, 0xff, 4], PayloadError::Length),
        (&[0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0xff], PayloadError::Length),
        (&[0, 2, 0xff, b'4'], PayloadError::Short),
        (&[1, 0, 0xff], PayloadError::Empty),
        (&[0, 1, 0xff, 0xff], PayloadError::Utf8),
        (&[0, 1, 0xff, b'2', 7], PayloadError::Kind),
    ] {
        assert_eq!(packets(Version::V3, body, true), Err(error), "{body:?}");
    }
    for body in ["", "\u{1e}", "2\u{1e}", "2\u{1e}\u{1e}3"] {
        assert_eq!(packets(Version::V4, body.as_bytes(), false), Err(PayloadError::Empty));
    }
    assert_eq!(packets(Version::V4, b"4\xff", false), Err(PayloadError::Utf8));
}

#[test]
fn a_body_of_bytes_is_cut_at_every_byte() {
    let whole = [&[0, 3, 0xff][..], b"4ab", &[1, 2, 0xff], &[4, 9]].concat();
    assert_eq!(packets(Version::V3, &whole, true).unwrap(), ["4ab", "binary"]);
    for cut in 0..whole.len() {
        let read = packets(Version::V3, &whole[..cut], true);
        assert_eq!(read.is_ok(), cut == 6, "cut at {cut}");
    }
}

fn request(target: &str, headers: &str) -> Result<EngineRequest, RequestError> {
    let head = format!("GET {target} HTTP/1.1\r\nHost: h\r\n{headers}\r\n");
    let (request, _) = parse_request(head.as_bytes()).unwrap().unwrap();
    EngineRequest::parse(&request)
}

#[test]
fn requests_are_read_and_refused_with_engine_ios_codes() {
    const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let polling = request("/socket.io/?EIO=4&transport=polling&t=x", "").unwrap();
    let transport = Transport::Polling;
    assert_eq!(polling, EngineRequest { version: Version::V4, transport, sid: None });
    let moving = request("/socket.io/?transport=websocket&sid=a%20b", UPGRADE).unwrap();
    let (transport, sid) = (Transport::WebSocket, Some("a b".to_owned()));
    assert_eq!(moving, EngineRequest { version: Version::V3, transport, sid });
    let code = |target: &str, headers: &str| request(target, headers).unwrap_err().code();
    assert_eq!(code("/socket.io/?EIO=4", ""), 0);
    assert_eq!(code("/socket.io/?EIO=4&transport=flash", ""), 0);
    assert_eq!(code("/socket.io/?EIO=4&transport=websocket", ""), 3);
    assert_eq!(code("/socket.io/?EIO=4&transport=polling", UPGRADE), 3);
    assert_eq!(code("/socket.io/?EIO=3&transport=polling&j=0", ""), 3);
    assert_eq!(code("/socket.io/?EIO=2&transport=polling", ""), 5);
    assert_eq!(RequestError::Session.body(), br#"{"code":1,"message":"Session ID unknown"}"#);
    let bad = r#"{"code":3,"message":"Bad request","context":"why"}"#;
    assert_eq!(RequestError::Bad("why").body(), bad.as_bytes());
    assert_eq!((RequestError::Forbidden.status(), RequestError::Method.status()), (403, 400));
}

#[test]
fn announced_times_fit_into_the_timers_of_javascript() {
    let (interval, timeout) = (Open::milliseconds(std::time::Duration::MAX), 1);
    assert_eq!(interval, 1_000_000_000);
    let open = Open {
        sid: "".into(),
        upgrades: vec![],
        ping_interval: 0,
        ping_timeout: timeout,
        max_payload: None,
    };
    assert_eq!(open.interval(), std::time::Duration::from_millis(1));
    let packet = open.to_packet();
    assert_eq!(packet, br#"0{"sid":"","upgrades":[],"pingInterval":0,"pingTimeout":1}"#);
}
