//! The project's own schemas are protobuf for everybody: protoc and buf compile them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use connector_tests::peer::Peers;

use crate::{root, said};

/// All schemas of the repository but those with mistakes, by the folder that imports begin at.
fn folders() -> BTreeMap<PathBuf, Vec<PathBuf>> {
    let mut folders = BTreeMap::<_, Vec<_>>::new();
    let mut pending = vec![(root(), None)];
    while let Some((folder, top)) = pending.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_str().unwrap();
            let is_skipped =
                name.starts_with('.') || ["target", "node_modules", "mistakes"].contains(&name);
            if entry.is_dir() && !is_skipped {
                // Imports within such a folder begin at it.
                let top = top.clone().or_else(|| (name == "proto").then(|| entry.clone()));
                pending.push((entry, top));
            } else if name.ends_with(".proto") && name != "mistakes.proto" {
                let top: &PathBuf = top.as_ref().unwrap_or(&folder);
                let name = entry.strip_prefix(top).unwrap().to_owned();
                folders.entry(top.clone()).or_default().push(name);
            }
        }
    }
    folders
}

/// A folder with schemas as others have them: each beside the options that it imports.
struct Module {
    folder: PathBuf,
    /// The names of the schemas.
    names: Vec<PathBuf>,
}

impl Module {
    fn new(name: &str, from: &Path, names: &[PathBuf]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        let options = Path::new("connector/options.proto");
        let of_protocol = root().join("protocol/proto").join(options);
        let copies = names.iter().map(|name| (from.join(name), name.as_path()));
        for (source, name) in copies.chain([(of_protocol, options)]) {
            let copy = folder.join(name);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(source, copy).unwrap();
        }
        let mut names = names.to_vec();
        names.retain(|name| name != options);
        names.push(options.to_owned());
        Self { folder, names }
    }

    /// What protoc and buf say, if they refuse it.
    fn refusals(&self, python: &Peers) -> [Option<String>; 2] {
        let mut protoc = python.interpreter();
        protoc.args(["-m", "grpc_tools.protoc", "-I.", "--descriptor_set_out=out.binpb"]);
        protoc.args(&self.names).current_dir(&self.folder);
        let mut buf = python.tool("buf");
        // Its cache would be in the home folder.
        buf.args(["build", "--output", "out.bin"])
            .current_dir(&self.folder)
            .env("BUF_CACHE_DIR", &self.folder);
        [protoc, buf].map(|mut command| {
            let (passed, text) = said(&mut command);
            (!passed).then_some(text)
        })
    }
}

#[test]
fn protoc_and_buf_compile_every_schema_of_ours() {
    let Some(python) = Peers::find_python() else { return };
    let folders = folders();
    assert!(folders.len() > 10, "{folders:?}");
    let mut failed = Vec::new();
    for (index, (folder, names)) in folders.iter().enumerate() {
        let module = Module::new(&format!("schemas-{index}"), folder, names);
        let texts = module.refusals(&python).into_iter().flatten();
        failed.extend(texts.map(|text| format!("{}: {text}", folder.display())));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn protoc_and_buf_refuse_a_hidden_message_too() {
    let Some(python) = Peers::find_python() else { return };
    let folder = root().join("connector-schema/tests/mistakes");
    let module = Module::new("hidden", &folder, &["hidden_by_method.proto".into()]);
    let [protoc, buf] = module.refusals(&python);
    assert!(protoc.unwrap().contains("\"Join\" is not a message type"));
    assert!(buf.unwrap().contains("expected message type, found service method"));
}
