//! Compiled schemas.

use std::path::{Path, PathBuf};

use prost_types::FileDescriptorProto;

use crate::descriptors::Descriptors;
use crate::error::{Error, Mistakes};
use crate::model::{Enum, Message, Package};
use crate::{check, read};

/// Compiles `protos` and all that they import from the folders `includes`.
///
/// # Errors
/// Returns all mistakes of the schemas, at once.
pub fn compile(
    protos: &[impl AsRef<Path>],
    includes: &[impl AsRef<Path>],
) -> Result<Schema, Error> {
    compile_with(protos, includes, |_, _| {})
}

/// Compiles like [`compile`], with a further check.
///
/// `check` adds the mistakes that only one language has, such as two names that
/// it spells alike, so that they are reported together with all others. The
/// schema that it gets may have mistakes of its own.
///
/// # Errors
/// Returns all mistakes of the schemas, at once. If the files are not valid protobuf,
/// `check` is not called.
pub fn compile_with(
    protos: &[impl AsRef<Path>],
    includes: &[impl AsRef<Path>],
    check: impl FnOnce(&Schema, &mut Mistakes),
) -> Result<Schema, Error> {
    let protos: Vec<_> = protos.iter().map(AsRef::as_ref).collect();
    let includes: Vec<_> = includes.iter().map(AsRef::as_ref).collect();
    let descriptors = Descriptors::open(&protos, &includes)?;
    let mut mistakes = Mistakes::default();
    let packages = read::read(&descriptors, &mut mistakes);
    check::check(&packages, &mut mistakes);
    let schema = Schema { packages, descriptors };
    check(&schema, &mut mistakes);
    mistakes.into_result()?;
    Ok(schema)
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

    /// The files that were read from the disk, in the order of their names.
    pub fn files(&self) -> &[SourceFile] {
        &self.descriptors.files
    }

    /// Protobuf's descriptors of all files, imports and well-known types
    /// included, with their comments.
    pub fn descriptors(&self) -> impl Iterator<Item = &FileDescriptorProto> {
        self.descriptors.pool.file_descriptor_protos()
    }
}
