//! The checks that every feature of `connector-kit` can be switched off, and that who needs one
//! is told which.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::command::{cargo, root, succeeds, target};
use crate::package;

/// The features of `connector-kit`, in the order of its manifest.
pub(crate) const FEATURES: [&str; 18] = [
    "child-process",
    "metrics",
    "crypto",
    "deflate",
    "mqtt",
    "msgpack",
    "plugin",
    "quic",
    "shared-memory",
    "sio",
    "testing",
    "tls",
    "tls-ring",
    "tls-native-roots",
    "tls-webpki-roots",
    "webtransport",
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

/// Names of the crate that come with a feature, and the feature.
const GATED: [(&str, &str); 12] = [
    ("MqttConnector", "mqtt"),
    ("QuicConnector", "quic"),
    ("SharedMemoryConnector", "shared-memory"),
    ("SioConnector", "sio"),
    ("WebTransportConnector", "webtransport"),
    ("MSGPACK", "msgpack"),
    ("plugin", "plugin"),
    ("testing", "testing"),
    ("transport::ChildProcess", "child-process"),
    ("transport::Deflate", "deflate"),
    ("transport::Mqtt", "mqtt"),
    ("transport::Tls", "tls"),
];

/// Compiles the crate of a user who has chosen no features and uses them all; `true` if the
/// compiler names each.
pub(crate) fn are_named() -> bool {
    let said = match said_without_features() {
        Ok(said) => said,
        Err(error) => {
            println!("the crate without features could not be made: {error}");
            return false;
        }
    };
    GATED.iter().all(|(name, feature)| {
        let error = said.split("\n\n").find(|error| error.contains(&format!("connector::{name};")));
        let is_named = error.is_some_and(|error| {
            error.contains(&format!("`{feature}` feature"))
                || error.contains(&format!("feature = \"{feature}\""))
        });
        if !is_named {
            println!("who uses `{name}` is not told of the feature `{feature}`: {error:?}");
        }
        is_named
    })
}

/// What the compiler says about that crate.
fn said_without_features() -> io::Result<String> {
    let here = target().join("without-features");
    let manifest = write(&here)?;
    let mut check = cargo(&["check", "--quiet"]);
    check.args(package::PROFILE.into_iter().flat_map(|setting| ["--config", setting]));
    check.arg("--manifest-path").arg(manifest);
    // Shared, so that dependencies are not built again.
    let output = check.arg("--target-dir").arg(target()).output()?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Writes the crate, and returns its manifest's path.
fn write(here: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(here.join("src"))?;
    let manifest = here.join("Cargo.toml");
    let connector = root().join("connector");
    let text = format!(
        "[package]\nname = 'without-features'\nedition = '2024'\n\n[workspace]\n\n\
         [dependencies.connector]\npackage = 'connector-kit'\npath = '{}'\n\
         default-features = false\n",
        connector.display()
    );
    fs::write(&manifest, text)?;
    // The workspace's choice of versions, which needs no network.
    fs::copy(root().join("Cargo.lock"), here.join("Cargo.lock"))?;
    let uses = GATED.iter().map(|(name, _)| format!("pub use connector::{name};\n"));
    fs::write(here.join("src/lib.rs"), uses.collect::<String>())?;
    Ok(manifest)
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
