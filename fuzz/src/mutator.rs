//! Inputs that are almost valid.

use fastrand::Rng;

/// Numbers at which lengths and signs overflow.
const EDGES: [u64; 24] = [
    0,
    1,
    2,
    3,
    15,
    16,
    125,
    126,
    127,
    128,
    254,
    255,
    256,
    1000,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x00ff_ffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x1_0000_0000,
    i64::MAX as u64,
    u64::MAX,
];

/// The longest input.
const LONGEST: usize = 4096;
/// The most damages of one input.
const DAMAGES: u32 = 6;

/// Damages inputs of a corpus, in the same way for the same seed.
#[derive(Debug)]
pub struct Mutator<'a> {
    random: Rng,
    corpus: &'a [Vec<u8>],
    tokens: &'a [&'a [u8]],
}

impl<'a> Mutator<'a> {
    /// Starts a mutator of the inputs of `corpus`, which also inserts the tokens
    /// of their format.
    pub fn new(seed: u64, corpus: &'a [Vec<u8>], tokens: &'a [&'a [u8]]) -> Self {
        Self { random: Rng::with_seed(seed), corpus, tokens }
    }

    /// Writes the next input in place of the contents of `bytes`.
    pub fn write(&mut self, bytes: &mut Vec<u8>) {
        bytes.clear();
        // Two in a row reach states that one does not.
        for _ in 0..self.random.usize(1..=2) {
            bytes.extend_from_slice(self.any_input());
        }
        // Few damages mostly: many leave nothing valid.
        for _ in 0..self.random.u32(0..=DAMAGES).min(self.random.u32(1..=DAMAGES)) {
            self.damage(bytes);
        }
        bytes.truncate(LONGEST);
    }

    fn damage(&mut self, bytes: &mut Vec<u8>) {
        let at = self.random.usize(..=bytes.len());
        match self.random.u8(..12) {
            0 => bytes.truncate(at),
            1 => {
                let end = self.end_behind(at, bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let end = self.end_behind(at, bytes.len());
                let copy = bytes[at..end].repeat(self.random.usize(1..=4));
                insert(bytes, at, &copy);
            }
            3 => {
                let noise: Vec<u8> =
                    (0..self.random.usize(1..=8)).map(|_| self.random.u8(..)).collect();
                insert(bytes, at, &noise);
            }
            4 | 5 => {
                let token = self.any_token();
                insert(bytes, at, token);
            }
            6 => {
                let token = self.any_token();
                overwrite(bytes, at, token);
            }
            7 => {
                let other = self.any_input();
                let from = self.random.usize(..=other.len());
                let to = self.end_behind(from, other.len());
                let end = self.end_behind(at, bytes.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            8 => {
                let number = self.any_number();
                overwrite(bytes, at, &number);
            }
            9 => {
                let digits = EDGES[self.random.usize(..EDGES.len())].to_string();
                insert(bytes, at, digits.as_bytes());
            }
            10 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.random.u8(..8);
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = byte.wrapping_add(self.random.u8(..)).wrapping_sub(8);
                }
            }
        }
        bytes.truncate(2 * LONGEST);
    }

    /// Returns a position after `at`, mostly near.
    fn end_behind(&mut self, at: usize, len: usize) -> usize {
        let far = if self.random.u8(..4) == 0 { len } else { 16 };
        self.random.usize(at..=(at + far).min(len))
    }

    fn any_input(&mut self) -> &'a [u8] {
        self.random.choice(self.corpus).map_or(&[], Vec::as_slice)
    }

    fn any_token(&mut self) -> &'a [u8] {
        self.random.choice(self.tokens).copied().unwrap_or(b"\0")
    }

    /// Returns a number of a random size and byte order.
    fn any_number(&mut self) -> Vec<u8> {
        let mut bytes = EDGES[self.random.usize(..EDGES.len())].to_be_bytes().to_vec();
        bytes.drain(..8 - (1 << self.random.u8(..4)));
        if self.random.bool() {
            bytes.reverse();
        }
        bytes
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    bytes.splice(at..at, new.iter().copied());
}

fn overwrite(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    let end = (at + new.len()).min(bytes.len());
    bytes.splice(at..end, new.iter().copied());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(seed: u64) -> Vec<Vec<u8>> {
        let corpus = [b"first".to_vec(), b"second input".to_vec(), Vec::new()];
        let mut mutator = Mutator::new(seed, &corpus, &[b"token"]);
        let mut input = || {
            let mut bytes = Vec::new();
            mutator.write(&mut bytes);
            bytes
        };
        (0..1000).map(|_| input()).collect()
    }

    #[test]
    fn says_the_same_for_the_same_seed() {
        assert_eq!(inputs(7), inputs(7));
        assert_ne!(inputs(7), inputs(8));
    }

    #[test]
    fn makes_inputs_of_a_bounded_length() {
        assert!(inputs(1).iter().all(|input| input.len() <= LONGEST));
    }
}
