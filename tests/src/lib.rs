//! What a user could write, and released programs as peers.
