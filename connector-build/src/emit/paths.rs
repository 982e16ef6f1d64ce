//! Identifiers and paths.

use syn::{Ident, Path};

/// A name as an identifier. Prost has already made keywords raw, or renamed
/// those that cannot be raw.
pub(super) fn ident(name: &str) -> Ident {
    syn::parse_str(name).unwrap_or_else(|_| quote::format_ident!("{name}_"))
}

/// Converts a path relative to the module `inner` into one relative to the
/// module that contains `inner`.
pub(super) fn outward(path: &str, inner: &[String]) -> Option<Path> {
    if path.starts_with("::") || path.starts_with("crate::") {
        return syn::parse_str(path).ok();
    }
    let mut base: Vec<&str> = inner.iter().map(String::as_str).collect();
    let mut rest = path;
    while let Some(further) = rest.strip_prefix("super::") {
        match base.last() {
            None | Some(&"super") => base.push("super"),
            Some(_) => _ = base.pop(),
        }
        rest = further;
    }
    base.push(rest);
    syn::parse_str(&base.join("::")).ok()
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::outward;

    fn path(path: &str, inner: &[&str]) -> String {
        let inner: Vec<_> = inner.iter().map(|part| (*part).to_owned()).collect();
        outward(path, &inner).unwrap().to_token_stream().to_string().replace(' ', "")
    }

    #[test]
    fn steps_out_of_inner_modules() {
        assert_eq!(path("Kind", &[]), "Kind");
        assert_eq!(path("Kind", &["line"]), "line::Kind");
        assert_eq!(path("super::Kind", &["line"]), "Kind");
        assert_eq!(path("super::super::Kind", &["line"]), "super::Kind");
        assert_eq!(path("super::super::super::a::Kind", &["line"]), "super::super::a::Kind");
        assert_eq!(path("::other::Kind", &["line"]), "::other::Kind");
    }
}
