//! Seeded random round trips and noise.

use super::super::seal::{begin, finish_client, finish_server, write_frame};
use super::super::{Header, MaskKeys, OpCode, apply_mask};
use super::{Event, client, feed, server};

/// xorshift64*: the same row of numbers at every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_le_bytes()[5]).collect()
    }

    fn text(&mut self, len: usize) -> String {
        const LETTERS: [char; 6] = ['a', '\0', 'ß', '€', '🌍', '\u{10ffff}'];
        (0..len).map(|_| LETTERS[self.below(LETTERS.len())]).collect()
    }

    fn message(&mut self) -> Event {
        let longest = [10, 130, 300, 70_000][self.below(4)];
        let len = self.below(longest);
        if self.below(2) == 0 {
            Event::Text(self.text(len / 3))
        } else {
            Event::Binary(self.bytes(len))
        }
    }

    /// The input in pieces of random size.
    fn cut<'a>(&mut self, mut input: &'a [u8]) -> Vec<&'a [u8]> {
        let mut chunks = Vec::new();
        while !input.is_empty() {
            let longest = [2, 20, 2000, 50_000][self.below(4)];
            let at = (1 + self.below(longest)).min(input.len());
            let (chunk, rest) = input.split_at(at);
            chunks.push(chunk);
            input = rest;
        }
        chunks
    }
}

fn content(message: &Event) -> (OpCode, &[u8]) {
    match message {
        Event::Text(text) => (OpCode::Text, text.as_bytes()),
        Event::Binary(bytes) => (OpCode::Binary, bytes),
        Event::Close(..) => unreachable!("no close is drawn"),
    }
}

#[test]
fn reads_whatever_it_sealed_however_it_is_cut() {
    for seed in 1..60 {
        let mut random = Random(seed);
        let mut keys = MaskKeys::new([9; 16]);
        let messages: Vec<Event> = (0..10).map(|_| random.message()).collect();
        let mut up = Vec::new();
        let mut down = Vec::new();
        for message in &messages {
            let (opcode, payload) = content(message);
            let start = begin(&mut up);
            up.extend_from_slice(payload);
            finish_client(start, opcode, keys.next_key(), &mut up);
            let start = begin(&mut down);
            down.extend_from_slice(payload);
            finish_server(start, opcode, &mut down);
        }
        assert!(feed(&mut server(), random.cut(&up)).events() == messages, "seed {seed}");
        assert!(feed(&mut client(), random.cut(&down)).events() == messages, "seed {seed}");
    }
}

#[test]
fn assembles_random_fragments_among_pings() {
    for seed in 1..60 {
        let mut random = Random(seed);
        let messages: Vec<Event> = (0..5).map(|_| random.message()).collect();
        let mut input = Vec::new();
        let mut pings = 0;
        for message in &messages {
            let (mut opcode, payload) = content(message);
            let pieces = random.cut(payload);
            for piece in pieces {
                write_frame(OpCode::Ping, b"", Some([3; 4]), &mut input);
                pings += 1;
                let mask = random.next().to_le_bytes().first_chunk().copied();
                let header = Header { fin: false, opcode, mask, len: piece.len() as u64 };
                header.write(&mut input);
                let start = input.len();
                input.extend_from_slice(piece);
                apply_mask(mask.unwrap(), &mut input[start..]);
                opcode = OpCode::Continuation;
            }
            Header { fin: true, opcode, mask: Some([1; 4]), len: 0 }.write(&mut input);
        }
        let outcome = feed(&mut server(), random.cut(&input));
        assert_eq!(outcome.replies, [0x8a, 0].repeat(pings));
        assert!(outcome.events() == messages, "seed {seed}");
    }
}

#[test]
fn judges_noise_the_same_however_it_is_cut() {
    for seed in 1..20_000 {
        let mut random = Random(seed);
        let len = random.below(60);
        let mut noise = random.bytes(len);
        // Pure noise dies at its first byte; a plausible start gets further.
        for (i, byte) in noise.iter_mut().take(2).enumerate() {
            *byte = if i == 0 { *byte & 0x8b } else { *byte & 0x0f | 0x80 };
        }
        let whole = feed(&mut server(), [&noise[..]]);
        let chunks = random.cut(&noise);
        let cut = feed(&mut server(), chunks);
        assert_eq!(cut, whole, "seed {seed}");
        feed(&mut client(), [&noise[..]]);
    }
}

#[test]
fn survives_one_wrong_byte_anywhere() {
    let mut random = Random(77);
    let mut frames = Vec::new();
    for _ in 0..4 {
        let start = begin(&mut frames);
        frames.extend_from_slice(random.text(40).as_bytes());
        finish_client(start, OpCode::Text, [5, 6, 7, 8], &mut frames);
    }
    for at in 0..frames.len() {
        for flip in [1, 0x10, 0x80, 0xff] {
            let mut broken = frames.clone();
            broken[at] ^= flip;
            let whole = feed(&mut server(), [&broken[..]]);
            assert_eq!(feed(&mut server(), broken.chunks(1)), whole);
        }
    }
}
