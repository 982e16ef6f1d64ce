//! Prost's code for schemas, and the names of services in Rust.
//!
//! Names are read from prost's own output and never derived again: prost alone
//! decides on keywords, nested messages, boxed fields and types of other
//! crates.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use connector_schema::Schema;
use prost_build::{Comments, Module};
use syn::{Ident, Item, Type};

use crate::debug;
use crate::docs;
use crate::error::Error;
use crate::modules::{self, Renamed};
use crate::names;
use crate::options::Options;

/// A placeholder for the path of `prost_types`, from which prost would remove
/// the underscores.
const PROST_TYPES: &str = "::connector_prost_types";

/// Prost's code for the schemas.
pub(crate) struct ProstOutput {
    /// The items of each package's module, by the module's path.
    pub(crate) modules: BTreeMap<Vec<String>, Vec<Item>>,
    /// By the service's name with its package.
    pub(crate) services: BTreeMap<String, ServiceNames>,
}

/// A service in Rust.
pub(crate) struct ServiceNames {
    pub(crate) ident: Ident,
    /// The beginning of the names of the items generated for it.
    pub(crate) stem: String,
    pub(crate) docs: Vec<String>,
    /// In the order of the schema.
    pub(crate) methods: Vec<MethodNames>,
}

/// A method in Rust. Its types are named as seen from its package's module.
pub(crate) struct MethodNames {
    pub(crate) ident: Ident,
    pub(crate) input: Type,
    pub(crate) output: Type,
    pub(crate) docs: Vec<String>,
}

impl ProstOutput {
    /// Runs prost.
    pub(crate) fn generate(schema: &Schema, options: &mut Options) -> Result<Self, Error> {
        let mut config = prost_build::Config::new();
        let private = options.private();
        let prost_types = format!("{private}::prost_types");
        config.prost_path(format!("{private}::prost"));
        config.prost_types_path(PROST_TYPES);
        if !options.docs {
            config.disable_comments(["."]);
        }
        for change in options.with_prost.drain(..) {
            change(&mut config);
        }
        let services = Rc::new(RefCell::new(Vec::new()));
        config.enable_type_names();
        config.service_generator(Box::new(Services(services.clone())));
        let files = schema.descriptors().map(|file| {
            let module = Module::from_protobuf_package_name(file.package());
            (module, file.clone())
        });
        let mut files: Vec<_> = files.collect();
        files.sort_by(|(_, a), (_, b)| a.name().cmp(b.name()));
        let broken = |error: &dyn std::fmt::Display| {
            Error::new(vec![format!(
                "the output of prost-build is not valid Rust ({error}): check the changes made by `with_prost`"
            )])
        };
        let renamed = Renamed::of(schema);
        let modules = config.generate(files).map_err(|error| broken(&error))?;
        let modules = modules
            .into_iter()
            .map(|(module, text)| {
                let text = renamed.in_code(&text.replace(PROST_TYPES, &prost_types));
                let mut file = syn::parse_file(&text)?;
                docs::fence_all(&mut file.items);
                debug::derive_for_btree_maps(&mut file.items);
                Ok((modules::path(&module), file.items))
            })
            .collect::<syn::Result<_>>()
            .map_err(|error| broken(&error))?;
        let services = services.take();
        let (prost_types, renamed) = (&*prost_types, &renamed);
        let of_service = |service| Names { service, prost_types, renamed, docs: options.docs };
        let services = services.iter().map(|service| of_service(service).read());
        let services = services.collect::<syn::Result<_>>().map_err(|error| broken(&error))?;
        Ok(Self { modules, services })
    }
}

/// Records the services, and generates nothing for them.
struct Services(Rc<RefCell<Vec<prost_build::Service>>>);

impl prost_build::ServiceGenerator for Services {
    fn generate(&mut self, service: prost_build::Service, _: &mut String) {
        self.0.borrow_mut().push(service);
    }
}

struct Names<'a> {
    service: &'a prost_build::Service,
    prost_types: &'a str,
    renamed: &'a Renamed,
    docs: bool,
}

impl Names<'_> {
    /// A service's name with its package, and its names in Rust.
    fn read(&self) -> syn::Result<(String, ServiceNames)> {
        let service = self.service;
        let name = match &*service.package {
            "" => service.proto_name.clone(),
            package => format!("{package}.{}", service.proto_name),
        };
        let methods = service.methods.iter().map(|method| self.method(method));
        let names = ServiceNames {
            ident: syn::parse_str(&service.name)?,
            stem: names::type_stem(&service.proto_name),
            docs: self.docs(&service.comments),
            methods: methods.collect::<syn::Result<_>>()?,
        };
        Ok((name, names))
    }

    fn method(&self, method: &prost_build::Method) -> syn::Result<MethodNames> {
        let ty = |path: &str| {
            syn::parse_str(&self.renamed.in_code(&path.replace(PROST_TYPES, self.prost_types)))
        };
        Ok(MethodNames {
            ident: syn::parse_str(&method.name)?,
            input: ty(&method.input_type)?,
            output: ty(&method.output_type)?,
            docs: self.docs(&method.comments),
        })
    }

    fn docs(&self, comments: &Comments) -> Vec<String> {
        if self.docs { lines(comments) } else { Vec::new() }
    }
}

/// Comments as lines of Markdown.
fn lines(comments: &Comments) -> Vec<String> {
    let own = Comments { leading_detached: Vec::new(), ..comments.clone() };
    let mut text = String::new();
    own.append_with_indent(0, &mut text);
    docs::fence_code_blocks(
        text.lines().map(|line| line.trim_start_matches("///").to_owned()).collect(),
    )
}
