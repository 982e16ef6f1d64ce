//! The settings of a compilation.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::options::Options;
use crate::prost_output::ProstOutput;
use crate::{emit, names, output};

/// Compiles `protos` and all that they import from the folders `includes`, with
/// default settings, into `OUT_DIR`.
///
/// # Errors
/// Returns all mistakes at once. No file is written then.
pub fn compile(protos: &[impl AsRef<Path>], includes: &[impl AsRef<Path>]) -> Result<(), Error> {
    configure().compile(protos, includes)
}

/// Returns the default settings of a compilation, to be changed.
pub fn configure() -> Builder {
    Builder::default()
}

/// Settings of a compilation.
#[must_use = "a builder does nothing until `compile`"]
#[derive(Debug, Default)]
pub struct Builder {
    out_dir: Option<PathBuf>,
    options: Options,
}

const NO_OUT_DIR: &str =
    "there is no `OUT_DIR`: call this from a `build.rs`, or set `configure().out_dir(..)`";

impl Builder {
    /// Sets the folder of the generated files, which is created if needed.
    /// Default: cargo's `OUT_DIR`.
    ///
    /// `connector::include_proto!` reads from `OUT_DIR` only; files in another
    /// folder are included with `include!`.
    pub fn out_dir(mut self, out_dir: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(out_dir.into());
        self
    }

    /// Sets the path of the SDK in generated code. Default: `::connector`.
    pub fn runtime(mut self, path: impl Into<String>) -> Self {
        self.options.runtime = path.into();
        self
    }

    /// Sets whether comments of the schemas become documentation. Default:
    /// `true`.
    pub fn docs(mut self, docs: bool) -> Self {
        self.options.docs = docs;
        self
    }

    /// Generates the schemas of pomelo-protobuf too, so that pomelo's clients send and get the
    /// bodies of all routes and pushes in it: a function `pomelo_schemas` for each package,
    /// whose value goes to `ServerBuilder::protos` (several are joined by `and`).
    ///
    /// It has neither 64-bit integers nor `bool`, `bytes`, maps, oneofs, enums and well-known
    /// types. A field of such a type is a mistake, unless each route that has it stays JSON
    /// by `option (connector.json) = true;`, or `push_json` for a push.
    pub fn pomelo_protobuf(mut self) -> Self {
        self.options.pomelo_protobuf = true;
        self
    }

    /// Lets a `google.protobuf.Any` of each package show the messages of all packages in JSON,
    /// as an envelope in a common package needs. The files of all packages have to be included
    /// in one module then. Default: messages of the file that its package is generated into, and
    /// of packages that are imported there.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), connector_build::Error> {
    /// let protos = ["proto/chat.proto", "proto/common.proto"];
    /// connector_build::configure().any_of_all_packages().compile(&protos, &["proto"])
    /// # }
    /// ```
    pub fn any_of_all_packages(mut self) -> Self {
        self.options.any_of_all_packages = true;
        self
    }

    /// Sets whether services become handlers, routes and clients, or messages alone are
    /// generated. Default: `true`, for services of the files that are named in `protos`.
    pub fn services(mut self, services: bool) -> Self {
        self.options.services = services;
        self
    }

    /// Makes methods plain `fn`s in the trait of their service, by their full names, or all of a
    /// service by its name. A plain `fn` runs where the message lies, without a future; while it
    /// runs, everything else of its connection waits.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), connector_build::Error> {
    /// connector_build::configure()
    ///     .plain_fn(["chat.ChatHandler.Say", "chat.RoomHandler"])
    ///     .compile(&["proto/chat.proto"], &["proto"])
    /// # }
    /// ```
    pub fn plain_fn(mut self, methods: impl IntoIterator<Item = impl Into<String>>) -> Self {
        methods.into_iter().for_each(|name| self.options.plain.add(name.into()));
        self
    }

    /// Changes the settings of prost, such as attributes, `bytes`, `btree_map`
    /// and `extern_path`.
    ///
    /// Generated messages implement serde's traits without a derive. Types of
    /// `extern_path` must implement them.
    pub fn with_prost(mut self, change: impl FnOnce(&mut prost_build::Config) + 'static) -> Self {
        self.options.with_prost.push(Box::new(change));
        self
    }

    /// Compiles `protos` and all that they import from `includes`: folders, and files with
    /// descriptor sets, as protoc's `--descriptor_set_out` and `buf build` write them.
    ///
    /// Files that are only imported give messages; services are those of `protos`. Packages
    /// whose names have the same first part share one file. A file
    /// whose content has not changed is not written.
    ///
    /// In JSON a `google.protobuf.Any` shows messages of the file that its package is generated
    /// into, and of packages that are imported there. Others, such as those of a package that
    /// imports it, are kept as base64 in a member `@bytes`, unless
    /// [`any_of_all_packages`](Self::any_of_all_packages) is set.
    ///
    /// # Errors
    /// Returns all mistakes at once, also if a file would replace another one of an earlier
    /// call with other schemas, includes or settings. No file is written then.
    pub fn compile(
        mut self,
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<(), Error> {
        let private = self.options.private_path()?;
        let out_dir = self.out_dir.or_else(|| Some(env::var_os("OUT_DIR")?.into()));
        let out_dir = out_dir.ok_or_else(|| Error::new(vec![NO_OUT_DIR.to_owned()]))?;
        let call = output::Call::new(protos, includes, &self.options);
        let has_pomelo = self.options.pomelo_protobuf;
        let mut pomelo = BTreeMap::new();
        let settings = connector_schema::configure().services(self.options.services);
        let schema = settings.compile_with(protos, includes, |schema, mistakes| {
            names::check(schema, mistakes);
            for package in schema.packages().iter().filter(|_| has_pomelo) {
                pomelo.insert(package.name.clone(), schema.pomelo_protos(package, mistakes));
            }
        })?;
        self.options.plain.check(&schema)?;
        let prost = ProstOutput::generate(&schema, &mut self.options)?;
        let files = emit::emit(&schema, prost, &pomelo, &self.options, &private);
        output::write(&out_dir, &files, &call)?;
        output::watch(&schema);
        Ok(())
    }
}
