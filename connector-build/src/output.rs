//! Generated files, and instructions to cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{env, fmt, fs};

use connector_schema::Schema;

use crate::error::Error;
use crate::options::Options;

/// The files that this process has written.
static WRITTEN: Mutex<BTreeMap<PathBuf, Written>> = Mutex::new(BTreeMap::new());

/// A file's content, and the call that has written it.
struct Written {
    by: Call,
    content: String,
}

/// One call of `compile`.
#[derive(Clone, PartialEq)]
pub(crate) struct Call {
    protos: Vec<PathBuf>,
    includes: Vec<PathBuf>,
    /// `None` if there are functions among them, which cannot be compared.
    options: Option<String>,
}

impl Call {
    pub(crate) fn new(
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
        options: &Options,
    ) -> Self {
        let comparable = options.with_prost.is_empty();
        Self {
            protos: protos.iter().map(|path| path.as_ref().to_owned()).collect(),
            includes: includes.iter().map(|path| path.as_ref().to_owned()).collect(),
            options: comparable.then(|| format!("{options:?}")),
        }
    }

    /// Returns whether this call repeats another, and differs at most by what the schemas say.
    fn repeats(&self, other: &Self) -> bool {
        self.options.is_some() && self == other
    }

    fn has_schemas_of(&self, other: &Self) -> bool {
        (&self.protos, &self.includes) == (&other.protos, &other.includes)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |paths: &[PathBuf]| {
            let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
            paths.join(", ")
        };
        write!(f, "{} (includes: {})", list(&self.protos), list(&self.includes))
    }
}

/// Writes the files whose content has changed, so that unchanged ones are not
/// compiled again.
///
/// # Errors
/// Returns a mistake for each file that another call has written with other content in this
/// process, which would be lost. No file is written then.
pub(crate) fn write(
    out_dir: &Path,
    files: &BTreeMap<String, String>,
    call: &Call,
) -> Result<(), Error> {
    fs::create_dir_all(out_dir).map_err(|error| Error::file(out_dir, error))?;
    let out_dir = &fs::canonicalize(out_dir).map_err(|error| Error::file(out_dir, error))?;
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    let taken = files.iter().filter_map(|(name, content)| {
        let before = written.get(&out_dir.join(name))?;
        let lost = before.content != *content && !call.repeats(&before.by);
        lost.then(|| taken(name, &before.by, call))
    });
    let taken: Vec<_> = taken.collect();
    if !taken.is_empty() {
        return Err(Error::new(taken));
    }
    for (name, content) in files {
        let path = out_dir.join(name);
        let of = Written { by: call.clone(), content: content.clone() };
        written.insert(path.clone(), of);
        if fs::read(&path).is_ok_and(|before| before == content.as_bytes()) {
            continue;
        }
        fs::write(&path, content).map_err(|error| Error::file(&path, error))?;
    }
    Ok(())
}

fn taken(name: &str, before: &Call, now: &Call) -> String {
    let otherwise = if now.has_schemas_of(before) {
        "with other options".to_owned()
    } else {
        format!("from {now}")
    };
    format!(
        "{name}: an earlier `compile` of this build has written it from {before}, and this one \
         would replace it {otherwise}: compile all schemas whose packages begin alike in one \
         call, or into folders of their own with `configure().out_dir(..)`"
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
    // Files of one descriptor set have one path.
    let paths: BTreeSet<_> = schema.files().iter().map(|file| &file.path).collect();
    for path in paths.into_iter().filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}
