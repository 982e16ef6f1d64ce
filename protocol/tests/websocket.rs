//! The Autobahn case list, for both ends of a connection.
#![cfg(feature = "wire")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod cases;

use std::collections::HashSet;

use cases::{Answer, Case, Chops, End, answers, cases};
use connector_protocol::ws::{CloseCode, Decoder, MaskKeys, Role, Step, WsError};

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// The longest row that is masked with a key that changes something.
const MASKED: usize = 1 << 16;
/// The longest row that is sent byte for byte.
const SHORT: usize = 3_000;
/// The limit, raised for the longest row.
const LIMIT: usize = 16 << 20;

/// An echo, which is all that the cases need.
struct Echo {
    decoder: Decoder,
    input: Vec<u8>,
    answers: Vec<Answer>,
    /// The code of its close frame, once it has sent one.
    closed: Option<Option<u16>>,
    /// The code of the peer's close frame, once that has come.
    close: Option<Option<u16>>,
    error: Option<WsError>,
}

impl Echo {
    fn new(role: Role) -> Self {
        Self {
            decoder: Decoder::new(role, LIMIT),
            input: Vec::new(),
            answers: Vec::new(),
            closed: None,
            close: None,
            error: None,
        }
    }

    fn read(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        let mut start = 0;
        loop {
            let mut replies = Vec::new();
            let unread = &mut self.input[start..];
            let step = self.decoder.decode(unread, &mut replies);
            let consumed = match step {
                Ok(Step::Incomplete) => break,
                Ok(Step::Message { consumed, payload, text }) => {
                    self.answers.push(message(unread[payload].to_vec(), text));
                    consumed
                }
                Ok(Step::Assembled { consumed, payload, text }) => {
                    self.answers.push(message(payload, text));
                    consumed
                }
                Ok(Step::Control { consumed }) => consumed,
                Ok(Step::Close { consumed, code, .. }) => {
                    self.close = Some(code.map(CloseCode::get));
                    consumed
                }
                Err(error) => {
                    self.decoder.close(Some(error.close_code()), "", &mut replies);
                    self.error = Some(error);
                    0
                }
            };
            self.reply(&replies);
            start += consumed;
        }
        self.input.drain(..start);
    }

    fn reply(&mut self, replies: &[u8]) {
        let (pongs, closed) = answers(replies);
        assert!(self.closed.is_none() || replies.is_empty(), "nothing comes behind a close");
        self.answers.extend(pongs);
        self.closed = self.closed.or(closed);
    }

    fn end(&self) -> End {
        match (self.error, self.close) {
            (None, None) => End::Open,
            (None, Some(code)) => End::Close(code),
            (Some(error), _) => End::Fail(error.close_code().get()),
        }
    }
}

fn message(payload: Vec<u8>, text: bool) -> Answer {
    if text { Answer::Text(payload) } else { Answer::Binary(payload) }
}

/// What is sent is masked for a server, and only for a server.
fn roles(case: &Case) -> [(Role, Option<[u8; 4]>); 2] {
    let key = if case.size() <= MASKED { KEY } else { [0; 4] };
    [(Role::Server, Some(key)), (Role::Client(MaskKeys::new([7; 16])), None)]
}

/// The row's own way, and all others that its length allows.
fn ways(case: &Case) -> Vec<Chops> {
    let mut ways = vec![case.chops.clone()];
    if case.size() <= SHORT {
        ways.extend([Chops::Whole, Chops::Frames, Chops::Bytes(1), Chops::Bytes(3)]);
    }
    ways
}

#[test]
fn every_case_comes_out_in_both_roles_however_it_is_cut() {
    for case in cases() {
        for chops in ways(&case) {
            for (role, key) in roles(&case) {
                let about = format!("{} as {role:?}, {chops:?}", case.number);
                let mut echo = Echo::new(role);
                for write in case.writes(key, &chops) {
                    echo.read(&write);
                }
                assert_eq!(echo.end(), case.end, "{about}");
                // Whole payloads in a message are more than anybody reads.
                assert!(echo.answers == case.expect, "{about}: other answers");
                match case.end {
                    End::Open => assert_eq!((echo.closed, echo.input.len()), (None, 0), "{about}"),
                    End::Close(code) => assert_eq!(echo.closed, Some(code), "{about}"),
                    End::Fail(code) => assert_eq!(echo.closed, Some(Some(code)), "{about}"),
                }
                assert!(echo.decoder.is_idle(), "{about}");
            }
        }
    }
}

#[test]
fn text_fails_at_the_frame_that_proves_it_invalid() {
    let strict: Vec<Case> = cases().into_iter().filter(|case| case.after.is_some()).collect();
    assert_eq!(strict.iter().map(|case| &*case.number).collect::<Vec<_>>(), ["6.4.1", "6.4.2"]);
    for case in strict {
        for (role, key) in roles(&case) {
            let mut echo = Echo::new(role);
            for (at, frame) in case.frames(key).iter().enumerate() {
                let faulty = case.after.is_some_and(|after| at + 1 >= after);
                echo.read(frame);
                assert_eq!(echo.error.is_some(), faulty, "{} frame {at}", case.number);
            }
        }
    }
}

#[test]
fn every_number_is_there_once() {
    let cases = cases();
    let numbers: HashSet<&str> = cases.iter().map(|case| &*case.number).collect();
    assert_eq!((cases.len(), numbers.len()), (301, 301));
    let in_section = |section: &str| {
        let begins = |number: &&&str| number.split('.').next() == Some(section);
        numbers.iter().filter(begins).count()
    };
    let counts = ["1", "2", "3", "4", "5", "6", "7", "9", "10"].map(in_section);
    assert_eq!(counts, [16, 11, 7, 10, 20, 145, 37, 54, 1]);
}
