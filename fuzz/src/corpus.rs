//! Seeds and tokens of a target, as files for other fuzzers.

use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

use crate::{Target, found};

/// Writes the target's inputs into `folder/NAME/`, and its tokens into
/// `folder/NAME.dict`, a dictionary in the form of libFuzzer and AFL.
///
/// # Errors
/// A file cannot be written.
pub fn write(target: &Target, folder: &Path) -> io::Result<()> {
    let inputs = folder.join(target.name);
    fs::create_dir_all(&inputs)?;
    let known = (target.seeds)().into_iter().chain(found::inputs(target.name));
    for (at, input) in known.enumerate() {
        fs::write(inputs.join(format!("seed-{at}")), input)?;
    }
    let dictionary: String = target.tokens.iter().map(|token| quoted(token) + "\n").collect();
    fs::write(inputs.with_extension("dict"), dictionary)
}

fn quoted(token: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in token {
        let _ = write!(text, "\\x{byte:02x}");
    }
    text + "\""
}
