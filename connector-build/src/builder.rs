//! The settings of a compilation.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::options::Options;
use crate::prost_output::ProstOutput;
use crate::{emit, names, output};

/// Compiles schemas with everything at its default: `protos` and all that they
/// import from the folders `includes`, into `OUT_DIR`.
///
/// # Errors
/// [`Error`], with a line for each mistake.
pub fn compile(protos: &[impl AsRef<Path>], includes: &[impl AsRef<Path>]) -> Result<(), Error> {
    configure().compile(protos, includes)
}

/// A compilation that is still to be described.
pub fn configure() -> Builder {
    Builder::default()
}

/// Describes how schemas are compiled.
#[must_use = "a builder does nothing until `compile`"]
#[derive(Debug, Default)]
pub struct Builder {
    out_dir: Option<PathBuf>,
    options: Options,
}

const NO_OUT_DIR: &str =
    "there is no `OUT_DIR`: call this from a `build.rs`, or set `configure().out_dir(..)`";

impl Builder {
    /// The folder that gets the files, instead of cargo's `OUT_DIR`; it is
    /// made if it is not there. `connector::include_proto!` looks into
    /// `OUT_DIR` only, so these are included with `include!`.
    pub fn out_dir(mut self, out_dir: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(out_dir.into());
        self
    }

    /// Where generated code finds the SDK; `::connector` by default.
    pub fn runtime(mut self, path: impl Into<String>) -> Self {
        self.options.runtime = path.into();
        self
    }

    /// Whether the schemas' comments become documentation; they do by default.
    pub fn docs(mut self, docs: bool) -> Self {
        self.options.docs = docs;
        self
    }

    /// Changes how prost generates messages: attributes, `bytes`,
    /// `btree_map`, `extern_path`. Types of `extern_path` implement serde's
    /// traits themselves, those that this crate generates need no derive of
    /// them.
    pub fn with_prost(mut self, change: impl FnOnce(&mut prost_build::Config) + 'static) -> Self {
        self.options.with_prost.push(Box::new(change));
        self
    }

    /// Compiles `protos` and all that they import from the folders `includes`.
    ///
    /// A file is written for each first part of a package's name, and only if
    /// its content is another one than before.
    ///
    /// # Errors
    /// [`Error`], with a line for each mistake; nothing is written then.
    pub fn compile(
        mut self,
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<(), Error> {
        let private = self.options.private_path()?;
        let out_dir = self.out_dir.or_else(|| Some(env::var_os("OUT_DIR")?.into()));
        let out_dir = out_dir.ok_or_else(|| Error::new(vec![NO_OUT_DIR.to_owned()]))?;
        let schema = connector_schema::compile_with(protos, includes, names::check)?;
        let prost = ProstOutput::generate(&schema, &mut self.options)?;
        let files = emit::emit(&schema, prost, &private);
        output::write(&out_dir, &files)?;
        output::tell_cargo(&schema);
        Ok(())
    }
}
