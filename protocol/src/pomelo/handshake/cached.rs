//! The parts of a server's handshake that a client keeps.

use std::sync::Arc;

use super::fields::parse_object;
use super::{Dictionary, Protos, Request, ServerInfo};

/// The parts of a server's handshake that a client keeps. It sends their versions in its next
/// one, and a server that still has the same leaves them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cached {
    /// The codes of routes.
    pub dictionary: Option<Arc<Dictionary>>,
    /// The schemas of pomelo-protobuf.
    pub protos: Option<Arc<Protos>>,
}

impl Cached {
    /// Returns the parts that a handshake has, if they have a version by which they can be
    /// left out of the next one.
    pub fn of_server(info: &ServerInfo) -> Self {
        Self {
            dictionary: info.dict.clone().filter(|dictionary| dictionary.version.is_some()),
            protos: info.protos.clone().filter(|protos| protos.version.is_some()),
        }
    }

    /// Reads what [`Cached::encode`] wrote. What cannot be read counts as absent.
    pub fn parse(json: &[u8]) -> Self {
        let info = parse_object(json).map(ServerInfo::read);
        info.as_ref().map(Self::of_server).unwrap_or_default()
    }

    /// Returns it as JSON, with the members of a server's handshake.
    pub fn encode(&self) -> Vec<u8> {
        let Self { dictionary, protos } = self.clone();
        let info = ServerInfo { dict: dictionary, protos, ..ServerInfo::default() };
        // serde_json fails only on keys that are not strings or numbers, and all keys are.
        serde_json::to_vec(&info).expect("it is JSON")
    }

    /// Writes the versions into a request.
    pub(crate) fn announce(&self, request: &mut Request) {
        if let Some(dictionary) = &self.dictionary {
            request.sys.dict_version.clone_from(&dictionary.version);
        }
        if let Some(protos) = &self.protos {
            request.sys.proto_version.clone_from(&protos.version);
        }
    }

    /// Puts the parts into a server's answer that it has left out.
    pub(crate) fn complete(&self, info: &mut ServerInfo) {
        if info.use_dict && info.dict.is_none() {
            info.dict.clone_from(&self.dictionary);
        }
        if info.use_proto && info.protos.is_none() {
            info.protos.clone_from(&self.protos);
        }
    }
}
