//! What is generated, before it is Rust.

use crate::place::Place;

/// All packages, by name.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) packages: Vec<Package>,
}

/// A package, from all files that have a share in it.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its files, as imports name them.
    pub(crate) files: Vec<String>,
    pub(crate) services: Vec<Service>,
    pub(crate) messages: Vec<Message>,
    /// Messages, enums and services: names that become Rust's.
    pub(crate) names: Vec<Word>,
}

/// A word of a schema.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// A service, whose methods are handled together.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: Word,
    pub(crate) server: Part,
    pub(crate) handler: Part,
    pub(crate) methods: Vec<Method>,
}

/// A part of a route that all methods of a service share.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) word: Word,
    /// Written as an option, rather than made of a name.
    pub(crate) written: bool,
}

/// A method, which a route leads to.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) name: Word,
    pub(crate) route: Route,
    pub(crate) notify: bool,
    pub(crate) code: Option<Code>,
    pub(crate) input: Word,
    pub(crate) output: Word,
    /// Where the word `stream` stands.
    pub(crate) stream: Option<Place>,
    pub(crate) deprecated: bool,
}

/// A method's route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) word: Word,
    /// Written as an option, rather than made of names.
    pub(crate) written: bool,
}

/// A number in the dictionary of routes.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) number: u32,
    pub(crate) place: Place,
}

/// A message, nested ones included.
#[derive(Debug)]
pub(crate) struct Message {
    /// With its package.
    pub(crate) name: Word,
    pub(crate) fields: Vec<Field>,
    pub(crate) push: Option<Word>,
    pub(crate) push_code: Option<Code>,
    /// It has a Rust module of its own, for what is nested in it.
    pub(crate) module: bool,
}

/// A field of a message.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: Word,
    pub(crate) number: u32,
    /// Its key in JSON.
    pub(crate) json: String,
    pub(crate) form: Form,
}

/// How a value stands in JSON. Each names a type of the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A scalar or a well-known type.
    Named(&'static str),
    Enum,
    List(Box<Self>),
    Map(Box<Self>),
    /// A type that JSON cannot express without a registry.
    Unknown,
}

impl Package {
    /// `name` within this package.
    pub(crate) fn qualified(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) }
    }
}

impl Method {
    pub(crate) fn takes_nothing(&self) -> bool {
        self.input.text == EMPTY
    }

    pub(crate) fn returns_nothing(&self) -> bool {
        self.output.text == EMPTY
    }
}

/// The message that says nothing.
const EMPTY: &str = "google.protobuf.Empty";
