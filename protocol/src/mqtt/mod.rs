//! MQTT 3.1, 3.1.1 and 5: packets, the delivery of messages, and the machines of both sides.
//!
//! | layer | knows |
//! |---|---|
//! | [`MqttPackets`] | where a packet ends: its fixed header |
//! | [`Delivery`] | PUBLISH and PUBACK: what a topic means, packet identifiers, what is not acknowledged |
//! | [`ServerSession`], [`ClientSession`] | CONNECT, SUBSCRIBE, PINGREQ, DISCONNECT and their answers |
//!
//! A topic is a route. The layers above see pomelo's messages, so that handlers, codecs and
//! pushes are those of every other connector:
//!
//! | PUBLISH of a client | message |
//! |---|---|
//! | at QoS 0 to `chat.chatHandler.send` | a notify |
//! | at any QoS to `chat.chatHandler.send/7` | a request; its answer is a PUBLISH to the same topic |
//! | at QoS 1 to `chat.chatHandler.send`, with packet identifier 7 | a request; its answer is a PUBLISH to `chat.chatHandler.send/7` |
//! | of MQTT 5 with a response topic | a request; its answer is a PUBLISH to that topic, with the same correlation data |
//!
//! [`Delivery::client`] writes the id of a request as itself and 65,536, above all packet
//! identifiers, so that the answer to a notify at QoS 1 is never taken for that to a request.
//!
//! A push is a PUBLISH whose topic is the push's route. [`Mapping`] has pomelo's own way, in
//! which one route gets all of a client's PUBLISH packets.
//!
//! ## Between link and machine
//!
//! A [`Delivery`] belongs to a link, since messages of any task leave through that. It makes
//! of the bytes of a stream, and takes from those that wait to be sent:
//!
//! | first byte | what follows |
//! |---|---|
//! | 4 | a message, in pomelo's data package |
//! | 6, 7 | a note, see [`Item::Taken`] and [`Item::Alive`] |
//! | 16 and above | an MQTT packet as it is |
//!
//! Packets are read by mqtt-proto. Sources: the OASIS standards of MQTT 3.1.1 and 5, IBM's
//! specification of 3.1, and pomelo 2.2.7.

mod client;
mod codes;
mod connect;
mod delivery;
mod framing;
mod item;
mod packet;
mod qos;
mod server;
mod version;

pub use client::{ClientOptions, ClientOptionsError, ClientSession};
pub use codes::{code, refusal};
pub use connect::{Connect, ConnectError, Will};
pub use delivery::{Delivery, DeliveryOptions, Mapping, Received};
pub use framing::MqttPackets;
pub use item::Item;
pub use qos::QoS;
pub use server::{ServerOptions, ServerSession};
pub use version::Version;
