//! Inflating with a bound.

use flate2::{Decompress, FlushDecompress, Status};

/// The bytes for which room is made first, if the input is shorter.
const FIRST: usize = 1 << 10;
/// Deflate makes data at most so many times smaller: 1,032 times, as zlib's authors say.
const MOST_TIMES: usize = 1_032;

/// How far an input was inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The bytes of the input that were read. All, unless the stream has ended before.
    pub(crate) read: usize,
    /// The stream has ended, with its final block.
    pub(crate) ended: bool,
}

/// The reason for which an input is not inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There would be more bytes than allowed.
    TooLong,
    /// The stream needs a dictionary that both sides have.
    Dictionary,
    /// The bytes are not deflate.
    Damaged,
}

/// Inflates `input` and appends what comes of it to `out`, which may have `limit` bytes then.
/// `out` never takes memory for more, nor for more than the input can hold.
pub(crate) fn inflate(
    state: &mut Decompress,
    input: &[u8],
    out: &mut Vec<u8>,
    limit: usize,
) -> Result<Progress, Fault> {
    let most = limit.min(out.len().saturating_add(input.len().saturating_mul(MOST_TIMES)));
    let start = state.total_in();
    loop {
        let (in_before, out_before) = (state.total_in(), state.total_out());
        let rest = input.get(count(in_before - start)..).unwrap_or_default();
        let within = out.len() < limit;
        let status = if within {
            if out.len() == out.capacity() {
                let wanted = out.len().max(input.len()).max(FIRST);
                out.reserve_exact(wanted.min(most.saturating_sub(out.len())).max(1));
            }
            state.decompress_vec(rest, out, FlushDecompress::None)
        } else {
            // All that is allowed is there; only what adds nothing may follow.
            state.decompress(rest, &mut [0], FlushDecompress::None)
        };
        let (in_after, out_after) = (state.total_in(), state.total_out());
        if !within && out_after > out_before {
            return Err(Fault::TooLong);
        }
        let read = count(in_after - start);
        match status {
            Ok(Status::StreamEnd) => return Ok(Progress { read, ended: true }),
            Ok(Status::Ok | Status::BufError)
                if (in_after, out_after) == (in_before, out_before) =>
            {
                return Ok(Progress { read, ended: false });
            }
            Ok(Status::Ok | Status::BufError) => {}
            Err(error) if error.needs_dictionary().is_some() => return Err(Fault::Dictionary),
            Err(_) => return Err(Fault::Damaged),
        }
    }
}

/// A count of bytes in memory.
pub(crate) fn count(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
