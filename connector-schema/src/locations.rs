//! Places and comments of a file's items.

use std::collections::HashMap;
use std::sync::Arc;

use prost_types::FileDescriptorProto;
use prost_types::source_code_info::Location;

use crate::place::Place;

/// The places and comments of a file's items, by the items' paths: protobuf
/// addresses an item by the tags and indices that lead to its descriptor.
pub(crate) struct Locations<'a> {
    /// The file, as the user would open it.
    file: Arc<str>,
    by_path: HashMap<&'a [i32], &'a Location>,
}

impl<'a> Locations<'a> {
    pub(crate) fn new(file: Arc<str>, descriptor: &'a FileDescriptorProto) -> Self {
        let mut by_path = HashMap::new();
        for location in descriptor.source_code_info.iter().flat_map(|info| &info.location) {
            by_path.entry(&*location.path).or_insert(location);
        }
        Self { file, by_path }
    }

    /// The place of an item's part; if that is not written, the place of the
    /// item.
    pub(crate) fn place(&self, item: &[i32], part: &[i32]) -> Place {
        let path = [item, part].concat();
        for length in (1..=path.len()).rev() {
            if let Some(place) = self.find(&path[..length]) {
                return place;
            }
        }
        Place::new(&self.file, 1, 1)
    }

    /// The place of what has exactly this path.
    pub(crate) fn find(&self, path: &[i32]) -> Option<Place> {
        let [line, column, ..] = &*self.by_path.get(path)?.span else { return None };
        let from_one = |number: &i32| usize::try_from(*number).unwrap_or_default() + 1;
        Some(Place::new(&self.file, from_one(line), from_one(column)))
    }

    /// The comments before and behind an item, as text. A comment that an
    /// empty line separates from the item is not one of its own.
    pub(crate) fn docs(&self, item: &[i32]) -> String {
        let Some(location) = self.by_path.get(item) else { return String::new() };
        let comments = [&location.leading_comments, &location.trailing_comments];
        let texts = comments.into_iter().flatten().map(|comment| text(comment));
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
    }
}

/// A comment without the space behind each `//`.
fn text(comment: &str) -> String {
    let lines = comment.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    lines.collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned()
}
