//! Generated files, and instructions to cargo.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

use connector_schema::Schema;

use crate::error::Error;

/// The files that this process has written.
static WRITTEN: Mutex<BTreeMap<PathBuf, Written>> = Mutex::new(BTreeMap::new());

/// A file's content, and the schemas that were compiled for it.
struct Written {
    protos: Vec<PathBuf>,
    content: String,
}

/// Writes the files whose content has changed, so that unchanged ones are not
/// compiled again.
///
/// # Errors
/// Returns a mistake for each file that other schemas became in this process, which
/// would be lost. No file is written then.
pub(crate) fn write(
    out_dir: &Path,
    files: &BTreeMap<String, String>,
    protos: &[PathBuf],
) -> Result<(), Error> {
    fs::create_dir_all(out_dir).map_err(|error| Error::file(out_dir, error))?;
    let out_dir = &fs::canonicalize(out_dir).map_err(|error| Error::file(out_dir, error))?;
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    let taken = files.iter().filter_map(|(name, content)| {
        let before = written.get(&out_dir.join(name))?;
        let lost = before.content != *content && before.protos != protos;
        lost.then(|| taken(name, &before.protos))
    });
    let taken: Vec<_> = taken.collect();
    if !taken.is_empty() {
        return Err(Error::new(taken));
    }
    for (name, content) in files {
        let path = out_dir.join(name);
        let of = Written { protos: protos.to_vec(), content: content.clone() };
        written.insert(path.clone(), of);
        if fs::read(&path).is_ok_and(|before| before == content.as_bytes()) {
            continue;
        }
        fs::write(&path, content).map_err(|error| Error::file(&path, error))?;
    }
    Ok(())
}

fn taken(name: &str, protos: &[PathBuf]) -> String {
    let protos: Vec<_> = protos.iter().map(|proto| proto.display().to_string()).collect();
    let protos = protos.join(", ");
    format!(
        "{name}: an earlier `compile` of this build has written it from {protos}: compile all \
         schemas whose packages begin alike in one call, or into folders of their own with \
         `configure().out_dir(..)`"
    )
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
