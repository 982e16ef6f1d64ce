//! The way out: messages become packets.

use mqtt_proto::v5;

use super::mapping::{granted, is_topic, named, request_topic};
use super::replies::Reply;
use super::{Delivery, Phase, Side};
use crate::CloseReason;
use crate::message::{Head, RequestId, RouteRef};
use crate::mqtt::packet::{
    CONNACK, DISCONNECT, Outgoing, PUBACK, Packet, SUBACK, kind, push_suback, read, rest,
};
use crate::mqtt::{Item, QoS, Version, code};
use crate::pomelo::message::Message;

impl Delivery {
    /// Takes the first item of `bytes`, and appends the packet that it becomes to `out`, unless
    /// that has to wait. Returns the size of the item, and `None` if it is not whole.
    ///
    /// # Errors
    /// Returns [`CloseReason::SlowPeer`] if too much waits for acknowledgements, and
    /// [`CloseReason::Malformed`] for what is neither a message nor a packet, as a codec of the
    /// application may write.
    pub fn send(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<Option<usize>, CloseReason> {
        let Some((item, size)) = Item::find(bytes)? else { return Ok(None) };
        match item {
            Item::Message(message) => {
                let Message { head, body, .. } =
                    Message::decode(message).map_err(CloseReason::malformed)?;
                if let Some(version) = self.version {
                    self.send_message(version, &head, body, out)?;
                }
            }
            Item::Taken(_) | Item::Alive => {}
            Item::Packet(packet) => {
                self.note_sent(packet);
                // As MQTT 5 has it, what is too large for the peer counts as sent.
                if packet.len() <= self.max_packet {
                    out.extend_from_slice(packet);
                }
            }
        }
        Ok(Some(size))
    }

    /// Appends what has waited for acknowledgements, as far as these have come.
    pub fn release(&mut self, out: &mut Vec<u8>) {
        if self.window.queued() > 0 {
            self.window.release(out);
        }
    }

    /// Notes what the machine's packets say of messages.
    fn note_sent(&mut self, packet: &[u8]) {
        let Some(version) = self.version else { return };
        match (kind(packet), self.side) {
            (PUBACK, _) => {
                if let [high, low, ..] = *rest(packet) {
                    self.inflight.acknowledge(u16::from_be_bytes([high, low]));
                }
            }
            (CONNACK, Side::Server) => {
                let [_, code::SUCCESS, ..] = *rest(packet) else { return };
                self.phase = Phase::Open;
                if let Ok(Packet::Five(v5::Packet::Connack(connack))) = read(version, packet)
                    && let Some(assigned) = connack.properties.assigned_client_id
                {
                    self.client_id = Some(assigned);
                }
            }
            (DISCONNECT, _) => self.phase = Phase::Ended,
            _ => {}
        }
    }

    fn send_message(
        &mut self,
        version: Version,
        head: &Head<'_>,
        body: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), CloseReason> {
        let qos = self.qos;
        match *head {
            Head::Push(RouteRef::Name(route)) => match self.named(body) {
                Some(named) => self.send_named(version, &named, out),
                None => self.send_publish(version, &publish(route, body, qos), out),
            },
            Head::Notify(RouteRef::Name(route)) | Head::Request(None, RouteRef::Name(route)) => {
                if qos == QoS::AtLeastOnce {
                    self.notified.keep(route);
                }
                self.send_publish(version, &publish(route, body, qos), out)
            }
            Head::Request(Some(id), RouteRef::Name(route)) => {
                let topic = request_topic(route, id);
                let reply = Reply::Topic { topic: topic.clone().into(), correlation: None };
                self.replies.keep(id, reply);
                self.send_publish(version, &publish(&topic, body, qos), out)
            }
            Head::Response(Some(id)) | Head::Error(Some(id)) => {
                self.send_answer(version, id, body, out)
            }
            // Nobody has asked.
            Head::Response(None) | Head::Error(None) => Ok(()),
            Head::Push(RouteRef::Code(code))
            | Head::Notify(RouteRef::Code(code))
            | Head::Request(_, RouteRef::Code(code)) => {
                let what = format_args!("a message with the code {code}: topics have names");
                Err(CloseReason::malformed(what))
            }
        }
    }

    fn send_answer(
        &mut self,
        version: Version,
        id: RequestId,
        body: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), CloseReason> {
        match self.replies.take(id) {
            Some(Reply::Topic { topic, correlation }) => {
                let mut publish = publish(&topic, body, self.qos);
                publish.correlation = correlation.as_deref();
                self.send_publish(version, &publish, out)
            }
            Some(Reply::Named) => match named(body) {
                Some(named) => self.send_named(version, &named, out),
                None => Ok(()),
            },
            Some(Reply::Suback { id, topics }) => {
                push_suback((SUBACK, version), id, &granted(body, topics), out);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Reads a push that names its topic, where pomelo's way is spoken.
    fn named(&self, body: &[u8]) -> Option<super::mapping::Named> {
        self.options.mapping.publish.as_ref()?;
        named(body)
    }

    fn send_named(
        &mut self,
        version: Version,
        named: &super::mapping::Named,
        out: &mut Vec<u8>,
    ) -> Result<(), CloseReason> {
        let qos = if named.qos == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
        let mut publish = publish(&named.topic, named.payload.0.as_bytes(), qos);
        publish.retain = named.retain;
        self.send_publish(version, &publish, out)
    }

    /// Sends a PUBLISH. One that the peer cannot take is dropped, as MQTT 5 demands of one that
    /// is larger than the peer allows.
    fn send_publish(
        &mut self,
        version: Version,
        publish: &Outgoing<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), CloseReason> {
        if !is_topic(publish.topic) || self.phase == Phase::Ended {
            return Ok(());
        }
        let start = out.len();
        let place = publish.write(version, out)?;
        if out.len() - start > self.max_packet {
            out.truncate(start);
            return Ok(());
        }
        self.window.send(start, publish.acknowledged.then_some(place), out)
    }
}

fn publish<'a>(topic: &'a str, payload: &'a [u8], qos: QoS) -> Outgoing<'a> {
    let acknowledged = qos == QoS::AtLeastOnce;
    Outgoing { topic, payload, acknowledged, ..Outgoing::default() }
}
