//! The way in: packets become messages.

use mqtt_proto::{QosPid, v3, v5};

use super::inflight::Arrived;
use super::mapping::{is_topic, publish_body, requested, split_id, subscribe_body};
use super::replies::Reply;
use super::{Delivery, Phase, Side};
use crate::framing::{Cut, Framing, TooLong};
use crate::message::{Head, RouteRef};
use crate::mqtt::packet::{
    CONNACK, CONNECT, Fault, PING, PINGREQ, PONG, PUBACK, PUBLISH, Packet, Publish, SUBSCRIBE,
    acknowledged, kind, push_puback, read,
};
use crate::mqtt::{Connect, Item, MqttPackets, QoS, Version, code};
use crate::pomelo::package::MAX_BODY;
use crate::{CloseReason, route};

/// The outcome of [`Delivery::receive`] for a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// The packet has to be handed on as it is. It has so many bytes.
    Packet(usize),
    /// The packet is taken, and what has to be handed on instead was appended to the messages. It
    /// had so many bytes.
    Messages(usize),
}

impl Delivery {
    /// Takes the first packet of the unread `bytes`. `None` while it is not complete.
    ///
    /// What has to be handed on instead of the packet is appended to `messages`, and what has
    /// to be sent at once to `replies`.
    ///
    /// # Errors
    /// Returns the reason to close with: a packet that is damaged, larger than `limit`, or not
    /// allowed. [`Delivery::farewell`] then has the code of it.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        limit: usize,
        messages: &mut Vec<u8>,
        replies: &mut Vec<u8>,
    ) -> Result<Option<Received>, CloseReason> {
        if self.phase == Phase::Ended {
            // What comes behind a goodbye is read, and not looked at.
            return Ok(Some(bytes.len()).filter(|size| *size > 0).map(Received::Messages));
        }
        let Some(Cut { consumed, .. }) = MqttPackets::cut(bytes, limit)? else { return Ok(None) };
        let packet = &bytes[..consumed];
        let taken = match (self.version, kind(packet)) {
            (Some(version), PUBLISH) => {
                let published = self.publish(version, packet, messages, replies);
                published.map(|()| true)
            }
            (Some(version), SUBSCRIBE) => self.subscribe(version, packet, messages),
            (Some(version), PUBACK) if self.is_open() => acknowledged(version, packet).map(|id| {
                self.window.acknowledge(id);
                Item::push_alive(messages);
                true
            }),
            (_, PINGREQ) if self.side == Side::Server && self.is_open() && packet == PING => {
                // At once, though a slow call may keep the client's messages waiting.
                replies.extend_from_slice(&PONG);
                Item::push_alive(messages);
                Ok(true)
            }
            (None, CONNECT) if self.side == Side::Server => {
                self.connect(packet);
                Ok(false)
            }
            (Some(version), CONNACK) if self.side == Side::Client => {
                self.connack(version, packet);
                Ok(false)
            }
            _ => Ok(false),
        };
        let taken = taken.map_err(|fault| self.fail(fault))?;
        Ok(Some(if taken { Received::Messages(consumed) } else { Received::Packet(consumed) }))
    }

    /// Notes what a CONNECT says of messages. What is wrong with it is the machine's business.
    fn connect(&mut self, packet: &[u8]) {
        let Ok(connect) = Connect::read(packet) else { return };
        self.version = Some(connect.version);
        self.client_id = Some(connect.client_id).filter(|id| !id.is_empty());
        self.client_pings = connect.keep_alive > 0;
        self.window.limit_to(connect.receive_maximum);
        self.max_packet = connect.max_packet;
    }

    fn connack(&mut self, version: Version, packet: &[u8]) {
        match read(version, packet) {
            Ok(Packet::Three(v3::Packet::Connack(connack)))
                if connack.code == v3::ConnectReturnCode::Accepted =>
            {
                self.phase = Phase::Open;
            }
            Ok(Packet::Five(v5::Packet::Connack(connack)))
                if connack.reason_code == v5::ConnectReasonCode::Success =>
            {
                let properties = connack.properties;
                self.phase = Phase::Open;
                self.window.limit_to(properties.receive_max.unwrap_or(u16::MAX));
                self.max_packet =
                    properties.max_packet_size.map_or(usize::MAX, |size| size as usize);
                if properties.max_qos == Some(mqtt_proto::QoS::Level0) {
                    self.qos = QoS::AtMostOnce;
                }
            }
            _ => {}
        }
    }

    fn publish(
        &mut self,
        version: Version,
        packet: &[u8],
        messages: &mut Vec<u8>,
        replies: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let publish = Publish::read(version, packet)?;
        if let QosPid::Level2(_) = publish.qos {
            return Err(Fault::new(code::QOS, "a PUBLISH at QoS 2, which is not supported"));
        }
        if publish.retain && version.is_5() && self.side == Side::Server {
            return Err(Fault::new(code::RETAIN, "a retained PUBLISH: nothing is retained"));
        }
        if let Some(id) = publish.id() {
            // Before MQTT 5 no peer knows of it, and what it sends ahead is bounded by what is
            // read ahead.
            let most = if version.is_5() { self.receive_maximum() } else { u16::MAX };
            match self.inflight.arrive(id, most) {
                Arrived::New => {}
                Arrived::InUse if version.is_5() => {
                    push_puback(version, id, code::IDENTIFIER_IN_USE, replies);
                    return Ok(());
                }
                // Sent again by an impatient peer, as MQTT 3.1 has it.
                Arrived::InUse if publish.dup => return Ok(()),
                Arrived::InUse => {
                    let what = format!("the packet identifier {id} twice without a PUBACK between");
                    return Err(Fault::new(code::IDENTIFIER_IN_USE, what));
                }
                Arrived::TooMany => {
                    let what = format!("more than {most} messages at QoS 1 before a PUBACK");
                    return Err(Fault::new(code::RECEIVE_MAXIMUM, what));
                }
            }
        }
        if let Some(id) = publish.id() {
            Item::push_taken(id, messages);
        }
        match self.side {
            Side::Server => self.publish_to_server(&publish, messages),
            Side::Client => self.publish_to_client(&publish, messages),
        }
    }

    fn publish_to_server(
        &mut self,
        publish: &Publish,
        messages: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        if let Some(route) = &self.options.mapping.publish {
            let id = publish.id().map(|_| self.replies.number(Reply::Named));
            let head = match id {
                Some(id) => Head::Request(Some(id), RouteRef::Name(route)),
                None => Head::Notify(RouteRef::Name(route)),
            };
            let body = publish_body(publish).to_string();
            return push(&head, body.as_bytes(), messages);
        }
        let topic = &*publish.topic;
        let named = split_id(topic);
        let route = named.map_or(topic, |(route, _)| route);
        let answered_at = match (&publish.response_topic, named, publish.id()) {
            (Some(response), _, _) if !is_topic(response) => {
                let what = "a response topic that is empty or has wildcards";
                return Err(Fault::new(code::PROTOCOL_ERROR, what));
            }
            (Some(response), _, _) => Some(response[..].into()),
            (None, Some(_), _) => Some(topic.into()),
            (None, None, Some(id)) => Some(format!("{topic}/{id}").into_boxed_str()),
            (None, None, None) => None,
        };
        // Without a dot it is dropped as in pomelo, and never answered.
        let answered_at = answered_at.filter(|_| route.contains('.'));
        let head = match answered_at {
            Some(topic) => {
                let correlation = publish.correlation.as_deref().map(Into::into);
                let id = self.replies.number(Reply::Topic { topic, correlation });
                Head::Request(Some(id), RouteRef::Name(route))
            }
            None => Head::Notify(RouteRef::Name(route)),
        };
        push(&head, &publish.payload, messages)
    }

    fn publish_to_client(
        &mut self,
        publish: &Publish,
        messages: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let topic = &*publish.topic;
        let awaited = requested(topic).filter(|id| self.replies.is_awaited(*id, topic));
        let head = match awaited {
            Some(id) => {
                self.replies.take(id);
                Head::Response(Some(id))
            }
            None if self.notified.is_answered_at(topic) => return Ok(()),
            None => Head::Push(RouteRef::Name(topic)),
        };
        push(&head, &publish.payload, messages)
    }

    /// Makes a request of a SUBSCRIBE, in pomelo's way. Returns `false` otherwise.
    fn subscribe(
        &mut self,
        version: Version,
        packet: &[u8],
        messages: &mut Vec<u8>,
    ) -> Result<bool, Fault> {
        let Some(route) = &self.options.mapping.subscribe else { return Ok(false) };
        let (id, topics): (u16, Vec<(String, u8)>) = match read(version, packet)? {
            Packet::Three(v3::Packet::Subscribe(subscribe)) => (
                subscribe.pid.value(),
                subscribe
                    .topics
                    .iter()
                    .map(|(topic, qos)| (topic.to_string(), *qos as u8))
                    .collect(),
            ),
            Packet::Five(v5::Packet::Subscribe(subscribe)) => {
                let topics = subscribe.topics.iter();
                let topics = topics.map(|(topic, how)| (topic.to_string(), how.max_qos as u8));
                (subscribe.pid.value(), topics.collect())
            }
            _ => return Err(Fault::new(code::PROTOCOL_ERROR, "not a SUBSCRIBE")),
        };
        let number = self.replies.number(Reply::Suback { id, topics: topics.len() });
        let head = Head::Request(Some(number), RouteRef::Name(route));
        push(&head, subscribe_body(&topics).to_string().as_bytes(), messages)?;
        Ok(true)
    }
}

/// Appends a message. One to a topic that is too long for a route goes nowhere, as one to a
/// route that nobody has.
fn push(head: &Head<'_>, body: &[u8], messages: &mut Vec<u8>) -> Result<(), Fault> {
    if head.route().is_some_and(|route| route.len() > route::MAX_LEN) {
        return Ok(());
    }
    let fits = Item::push_message(messages, |out| {
        // It cannot fail: the route is short enough.
        let _ = head.encode(out);
        out.extend_from_slice(body);
    });
    if fits {
        return Ok(());
    }
    let too_long = TooLong { size: body.len(), limit: MAX_BODY };
    Err(Fault::new(code::TOO_LARGE, too_long.to_string()))
}
