//! Errors of protox, with all that is known about their places.

use std::sync::Arc;

use miette::{Diagnostic, SourceCode};
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto};

use crate::locations::Locations;
use crate::place::Place;
use crate::sources::{Source, Sources, end};

/// One of protox's errors.
pub(super) struct Found<'a> {
    pub(super) what: String,
    pub(super) help: Option<String>,
    /// The places that it names, in the order of protox: of a thing that there is twice, the
    /// first one first.
    pub(super) places: Vec<Place>,
    /// The name of the file.
    pub(super) file: &'a str,
    pub(super) sources: &'a Sources,
}

impl<'a> Found<'a> {
    pub(super) fn new(
        found: &dyn Diagnostic,
        text: Option<&dyn SourceCode>,
        file: &'a str,
        sources: &'a Sources,
    ) -> Self {
        let text = found.source_code().or(text);
        let mut new = Self {
            what: found.to_string(),
            help: found.help().map(|help| help.to_string()),
            places: Vec::new(),
            file,
            sources,
        };
        let shown = new.shown();
        new.places = found
            .labels()
            .into_iter()
            .flatten()
            .filter_map(|label| {
                let span = text?.read_span(label.inner(), 0, 0).ok()?;
                Some(Place::new(&shown, span.line() + 1, span.column() + 1))
            })
            .collect();
        new
    }

    /// The place to edit, if protox names one.
    pub(super) fn place(&self) -> Option<Place> {
        self.places.first().cloned()
    }

    /// Of a thing that there is twice, the place of the second, and a text that names the
    /// first.
    pub(super) fn twice(&self) -> (Option<Place>, String) {
        match &*self.places {
            [first, second, ..] => (Some(second.clone()), format!(" ({first})")),
            _ => (self.place(), String::new()),
        }
    }

    /// The parts of the text in quotes.
    pub(super) fn quoted(&self) -> Vec<&str> {
        self.what.split('\'').skip(1).step_by(2).collect()
    }

    /// Returns `true` for two fields of one name, which protox tells as such, too.
    pub(super) fn is_told_better(&self) -> bool {
        let is_camel_case = self.what.starts_with("camel-case name of field");
        matches!(&*self.quoted(), [one, two] if is_camel_case && one == two)
    }

    pub(super) fn source(&self) -> Option<&'a Source> {
        self.sources.get(self.file)
    }

    /// The file as it is written, if it can be parsed.
    pub(super) fn written(&self) -> Option<&'a FileDescriptorProto> {
        self.source()?.written.as_ref()
    }

    /// The path of the file.
    pub(super) fn shown(&self) -> Arc<str> {
        let source = self.sources.get(self.file);
        source.map_or_else(|| self.file.into(), |source| source.shown(self.file).into())
    }

    /// The text of the line from the place on.
    pub(super) fn rest(&self) -> Option<&'a str> {
        Some(self.line()?.1)
    }

    /// The text of the line up to the place.
    pub(super) fn before(&self) -> Option<&'a str> {
        Some(self.line()?.0)
    }

    /// The line of the place, cut there.
    fn line(&self) -> Option<(&'a str, &'a str)> {
        let place = self.place()?;
        let text = self.source()?.text.as_deref()?;
        let line = text.split('\n').nth(place.line() - 1)?;
        line.split_at_checked(place.column() - 1)
    }

    /// The place of the first line before the mistake that has this text.
    pub(super) fn earlier(&self, text: &str) -> Option<Place> {
        let lines = self.source()?.text.as_deref()?.lines().take(self.place()?.line() - 1);
        let (index, line) = lines.enumerate().filter(|(_, line)| line.contains(text)).last()?;
        let column = line.len() - line.trim_start().len();
        Some(Place::new(&self.shown(), index + 1, column + 1))
    }

    /// The place behind the end of the file.
    pub(super) fn end(&self) -> Option<Place> {
        Some(end(&self.shown(), self.source()?.text.as_deref()?))
    }

    /// The place of an item of the file, by its path in the descriptor.
    pub(super) fn place_of(&self, path: &[i32]) -> Option<Place> {
        place_of(self.written()?, &self.shown(), path)
    }
}

/// An enum with its path in the descriptor of its file.
pub(super) fn enums(file: &FileDescriptorProto) -> Vec<(&EnumDescriptorProto, Vec<i32>)> {
    let of_file = file.enum_type.iter().zip(0..).map(|(item, index)| (item, vec![5, index]));
    let mut enums: Vec<_> = of_file.collect();
    for (message, path) in messages(file) {
        let inner = message.enum_type.iter().zip(0..);
        enums.extend(inner.map(|(item, index)| (item, [&*path, &[4, index]].concat())));
    }
    enums
}

/// All messages of a file, with their paths in its descriptor.
pub(super) fn messages(file: &FileDescriptorProto) -> Vec<(&DescriptorProto, Vec<i32>)> {
    let of_file = file.message_type.iter().zip(0..).map(|(item, index)| (item, vec![4, index]));
    let mut messages: Vec<_> = of_file.collect();
    let mut next = 0;
    while let Some((message, path)) = messages.get(next).cloned() {
        let inner = message.nested_type.iter().zip(0..);
        messages.extend(inner.map(|(item, index)| (item, [&*path, &[3, index]].concat())));
        next += 1;
    }
    messages
}

/// The place of an item, by its path in the descriptor.
pub(super) fn place_of(
    file: &FileDescriptorProto,
    shown: &Arc<str>,
    path: &[i32],
) -> Option<Place> {
    Locations::new(shown.clone(), file).find(path)
}
