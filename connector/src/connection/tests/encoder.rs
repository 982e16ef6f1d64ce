//! The encoder by itself.

use std::sync::Arc;

use connector_protocol::framing::{Envelope, TooLong};
use connector_protocol::message::{Head, RouteRef};
use connector_protocol::pomelo::package::{DataPackage, PomeloPackages};

use super::super::*;
use crate::codec::{Codec, CodecError, JsonCodec, Override, PomeloCodec};
use crate::link::Batch;

fn encoder(frame: &'static dyn Envelope, codec: &Arc<dyn Codec>) -> Encoder {
    Encoder::new(codec.clone(), &DataPackage, frame, Batch::Concat)
}

#[test]
fn a_push_is_encoded_once_for_peers_that_are_alike() {
    let codec: Arc<dyn Codec> = Arc::new(PomeloCodec);
    let same: Arc<dyn Codec> = Arc::new(PomeloCodec);
    let other: Arc<dyn Codec> = Arc::new(JsonCodec);
    let mut encoded = Encoded::new("onPush", &());
    let first = encoded.bytes(&encoder(&PomeloPackages, &codec)).unwrap();
    for alike in [&codec, &same] {
        let again = encoded.bytes(&encoder(&PomeloPackages, alike)).unwrap();
        assert_eq!(first.as_ptr(), again.as_ptr());
    }
    for unlike in [encoder(&Lengths, &codec), encoder(&PomeloPackages, &other)] {
        assert_ne!(encoded.bytes(&unlike).unwrap().as_ptr(), first.as_ptr());
    }
    assert_eq!(&first[..], b"\x04\0\0\x0a\x06\x06onPush{}");
    // What the fields of a codec do to its messages is its own affair.
    let replaced: [Arc<dyn Codec>; 2] =
        [(); 2].map(|()| Arc::new(Override::decode(codec.clone(), |_, _| Ok(None))) as _);
    let [first, again] =
        replaced.each_ref().map(|codec| encoded.bytes(&encoder(&PomeloPackages, codec)).unwrap());
    assert_ne!(first.as_ptr(), again.as_ptr());
}

/// A frame of one byte.
struct Lengths;

impl Envelope for Lengths {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        out.push(0);
        out.len() - 1
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let size = out.len() - mark - 1;
        out[mark] = u8::try_from(size).map_err(|_| TooLong { size, limit: 255 })?;
        Ok(())
    }
}

#[test]
fn a_message_that_does_not_fit_leaves_nothing_behind() {
    let encoder = encoder(&Lengths, &(Arc::new(PomeloCodec) as _));
    let mut out = b"before".to_vec();
    let write = |out: &mut Vec<u8>| {
        out.extend_from_slice(&[b'x'; 300]);
        Ok(())
    };
    let head = Head::Push(RouteRef::Name("onPush"));
    assert!(encoder.write::<CodecError>(&head, &mut out, write).is_err());
    assert_eq!(out, b"before");
    let long = "r".repeat(256);
    let head = Head::Push(RouteRef::Name(&long));
    assert!(encoder.write::<CodecError>(&head, &mut out, |_| Ok(())).is_err());
    assert_eq!(out, b"before");
}
