//! From files to protobuf's descriptors, with protox: no protoc is needed.

use std::path::Path;
use std::sync::Arc;

use connector_protocol::options;
use protox::file::{
    ChainFileResolver, File, FileMetadata, FileResolver, GoogleFileResolver, IncludeFileResolver,
};
use protox::prost_reflect::{DescriptorPool, FileDescriptor};

use crate::diagnosis::{describe, not_a_file};
use crate::error::Error;
use crate::schema::SourceFile;

/// Descriptors of schemas that are valid protobuf.
#[derive(Debug)]
pub(crate) struct Descriptors {
    pub(crate) pool: DescriptorPool,
    /// The user's files, by name. Shipped files are not among them.
    pub(crate) files: Vec<SourceFile>,
}

impl Descriptors {
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
        // Two files may fail because of one that both import.
        mistakes.dedup();
        Error::unless_empty(mistakes)?;
        let source_file = |file: &FileMetadata| {
            let path = file.path()?.to_owned();
            Some(SourceFile { name: file.name().to_owned(), path })
        };
        let mut files: Vec<_> = compiler.files().filter_map(source_file).collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { pool: compiler.descriptor_pool(), files })
    }

    /// The user's files with their paths as text.
    pub(crate) fn user_files(&self) -> impl Iterator<Item = (FileDescriptor, Arc<str>)> {
        self.files.iter().filter_map(|file| {
            let descriptor = self.pool.get_file_by_name(&file.name)?;
            Some((descriptor, file.path.to_string_lossy().into()))
        })
    }
}

/// Resolves the schemas that ship with this crate.
struct Shipped;

impl FileResolver for Shipped {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match name {
            "connector/options.proto" => File::from_source(name, options::PROTO),
            _ => Err(protox::Error::file_not_found(name)),
        }
    }
}
