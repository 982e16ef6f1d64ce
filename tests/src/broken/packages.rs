//! Faults in what is received and sent.

use connector::link::Inbox;
use connector::protocol::framing::Framing;

use super::Fault;
use crate::by_hand::Netstrings;

/// The number of packages of which one is lost, doubled or reordered.
const RARE: usize = 1_000;

/// Breaks the packages of one read or write. `before` is the number of those that were received
/// or sent earlier.
pub(super) fn break_packages(fault: Fault, before: usize, packages: &mut Vec<Vec<u8>>) {
    // The first package that is the last of a thousand, if there is one in front of it.
    let rare = (1..packages.len()).find(|at| (before + at + 1).is_multiple_of(RARE));
    match (fault, rare) {
        (Fault::Splits, _) => {
            *packages = packages.iter().flat_map(|package| halves(package)).collect();
        }
        (Fault::Merges, _) if packages.len() > 1 => *packages = vec![packages.concat()],
        (Fault::Reverses, _) => packages.reverse(),
        (Fault::Loses | Fault::LosesSent, Some(at)) => drop(packages.remove(at)),
        (Fault::Doubles, Some(at)) => packages.insert(at, packages[at].clone()),
        (Fault::Overtakes | Fault::ReordersSent, Some(at)) => packages.swap(at - 1, at),
        (Fault::EndsAtZero, _) => {
            for package in packages {
                let end = package.iter().position(|&byte| byte == 0);
                package.truncate(end.unwrap_or(package.len()));
            }
        }
        (Fault::AsciiOnly, _) => {
            packages.iter_mut().for_each(|package| package.retain(u8::is_ascii));
        }
        (Fault::WrapsLength, _) => {
            packages.iter_mut().for_each(|package| package.truncate(package.len() % 65_536));
        }
        _ => {}
    }
}

/// Takes all whole packages.
pub(super) fn take_all(inbox: &mut Inbox) -> Vec<Vec<u8>> {
    let mut packages = Vec::new();
    while let Some(package) = inbox.peek().map(<[u8]>::to_vec) {
        inbox.advance(package.len());
        packages.push(package);
    }
    packages
}

/// Returns the netstrings in these bytes, each with its frame.
pub(super) fn frames(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Ok(Some(cut)) = Netstrings::cut(bytes, usize::MAX) {
        let (frame, rest) = bytes.split_at(cut.consumed);
        frames.push(frame.to_vec());
        bytes = rest;
    }
    frames
}

fn halves(package: &[u8]) -> Vec<Vec<u8>> {
    match package.len() {
        0 | 1 => vec![package.to_vec()],
        length => package.chunks(length.div_ceil(2)).map(<[u8]>::to_vec).collect(),
    }
}
