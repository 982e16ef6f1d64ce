//! The page's files.

use std::path::Path;

use connector::transport::WebOptions;

const HTML: &str = "text/html";
const SCRIPT: &str = "text/javascript";
/// What the page's policy says of scripts, and what it says where they may be WebAssembly.
const SCRIPTS: [&str; 2] = ["script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"];

/// Returns the page, whose connection is a script's, or that of the module in this folder: the
/// typed client of `examples/chat-web`.
///
/// # Errors
/// Returns the file of the module that cannot be read, and why.
pub(crate) fn pages(module: Option<&Path>) -> Result<WebOptions, String> {
    let index = include_str!("../page/index.html");
    let web = WebOptions::new()
        .page("/style.css", "text/css", include_str!("../page/style.css"))
        .page("/page.js", SCRIPT, include_str!("../page/page.js"));
    let Some(folder) = module else {
        return Ok(web
            .page("/", HTML, index)
            .page("/stay.js", SCRIPT, include_str!("../page/stay.js"))
            .page("/pomelo.js", SCRIPT, include_str!("../page/pomelo.js")));
    };
    let read = |name| {
        let file = folder.join(name);
        std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))
    };
    Ok(web
        .page("/", HTML, index.replace(SCRIPTS[0], SCRIPTS[1]))
        .page("/stay.js", SCRIPT, include_str!("../page/module.js"))
        .page("/chat_web.js", SCRIPT, read("chat_web.js")?)
        .page("/chat_web_bg.wasm", "application/wasm", read("chat_web_bg.wasm")?))
}
