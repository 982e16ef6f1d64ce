//! A client in raw bytes.

use connector::protocol::framing::Framing;
use connector::protocol::mqtt::{MqttPackets, Version};
pub(crate) use connector_tests::mqtt::packet;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};

/// A client in raw bytes, in a version.
pub(crate) struct Raw<Io = DuplexStream> {
    pub(crate) version: Version,
    stream: Io,
    read: Vec<u8>,
}

pub(crate) const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];

/// Returns a text behind its length.
pub(crate) fn text(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    [&(text.len() as u16).to_be_bytes(), text].concat()
}

/// Returns the beginning of a CONNECT: the protocol and its level.
pub(crate) fn protocol(version: Version) -> Vec<u8> {
    match version {
        Version::V3_1 => [text("MQIsdp"), vec![3]].concat(),
        Version::V3_1_1 => [text("MQTT"), vec![4]].concat(),
        Version::V5 => [text("MQTT"), vec![5]].concat(),
    }
}

/// Returns the properties of a packet, which only MQTT 5 has.
pub(crate) fn properties(version: Version, properties: &[u8]) -> Vec<u8> {
    match version {
        Version::V5 => [&[properties.len() as u8], properties].concat(),
        _ => Vec::new(),
    }
}

/// A CONNECT that is to be written.
pub(crate) struct Connect<'a> {
    pub(crate) id: &'a str,
    pub(crate) flags: u8,
    pub(crate) keep_alive: u16,
    pub(crate) properties: &'a [u8],
    /// What follows the client id: will, user name, password.
    pub(crate) rest: Vec<u8>,
}

impl Default for Connect<'_> {
    fn default() -> Self {
        Self { id: "ann", flags: 2, keep_alive: 0, properties: &[], rest: Vec::new() }
    }
}

impl Connect<'_> {
    pub(crate) fn write(&self, version: Version) -> Vec<u8> {
        let head = [&protocol(version)[..], &[self.flags], &self.keep_alive.to_be_bytes()].concat();
        let properties = properties(version, self.properties);
        packet(0x10, &[&head, &properties, &text(self.id), &self.rest])
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Raw<Io> {
    pub(crate) fn new(version: Version, stream: Io) -> Self {
        Self { version, stream, read: Vec::new() }
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Writes, though the server may have left.
    pub(crate) async fn try_write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Publishes at QoS 0, or at QoS 1 with a packet identifier.
    pub(crate) async fn publish(&mut self, topic: &str, id: Option<u16>, body: &str) {
        let publish = self.publication(topic, id, &[], body);
        self.write(publish).await;
    }

    pub(crate) fn publication(
        &self,
        topic: &str,
        id: Option<u16>,
        with: &[u8],
        body: &str,
    ) -> Vec<u8> {
        publication((self.version, topic), id, with, body.as_bytes())
    }

    /// Reads a packet. `None` at the end.
    pub(crate) async fn packet(&mut self) -> Option<Vec<u8>> {
        loop {
            let mut unread = &self.read[..];
            if let Some(packet) = MqttPackets::take(&mut unread, usize::MAX).unwrap() {
                let packet = packet.into_owned();
                self.read.drain(..packet.len());
                return Some(packet);
            }
            if self.stream.read_buf(&mut self.read).await.unwrap_or(0) == 0 {
                assert!(self.read.is_empty(), "the end of half a packet: {:?}", self.read);
                return None;
            }
        }
    }

    /// Reads the packets up to the end.
    pub(crate) async fn rest(&mut self) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        while let Some(packet) = self.packet().await {
            packets.push(packet);
        }
        packets
    }

    /// Reads a PUBLISH: its topic, its packet identifier, its properties and its payload.
    pub(crate) async fn published(&mut self) -> (String, Option<u16>, Vec<u8>, String) {
        let packet = self.packet().await.expect("a PUBLISH");
        read_publish(self.version, &packet)
    }

    /// Reads a PUBLISH at QoS 0 without properties.
    pub(crate) async fn message(&mut self) -> (String, String) {
        let (topic, id, properties, body) = self.published().await;
        assert_eq!((id, properties), (None, Vec::new()));
        (topic, body)
    }

    /// Connects with this, and expects to be accepted.
    pub(crate) async fn connect(&mut self, connect: &Connect<'_>) {
        self.write(connect.write(self.version)).await;
        let connack = self.packet().await.expect("a CONNACK");
        assert_eq!(connack[0], 0x20, "{connack:?}");
        let rest = &connack[2..];
        assert_eq!(rest[..2], [0, 0], "{connack:?}");
        assert_eq!(rest.len() > 2, self.version == Version::V5, "{connack:?}");
    }

    /// Checks that requests are answered.
    pub(crate) async fn lives(&mut self) {
        self.publish("lab.handler.echo/999", None, "\"alive\"").await;
        assert_eq!(self.message().await, ("lab.handler.echo/999".into(), "\"alive\"".into()));
    }
}

pub(crate) fn publication(
    (version, topic): (Version, &str),
    id: Option<u16>,
    with: &[u8],
    body: &[u8],
) -> Vec<u8> {
    let first = if id.is_some() { 0x32 } else { 0x30 };
    let id = id.map_or(Vec::new(), |id| id.to_be_bytes().to_vec());
    packet(first, &[&text(topic), &id, &properties(version, with), body])
}

pub(crate) fn read_publish(
    version: Version,
    packet: &[u8],
) -> (String, Option<u16>, Vec<u8>, String) {
    assert_eq!(packet[0] & 0xfd, 0x30, "not a PUBLISH: {packet:?}");
    let header = 1 + packet[1..].iter().position(|byte| *byte < 0x80).unwrap() + 1;
    let mut rest = &packet[header..];
    let mut take = |bytes: usize| {
        let (taken, left) = rest.split_at(bytes);
        rest = left;
        taken.to_vec()
    };
    let length = take(2);
    let topic = take(u16::from_be_bytes([length[0], length[1]]).into());
    let id = (packet[0] & 2 != 0).then(|| take(2)).map(|id| u16::from_be_bytes([id[0], id[1]]));
    let properties = if version == Version::V5 {
        let length = take(1)[0];
        take(length.into())
    } else {
        Vec::new()
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(topic), id, properties, text(rest.to_vec()))
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Raw<Io> {
    /// Writes while it reads so many packets, and returns their number.
    pub(crate) async fn try_write_and_count(&mut self, bytes: Vec<u8>, packets: usize) -> usize {
        let Self { stream, read, .. } = self;
        let (mut reading, mut writing) = tokio::io::split(stream);
        let reads = async {
            let mut seen = 0;
            while seen < packets {
                let mut unread = &read[..];
                while MqttPackets::take(&mut unread, usize::MAX).unwrap().is_some() {
                    seen += 1;
                }
                let left = unread.len();
                read.drain(..read.len() - left);
                if seen < packets && reading.read_buf(read).await.unwrap_or(0) == 0 {
                    break;
                }
            }
            seen
        };
        let (_, seen) = tokio::join!(writing.write_all(&bytes), reads);
        seen
    }
}
