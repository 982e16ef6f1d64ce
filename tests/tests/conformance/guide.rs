//! The guide's section about the kit is true.

use std::fmt::Write;

use connector::testing::Behaviour;

use crate::connectors::exempt;

const GUIDE: &str = include_str!("../../../docs/connectors.md");

/// Asserts that the guide has a table of exactly these rows behind its head.
fn assert_table(head: &str, rows: &str) {
    let Some((_, table)) = GUIDE.split_once(head) else { panic!("the guide has no `{head}`") };
    let end = table.find("\n\n").map_or(table.len(), |end| end + 1);
    assert_eq!(&table[..end], rows, "the table behind `{head}`");
}

#[test]
fn the_guide_lists_the_behaviours() {
    let mut rows = String::new();
    for behaviour in Behaviour::ALL {
        writeln!(rows, "| `{behaviour}` | {} |", behaviour.demand()).unwrap();
    }
    assert_table("| behaviour | requirement |\n|---|---|\n", &rows);
}

#[cfg(target_os = "linux")]
#[test]
fn the_guide_lists_the_exemptions_of_the_sdks_connectors() {
    let mut rows = String::new();
    for (connector, exemptions) in exempt() {
        for (behaviour, why) in &exemptions {
            writeln!(rows, "| {connector} | `{behaviour}` | {why} |").unwrap();
        }
        if exemptions.is_empty() {
            writeln!(rows, "| {connector} | none | |").unwrap();
        }
    }
    assert_table("| connector | exempt from | reason |\n|---|---|---|\n", &rows);
}
