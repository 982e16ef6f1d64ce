//! The outcomes of handshakes, which many connections share.

use std::sync::{Arc, Mutex, PoisonError};

use connector_protocol::pomelo::handshake::{Agreement, Dialect};

use super::Dictionary;
use crate::codec::Codec;

/// The outcome of a handshake, which many connections share.
#[derive(Debug)]
pub(crate) struct Agreed {
    pub(super) agreement: Agreement,
    /// The codes of routes that were sent to the peer.
    pub(super) dictionary: Option<Arc<Dictionary>>,
    /// The bytes from which a body is compressed: none has the largest number.
    pub(super) compress_from: usize,
}

impl Agreed {
    pub(crate) fn new(agreement: Agreement, dictionary: Option<Arc<Dictionary>>) -> Self {
        Self { agreement, dictionary, compress_from: usize::MAX }
    }

    /// The same outcome, with bodies of at least so many bytes compressed, if the peer reads
    /// that.
    pub(crate) fn compressing(mut self, from: Option<usize>) -> Self {
        self.compress_from = from.filter(|_| self.agreement.zlib).unwrap_or(usize::MAX);
        self
    }

    /// The agreement of a connection without a handshake.
    pub(crate) fn by_codec(codec: &dyn Codec) -> Self {
        Self::new(Agreement::new(Dialect::default(), codec.format()), None)
    }

    fn is(&self, agreement: &Agreement, dictionary: Option<&Arc<Dictionary>>) -> bool {
        self.agreement == *agreement
            && self.dictionary.as_ref().map(Arc::as_ptr) == dictionary.map(Arc::as_ptr)
    }
}

/// The outcomes of a server's handshakes, each once: there are few, and they would
/// be the larger part of what a session holds of its encoder.
#[derive(Debug, Default)]
pub(crate) struct Agreements {
    known: Mutex<Vec<Arc<Agreed>>>,
    /// The bytes from which bodies are compressed, for peers that read that.
    compress_from: Option<usize>,
}

impl Agreements {
    pub(crate) fn new(compress_from: Option<usize>) -> Self {
        Self { compress_from, ..Self::default() }
    }

    /// The outcome, shared with all connections that have the same.
    pub(crate) fn share(
        &self,
        agreement: Agreement,
        dictionary: Option<Arc<Dictionary>>,
    ) -> Arc<Agreed> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = known.iter().find(|known| known.is(&agreement, dictionary.as_ref())) {
            return same.clone();
        }
        // Those of schemas that were replaced, once nobody has them any more.
        known.retain(|known| Arc::strong_count(known) > 1);
        let agreed = Agreed::new(agreement, dictionary).compressing(self.compress_from);
        let agreed = Arc::new(agreed);
        known.push(agreed.clone());
        agreed
    }
}
