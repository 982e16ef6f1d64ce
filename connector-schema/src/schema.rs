//! Compiled schemas.

use std::path::{Path, PathBuf};

use prost_types::FileDescriptorProto;

use crate::descriptors::Descriptors;
use crate::error::{Error, Mistakes};
use crate::model::{Enum, Message, Package};
use crate::read::Services;
use crate::{check, read};

/// Compiles `protos` and all that they import from `includes`, with default settings.
///
/// # Errors
/// Returns all mistakes of the schemas, at once.
pub fn compile(
    protos: &[impl AsRef<Path>],
    includes: &[impl AsRef<Path>],
) -> Result<Schema, Error> {
    configure().compile(protos, includes)
}

/// Returns the default settings of a compilation, to be changed.
pub fn configure() -> Builder {
    Builder { services: Services::OfNamedFiles }
}

/// Settings of a compilation.
#[must_use = "a builder does nothing until `compile`"]
#[derive(Clone, Debug)]
pub struct Builder {
    services: Services,
}

impl Builder {
    /// Sets whether services are read, or messages alone. Default: `true`, those of the files
    /// that are named in `protos`, and not of the files that they import.
    pub fn services(mut self, services: bool) -> Self {
        self.services = if services { Services::OfNamedFiles } else { Services::None };
        self
    }

    /// Compiles `protos` and all that they import from `includes`.
    ///
    /// An include is a folder, or a file with a descriptor set, as protoc's
    /// `--descriptor_set_out` and `buf build` write it.
    ///
    /// # Errors
    /// Returns all mistakes of the schemas, at once.
    pub fn compile(
        &self,
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<Schema, Error> {
        self.compile_with(protos, includes, |_, _| {})
    }

    /// Compiles like [`compile`](Self::compile), with a further check.
    ///
    /// `check` adds the mistakes that only one language has, such as two names that
    /// it spells alike, so that they are reported together with all others. The
    /// schema that it gets may have mistakes of its own.
    ///
    /// # Errors
    /// Returns all mistakes of the schemas, at once. If the files are not valid protobuf,
    /// `check` is not called.
    pub fn compile_with(
        &self,
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
        check: impl FnOnce(&Schema, &mut Mistakes),
    ) -> Result<Schema, Error> {
        let protos: Vec<_> = protos.iter().map(AsRef::as_ref).collect();
        let includes: Vec<_> = includes.iter().map(AsRef::as_ref).collect();
        let descriptors = Descriptors::open(&protos, &includes)?;
        let mut mistakes = Mistakes::default();
        let packages = read::read(&descriptors, self.services, &mut mistakes);
        check::check(&packages, &mut mistakes);
        let schema = Schema { packages, descriptors };
        check(&schema, &mut mistakes);
        mistakes.into_result()?;
        Ok(schema)
    }
}

/// The packages of compiled schemas.
#[derive(Debug)]
pub struct Schema {
    packages: Vec<Package>,
    descriptors: Descriptors,
}

/// A file that was read from the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceFile {
    /// The name by which imports refer to it.
    pub name: String,
    /// The path on the disk.
    pub path: PathBuf,
}

impl Schema {
    /// The packages, in the order of their names. Well-known types of
    /// `google.protobuf` and `connector/options.proto` are not among them.
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// Finds a message by its full name, such as `chat.Line`.
    pub fn message(&self, full_name: &str) -> Option<&Message> {
        let mut messages = self.packages.iter().flat_map(Package::all_messages);
        messages.find(|message| message.name.value == full_name)
    }

    /// Finds an enum by its full name, such as `chat.Color`.
    pub fn enumeration(&self, full_name: &str) -> Option<&Enum> {
        let mut enums = self.packages.iter().flat_map(|package| {
            package.enums.iter().chain(package.all_messages().flat_map(|message| &message.enums))
        });
        enums.find(|item| item.name.value == full_name)
    }

    /// The files that were read from the disk, in the order of their names. Several may be in
    /// one descriptor set.
    pub fn files(&self) -> &[SourceFile] {
        &self.descriptors.files
    }

    /// Protobuf's descriptors of all files, imports and well-known types
    /// included, with their comments.
    pub fn descriptors(&self) -> impl Iterator<Item = &FileDescriptorProto> {
        self.descriptors.pool.file_descriptor_protos()
    }
}
