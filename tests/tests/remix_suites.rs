//! Each test that `remix-suites.md` names for a behaviour of Remix's suites exists.
#![allow(clippy::unwrap_used)]

use std::path::Path;

/// The behaviours of each suite.
const SUITES: [(&str, usize); 4] =
    [("abstract", 20), ("connector", 9), ("engine", 22), ("service", 14)];

#[test]
fn each_behaviour_of_remixs_suites_has_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let table = std::fs::read_to_string(root.join("tests/remix-suites.md")).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| suite"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    for (suite, behaviours) in SUITES {
        let found = rows.iter().filter(|row| row[0] == suite).count();
        assert_eq!(found, behaviours, "{suite}");
    }
    assert_eq!(rows.len(), SUITES.iter().map(|(_, behaviours)| behaviours).sum());
    for row in rows {
        let [_, behaviour, test, file] = row[..] else { panic!("{row:?}") };
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let test = format!("fn {}()", test.trim_matches('`'));
        let found = text.find(&test).unwrap_or_else(|| panic!("{behaviour}: no {test} in {file}"));
        let before = text[..found].trim_end().trim_end_matches("async").trim_end();
        assert!(before.ends_with(']'), "{behaviour}: {test} in {file} is no test");
    }
}
