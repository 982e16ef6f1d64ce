//! The connectors that come with the SDK, declared as a user would.

use std::task::{Context, Poll};

use connector_protocol::framing::Envelope;
use connector_protocol::package::PomeloPackages;
use connector_protocol::session::Session as Machine;
use std::sync::Arc;
use tokio::io::DuplexStream;
use tokio::net::TcpStream;

use crate::codec::{Codec, PomeloCodec};
use crate::config::Config;
use crate::link::*;
use crate::socket::*;
use crate::transport::*;
use crate::*;

macro_rules! temporary {
    ($socket:ident, $connector:ident, $io:ty, $listen:ty, $field:ident, |$s:ident| $open:expr, |$s2:ident, $cx:ident, $inbox:ident| $recv:expr, |$s3:ident, $cx3:ident, $out:ident| $send:expr, |$s4:ident, $cx4:ident, $reason:ident| $close:expr, |$s5:ident| $frame:expr) => {
        /// A socket.
        #[derive(Debug)]
        pub struct $socket { $field: $io, peer: Peer }
        impl Link for $socket {
            fn poll_open(&mut self, cx: &mut Context<'_>, inbox: &mut Inbox) -> Poll<Result<(), CloseReason>> { let $s = self; let f = $open; f(&mut $s.$field, cx, inbox) }
            fn poll_recv(&mut self, $cx: &mut Context<'_>, $inbox: &mut Inbox) -> Poll<Result<(), CloseReason>> { let $s2 = self; $recv }
            fn poll_send(&mut self, $cx3: &mut Context<'_>, $out: &mut Outgoing) -> Poll<Result<(), CloseReason>> { let $s3 = self; $send }
            fn poll_close(&mut self, $cx4: &mut Context<'_>, $reason: &CloseReason) -> Poll<()> { let $s4 = self; let _ = $reason; $close }
            fn frame(&self) -> &'static dyn Envelope { let $s5 = self; $frame }
        }
        impl Socket for $socket {
            fn peer(&self) -> &Peer { &self.peer }
            fn session(&self, role: Role) -> Box<dyn Machine> { Pomelo::machine(role) }
        }
        impl Accept<$io> for $socket { fn accept($field: $io, peer: Peer) -> Self { Self { $field, peer } } }
        /// A connector.
        #[derive(Debug)]
        pub struct $connector { listen: $listen, config: Config }
        impl $connector {
            /// New.
            pub fn new(address: impl Into<$listen>, config: Config) -> Self { Self { listen: address.into(), config } }
            /// Bind.
            pub fn bind(address: impl Into<$listen>) -> Self { Self::new(address, Config::default()) }
        }
        impl Connector for $connector {
            type Socket = $socket;
            async fn start(&mut self) -> Result<(), StartError> { self.listen.bind().await }
            fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<$socket>> { self.listen.poll_accept(cx).map_ok(|(io, peer)| Accept::accept(io, peer)) }
            fn stop(&mut self) { self.listen.close() }
            fn address(&self) -> Option<Address> { self.listen.address() }
            fn codec(&self) -> Arc<dyn Codec> { Arc::new(PomeloCodec) }
            fn config(&self) -> Option<&Config> { Some(&self.config) }
        }
    };
}
fn ready<T>(_: &mut T, _: &mut Context<'_>, _: &mut Inbox) -> Poll<Result<(), CloseReason>> { Poll::Ready(Ok(())) }
temporary!(TcpSocket, TcpConnector, TcpStream, Tcp, io, |s| ready, |s, cx, inbox| ByteStream::poll_recv::<PomeloPackages>(&mut s.io, cx, inbox), |s, cx, out| ByteStream::poll_send(&mut s.io, cx, out), |s, cx, r| ByteStream::poll_close(&mut s.io, cx), |_s| &PomeloPackages);
temporary!(MemorySocket, MemoryConnector, DuplexStream, Memory, io, |s| ready, |s, cx, inbox| ByteStream::poll_recv::<PomeloPackages>(&mut s.io, cx, inbox), |s, cx, out| ByteStream::poll_send(&mut s.io, cx, out), |s, cx, r| ByteStream::poll_close(&mut s.io, cx), |_s| &PomeloPackages);
temporary!(WebSocketSocket, WebSocketConnector, WebSocketLink<TcpStream>, WebSocket, link, |s| Link::poll_open, |s, cx, inbox| s.link.poll_recv(cx, inbox), |s, cx, out| s.link.poll_send(cx, out), |s, cx, r| s.link.poll_close(cx, r), |s| s.link.frame());
temporary!(HybridSocket, HybridConnector, HybridLink<TcpStream>, Hybrid, link, |s| Link::poll_open, |s, cx, inbox| s.link.poll_recv(cx, inbox), |s, cx, out| s.link.poll_send(cx, out), |s, cx, r| s.link.poll_close(cx, r), |s| s.link.frame());
