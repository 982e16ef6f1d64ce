//! The same packages come out of a stream, wherever its reads end.

use connector::protocol::framing::Framing;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

use super::*;

/// Packages around every length and byte that means something to one of the codes.
fn corners() -> Vec<Vec<u8>> {
    let mut packages: Vec<Vec<u8>> =
        [&b"\xc0"[..], b"\xdb", b"\xdb\xdc\xdb\xdd", b"\0", b"\0\0a\0", b"\n", b"\r", b"plain"]
            .map(<[u8]>::to_vec)
            .into();
    packages.extend([253, 254, 255, 508, 509].map(|length| vec![b'x'; length]));
    packages.push([vec![1; 254], vec![0]].concat());
    packages.push(vec![0xC0; 300]);
    packages.push(vec![0; 300]);
    packages
}

fn survives_every_cut<F: Framing>() {
    let packages = corners();
    let stream = framed::<F>(&packages);
    let expected = (packages, CloseReason::PeerClosed);
    for at in 0..=stream.len() {
        let (first, second) = stream.split_at(at);
        let pieces = [first, second].into_iter().filter(|piece| !piece.is_empty());
        assert_eq!(read::<F>(pieces, 600), expected, "cut at {at}");
    }
    assert_eq!(read::<F>(stream.chunks(1), 600), expected);
}

#[test]
fn streams_survive_every_cut() {
    survives_every_cut::<Slip>();
    survives_every_cut::<Cobs>();
    survives_every_cut::<Base64Lines>();
}

#[test]
fn packages_that_outgrow_the_threads_buffer_are_decoded() {
    fn passes<F: Framing>() {
        let packages = [100_000, 3, 65_536, 20_000].map(|length| {
            (0..length).map(|at| [0, 0xC0, 0xDB, b'\n', 7][at % 5]).collect::<Vec<u8>>()
        });
        let stream = framed::<F>(&packages);
        for size in [1_000, 4_096, 65_536, stream.len()] {
            let (read, end) = read::<F>(stream.chunks(size), 100_000);
            assert!(read == packages, "reads of {size} bytes");
            assert_eq!(end, CloseReason::PeerClosed);
        }
    }
    passes::<Slip>();
    passes::<Cobs>();
    passes::<Base64Lines>();
}

/// The same values at every run.
fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Bytes of which many mean something to one of the codes. An empty package is none in SLIP.
fn package() -> impl Strategy<Value = Vec<u8>> {
    let meaning = select(vec![0, 1, 0xC0, 0xDB, 0xDC, 0xDD, b'\n', b'\r', 0xFF]);
    let byte = prop_oneof![2 => meaning, 3 => any::<u8>()];
    let one = prop_oneof![
        vec(byte, 1..40),
        (any::<u8>(), 240..520_usize).prop_map(|(byte, n)| vec![byte; n])
    ];
    one
}

fn round_trip<F: Framing>(packages: &[Vec<u8>], sizes: &[usize]) {
    let stream = framed::<F>(packages);
    let mut rest = &*stream;
    let mut sizes = sizes.iter().cycle();
    let pieces = std::iter::from_fn(|| {
        let (piece, behind) = rest.split_at(rest.len().min(*sizes.next()?));
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    });
    let (read, end) = read::<F>(pieces, 600);
    assert_eq!(read, packages);
    assert_eq!(end, CloseReason::PeerClosed);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_packages_in_any_pieces(
        packages in vec(package(), 0..6),
        sizes in vec(1..600_usize, 1..4),
    ) {
        round_trip::<Slip>(&packages, &sizes);
        round_trip::<Cobs>(&packages, &sizes);
        round_trip::<Base64Lines>(&packages, &sizes);
    }

    /// Whatever arrives is read the same in one piece and byte by byte, and takes no more than
    /// the limit.
    #[test]
    fn any_bytes_in_any_pieces(bytes in vec(package(), 1..4).prop_map(|parts| parts.concat())) {
        fn same<F: Framing>(bytes: &[u8]) {
            let whole = read::<F>([bytes], 100);
            let pieces = read::<F>(bytes.chunks(1), 100);
            assert_eq!(whole.0, pieces.0);
            assert_eq!(whole.1.name(), pieces.1.name());
            assert!(whole.0.iter().all(|package| package.len() <= 100));
        }
        same::<Slip>(&bytes);
        same::<Cobs>(&bytes);
        same::<Base64Lines>(&bytes);
    }
}
