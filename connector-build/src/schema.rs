//! From files to descriptors, with protox: no protoc is needed.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use connector_protocol::options;
use protox::file::{
    ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver,
};
use protox::prost_reflect::{DescriptorPool, FileDescriptor};

use crate::diagnosis::{describe, not_a_file};
use crate::error::{Error, none_or};

/// Schemas that protobuf itself has nothing against.
pub(crate) struct Schema {
    pub(crate) pool: DescriptorPool,
    /// The user's files, by name. What ships with a crate is not among them.
    pub(crate) files: Vec<UserFile>,
}

/// A file of the user's.
pub(crate) struct UserFile {
    /// As imports name it.
    pub(crate) name: String,
    /// On the disk.
    pub(crate) path: PathBuf,
}

impl Schema {
    /// Reads the files and all that they import.
    pub(crate) fn open(protos: &[&Path], includes: &[&Path]) -> Result<Self, Error> {
        let mut resolver = ChainFileResolver::new();
        for include in includes {
            resolver.add(IncludeFileResolver::new(include.to_path_buf()));
        }
        resolver.add(Shipped);
        resolver.add(GoogleFileResolver::new());
        let mut compiler = protox::Compiler::with_file_resolver(resolver);
        compiler.include_source_info(true).include_imports(true);
        let mut mistakes = Vec::new();
        for proto in protos {
            if let Some(mistake) = not_a_file(proto, includes) {
                mistakes.push(mistake);
            } else if let Err(error) = compiler.open_file(proto) {
                mistakes.extend(describe(&error, includes));
            }
        }
        // Two files may fail for the sake of one that both import.
        mistakes.dedup();
        none_or(mistakes)?;
        let user_file = |file: &protox::file::FileMetadata| {
            let path = file.path()?.to_owned();
            Some(UserFile { name: file.name().to_owned(), path })
        };
        let mut files: Vec<_> = compiler.files().filter_map(user_file).collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { pool: compiler.descriptor_pool(), files })
    }

    /// The user's files with their descriptors and their paths as text.
    pub(crate) fn user_files(&self) -> impl Iterator<Item = (FileDescriptor, Rc<str>)> {
        self.files.iter().filter_map(|file| {
            let descriptor = self.pool.get_file_by_name(&file.name)?;
            Some((descriptor, file.path.to_string_lossy().into()))
        })
    }
}

/// What this crate brings along.
struct Shipped;

impl FileResolver for Shipped {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match name {
            "connector/options.proto" => File::from_source(name, options::PROTO),
            _ => Err(protox::Error::file_not_found(name)),
        }
    }
}
