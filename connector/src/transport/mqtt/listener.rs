//! A listener for MQTT.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use connector_protocol::mqtt::DeliveryOptions;

use super::{Carrier, Clients, MqttLink, MqttOptions};
use crate::MaybeSend;
use crate::connector::{Address, Listen, Peer, StartError};
use crate::link::ByteStream;
use crate::transport::{Tcp, WithOpeners};

/// An MQTT listener over a TCP port, or over any other listener of byte streams.
#[derive(Debug)]
pub struct Mqtt<L = WithOpeners<Tcp>> {
    listen: L,
    options: Arc<DeliveryOptions>,
    clients: Arc<Clients>,
}

impl<L> Mqtt<L> {
    /// Accepts MQTT on the connections of `listen`.
    pub fn new(listen: L, options: MqttOptions) -> Self {
        Self { listen, options: options.delivery(), clients: Arc::default() }
    }

    pub(super) fn set_options(&mut self, options: MqttOptions) {
        self.options = options.delivery();
    }
}

impl<L: Listen> Listen for Mqtt<L>
where
    L::Io: ByteStream,
{
    type Io = MqttLink<L::Io>;

    fn bind(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.listen.bind()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Io, Peer)>> {
        let Self { listen, options, clients } = self;
        listen.poll_accept(cx).map_ok(|(io, peer)| {
            let carrier = Carrier::server(options.clone(), clients.clone());
            (MqttLink::new(io, carrier), peer)
        })
    }

    fn close(&mut self) {
        self.listen.close();
    }

    fn address(&self) -> Option<Address> {
        self.listen.address()
    }
}

impl<A> From<A> for Mqtt
where
    WithOpeners<Tcp>: From<A>,
{
    fn from(address: A) -> Self {
        Self::new(address.into(), MqttOptions::new())
    }
}
