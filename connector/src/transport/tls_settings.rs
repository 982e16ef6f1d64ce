//! The TLS settings of whoever dials.

use super::Stream;
use super::url::Target;
use crate::connector::DialError;

/// The TLS settings of clients. Without the feature `tls` there are none.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsSettings {
    #[cfg(feature = "tls")]
    config: Option<std::sync::Arc<tokio_rustls::rustls::ClientConfig>>,
}

/// The TLS of one connection, if its URL asks for it.
pub(super) struct TlsLayer {
    #[cfg(feature = "tls")]
    client: Option<super::tls::TlsClient>,
}

#[cfg(feature = "tls")]
impl TlsSettings {
    pub(crate) fn own(config: std::sync::Arc<tokio_rustls::rustls::ClientConfig>) -> Self {
        Self { config: Some(config) }
    }

    /// Returns the configuration of a connection.
    pub(super) fn config(
        &self,
    ) -> Result<std::sync::Arc<tokio_rustls::rustls::ClientConfig>, super::TlsConfigError> {
        self.config.clone().map_or_else(super::tls::of_features, Ok)
    }

    /// Returns the TLS for a URL, before anybody is connected to.
    pub(super) fn layer(&self, target: &Target) -> Result<TlsLayer, DialError> {
        use super::tls::{TlsClient, server_name};
        if !target.tls {
            return Ok(TlsLayer { client: None });
        }
        let Some(name) = server_name(&target.host) else {
            let problem = "the host is not a name that a certificate can have";
            return Err(DialError::Url { url: target.url(), problem });
        };
        Ok(TlsLayer { client: Some(TlsClient::new(self.config()?, name)) })
    }
}

#[cfg(not(feature = "tls"))]
impl TlsSettings {
    /// Refuses a URL that asks for TLS.
    pub(super) fn layer(&self, target: &Target) -> Result<TlsLayer, DialError> {
        if target.tls { Err(DialError::Tls(target.url())) } else { Ok(TlsLayer {}) }
    }
}

impl TlsLayer {
    /// Adds TLS to a stream. It begins when the stream is opened.
    pub(super) fn around(self, stream: Stream) -> Stream {
        #[cfg(feature = "tls")]
        if let Some(client) = self.client {
            return stream.opener(client);
        }
        stream
    }
}
