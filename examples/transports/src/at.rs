//! Where a transport is served or dialled.

use std::sync::Arc;

use connector::CloseReason;
use connector::transport::{ClientPem, ServerPem, Tls};
use tokio::sync::{Notify, mpsc};

use crate::Error;
use crate::places::Places;

/// What all transports of this program share.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The certificate and key with which it serves.
    pub certificate: Option<ServerPem>,
    /// The issuers that it trusts when it dials.
    pub roots: Option<ClientPem>,
    /// Its listeners in memory.
    pub places: Places,
    /// Told when there is nobody left to serve: when a parent has gone.
    pub done: Arc<Notify>,
    /// Told why each session of the game has ended, if anybody asks.
    pub ends: Option<mpsc::UnboundedSender<CloseReason>>,
}

/// What stands behind a transport's name in its URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `name://HOST:PORT`. Port 0 picks one.
    HostPort,
    /// `name:PATH`.
    Path,
    /// `name:NAME`.
    Name,
    /// `name:NAME`, within this program.
    Within,
    /// `name:COMMAND`. Without a command this program starts itself.
    Command,
}

impl Kind {
    /// Returns what to write behind the name of a transport.
    pub fn url(self, name: &str) -> String {
        match self {
            Self::HostPort => format!("{name}://HOST:PORT"),
            Self::Path => format!("{name}:PATH"),
            Self::Name | Self::Within => format!("{name}:NAME"),
            Self::Command => format!("{name}:COMMAND"),
        }
    }

    /// Returns the URL of a place, with a scheme that the dialer knows.
    pub(crate) fn url_of(self, scheme: &str, place: &str) -> String {
        match self {
            Self::HostPort => format!("{scheme}://{place}"),
            Self::Path | Self::Name | Self::Within | Self::Command => format!("{scheme}:{place}"),
        }
    }
}

/// A place, for the functions of a row.
#[derive(Debug)]
pub struct At<'a> {
    /// Host and port, path, name or command.
    pub place: &'a str,
    /// The program around it.
    pub program: &'a Program,
}

impl At<'_> {
    /// Returns the opener of TLS ports.
    ///
    /// # Errors
    /// Returns the error of the program's certificate, or that there is none.
    pub fn tls(&self) -> Result<Tls, Error> {
        let pem = self.program.certificate.clone();
        Ok(Tls::from_pem(pem.ok_or("TLS needs a certificate: add `--tls CERT KEY`")?)?)
    }

    /// Returns the issuers that are trusted.
    ///
    /// # Errors
    /// Returns that there are none.
    pub fn roots(&self) -> Result<&ClientPem, Error> {
        let roots = self.program.roots.as_ref();
        Ok(roots.ok_or("TLS needs the issuers that are trusted: add `--roots FILE`")?)
    }

    /// Ends the serving when this is ready.
    pub fn serve_until(&self, end: impl Future<Output = ()> + Send + 'static) {
        let done = self.program.done.clone();
        tokio::spawn(async move {
            end.await;
            done.notify_one();
        });
    }
}
