//! Random bytes of the operating system.

use std::cell::RefCell;

/// The bytes that are fetched at once, so that a system call serves many frames.
const FETCHED: usize = 1024;

struct Fetched {
    bytes: [u8; FETCHED],
    used: usize,
}

thread_local! {
    static FETCHED_BYTES: RefCell<Fetched> =
        const { RefCell::new(Fetched { bytes: [0; FETCHED], used: FETCHED }) };
}

/// Returns bytes that nobody can predict and nobody gets again.
///
/// # Panics
/// Panics if the operating system has none, without which no key is secret.
pub(in crate::transport) fn bytes<const N: usize>() -> [u8; N] {
    const { assert!(N <= FETCHED) };
    FETCHED_BYTES.with_borrow_mut(|fetched| {
        if fetched.used + N > FETCHED {
            getrandom::fill(&mut fetched.bytes).expect("the system has random bytes");
            fetched.used = 0;
        }
        let mut taken = [0; N];
        taken.copy_from_slice(&fetched.bytes[fetched.used..][..N]);
        fetched.used += N;
        taken
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn bytes_are_not_given_twice() {
        let all: HashSet<[u8; 16]> = (0..1_000).map(|_| bytes()).collect();
        assert_eq!(all.len(), 1_000);
        let bits: u32 = all.iter().flatten().map(|byte| byte.count_ones()).sum();
        assert!((60_000..68_000).contains(&bits), "{bits} of 128,000");
    }
}
