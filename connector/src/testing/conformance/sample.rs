//! The payloads of the kit.

use std::borrow::Cow;

use super::Subject;

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

/// Returns JSON of one line in ASCII: a text that starts with the seed, or a digit if
/// there is no room for that.
fn payload(seed: usize, length: usize) -> Vec<u8> {
    if length < 3 {
        return seed.to_string().bytes().rev().take(1).collect();
    }
    let start = format!("\"{seed}:");
    let letters = (0..).map(|at| b'a' + ((seed + at) % 26) as u8);
    let mut payload: Vec<u8> = start.bytes().chain(letters).take(length - 1).collect();
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

/// Describes the position of a package in a failure.
pub(super) fn nth(at: usize, all: usize) -> Cow<'static, str> {
    match all {
        1 => "the package".into(),
        _ => format!("package {} of {all}", at + 1).into(),
    }
}
