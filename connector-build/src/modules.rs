//! The modules of packages.
//!
//! Prost names them after the parts of a package's name. One that is called `i32` would hide the
//! type from the code beside it, so it has an underscore, as prost's own have for `self`.

use std::collections::BTreeSet;

use connector_schema::Schema;
use prost_build::Module;

use crate::names::hides_a_type;

/// The path of a package's module.
pub(crate) fn of_package(package: &str) -> Vec<String> {
    path(&Module::from_protobuf_package_name(package))
}

/// The path of one of prost's modules.
pub(crate) fn path(module: &Module) -> Vec<String> {
    let renamed =
        |part: &str| if hides_a_type(part) { format!("{part}_") } else { part.to_owned() };
    module.parts().map(renamed).collect()
}

/// The parts of a schema's packages whose modules are not called as prost calls them.
pub(crate) struct Renamed(BTreeSet<String>);

impl Renamed {
    pub(crate) fn of(schema: &Schema) -> Self {
        let modules = schema.packages().iter().map(|package| {
            let module = Module::from_protobuf_package_name(&package.name);
            module.parts().filter(|part| hides_a_type(part)).map(str::to_owned).collect::<Vec<_>>()
        });
        Self(modules.flatten().collect())
    }

    /// Prost's code with the new names.
    pub(crate) fn in_code(&self, code: &str) -> String {
        let mut lines = String::with_capacity(code.len());
        for line in code.split_inclusive('\n') {
            if self.0.is_empty() || line.trim_start().starts_with("//") {
                lines.push_str(line);
            } else {
                let renamed = self.0.iter().fold(line.to_owned(), |line, name| rename(&line, name));
                lines.push_str(&renamed);
            }
        }
        lines
    }
}

/// A line in which paths lead through `i32_` instead of `i32`. Those of constants of a type, as
/// in `::core::f64::NAN`, do not lead through a package.
fn rename(line: &str, name: &str) -> String {
    let mut renamed = String::new();
    let mut rest = line;
    let from = format!("{name}::");
    while let Some(at) = rest.find(&from) {
        let (before, behind) = rest.split_at(at);
        let begins = !before.ends_with(|char: char| char.is_alphanumeric() || char == '_');
        let to = if begins && !before.ends_with("core::") { "_::" } else { "::" };
        renamed.extend([before, name, to]);
        rest = &behind[from.len()..];
    }
    renamed + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_does_not_hide_a_type() {
        assert_eq!(of_package("chat.i32.v1"), ["chat", "i32_", "v1"]);
        assert_eq!(of_package("self.type.line"), ["self_", "r#type", "line"]);
    }

    #[test]
    fn paths_are_renamed_and_types_are_not() {
        let renamed = Renamed(["f64".to_owned(), "i32".to_owned()].into());
        let code = "/// i32::MAX\n\
                    #[prost(enumeration = \"i32::Kind\", default = \"::core::f64::NAN\")]\n\
                    pub a: ::std::vec::Vec<super::i32::f64::Line>, pub b: i32,\n\
                    pub c: ui32::A\n";
        let wanted = "/// i32::MAX\n\
                      #[prost(enumeration = \"i32_::Kind\", default = \"::core::f64::NAN\")]\n\
                      pub a: ::std::vec::Vec<super::i32_::f64_::Line>, pub b: i32,\n\
                      pub c: ui32::A\n";
        assert_eq!(renamed.in_code(code), wanted);
    }
}
