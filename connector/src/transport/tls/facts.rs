//! The facts about a peer that a handshake leaves.

use tokio_rustls::rustls::{CommonState, ProtocolVersion};

use crate::connector::TlsInfo;

/// Returns the facts of a finished handshake, with the name that a client asked for.
pub(super) fn facts(state: &CommonState, server_name: Option<&str>) -> TlsInfo {
    let mut info = TlsInfo::new();
    info.version = state.protocol_version().map_or("", |version| match version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2",
        ProtocolVersion::TLSv1_3 => "TLS 1.3",
        _ => "TLS",
    });
    info.server_name = server_name.map(str::to_owned);
    info.alpn = state.alpn_protocol().map(<[u8]>::to_vec);
    let certificates = state.peer_certificates().unwrap_or_default();
    info.certificates = certificates.iter().map(|certificate| certificate.to_vec()).collect();
    info
}
