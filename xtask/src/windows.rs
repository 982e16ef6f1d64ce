//! The check of what is for Windows alone, by its types.

use std::process::ExitCode;

use crate::command::{exit_code, succeeds};
use crate::cross::{Compiler, Target};

/// Checked with Debian's compiler, which needs a program that makes stand-ins of the system's
/// libraries.
pub(crate) const TARGET: Target = Target {
    name: "x86_64-pc-windows-gnu",
    packages: &["rustc-web", "rust-web-src", "binutils-mingw-w64-x86-64"],
    tool: "x86_64-w64-mingw32-dlltool",
    links: false,
    folder: "windows",
};

/// What must compile without warnings: all features that need no C compiler for Windows, and
/// the tests of named pipes.
const CHECK: [&str; 5] = [
    "check",
    "--package=connector-kit",
    "--lib",
    "--tests",
    "--features=child-process,deflate,mqtt,msgpack,shared-memory,sio,testing,tls,\
     tls-native-roots,tls-webpki-roots,zlib",
];

/// `cargo xtask windows`: the check by itself.
pub(crate) fn run() -> ExitCode {
    exit_code(TARGET.install().map(|compiler| check(&compiler)))
}

/// Checks the crate; `true` if it compiles.
pub(crate) fn check(compiler: &Compiler) -> bool {
    succeeds(&mut compiler.cargo(&CHECK))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::features::FEATURES;

    /// The features that come with ring, whose C is compiled.
    const WITH_C: [&str; 4] = ["crypto", "quic", "tls-ring", "webtransport"];
    /// The features of the crate's default.
    const DEFAULT: [&str; 2] = ["metrics", "plugin"];
    /// The feature of browsers.
    const WEB: &str = "web";

    #[test]
    fn every_feature_is_checked_that_needs_no_c_compiler() {
        let [.., features] = CHECK;
        let (_, features) = features.split_once('=').unwrap();
        let checked: BTreeSet<&str> = features.split(',').chain(DEFAULT).collect();
        let left_out: BTreeSet<&str> = WITH_C.into_iter().chain([WEB]).collect();
        let all: BTreeSet<&str> = FEATURES.into();
        assert_eq!(checked, &all - &left_out);
    }
}
