//! The table of `vectors/websocket.json`: what a peer sends, and what an echo
//! must answer.

use serde_json::Value;

const FIN: u8 = 0x80;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PONG: u8 = 10;
const OPCODES: [(&str, u8); 6] = [
    ("continuation", 0),
    ("text", TEXT),
    ("binary", BINARY),
    ("close", CLOSE),
    ("ping", 9),
    ("pong", PONG),
];

/// A row of the table.
pub(crate) struct Case {
    /// Its number in the Autobahn testsuite.
    pub(crate) number: String,
    pub(crate) send: Vec<Frame>,
    /// What comes back before the end.
    pub(crate) expect: Vec<Answer>,
    pub(crate) end: End,
    pub(crate) chops: Chops,
    /// The fault is told once so many frames are there.
    #[allow(dead_code, reason = "over a socket it cannot be seen")]
    pub(crate) after: Option<usize>,
}

/// A frame that the peer sends.
pub(crate) struct Frame {
    /// The whole first byte.
    first: u8,
    payload: Vec<u8>,
}

/// A message or a pong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Text(Vec<u8>),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
}

/// How the connection ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// Not at all.
    Open,
    /// The peer's close frame is answered with this code.
    Close(Option<u16>),
    /// The peer is told this code.
    Fail(u16),
}

/// How the peer cuts what it sends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Chops {
    Whole,
    Frames,
    Bytes(usize),
    /// The payload of a single frame in pieces of these sizes.
    Payload(Vec<usize>),
}

/// Every row.
pub(crate) fn cases() -> Vec<Case> {
    let file: Value = serde_json::from_str(include_str!("../../vectors/websocket.json")).unwrap();
    file["cases"].as_array().unwrap().iter().map(Case::read).collect()
}

impl Case {
    fn read(row: &Value) -> Self {
        let code = |value: &Value| value.as_u64().map(|code| u16::try_from(code).unwrap());
        let end = match &row["end"] {
            Value::Null => End::Open,
            end if end.get("fail").is_some() => End::Fail(code(&end["fail"]).unwrap()),
            end => End::Close(code(&end["close"])),
        };
        let chops = match &row["chops"] {
            Value::Null => Chops::Whole,
            Value::String(frames) if frames == "frames" => Chops::Frames,
            Value::Array(sizes) => Chops::Payload(sizes.iter().map(number).collect()),
            size => Chops::Bytes(number(size)),
        };
        Self {
            number: row["case"].as_str().unwrap().to_owned(),
            send: rows(&row["send"]).flat_map(Frame::read).collect(),
            expect: rows(&row["expect"]).flat_map(Answer::read).collect(),
            end,
            chops,
            after: row.get("after").map(number),
        }
    }

    /// Bytes that the peer sends, without headers.
    pub(crate) fn size(&self) -> usize {
        self.send.iter().map(|frame| frame.payload.len()).sum()
    }

    /// The frames as they are sent; a client masks with its key.
    pub(crate) fn frames(&self, key: Option<[u8; 4]>) -> Vec<Vec<u8>> {
        self.send.iter().map(|frame| frame.write(key)).collect()
    }

    /// What is sent in each write.
    pub(crate) fn writes(&self, key: Option<[u8; 4]>, chops: &Chops) -> Vec<Vec<u8>> {
        let frames = self.frames(key);
        match chops {
            Chops::Frames => frames,
            Chops::Whole => vec![frames.concat()],
            Chops::Bytes(size) => frames.concat().chunks(*size).map(<[u8]>::to_vec).collect(),
            Chops::Payload(sizes) => {
                let mut rest = frames.concat();
                let header = rest.len() - self.size();
                let mut writes = Vec::new();
                for (at, size) in sizes.iter().enumerate() {
                    let behind = rest.split_off(size + if at == 0 { header } else { 0 });
                    writes.push(std::mem::replace(&mut rest, behind));
                }
                assert!(rest.is_empty(), "{}", self.number);
                writes
            }
        }
    }
}

impl Frame {
    /// A frame of this first byte.
    #[allow(dead_code, reason = "compressed frames go over a socket alone")]
    pub(crate) fn new(first: u8, payload: Vec<u8>) -> Self {
        Self { first, payload }
    }

    /// One frame, or those of a message in frames, so many times.
    fn read(row: &Value) -> Vec<Self> {
        let (opcode, value) = content(row);
        let payload = payload(value);
        let rsv = u8::try_from(row["rsv"].as_u64().unwrap_or_default()).unwrap() << 4;
        let fin = if row["more"] == true { 0 } else { FIN };
        if let Some(size) = row.get("frames").map(number) {
            let last = payload.len().div_ceil(size) - 1;
            let piece = |(at, piece): (usize, &[u8])| Self {
                first: if at == 0 { opcode } else { 0 } | if at == last { FIN } else { 0 },
                payload: piece.to_vec(),
            };
            return payload.chunks(size).enumerate().map(piece).collect();
        }
        let frame = || Self { first: fin | rsv | opcode, payload: payload.clone() };
        (0..row.get("repeat").map_or(1, number)).map(|_| frame()).collect()
    }

