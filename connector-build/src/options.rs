//! The settings that generated code depends on.

use std::fmt;

use crate::error::Error;
use crate::plain::Plain;

type WithProst = Box<dyn FnOnce(&mut prost_build::Config)>;

/// The settings that generated code depends on.
pub(crate) struct Options {
    /// The path of the SDK.
    pub(crate) runtime: String,
    pub(crate) docs: bool,
    pub(crate) services: bool,
    /// Routes have schemas of pomelo-protobuf.
    pub(crate) pomelo_protobuf: bool,
    /// An `Any` of each package knows the messages of all.
    pub(crate) any_of_all_packages: bool,
    pub(crate) plain: Plain,
    pub(crate) with_prost: Vec<WithProst>,
}

impl Options {
    /// The path of the module through which generated code reaches the SDK.
    pub(crate) fn private(&self) -> String {
        format!("{}::__private::proto", self.runtime)
    }

    pub(crate) fn private_path(&self) -> Result<syn::Path, Error> {
        syn::parse_str(&self.private()).map_err(|_| {
            let runtime = &self.runtime;
            let what = "is not a path of a crate: write one such as `::connector`";
            Error::new(vec![format!("`{runtime}` {what}")])
        })
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            runtime: "::connector".to_owned(),
            docs: true,
            services: true,
            pomelo_protobuf: false,
            any_of_all_packages: false,
            plain: Plain::default(),
            with_prost: Vec::new(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("runtime", &self.runtime)
            .field("docs", &self.docs)
            .field("services", &self.services)
            .field("pomelo_protobuf", &self.pomelo_protobuf)
            .field("any_of_all_packages", &self.any_of_all_packages)
            .field("plain", &self.plain)
            .field("with_prost", &self.with_prost.len())
            .finish()
    }
}
