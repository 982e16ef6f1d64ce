//! From descriptors to the model.

mod calls;
mod message;
mod options;

use std::collections::BTreeMap;

use heck::ToLowerCamelCase;
use prost_types::{FileDescriptorProto, MethodDescriptorProto};
use protox::prost_reflect::{DescriptorPool, FileDescriptor, MethodDescriptor, ServiceDescriptor};

use crate::descriptors::Descriptors;
use crate::error::Mistakes;
use crate::locations::Locations;
use crate::model::{Method, Package, RouteText, Service, Streams};
use crate::place::Spanned;
use options::Options;

/// Tags in the descriptors of descriptors.
mod tag {
    pub(super) const NAME: i32 = 1;
    pub(super) const MESSAGE_OPTIONS: i32 = 7;
    pub(super) const METHOD_INPUT: i32 = 2;
    pub(super) const METHOD_OUTPUT: i32 = 3;
    pub(super) const METHOD_OPTIONS: i32 = 4;
    pub(super) const METHOD_CLIENT_STREAMING: i32 = 5;
    pub(super) const METHOD_SERVER_STREAMING: i32 = 6;
    pub(super) const SERVICE_OPTIONS: i32 = 3;
}

/// Reads all packages of the user's files, in the order of their names.
///
/// Values that the model cannot express are added to `mistakes`.
pub(crate) fn read(
    descriptors: &Descriptors,
    services: Services,
    mistakes: &mut Mistakes,
) -> Vec<Package> {
    let mut packages = BTreeMap::new();
    for (file, path) in descriptors.user_files() {
        let locations = Locations::new(path, file.file_descriptor_proto());
        let written = descriptors.sources.get(file.name()).and_then(|file| file.written.as_ref());
        let mut reader = Reader { pool: &descriptors.pool, locations, written, mistakes };
        let name = file.package_name().to_owned();
        let package = packages.entry(name.clone()).or_insert_with(|| Package::new(name));
        reader.file(&file, package);
        if services == Services::OfNamedFiles && descriptors.is_named(file.name()) {
            let services = file.services().map(|service| reader.service(&service));
            package.services.extend(services);
        }
    }
    packages.into_values().collect()
}

/// The services to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Services {
    None,
    /// Those of the files that are compiled for themselves, and not as an import.
    OfNamedFiles,
}

/// Reads one file.
struct Reader<'a> {
    pool: &'a DescriptorPool,
    locations: Locations<'a>,
    /// The file as it is written, if its text is known.
    written: Option<&'a FileDescriptorProto>,
    mistakes: &'a mut Mistakes,
}

impl Reader<'_> {
    fn file(&mut self, file: &FileDescriptor, package: &mut Package) {
        package.files.push(file.name().to_owned());
        package.messages.extend(file.messages().map(|message| self.message(&message)));
        package.enums.extend(file.enums().map(|item| self.enumeration(&item)));
    }

    fn service(&mut self, service: &ServiceDescriptor) -> Service {
        let path = service.path();
        let name = self.spanned(service.name(), path, &[tag::NAME]);
        let options = Options::new(service.options(), path, tag::SERVICE_OPTIONS);
        let part = |option, derived: &str| {
            RouteText::new(self.text_option(&options, option), derived, &name)
        };
        let server = part("connector.server", service.package_name());
        let handler = part("connector.handler", &service.name().to_lower_camel_case());
        let prefix = format!("{}.{}", server.text.value, handler.text.value);
        Service {
            docs: self.locations.docs(path),
            plugin: self.text_option(&options, "connector.plugin"),
            deprecated: options.deprecated(),
            methods: service.methods().map(|method| self.method(&method, &prefix)).collect(),
            name,
            server,
            handler,
        }
    }

    fn method(&mut self, method: &MethodDescriptor, prefix: &str) -> Method {
        let path = method.path();
        let name = self.spanned(method.name(), path, &[tag::NAME]);
        let options = Options::new(method.options(), path, tag::METHOD_OPTIONS);
        let derived = format!("{prefix}.{}", method.name().to_lower_camel_case());
        let route = self.text_option(&options, "connector.route");
        let stream = |tag| self.locations.place(path, &[tag]);
        let streams = Streams {
            input: method.is_client_streaming().then(|| stream(tag::METHOD_CLIENT_STREAMING)),
            output: method.is_server_streaming().then(|| stream(tag::METHOD_SERVER_STREAMING)),
        };
        Method {
            docs: self.locations.docs(path),
            route: RouteText::new(route, &derived, &name),
            code: self.code_option(&options, "connector.code"),
            notify: self.flag_option(&options, "connector.notify"),
            order: self.order_option(&options),
            timeout: self.timeout_option(&options),
            json: self.flag_option(&options, "connector.json"),
            input: self.spanned(method.input().full_name(), path, &[tag::METHOD_INPUT]),
            output: self.spanned(method.output().full_name(), path, &[tag::METHOD_OUTPUT]),
            as_written: self.as_written(path),
            streams,
            deprecated: options.deprecated(),
            name,
        }
    }

    /// The names that a method takes and returns, as they are written.
    fn as_written(&self, path: &[i32]) -> Option<[String; 2]> {
        let [_, service, _, method] = path else { return None };
        let service = self.written?.service.get(usize::try_from(*service).ok()?)?;
        let method: &MethodDescriptorProto = service.method.get(usize::try_from(*method).ok()?)?;
        Some([method.input_type().to_owned(), method.output_type().to_owned()])
    }

    fn spanned(&self, text: &str, item: &[i32], part: &[i32]) -> Spanned<String> {
        Spanned::new(text.to_owned(), self.locations.place(item, part))
    }
}

impl RouteText {
    /// An option's text, or else one that is derived from `name`.
    fn new(option: Option<Spanned<String>>, derived: &str, name: &Spanned<String>) -> Self {
        match option {
            Some(text) => Self { text, explicit: true },
            None => {
                Self { text: Spanned::new(derived.to_owned(), name.place.clone()), explicit: false }
            }
        }
    }
}