    /// The frame as it is sent.
    pub(crate) fn write(&self, key: Option<[u8; 4]>) -> Vec<u8> {
        let mask = if key.is_some() { 0x80 } else { 0 };
        let mut frame = vec![self.first];
        match self.payload.len() {
            len @ ..126 => frame.push(mask | u8::try_from(len).unwrap()),
            len @ ..65_536 => {
                frame.push(mask | 126);
                frame.extend_from_slice(&u16::try_from(len).unwrap().to_be_bytes());
            }
            len => {
                frame.push(mask | 127);
                frame.extend_from_slice(&(len as u64).to_be_bytes());
            }
        }
        frame.extend(key.iter().flatten());
        let start = frame.len();
        frame.extend_from_slice(&self.payload);
        mask_bytes(key, &mut frame[start..]);
        frame
    }
}

impl Answer {
    fn read(row: &Value) -> Vec<Self> {
        let (opcode, value) = content(row);
        let answer = Self::of(opcode, payload(value)).unwrap();
        vec![answer; row.get("repeat").map_or(1, number)]
    }

    /// `None` for what is no answer of an echo.
    pub(crate) fn of(opcode: u8, payload: Vec<u8>) -> Option<Self> {
        Some(match opcode {
            TEXT => Self::Text(payload),
            BINARY => Self::Binary(payload),
            PONG => Self::Pong(payload),
            _ => return None,
        })
    }
}

/// What an echo sent: answers, then the code of its close frame if it has sent
/// one, then nothing. A part of a frame at the end stays.
pub(crate) fn answers(mut bytes: &[u8]) -> (Vec<Answer>, Option<Option<u16>>) {
    let mut answers = Vec::new();
    while let Some((first, payload, rest)) = split_frame(bytes) {
        assert_eq!(first & 0xf0, FIN, "an echo sends whole messages");
        match Answer::of(first & 0xf, payload.clone()) {
            Some(answer) => answers.push(answer),
            None => {
                assert_eq!((first & 0xf, rest), (CLOSE, &b""[..]), "a close, and nothing behind");
                let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                return (answers, Some(code));
            }
        }
        bytes = rest;
    }
    (answers, None)
}

/// The first byte, the payload, and what follows the frame.
pub(crate) fn split_frame(bytes: &[u8]) -> Option<(u8, Vec<u8>, &[u8])> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    let (len, rest) = match second & 0x7f {
        126 => rest
            .split_first_chunk()
            .map(|(len, rest)| (usize::from(u16::from_be_bytes(*len)), rest))?,
        127 => rest
            .split_first_chunk()
            .map(|(len, rest)| (usize::try_from(u64::from_be_bytes(*len)).unwrap(), rest))?,
        len => (usize::from(len), rest),
    };
    let (key, rest) = match second & 0x80 {
        0 => (None, rest),
        _ => rest.split_first_chunk().map(|(key, rest)| (Some(*key), rest))?,
    };
    let (payload, rest) = rest.split_at_checked(len)?;
    let mut payload = payload.to_vec();
    mask_bytes(key, &mut payload);
    Some((first, payload, rest))
}

/// A key of zeros changes nothing, and spares the largest rows some time.
fn mask_bytes(key: Option<[u8; 4]>, bytes: &mut [u8]) {
    if let Some(key) = key.filter(|key| *key != [0; 4]) {
        for (byte, key) in bytes.iter_mut().zip(key.into_iter().cycle()) {
            *byte ^= key;
        }
    }
}

fn rows(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().unwrap().iter()
}

/// The opcode and what stands at its name.
fn content(row: &Value) -> (u8, &Value) {
    if let Some(opcode) = row.get("opcode") {
        return (u8::try_from(opcode.as_u64().unwrap()).unwrap(), &row["payload"]);
    }
    let found = OPCODES.iter().find_map(|(name, opcode)| Some((*opcode, row.get(name)?)));
    found.unwrap()
}

fn payload(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.as_bytes().to_vec(),
        value => match value.get("times") {
            Some(times) => hex(&value["fill"]).repeat(number(times)),
            None => hex(&value["hex"]),
        },
    }
}

fn hex(digits: &Value) -> Vec<u8> {
    let digits = digits.as_str().unwrap();
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}
