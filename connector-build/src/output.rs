//! Files, and words to cargo.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use connector_schema::Schema;

use crate::error::Error;

/// Writes the files that are not there yet with this very content, so that
/// what is unchanged is not compiled again.
pub(crate) fn write(out_dir: &Path, files: &BTreeMap<String, String>) -> Result<(), Error> {
    fs::create_dir_all(out_dir).map_err(|error| Error::file(out_dir, error))?;
    for (name, content) in files {
        let path = out_dir.join(name);
        if fs::read(&path).is_ok_and(|before| before == content.as_bytes()) {
            continue;
        }
        fs::write(&path, content).map_err(|error| Error::file(&path, error))?;
    }
    Ok(())
}

/// Tells cargo which files to look after, if cargo listens.
///
/// Only files that exist: one that does not would make cargo build again and
/// again.
pub(crate) fn tell_cargo(schema: &Schema) {
    // Set for build scripts, and for nothing else that cargo runs.
    if env::var_os("CARGO_CFG_TARGET_ARCH").is_none() {
        return;
    }
    for file in schema.files().iter().filter(|file| file.path.exists()) {
        println!("cargo::rerun-if-changed={}", file.path.display());
    }
}
