//! The check that every feature of `connector-kit` can be switched off.

use crate::command::{cargo, succeeds};

/// The sets that are compiled besides the default: none, each alone, all.
const SETS: [&str; 13] = [
    "",
    "child-process",
    "metrics",
    "crypto",
    "deflate",
    "plugin",
    "testing",
    "tls",
    "tls-ring",
    "tls-native-roots",
    "tls-webpki-roots",
    "zlib",
    "child-process,metrics,crypto,deflate,plugin,testing,tls,tls-ring,tls-native-roots,tls-webpki-roots,zlib",
];

/// Compiles every set without warnings; `true` if all do.
pub(crate) fn check() -> bool {
    SETS.iter().all(|set| {
        let compiles = succeeds(&mut cargo(&[
            // Its warnings can be denied without building dependencies again.
            "clippy",
            "--quiet",
            "--package",
            "connector-kit",
            "--no-default-features",
            "--features",
            set,
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
    fn compiles_every_feature_alone() {
        let manifest = include_str!("../../connector/Cargo.toml");
        let (_, rest) = manifest.split_once("[features]\n").unwrap();
        let (features, _) = rest.split_once("\n\n").unwrap();
        let names = features.lines().filter_map(|line| line.split_once(" = "));
        let names: Vec<&str> =
            names.map(|(name, _)| name).filter(|&name| name != "default").collect();
        assert!(!names.is_empty());
        assert!(names.iter().all(|name| SETS.contains(name)), "{names:?}");
        assert!(SETS.contains(&&*names.join(",")), "{names:?}");
    }
}
