//! Pomelo over byte streams that have no connector of their own.

use connector::codec::PomeloCodec;
use connector::prelude::*;
use connector::{Accept, TcpSocket};

/// A connector for pomelo clients over the streams of any listener.
#[derive(Connector, Debug)]
#[connector(socket = TcpSocket, codec = PomeloCodec)]
pub struct Streams<L: Listen>(#[connector(listen)] pub L)
where
    TcpSocket: Accept<L::Io>;
