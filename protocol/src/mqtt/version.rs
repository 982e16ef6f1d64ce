//! The versions of the protocol.

use std::fmt;

use mqtt_proto::Protocol;

/// A version of the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// MQTT 3.1, the protocol `MQIsdp`, which pomelo's mqttconnector speaks.
    V3_1,
    /// MQTT 3.1.1.
    #[default]
    V3_1_1,
    /// MQTT 5.
    V5,
}

impl Version {
    /// Returns whether packets have reason codes and properties.
    pub(super) const fn is_5(self) -> bool {
        matches!(self, Self::V5)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V3_1 => "3.1",
            Self::V3_1_1 => "3.1.1",
            Self::V5 => "5",
        })
    }
}

impl From<Protocol> for Version {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::V310 => Self::V3_1,
            Protocol::V311 => Self::V3_1_1,
            Protocol::V500 => Self::V5,
        }
    }
}

impl From<Version> for Protocol {
    fn from(version: Version) -> Self {
        match version {
            Version::V3_1 => Self::V310,
            Version::V3_1_1 => Self::V311,
            Version::V5 => Self::V500,
        }
    }
}
