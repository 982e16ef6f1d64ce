//! A running server of the service, and a client.

use connector::codec::{Codec, CodecCx, CodecError, PomeloCodec, Received};
use connector::prelude::*;
use connector::protocol::message::Head;
use connector::transport::Memory;
use connector::{Accept, Address, Client, Format, MemorySocket};
use connector_tests_generated::chat::{
    ChatHandler, ChatHandlerServer, Line, OnLine, People, Sent, Typing,
};
use connector_tests_generated::common::Person;
use tokio::sync::mpsc;

/// How client and server speak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speech {
    /// In memory: one client with JSON, one with protobuf.
    Both,
    Memory,
    /// With a codec whose bodies are protobuf.
    MemoryProtobuf,
    /// With protobuf, as agreed on in the handshake.
    TcpProtobuf,
    Tcp,
    WebSocket,
}

/// A server, and a client of it.
pub(crate) struct Served {
    pub(crate) server: Server,
    pub(crate) client: Client,
    pub(crate) other: Option<Client>,
    pub(crate) typing: mpsc::UnboundedReceiver<bool>,
}

impl Served {
    pub(crate) async fn start(speech: Speech) -> Self {
        let (typed, typing) = mpsc::unbounded_channel();
        let (json, protobuf) = (Memory::default(), Memory::default());
        let dialers = (json.dialer(), protobuf.dialer());
        let server = Server::builder()
            .connector(HybridConnector::bind("127.0.0.1:0"))
            .connector(MemoryConnector::bind(json))
            .connector(MemoryConnector::bind(protobuf).with_codec(Protobuf))
            .handler(ChatHandlerServer::new(Chat { typed }))
            .handler(Shout)
            .start()
            .await
            .unwrap();
        let port = server.addresses().iter().find_map(|address| address.port()).unwrap();
        let builder = Client::builder();
        let peer = Peer::new("memory", Address::Name("test".into()));
        let json = async |builder: connector::client::ClientBuilder| {
            let socket = MemorySocket::accept(dialers.0.dial().await.unwrap(), peer.clone());
            builder.connect_socket(socket).await
        };
        let protobuf = async |builder: connector::client::ClientBuilder| {
            let socket = MemorySocket::accept(dialers.1.dial().await.unwrap(), peer.clone());
            builder.codec(Protobuf).connect_socket(socket).await
        };
        let client = match speech {
            Speech::Both | Speech::Memory => json(builder).await,
            Speech::MemoryProtobuf => protobuf(builder).await,
            Speech::TcpProtobuf => {
                let builder = builder.prefer(Format::Protobuf);
                let client = builder.connect(&format!("tcp://127.0.0.1:{port}")).await;
                client.inspect(|client| assert_eq!(client.format(), Format::Protobuf))
            }
            Speech::Tcp => builder.connect(&format!("tcp://127.0.0.1:{port}")).await,
            Speech::WebSocket => builder.connect(&format!("ws://127.0.0.1:{port}")).await,
        };
        let other = match speech {
            Speech::Both => Some(protobuf(Client::builder()).await.unwrap()),
            _ => None,
        };
        Self { server, client: client.unwrap(), other, typing }
    }
}

/// What a user writes for the service.
pub(crate) struct Chat {
    typed: mpsc::UnboundedSender<bool>,
}

impl ChatHandler for Chat {
    type Error = HandlerError;

    async fn send(&self, cx: Cx<'_>, line: Line) -> Result<Sent, HandlerError> {
        match &*line.text {
            "fail" => return Err(HandlerError::new(403, "not here")),
            "push" => {
                let text = line.text;
                cx.session.push(OnLine::ROUTE, OnLine { from: "server".into(), text })?;
            }
            "wait" => std::future::pending().await,
            _ => {}
        }
        Ok(Sent { id: line.at_ms })
    }

    async fn typing(&self, _: Cx<'_>, typing: Typing) -> Result<(), HandlerError> {
        self.typed.send(typing.typing).map_err(HandlerError::internal)
    }

    async fn members(&self, _: Cx<'_>) -> Result<People, HandlerError> {
        Ok(People { people: vec![Person { name: "ann".into() }] })
    }

    async fn leave(&self, _: Cx<'_>) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn rename(&self, _: Cx<'_>, person: Person) -> Result<Person, HandlerError> {
        Ok(Person { name: person.name.to_uppercase() })
    }
}

/// Messages of a schema in a handler that has none.
struct Shout;

#[handler("chat.shoutHandler")]
impl Shout {
    #[route]
    async fn shout(&self, Body(mut person): Body<Person>) -> Body<Person> {
        person.name.push('!');
        Body(person)
    }

    /// A message is a body by itself.
    #[route]
    async fn whisper(&self, person: Option<Person>) -> Result<Person, HandlerError> {
        let mut person = person.ok_or_else(HandlerError::failed)?;
        person.name.push('.');
        Ok(person)
    }
}

/// Pomelo's messages with bodies in protobuf.
pub(crate) struct Protobuf;

impl Codec for Protobuf {
    fn decode<'a>(
        &self,
        cx: &'a CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        PomeloCodec.decode(cx, payload)
    }

    fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
        PomeloCodec.begin(head, out)
    }

    fn finish(&self, head: &Head<'_>, mark: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        PomeloCodec.finish(head, mark, out)
    }

    fn format(&self) -> Format {
        Format::Protobuf
    }
}
