//! The memory of one direction: a service of iceoryx2 with a publisher and a subscriber.

use std::io;
use std::path::Path;
use std::sync::Arc;

use connector_protocol::CloseReason;
use connector_protocol::text::hex;
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::port::update_connections::UpdateConnections;
use iceoryx2::prelude::{AllocationStrategy, BackpressureStrategy, ServiceName};
use iceoryx2::sample::Sample;

use super::domain::{Domain, Service, other};
use super::frame::Name;
use super::{SAMPLE, SAMPLES};
use crate::transport::websocket::random;

/// The settings of a service, which both ends have to name alike.
macro_rules! settings {
    ($node:ident, $name:ident) => {{
        let name = ServiceName::new(&hex(&$name)).map_err(other)?;
        let service = $node.service_builder(&name).publish_subscribe::<[u8]>();
        service
            .enable_safe_overflow(false)
            .history_size(0)
            .subscriber_max_buffer_size(SAMPLES)
            .subscriber_max_borrowed_samples(1)
            .max_subscribers(1)
            .max_publishers(1)
            .max_nodes(2)
    }};
}

/// The end that writes.
pub(super) struct Writer {
    pub(super) name: Name,
    publisher: Publisher<Service, [u8], ()>,
    pub(super) domain: Arc<Domain>,
}

/// The end that reads.
pub(super) struct Reader {
    subscriber: Subscriber<Service, [u8], ()>,
    /// The size of a sample, as announced.
    largest: usize,
    pub(super) domain: Arc<Domain>,
}

/// Bytes in the memory, which are the peer's to write again once this is dropped.
///
/// The peer could write to them meanwhile as well. So they are copied, and it is the copy that
/// is parsed.
pub(super) struct Taken {
    sample: Sample<Service, [u8], ()>,
    len: usize,
    at: usize,
}

impl Writer {
    /// Makes the memory of a direction, under a random name. Blocks.
    pub(super) fn make(directory: &Path) -> io::Result<Self> {
        let domain = Domain::join(directory)?;
        let name = random::bytes();
        let publisher = domain.with(|node| {
            let service = settings!(node, name).create().map_err(other)?;
            let publisher = service
                .publisher_builder()
                .initial_max_slice_len(SAMPLE)
                .allocation_strategy(AllocationStrategy::Static)
                .max_loaned_samples(1)
                .backpressure_strategy(BackpressureStrategy::DiscardData);
            publisher.create().map_err(other)
        })?;
        domain.place.reserve(publisher.id().value())?;
        Ok(Self { name, publisher, domain })
    }

    /// Writes bytes, at most [`SAMPLE`], as one sample.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), CloseReason> {
        let loan = self.publisher.loan_slice_uninit(bytes.len());
        let loan = loan.map_err(|error| broken(format_args!("it has no room: {error:?}")))?;
        match loan.write_from_slice(bytes).send() {
            Ok(1) => Ok(()),
            // It has closed its end, and its goodbye is on its way.
            Ok(_) => Err(CloseReason::lost(&io::ErrorKind::BrokenPipe.into())),
            Err(error) => Err(broken(format_args!("{error:?}"))),
        }
    }
}

impl Reader {
    /// Opens the memory that the peer writes to. Blocks.
    pub(super) fn open(directory: &Path, name: Name, largest: usize) -> io::Result<Self> {
        let domain = Domain::join(directory)?;
        let subscriber = domain.with(|node| {
            let service = settings!(node, name).open().map_err(other)?;
            let subscriber = service.subscriber_builder().create().map_err(other)?;
            subscriber.update_connections().map_err(other)?;
            Ok(subscriber)
        })?;
        Ok(Self { subscriber, largest, domain })
    }

    /// Takes the next sample, which was announced to have this length.
    pub(super) fn take(&self, len: usize) -> Result<Taken, CloseReason> {
        let sample = self.subscriber.receive();
        let sample = sample.map_err(|error| broken(format_args!("{error:?}")))?;
        let sample = sample.ok_or_else(|| broken("a sample is announced and missing"))?;
        let is = sample.payload().len();
        if is != len || len > self.largest {
            return Err(broken(format_args!(
                "a sample of {is} bytes is announced as one of {len}, of at most {}",
                self.largest
            )));
        }
        Ok(Taken { sample, len, at: 0 })
    }
}

impl Taken {
    /// Returns the bytes that are not read yet.
    pub(super) fn unread(&self) -> &[u8] {
        // Its length is in the memory too: that which was announced counts.
        self.sample.payload().get(self.at..self.len).unwrap_or_default()
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }
}

/// The reason of memory that the peer has not used as agreed.
fn broken(what: impl std::fmt::Display) -> CloseReason {
    CloseReason::malformed(format_args!("shared memory: {what}"))
}
