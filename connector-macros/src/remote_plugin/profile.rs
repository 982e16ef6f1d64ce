//! Files with profiles.

use std::path::Path;
use std::{env, fs};

use serde_json::Value;
use syn::LitStr;

use crate::ctxt::{Ctxt, error};
use crate::symbol::PROFILE;

/// The names in a profile.
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) methods: Vec<String>,
    pub(crate) events: Vec<String>,
}

/// Reads the file at this path, which begins at the package. If there is no profile, `cx` has
/// the reason.
pub(crate) fn read(cx: &Ctxt, path: &LitStr) -> Option<Profile> {
    cx.ok(try_read(path).map_err(|problem| error(path, problem)))
}

fn try_read(path: &LitStr) -> Result<Profile, String> {
    let relative = path.value();
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let text = fs::read_to_string(Path::new(&package).join(&relative)).map_err(|error| {
        format!(
            "`{relative}` cannot be read: {error}; write the path from the package's directory, \
             where Cargo.toml is"
        )
    })?;
    let profile: Value = serde_json::from_str(&text)
        .map_err(|error| format!("`{relative}` is not a profile in JSON: {error}"))?;
    let name = profile.get("name").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() {
        return Err(format!(
            "`{relative}` has no `name`: a {PROFILE} is an object such as {{\"name\": \"files\", \
             \"methods\": [\"readFile\"]}}"
        ));
    }
    let texts = |key: &str| {
        let values = profile.get(key).unwrap_or(&Value::Null);
        if values.is_null() {
            return Ok(Vec::new());
        }
        let texts = values.as_array().and_then(|values| {
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
        });
        texts.ok_or_else(|| format!("`{key}` in `{relative}` is not a list of strings"))
    };
    Ok(Profile { name: name.to_owned(), methods: texts("methods")?, events: texts("events")? })
}
