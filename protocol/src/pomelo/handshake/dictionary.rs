//! The dictionary of routes, as it travels.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::fields::{take_object, take_text};

/// The dictionary of a server: a code for each route, which replaces the route in
/// messages.
///
/// On the wire it is `dict`, its copy `routeToCode`, `codeToRoute` and
/// `dictVersion`. libpomelo2 aborts if it gets only some of them, so they are one
/// value here. Pitaya sends and reads `dict` alone.
///
/// ```
/// use connector_protocol::pomelo::handshake::Dictionary;
///
/// let routes = [(1, "chat.chatHandler.send".to_owned()), (2, "onChat".to_owned())];
/// let dictionary = Dictionary::new(routes.into());
/// assert_eq!(dictionary.version.as_deref(), Some("z2TjWW/6xb3YyjG6FyMZ5A=="));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dictionary {
    /// The version that a client sends in its next handshake if it has cached this
    /// dictionary. Pitaya's servers send none.
    pub version: Option<String>,
    /// The routes by their codes. A route with several codes is sent with the largest and
    /// read by each, as in pomelo.
    pub routes: BTreeMap<u16, String>,
}

impl Dictionary {
    /// Creates a dictionary with the version that pomelo 2.2.7 computes for these routes:
    /// the base64 of the MD5 of `routeToCode` in JSON, whose members stand in the order in
    /// which JavaScript keeps them.
    pub fn new(routes: BTreeMap<u16, String>) -> Self {
        let mut dictionary = Self { version: None, routes };
        // serde_json fails only on keys that are not strings, and all keys are.
        let json = serde_json::to_vec(&dictionary.route_to_code()).expect("a dictionary is JSON");
        dictionary.version = Some(STANDARD.encode(Md5::digest(json)));
        dictionary
    }

    /// Reads the members of `sys`. Skips entries that are not a route with a code from 1 to
    /// 65535.
    pub(super) fn read(sys: &mut Map<String, Value>) -> Option<Self> {
        let by_route =
            take_object(sys, "routeToCode").or_else(|| take_object(sys, "dict")).map(|object| {
                let entry = |(route, code): (String, Value)| {
                    Some((u16::try_from(code.as_u64()?).ok()?, route))
                };
                object.into_iter().filter_map(entry).collect::<BTreeMap<_, _>>()
            });
        let mut routes = by_route.or_else(|| {
            let entry = |(code, route): (String, Value)| match route {
                Value::String(route) => Some((code.parse().ok()?, route)),
                _ => None,
            };
            Some(take_object(sys, "codeToRoute")?.into_iter().filter_map(entry).collect())
        })?;
        routes.remove(&0);
        Some(Self { version: take_text(sys, "dictVersion"), routes })
    }

    /// Writes the members of `sys`, in pomelo's order.
    pub(super) fn write<M: SerializeMap>(&self, sys: &mut M) -> Result<(), M::Error> {
        let codes = self.route_to_code();
        sys.serialize_entry("dict", &codes)?;
        sys.serialize_entry("routeToCode", &codes)?;
        sys.serialize_entry("codeToRoute", &self.routes)?;
        match &self.version {
            Some(version) => sys.serialize_entry("dictVersion", version),
            None => Ok(()),
        }
    }

    /// Returns the codes by their routes, in the order of a JavaScript object that they
    /// were added to in the order of their codes: names that are array indices stand first,
    /// in numerical order, and a name that is added again keeps its place.
    fn route_to_code(&self) -> RouteToCode<'_> {
        let mut entries: Vec<(&str, u16)> = Vec::with_capacity(self.routes.len());
        let mut places = HashMap::with_capacity(self.routes.len());
        for (&code, route) in &self.routes {
            let place = *places.entry(&**route).or_insert(entries.len());
            match entries.get_mut(place) {
                Some(entry) => entry.1 = code,
                None => entries.push((route, code)),
            }
        }
        entries.sort_by_key(|(route, _)| array_index(route).unwrap_or(u32::MAX));
        RouteToCode(entries)
    }
}

/// Returns the number of a name that JavaScript takes as an array index: from 0 to 2^32 - 2,
/// without leading zeros.
pub(in crate::pomelo) fn array_index(name: &str) -> Option<u32> {
    let index: u32 = name.parse().ok()?;
    (index != u32::MAX && index.to_string() == name).then_some(index)
}

struct RouteToCode<'a>(Vec<(&'a str, u16)>);

impl Serialize for RouteToCode<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary(routes: &[&str]) -> Dictionary {
        Dictionary::new((1..).zip(routes.iter().map(|&route| route.to_owned())).collect())
    }

    /// The expected texts and versions are those of pomelo 2.2.7's own lines in Node 20.
    #[test]
    fn members_and_versions_are_those_of_pomelo() {
        for (routes, json, version) in [
            (&[][..], "{}", "mZFLkyvTelC5g8XnyQrpOw=="),
            (&["a.b.c", "onPush"][..], r#"{"a.b.c":1,"onPush":2}"#, "rDEzKwUrKXI/cFqiNLiOkg=="),
            // An entry that is there already: the new code, the old place.
            (
                &["a.b.c", "onPush", "a.b.c"][..],
                r#"{"a.b.c":3,"onPush":2}"#,
                "4RcJvHBl+z0FQcDiq+RtpQ==",
            ),
            // Names that are numbers.
            (
                &["a.b.c", "10", "9", "01", "4294967295", "-1"][..],
                r#"{"9":3,"10":2,"a.b.c":1,"01":4,"4294967295":5,"-1":6}"#,
                "Q6RgshmCfLOhjMrQqhoaLA==",
            ),
            (
                &["пока", "\"\\\u{1f600}"][..],
                "{\"пока\":1,\"\\\"\\\\\u{1f600}\":2}",
                "MAzpeugH2LRYnwQ5Lb/Ggg==",
            ),
        ] {
            let dictionary = dictionary(routes);
            let written = serde_json::to_string(&dictionary.route_to_code()).unwrap();
            assert_eq!(written, json);
            assert_eq!(dictionary.version.as_deref(), Some(version), "{json}");
        }
    }
}
