//! Addresses of a host and a port.

/// Returns `host:port`, with brackets around an IPv6 address.
pub(super) fn join(host: &str, port: u16) -> String {
    let bare_v6 = host.contains(':') && !host.starts_with('[');
    if bare_v6 { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
