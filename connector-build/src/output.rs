//! Generated files, and instructions to cargo.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use connector_schema::Schema;

use crate::error::Error;

/// Writes the files whose content has changed, so that unchanged ones are not
/// compiled again.
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

/// Lets cargo watch the schemas, if this is a build script.
///
/// Files that do not exist are left out, since they would make cargo build
/// every time.
pub(crate) fn watch(schema: &Schema) {
    // Cargo sets it for build scripts only.
    if env::var_os("CARGO_CFG_TARGET_ARCH").is_none() {
        return;
    }
    for file in schema.files().iter().filter(|file| file.path.exists()) {
        println!("cargo::rerun-if-changed={}", file.path.display());
    }
}
