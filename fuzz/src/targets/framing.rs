//! Byte streams cut into packages.

use connector::CloseReason;
use connector::protocol::framing::{Framing, LengthDelimited, Lines};
use connector::protocol::pomelo::package::PomeloPackages;

use super::owned;
use crate::pieces::pieces;

/// Lengths, and ends of lines.
pub const TOKENS: &[&[u8]] =
    &[b"\n", b"\r\n", b"\r\r\n", b"\0\x02ab", b"\0\0\0\x02ab", b"\x04\0\0\x02ab", b"\0\0\0\0"];

const LIMITS: [usize; 5] = [0, 1, 10, 4096, usize::MAX];

/// A stream has the same packages however it is read, and what is cut out
/// makes the same stream again.
pub fn framings(bytes: &[u8]) {
    for limit in LIMITS {
        cut_any::<LengthDelimited<u8>>(bytes, limit);
        cut_any::<LengthDelimited<u16>>(bytes, limit);
        cut_any::<LengthDelimited<u32>>(bytes, limit);
        cut_any::<Lines>(bytes, limit);
        cut_any::<PomeloPackages>(bytes, limit);
    }
}

/// A little of each framing.
pub fn seeds() -> Vec<Vec<u8>> {
    owned([
        b"\x05first\0\x04last",
        b"\0\x05first\0\0\0\x04last",
        b"\0\0\0\x05first\0\0\0\0\0\0\0\x04last",
        b"first\nsecond\r\n\n\r\n\r\r\nlast\n",
        b"\x04\0\0\x05first\x03\0\0\0\x04\0\0\x04last",
    ])
}

/// The packages and the end of a stream.
#[derive(Debug, Default, PartialEq)]
struct Cutting {
    packages: Vec<Vec<u8>>,
    /// The name of the reason of its end.
    end: Option<&'static str>,
    left: Vec<u8>,
}

fn cut_any<F: Framing>(bytes: &[u8], limit: usize) {
    let whole = cut::<F>([bytes].into_iter(), limit);
    assert_eq!(cut::<F>(pieces(bytes), limit), whole);
    assert!(whole.packages.iter().all(|package| package.len() <= limit.saturating_add(4)));

    let mut stream = Vec::new();
    let again = whole.packages.iter().filter(|package| !loses_its_end::<F>(package));
    let again: Vec<Vec<u8>> = again.cloned().collect();
    for package in &again {
        let mark = F::INSTANCE.begin(&mut stream);
        stream.extend_from_slice(package);
        F::INSTANCE.finish(mark, &mut stream).expect("it fitted before");
    }
    assert_eq!(cut::<F>([&*stream].into_iter(), limit).packages, again);
}

/// A line's carriage return at its end is not the line's.
fn loses_its_end<F: Framing>(package: &[u8]) -> bool {
    size_of::<F>() == 0
        && std::any::type_name::<F>() == std::any::type_name::<Lines>()
        && package.ends_with(b"\r")
}

fn cut<'a, F: Framing>(reads: impl Iterator<Item = &'a [u8]>, limit: usize) -> Cutting {
    let mut cutting = Cutting::default();
    for read in reads {
        let mut searched = cutting.left.len();
        cutting.left.extend_from_slice(read);
        let mut start = 0;
        loop {
            match F::cut_on(&cutting.left[start..], searched, limit) {
                Ok(None) => break,
                Ok(Some(cut)) => {
                    searched = 0;
                    assert!(cut.consumed > 0 && cut.package.end <= cut.consumed);
                    cutting.packages.push(cutting.left[start..][cut.package].to_vec());
                    start += cut.consumed;
                    assert!(start <= cutting.left.len());
                }
                Err(reason) => {
                    assert!(matches!(
                        reason,
                        CloseReason::Malformed(_) | CloseReason::TooLarge { .. }
                    ));
                    cutting.end = Some(reason.name());
                    cutting.left.clear();
                    return cutting;
                }
            }
        }
        cutting.left.drain(..start);
    }
    cutting
}
