//! Writes the JavaScript around a WebAssembly module: what the command `wasm-bindgen` does.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use wasm_bindgen_cli_support::Bindgen;

/// Writes a module of JavaScript, its types, and the WebAssembly that it loads.
#[derive(Parser)]
struct Options {
    /// The module that cargo has built.
    wasm: PathBuf,
    /// The folder to write into.
    into: PathBuf,
}

fn main() -> ExitCode {
    let Options { wasm, into } = Options::parse();
    let mut bindgen = Bindgen::new();
    // A browser needs neither names of functions nor those of compilers.
    bindgen.remove_name_section(true).remove_producers_section(true);
    // Without the path `init()` has to be told where the module is.
    bindgen.input_path(&wasm).omit_default_module_path(false);
    let written = bindgen.web(true).and_then(|bindgen| bindgen.generate(&into));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("connector-glue: {}: {error:#}", wasm.display());
            ExitCode::FAILURE
        }
    }
}
