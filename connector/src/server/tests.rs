//! The memory of an open connection.

use super::lifecycle::serve;

/// The most bytes of an open connection's future.
const MOST: usize = 700;

/// Returns the size of a function's return type, without calling it.
fn size_of_returned<A, F>(_: fn(A) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn an_open_connection_has_a_small_future() {
    let size = size_of_returned(serve);
    println!("{size} bytes");
    assert!(size <= MOST, "{size} bytes, {MOST} may be");
}
