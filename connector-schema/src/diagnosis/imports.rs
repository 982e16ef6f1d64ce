//! Imports that lead nowhere, or in a circle.

use super::Diagnosis;
use super::found::{Found, place_of};
use crate::place::Place;
use crate::sources::OPTIONS;

/// The tag of imports in a file's descriptor.
const DEPENDENCY: i32 = 3;

impl Diagnosis<'_> {
    pub(super) fn import(&self, found: &Found<'_>) -> Option<(Option<Place>, String)> {
        if let Some(cycle) = found.what.strip_prefix("import cycle detected: ") {
            let members = members(cycle);
            return Some((closes(&members, found), circle(&members)));
        }
        let name = found.what.strip_prefix("import '")?;
        if let Some(name) = name.strip_suffix("' was listed twice") {
            let first = found.earlier(name).map(|place| format!(" (first at {place})"));
            let first = first.unwrap_or_default();
            let message = format!("`{name}` is imported twice{first}: remove one of the two lines");
            return Some((found.place(), message));
        }
        let name = name.strip_suffix("' not found")?;
        let whole = if name.ends_with(".proto") { name } else { &format!("{name}.proto") };
        let instead = match known(whole) {
            Some(file) => format!("write `import \"{file}\";`"),
            None if whole != name => format!("write `import \"{whole}\";`"),
            None => format!("write its path from {}", self.folders()),
        };
        Some((found.place(), format!("there is no file `{name}` to import: {instead}")))
    }
}

/// The file that ships with this crate, or with protobuf, and is meant by a name.
fn known(name: &str) -> Option<&'static str> {
    let (folder, last) = name.rsplit_once('/').unwrap_or(("", name));
    let distance = |file: &str| {
        let file = file.rsplit('/').next().unwrap_or(file);
        strsim::damerau_levenshtein(file, last)
    };
    let is_our_folder = |part: &str| strsim::damerau_levenshtein(part, "connector") <= 2;
    if distance(OPTIONS) <= 2 && (folder.is_empty() || folder.split('/').any(is_our_folder)) {
        return Some(OPTIONS);
    }
    // Of a short name, other letters make the name of another file.
    let most = match last.trim_end_matches(".proto").len() {
        _ if folder == "google/protobuf" => 2,
        0..=6 => 0,
        _ => 1,
    };
    let known = super::types::WELL_KNOWN.iter().map(|(_, file)| (distance(file), *file));
    known.filter(|(distance, _)| *distance <= most).min().map(|(_, file)| file)
}

/// The files of a circle. It begins with the same one, whichever file leads to it.
fn members(cycle: &str) -> Vec<&str> {
    let names: Vec<_> = cycle.split(" -> ").collect();
    let Some((last, names)) = names.split_last() else { return names };
    // What leads to the circle is not a part of it.
    let first = names.iter().position(|name| name == last).unwrap_or_default();
    let mut members = names[first..].to_vec();
    let smallest = members.iter().enumerate().min_by_key(|(_, name)| **name);
    let smallest = smallest.map_or(0, |(index, _)| index);
    members.rotate_left(smallest);
    members
}

/// The place of the import that closes a circle.
fn closes(members: &[&str], found: &Found<'_>) -> Option<Place> {
    let (first, last) = (members.first()?, members.last()?);
    let source = found.sources.get(*last)?;
    let file = source.written.as_ref()?;
    let index = file.dependency.iter().position(|name| name == first)?;
    let path = [DEPENDENCY, i32::try_from(index).ok()?];
    place_of(file, &source.shown(last).into(), &path)
}

fn circle(members: &[&str]) -> String {
    let [first, rest @ ..] = members else { return String::new() };
    if rest.is_empty() {
        return "the file imports itself: remove this import".to_owned();
    }
    let names: Vec<_> = members.iter().chain([first]).map(|name| format!("`{name}`")).collect();
    format!(
        "the imports go in a circle, {}: move what both need into a file of its own",
        names.join(" to ")
    )
}

#[cfg(test)]
mod tests {
    use super::{OPTIONS, known};

    #[test]
    fn only_names_that_are_near_lead_to_files_that_ship() {
        let empty = Some("google/protobuf/empty.proto");
        let timestamp = Some("google/protobuf/timestamp.proto");
        for (name, file) in [
            ("options.proto", Some(OPTIONS)),
            ("connector/option.proto", Some(OPTIONS)),
            ("proto/conector/options.proto", Some(OPTIONS)),
            ("connector/entry.proto", None),
            ("gogoproto/options.proto", None),
            ("empty.proto", empty),
            ("protobuf/empty.proto", empty),
            ("google/protobuf/emtpy.proto", empty),
            ("timestmp.proto", timestamp),
            ("google/timestamps.proto", timestamp),
            ("api.proto", None),
            ("army.proto", None),
            ("google/api/api.proto", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(known(name), file, "{name}");
        }
    }
}
