//! Recorded bytes of released peers: `protocol/vectors`.

use connector::protocol::pomelo::package::{Package, PackageType};
use serde_json::Value;

const FILES: [&str; 8] = [
    include_str!("../../protocol/vectors/handshakes.json"),
    include_str!("../../protocol/vectors/messages.json"),
    include_str!("../../protocol/vectors/nano.json"),
    include_str!("../../protocol/vectors/packages.json"),
    include_str!("../../protocol/vectors/pitaya.json"),
    include_str!("../../protocol/vectors/protobuf.json"),
    include_str!("../../protocol/vectors/remix.json"),
    include_str!("../../protocol/vectors/sessions.json"),
];

/// A file of vectors.
#[derive(Clone, Copy, Debug)]
pub(crate) enum File {
    Handshakes,
    Messages,
    Nano,
    Packages,
    Pitaya,
    Protobuf,
    Remix,
    Sessions,
}

impl File {
    /// All bytes that it has under `"hex"`, and under nothing else.
    pub(crate) fn bytes(self) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        visit(&self.json(), &mut |key, text| {
            if key == "hex" {
                found.extend(hex(text));
            }
        });
        found
    }

    /// All texts that are JSON objects themselves.
    pub(crate) fn objects(self) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        visit(&self.json(), &mut |_, text| {
            if text.starts_with('{') {
                found.push(text.as_bytes().to_vec());
            }
        });
        found
    }

    /// All bodies of recorded packages of this type.
    pub(crate) fn bodies(self, kind: PackageType) -> Vec<Vec<u8>> {
        let mut bodies = Vec::new();
        for bytes in self.bytes() {
            let mut rest = &*bytes;
            while let Ok(package) = Package::take(&mut rest) {
                if package.kind == kind {
                    bodies.push(package.body.to_vec());
                }
            }
        }
        bodies
    }

    pub(crate) fn json(self) -> Value {
        serde_json::from_str(FILES[self as usize]).unwrap_or_default()
    }
}

/// Calls `take` with every text and the key that it stands under.
fn visit(value: &Value, take: &mut impl FnMut(&str, &str)) {
    fn walk(key: &str, value: &Value, take: &mut impl FnMut(&str, &str)) {
        match value {
            Value::String(text) => take(key, text),
            Value::Array(values) => values.iter().for_each(|value| walk(key, value, take)),
            Value::Object(fields) => fields.iter().for_each(|(key, value)| walk(key, value, take)),
            _ => {}
        }
    }
    walk("", value, take);
}

/// The bytes of hexadecimal digits.
pub(crate) fn hex(digits: &str) -> Option<Vec<u8>> {
    let byte = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_something() {
        assert!(File::Handshakes.objects().len() > 5);
        assert!(File::Messages.bytes().len() > 20);
        assert!(File::Nano.bytes().len() > 5);
        assert!(File::Packages.bytes().len() > 5);
        assert!(File::Pitaya.bytes().len() > 20);
        assert!(File::Pitaya.bodies(PackageType::Data).len() > 20);
        assert!(File::Protobuf.bytes().len() > 40);
        assert!(File::Remix.objects().len() > 50);
        assert!(File::Sessions.bytes().len() > 10);
    }
}
