//! The check that every feature of `connector-kit` can be switched off.

use crate::command::{cargo, succeeds};

/// The features of `connector-kit`, in the order of its manifest.
pub(crate) const FEATURES: [&str; 16] = [
    "child-process",
    "metrics",
    "crypto",
    "deflate",
    "mqtt",
    "msgpack",
    "plugin",
    "quic",
    "sio",
    "testing",
    "tls",
    "tls-ring",
    "tls-native-roots",
    "tls-webpki-roots",
    "web",
    "zlib",
];
/// The sets between none and all.
const MIXED: u32 = 6;

/// The sets that are compiled besides the default: none, all, and between them such that of any
/// two features one set has the one without the other. For that each feature is in half of the
/// mixed sets, no two in the same half.
fn sets() -> Vec<Vec<&'static str>> {
    let halves = (0_u32..1 << MIXED).filter(|half| half.count_ones() == MIXED / 2);
    let placed: Vec<_> = FEATURES.into_iter().zip(halves).collect();
    let mixed = (0..MIXED).map(|set| {
        let in_set = placed.iter().filter(|(_, half)| half >> set & 1 == 1);
        in_set.map(|&(feature, _)| feature).collect()
    });
    [Vec::new()].into_iter().chain(mixed).chain([FEATURES.to_vec()]).collect()
}

/// Compiles every set without warnings; `true` if all do.
pub(crate) fn check() -> bool {
    sets().iter().all(|set| {
        let set = set.join(",");
        let compiles = succeeds(&mut cargo(&[
            // Its warnings can be denied without building dependencies again.
            "clippy",
            "--quiet",
            "--package",
            "connector-kit",
            "--no-default-features",
            "--features",
            &set,
            "--",
            "--deny",
            "warnings",
        ]));
        if !compiles {
            println!("connector-kit does not compile with the features [{set}]");
        }
        compiles
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_any_two_features_one_is_compiled_without_the_other() {
        let manifest = include_str!("../../connector/Cargo.toml");
        let (_, rest) = manifest.split_once("[features]\n").unwrap();
        let (features, _) = rest.split_once("\n\n").unwrap();
        let names = features.lines().filter_map(|line| line.split_once(" = "));
        let names: Vec<&str> =
            names.map(|(name, _)| name).filter(|&name| name != "default").collect();
        assert_eq!(names, FEATURES);
        let sets = sets();
        for one in FEATURES {
            for other in FEATURES.into_iter().filter(|&other| other != one) {
                let apart = |set: &Vec<_>| set.contains(&one) && !set.contains(&other);
                assert!(sets.iter().any(apart), "{one} without {other}");
            }
        }
        assert!(sets.contains(&Vec::new()) && sets.contains(&names));
    }
}
