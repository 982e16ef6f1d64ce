//! From files to protobuf's descriptors, with protox: no protoc is needed.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use protox::prost_reflect::{DescriptorPool, FileDescriptor};

use crate::diagnosis::{Diagnosis, not_a_file};
use crate::error::Error;
use crate::schema::SourceFile;
use crate::sources::{Finder, Source, Sources};

/// Descriptors of schemas that are valid protobuf.
#[derive(Debug)]
pub(crate) struct Descriptors {
    pub(crate) pool: DescriptorPool,
    /// The user's files, by name. Shipped files are not among them.
    pub(crate) files: Vec<SourceFile>,
    /// The user's files as they are written.
    pub(crate) sources: Sources,
    /// The names of the files that are compiled for themselves, and not as an import.
    named: BTreeSet<String>,
}

impl Descriptors {
    /// Reads the files and all that they import.
    pub(crate) fn open(protos: &[&Path], includes: &[&Path]) -> Result<Self, Error> {
        let finder = Finder::new(includes)?;
        let mut compiler = protox::Compiler::with_file_resolver(finder.clone());
        compiler.include_source_info(true).include_imports(true);
        let diagnosis = Diagnosis { finder: &finder, includes };
        let mut mistakes = Vec::new();
        for proto in protos {
            if let Some(mistake) = not_a_file(proto, &diagnosis) {
                mistakes.push(mistake);
            } else if let Err(error) = compiler.open_file(proto) {
                mistakes.extend(diagnosis.describe(&error));
            }
        }
        mistakes.sort_by(|a, b| a.place().cmp(&b.place()));
        // Two files may fail because of one that both import.
        mistakes.dedup();
        Error::unless_empty(mistakes)?;
        let named = compiler.files().filter(|file| !file.is_import());
        let named = named.map(|file| file.name().to_owned()).collect();
        let pool = compiler.descriptor_pool();
        drop(compiler);
        let sources = finder.into_sources();
        let source_file = |(name, source): (&String, &Source)| {
            let path = source.path.clone();
            SourceFile { name: name.clone(), path }
        };
        let files = sources.iter().map(source_file).collect();
        Ok(Self { pool, files, sources, named })
    }

    /// The user's files with their paths as text.
    pub(crate) fn user_files(&self) -> impl Iterator<Item = (FileDescriptor, Arc<str>)> {
        self.sources.iter().filter_map(|(name, source)| {
            let descriptor = self.pool.get_file_by_name(name)?;
            Some((descriptor, source.shown(name).into()))
        })
    }

    /// Returns `true` if the file was named, and not only imported.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.named.contains(name)
    }
}
