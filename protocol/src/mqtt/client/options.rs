//! The options of a client.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use mqtt_proto::{TopicFilter, TopicName};

use crate::mqtt::Version;
use crate::mqtt::packet::MAX_TEXT;

/// A client's introduction. `Debug` does not show the password.
#[derive(Clone)]
pub struct ClientOptions {
    /// The version to speak. Default: 3.1.1.
    pub version: Version,
    /// The client's name, which no two connections to a server may have at a time. Default:
    /// empty, which 3.1 does not allow, and for which a server of MQTT 5 makes one.
    pub client_id: Arc<str>,
    /// The user name. Default: the member `username` of the application's data.
    pub user_name: Option<Arc<str>>,
    /// The password. Default: the member `password` of the application's data.
    pub password: Option<Bytes>,
    /// The time in seconds after which this side sends a packet at the latest. 0: never.
    /// Default: 30.
    pub keep_alive: u16,
    /// The topics to subscribe to when the session opens, for a broker that sends nothing else.
    /// They may have wildcards. Default: none.
    pub subscriptions: Vec<Box<str>>,
    /// The topic and the payload of the will, which is sent at QoS 0. Default: none.
    pub will: Option<(Box<str>, Bytes)>,
    /// The number of the server's messages at QoS 1 that may be unacknowledged, which MQTT 5 tells the
    /// server. Default: 1,024.
    pub receive_maximum: u16,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            version: Version::default(),
            client_id: "".into(),
            user_name: None,
            password: None,
            keep_alive: 30,
            subscriptions: Vec::new(),
            will: None,
            receive_maximum: 1024,
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("version", &self.version)
            .field("client_id", &self.client_id)
            .field("user_name", &self.user_name)
            .field("keep_alive", &self.keep_alive)
            .field("subscriptions", &self.subscriptions)
            .finish_non_exhaustive()
    }
}

/// The error of options that no CONNECT or SUBSCRIBE can carry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientOptionsError {
    /// A field is longer than 65,535 bytes.
    #[error("the {field} of an MQTT client has {size} bytes, which is more than 65535")]
    TooLong {
        /// The name of the field.
        field: &'static str,
        /// Its size in bytes.
        size: usize,
    },
    /// The topic of the will has wildcards, or is empty.
    #[error("the will of an MQTT client has the topic {0:?}: write one without wildcards")]
    WillTopic(Box<str>),
    /// A topic to subscribe to has wildcards at the wrong place, or is empty.
    #[error("an MQTT client cannot subscribe to the topic {0:?}")]
    Subscription(Box<str>),
}

impl ClientOptions {
    /// Checks that a CONNECT and a SUBSCRIBE can carry them.
    ///
    /// # Errors
    /// Returns [`ClientOptionsError`] for the first field that they cannot.
    pub fn check(&self) -> Result<(), ClientOptionsError> {
        let size = |bytes: Option<usize>| bytes.unwrap_or_default();
        for (field, size) in [
            ("client id", self.client_id.len()),
            ("user name", size(self.user_name.as_ref().map(|name| name.len()))),
            ("password", size(self.password.as_ref().map(|password| password.len()))),
            ("will", size(self.will.as_ref().map(|(_, payload)| payload.len()))),
        ] {
            if size > MAX_TEXT {
                return Err(ClientOptionsError::TooLong { field, size });
            }
        }
        if let Some((topic, _)) = &self.will
            && (topic.is_empty() || TopicName::is_invalid(topic))
        {
            return Err(ClientOptionsError::WillTopic(topic.clone()));
        }
        for filter in &self.subscriptions {
            if TopicFilter::is_invalid(filter).0 {
                return Err(ClientOptionsError::Subscription(filter.clone()));
            }
        }
        Ok(())
    }
}
