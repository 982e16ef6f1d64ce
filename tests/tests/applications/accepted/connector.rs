//! Every form that a connector can have.

#![allow(dead_code)]

use connector::codec::{JsonCodec, PomeloCodec};
use connector::protocol::framing::LengthDelimited;
use connector::transport::Tcp;
use connector::{Accept, Config, Connector, Listen, Peer, Socket, WithCodec};
use tokio::net::TcpStream;

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
pub struct PipeSocket {
    #[socket(io)]
    io: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Connector)]
#[connector(socket = PipeSocket, codec = JsonCodec)]
pub struct Plain {
    #[connector(listen)]
    listen: Tcp,
}

#[derive(Connector)]
#[connector(socket = PipeSocket)]
#[connector(codec = PomeloCodec)]
pub(crate) struct Full {
    accepted: u64,
    #[connector(config)]
    config: Config,
    #[connector(listen)]
    listen: Tcp,
}

#[derive(Connector)]
#[connector(socket = PipeSocket, codec = JsonCodec)]
struct Tuple(#[connector(listen)] Tcp, #[connector(config)] Config, u8);

#[derive(Connector)]
#[connector(socket = S, codec = JsonCodec)]
struct Generic<L: Listen, S>
where
    S: Accept<L::Io>,
{
    #[connector(listen)]
    listen: L,
    socket: std::marker::PhantomData<fn() -> S>,
}

#[derive(Connector)]
enum Front<L: Listen, S: Accept<L::Io>> {
    Plain(Plain),
    Full(WithCodec<Full>),
    Generic(Generic<L, S>),
}

#[test]
fn every_form_of_a_connector() {
    let config = Config::new().heartbeat(std::time::Duration::from_secs(3));
    let full = Full::new("127.0.0.1:0", config.clone());
    assert_eq!(full.config(), Some(&config));
    assert_eq!(full.accepted, 0);
    assert_eq!(Full::bind("127.0.0.1:0").config(), Some(&Config::default()));
    assert_eq!(Plain::new("127.0.0.1:0").config(), None);

    let tuple = Tuple::new("127.0.0.1:0", config.clone());
    assert_eq!(tuple.config(), Some(&config));

    let front: Front<Tcp, PipeSocket> = Front::Full(full.with_codec(JsonCodec));
    assert_eq!(front.config(), Some(&config));
    drop(Front::<Tcp, PipeSocket>::Generic(Generic::bind("127.0.0.1:0")));
}
