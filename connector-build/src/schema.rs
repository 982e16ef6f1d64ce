//! From files to descriptors, with protox: no protoc is needed.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use connector_protocol::options;
use miette::{Diagnostic, SourceCode};
use protox::file::{
    ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver,
};
use protox::prost_reflect::{DescriptorPool, FileDescriptor};

use crate::error::{Error, none_or};

/// Schemas that protobuf itself has nothing against.
pub(crate) struct Schema {
    pub(crate) pool: DescriptorPool,
    /// The user's files, each behind those that it imports. What ships with a
    /// crate is not among them.
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
            if let Err(error) = compiler.open_file(proto) {
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
        let files = compiler.files().filter_map(user_file).collect();
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

/// All that protox has found.
fn describe(error: &protox::Error, includes: &[&Path]) -> Vec<String> {
    let file = error.file().map(|name| path_of(name, includes));
    let more = error.related().into_iter().flatten();
    let all = std::iter::once(error as &dyn Diagnostic).chain(more);
    all.map(|found| {
        let at = match (&file, place(found, error.source_code())) {
            (Some(file), Some((line, column))) => format!("{file}:{line}:{column}: "),
            // An error of one file as a whole says its name itself.
            _ => String::new(),
        };
        let help = found.help().map(|help| format!(": {help}")).unwrap_or_default();
        let what = found.to_string();
        let options = if what.contains("connector.") { OPTIONS } else { "" };
        format!("{at}{what}{help}{options}")
    })
    .collect()
}

/// The way out for who misspelled an option.
const OPTIONS: &str = ": after `import \"connector/options.proto\";` there are `server` and \
    `handler` for services, `route`, `notify` and `code` for methods, `push` and `push_code` for \
    messages, each as `option (connector.route) = ..;`";

/// The file that an import's name means, as the user would open it.
fn path_of(name: &str, includes: &[&Path]) -> String {
    let path = includes.iter().map(|include| include.join(name)).find(|path| path.exists());
    path.map_or_else(|| name.to_owned(), |path| path.display().to_string())
}

/// Line and column, counted from 1.
fn place(found: &dyn Diagnostic, text: Option<&dyn SourceCode>) -> Option<(usize, usize)> {
    let label = found.labels()?.next()?;
    let span = found.source_code().or(text)?.read_span(label.inner(), 0, 0).ok()?;
    Some((span.line() + 1, span.column() + 1))
}
