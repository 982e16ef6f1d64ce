//! The plugin of `docs/web.md`, from nothing to what a browser loads.

use crate::command::root;
use crate::cross::Compiler;
use crate::package::PROFILE;
use crate::wasm;
use crate::web;

use super::document::steps;
use super::folder::{Dependencies, Folder};
use super::{read, walk};

const PAGE: &str = "docs/web.md";
/// The heading behind the plugin.
const NEXT: &str = "\n## An engine in a page\n";
/// What cargo makes of it.
const MODULE: &str = "words.wasm";

/// Writes the plugin's files and runs its commands, and returns the folder, which is removed when
/// this is dropped. It is beside a clone, as the page has it. What wasm-pack does is done by this
/// checkout's own programs, since it would look for its own ones elsewhere.
///
/// # Errors
/// What does not do what the page says.
pub(crate) fn plugin(compiler: &Compiler) -> Result<Folder, String> {
    let failed = |error: String| format!("{PAGE}: {error}");
    let page = read(PAGE)?;
    let (page, _) = page.split_once(NEXT).ok_or_else(|| failed(format!("{NEXT:?} is missing")))?;
    let mut settings = compiler.settings();
    settings.extend(PROFILE.map(str::to_owned));
    let clone = |path| root().join(path).display().to_string();
    let built = format!("cargo build --release --target {}", wasm::TARGET.name);
    let mut folder = Folder::new(&settings, Dependencies::Shared(compiler.outputs()))
        .map_err(|error| failed(error.to_string()))?
        .change("version = \"0.1\"", format!("path = '{}'", clone("connector")))
        .change("npm install @connector-kit/web", format!("npm install {}", clone("clients/web")))
        .change("wasm-pack build --target web", built);
    let missing = walk(&steps(page).map_err(failed)?, &mut folder).map_err(failed)?;
    if let Some(program) = missing.first() {
        return Err(failed(format!("{program} is not installed")));
    }
    web::glue(&compiler.built().join("release").join(MODULE), &folder.here().join("pkg"))?;
    Ok(folder)
}
