//! Pomelo's packages as bytes, for clients that decide about each of them.

use connector::protocol::framing::{Envelope, Framing};
use connector::protocol::message::{Head, RequestId, RouteRef};
use connector::protocol::pomelo::package::{
    self, DataPackage, Package, PackageType, PomeloPackages,
};
use serde_json::Value;

/// Returns a handshake package.
///
/// # Panics
/// It never does.
pub fn hello() -> Vec<u8> {
    let mut hello = Vec::new();
    let encoded = package::encode(PackageType::Handshake, b"{\"sys\":{}}", &mut hello);
    encoded.unwrap_or_else(|error| panic!("{error}"));
    hello
}

/// Returns the package of a request.
///
/// # Panics
/// The route or the body is too long.
pub fn request(id: u32, route: &str, body: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    let head = Head::Request(RequestId::new(id), RouteRef::Name(route)).encode(&mut out);
    head.unwrap_or_else(|error| panic!("{error}"));
    out.extend(body.to_string().bytes());
    DataPackage.finish(mark, &mut out).unwrap_or_else(|error| panic!("{error}"));
    out
}

/// Takes the first package out of these bytes, once it is whole.
///
/// # Panics
/// The bytes are not packages.
pub fn take(read: &mut Vec<u8>) -> Option<(PackageType, Vec<u8>)> {
    let cut = PomeloPackages::cut(read, usize::MAX).unwrap_or_else(|error| panic!("{error}"))?;
    let mut package = &read[cut.package];
    let package = Package::take(&mut package).unwrap_or_else(|error| panic!("{error}"));
    let package = (package.kind, package.body.to_vec());
    read.drain(..cut.consumed);
    Some(package)
}
