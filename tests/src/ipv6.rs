//! IPv6, which not every machine has.

use std::net::{Ipv6Addr, UdpSocket};

/// Returns whether this address is one of IPv6 on a machine without it, and says that the test
/// does without then.
pub fn is_missing(address: &str) -> bool {
    let missing = address.starts_with('[') && UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_err();
    if missing {
        println!("not run at {address}, because this machine has no IPv6");
    }
    missing
}
