//! Packages in frames.

use super::*;

static FRAME: LengthDelimited<u8> = LengthDelimited::new();

#[test]
fn are_each_in_a_frame_of_their_own() {
    let mut out = Vec::new();
    let mut writer = PackageWriter::new(&FRAME, &mut out);
    writer.package(|out| out.extend_from_slice(&HEARTBEAT));
    writer.control(PackageType::Kick, b"").unwrap();
    assert_eq!(out, b"\x04\x03\0\0\0\x04\x05\0\0\0");
}

#[test]
fn that_fit_into_no_frame_are_left_out() {
    let mut out = b"before".to_vec();
    let mut writer = PackageWriter::new(&FRAME, &mut out);
    writer.package(|out| out.extend_from_slice(&[0; 256]));
    assert!(writer.control(PackageType::Data, &vec![0; 1 << 24]).is_err());
    assert_eq!(out, b"before");
}
