//! The settings of both ends of a connection.

use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{IdleTimeout, TransportConfig, VarInt};
use tokio_rustls::rustls;

use crate::transport::TlsConfigError;

/// The incoming connections that may wait to be accepted.
const WAITING: usize = 1_024;
/// The bytes of one that wait with it: its first datagrams.
const WAITING_BYTES: u64 = 16 << 10;
/// The bytes of all of them.
const ALL_WAITING_BYTES: u64 = 8 << 20;

/// The bytes of datagrams that may wait, in each direction. The oldest make room for the newest.
const DATAGRAMS: usize = 64 << 10;

/// The settings of an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transport) struct Settings {
    /// The name of the protocol in TLS.
    pub(in crate::transport) alpn: Vec<u8>,
    /// The streams are those of a session of WebTransport.
    pub(in crate::transport) session: bool,
    /// The side that accepts the connection opens the stream.
    pub(in crate::transport) server_first: bool,
    /// The bytes that may be on their way or unread, in each direction.
    pub(in crate::transport) window: u32,
    /// The time after which an idle connection asks whether its peer is still there.
    pub(in crate::transport) keepalive: Duration,
    /// The time after which a silent peer is given up.
    pub(in crate::transport) idle: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            alpn: b"connector".to_vec(),
            session: false,
            server_first: false,
            window: 256 << 10,
            keepalive: Duration::from_secs(20),
            idle: Duration::from_secs(60),
        }
    }
}

impl Settings {
    /// Returns the settings of WebTransport.
    #[cfg(feature = "webtransport")]
    pub(in crate::transport) fn webtransport() -> Self {
        Self { alpn: b"h3".to_vec(), session: true, ..Self::default() }
    }

    /// Returns the configuration of a server with this TLS.
    pub(in crate::transport) fn server(
        &self,
        tls: &rustls::ServerConfig,
    ) -> Result<quinn::ServerConfig, TlsConfigError> {
        let mut tls = tls.clone();
        tls.alpn_protocols = vec![self.alpn.clone()];
        // What comes before the handshake has ended can be replayed.
        tls.max_early_data_size = 0;
        let tls = QuicServerConfig::try_from(tls).map_err(unsuited)?;
        let mut config = quinn::ServerConfig::with_crypto(Arc::new(tls));
        config
            .transport_config(self.transport(!self.server_first))
            .max_incoming(WAITING)
            .incoming_buffer_size(WAITING_BYTES)
            .incoming_buffer_size_total(ALL_WAITING_BYTES);
        Ok(config)
    }

    /// Returns the configuration of a client with this TLS.
    pub(in crate::transport) fn client(
        &self,
        tls: &rustls::ClientConfig,
    ) -> Result<quinn::ClientConfig, TlsConfigError> {
        let mut tls = tls.clone();
        tls.alpn_protocols = vec![self.alpn.clone()];
        tls.enable_early_data = false;
        let tls = QuicClientConfig::try_from(tls).map_err(unsuited)?;
        let mut config = quinn::ClientConfig::new(Arc::new(tls));
        config.transport_config(self.transport(self.server_first));
        Ok(config)
    }

    /// Returns the rules of a connection in which the peer may open the stream, or none.
    fn transport(&self, peer_opens: bool) -> Arc<TransportConfig> {
        let streams = u32::from(peer_opens);
        let window = VarInt::from_u32(self.window.max(1));
        // HTTP/3 has a stream for the request, and three for itself, of which no more are needed
        // but by those who test that unknown ones are ignored.
        let (requests, own) = if self.session { (streams, 4) } else { (0, 0) };
        let mut config = TransportConfig::default();
        config
            .max_concurrent_bidi_streams(VarInt::from_u32(streams + requests))
            .max_concurrent_uni_streams(VarInt::from_u32(own))
            .datagram_receive_buffer_size(self.session.then_some(DATAGRAMS))
            .datagram_send_buffer_size(DATAGRAMS)
            .stream_receive_window(window)
            .receive_window(window)
            .send_window(window.into_inner())
            .keep_alive_interval(not_zero(self.keepalive))
            // A time that QUIC cannot express is as good as for ever.
            .max_idle_timeout(
                not_zero(self.idle).and_then(|idle| IdleTimeout::try_from(idle).ok()),
            );
        Arc::new(config)
    }
}

fn not_zero(time: Duration) -> Option<Duration> {
    (!time.is_zero()).then_some(time)
}

/// The error of a TLS configuration that QUIC cannot use.
fn unsuited(error: impl std::fmt::Display) -> TlsConfigError {
    TlsConfigError::Settings(format!(
        "QUIC needs TLS 1.3 with the cipher suite TLS13_AES_128_GCM_SHA256: {error}"
    ))
}
