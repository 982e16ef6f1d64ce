//! The payloads of the kit.

use std::fmt;

use super::Subject;

const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz";

/// Returns a package of exactly `size` bytes, or the smallest one if that is larger.
/// Packages differ by their `seed`.
pub(super) fn sized<S: Subject>(subject: &S, seed: usize, size: usize) -> Vec<u8> {
    let around = subject.package(b"7").len().saturating_sub(1);
    let mut length = size.saturating_sub(around);
    loop {
        let package = subject.package(&payload(seed, length));
        // The bytes around a payload may grow with it, as a decimal length does.
        match package.len().checked_sub(size) {
            None | Some(0) => return package,
            Some(_) if length == 0 => return package,
            Some(over) => length = length.saturating_sub(over),
        }
    }
}

/// Returns a small package, whose size depends on the seed.
pub(super) fn small<S: Subject>(subject: &S, seed: usize) -> Vec<u8> {
    sized(subject, seed, (40 + seed % 7).min(subject.limit()))
}

/// Returns a small package that has the seed as its payload, and is made fast.
pub(super) fn numbered<S: Subject>(subject: &S, seed: usize) -> Vec<u8> {
    subject.package(format!("\"{seed}\"").as_bytes())
}

/// Returns JSON of one line in ASCII: a text that starts with the seed, or a digit if
/// there is no room for that.
pub(super) fn payload(seed: usize, length: usize) -> Vec<u8> {
    if length < 3 {
        return seed.to_string().bytes().rev().take(length.min(1)).collect();
    }
    let mut payload = format!("\"{seed}:").into_bytes();
    let first = seed % ALPHABET.len();
    let letters = ALPHABET.repeat(length / ALPHABET.len() + 2);
    payload.extend_from_slice(&letters.as_bytes()[first..first + length]);
    payload.truncate(length - 1);
    payload.push(b'"');
    payload
}

/// Describes a package in a failure.
pub(super) fn show(package: &[u8]) -> String {
    const SHOWN: usize = 24;
    let start = String::from_utf8_lossy(&package[..package.len().min(SHOWN)]);
    let dots = if package.len() > SHOWN { ".." } else { "" };
    format!("{} bytes `{}{dots}`", package.len(), start.escape_debug())
}

/// The position of a package among all, for a failure.
#[derive(Clone, Copy)]
pub(super) struct Nth(pub(super) usize, pub(super) usize);

impl fmt::Display for Nth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(_, 1) => f.write_str("the package"),
            Self(at, all) => write!(f, "package {} of {all}", at + 1),
        }
    }
}
