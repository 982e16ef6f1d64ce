//! The rules: one text in, its findings out.

/// First words of a headless relative clause. rustdoc's index shows the summary
/// alone, where such a clause says nothing.
const CLAUSES: [&str; 8] = ["What", "Who", "Where", "How", "Whether", "Those", "When", "Why"];
/// Words behind "is no" that make it a comparison.
const COMPARISONS: [&str; 8] =
    ["longer", "more", "less", "fewer", "better", "worse", "different", "further"];

/// A text, line by line, each with its number in the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) lines: Vec<(usize, String)>,
}

/// A line that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) rule: Rule,
}

/// The rule that a finding breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A summary or an error text begins with a relative clause.
    Clause,
    /// "is no route" where "is not a route" is meant.
    IsNo,
    /// A log line shows a value by its `Display`, so that a peer may write what follows.
    Log,
}

impl Rule {
    /// The repair, in a few words.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Clause => "begin with a noun phrase or a verb in the third person",
            Self::IsNo => "write \"is not a\" or \"are not\"",
            Self::Log => "show it as a field, with `?` or `%escaped(..)`",
        }
    }
}

impl Text {
    /// Finds a relative clause at the beginning.
    pub(crate) fn clause(&self) -> Option<Finding> {
        let (line, text) = self.lines.first()?;
        let text = text.trim();
        let word = text.split(|char: char| !char.is_alphabetic()).next()?;
        CLAUSES.contains(&word).then(|| Finding {
            line: *line,
            text: text.to_owned(),
            rule: Rule::Clause,
        })
    }

    /// Finds each "is no" and "are no" that neither counts ("there is no") nor
    /// compares ("is no longer").
    pub(crate) fn is_no(&self) -> impl Iterator<Item = Finding> {
        let words = self.words();
        (1..words.len()).filter_map(move |no| {
            let is = words[no - 1].1.trim_start_matches(|char: char| !char.is_alphanumeric());
            let denies = ["is", "are"].iter().any(|verb| is.eq_ignore_ascii_case(verb))
                && words[no].1 == "no";
            let counts = no >= 2 && plain(words[no - 2].1).eq_ignore_ascii_case("there");
            let compares =
                words.get(no + 1).is_some_and(|word| COMPARISONS.contains(&plain(word.1)));
            let line = words[no - 1].0;
            (denies && !counts && !compares).then(|| Finding {
                line: self.lines[line].0,
                text: self.lines[line].1.trim().to_owned(),
                rule: Rule::IsNo,
            })
        })
    }

    /// The words outside of fenced code, each with the index of its line.
    fn words(&self) -> Vec<(usize, &str)> {
        let mut fenced = false;
        let mut words = Vec::new();
        for (index, (_, line)) in self.lines.iter().enumerate() {
            let is_fence = line.trim_start().starts_with("```");
            fenced ^= is_fence;
            if !fenced && !is_fence {
                words.extend(line.split_whitespace().map(|word| (index, word)));
            }
        }
        words
    }
}

/// A word without the punctuation around it.
fn plain(word: &str) -> &str {
    word.trim_matches(|char: char| !char.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &str) -> Text {
        Text { lines: (1..).zip(lines.lines().map(str::to_owned)).collect() }
    }

    fn lines(found: impl IntoIterator<Item = Finding>) -> Vec<usize> {
        found.into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn finds_a_clause_at_the_beginning_alone() {
        for clause in ["What a client says.", " Where it is.", "How's that", "Whether\nor not"] {
            assert_eq!(lines(text(clause).clause()), [1], "{clause}");
        }
        for summary in ["Returns what it is.", "`What` it is.", "Whatever.", "Howler.", ""] {
            assert_eq!(text(summary).clause(), None, "{summary}");
        }
    }

    #[test]
    fn finds_is_no_across_lines() {
        for denial in ["`x` is no route", "they are no bytes", "(it is no `T`)", "Is no text"] {
            assert_eq!(lines(text(denial).is_no()), [1], "{denial}");
        }
        assert_eq!(lines(text("Bytes\nthat are\nno text, or\nwhat is no route").is_no()), [2, 4]);
    }

    #[test]
    fn counts_and_comparisons_are_fine() {
        for fine in [
            "there is no file",
            "Where there\nare no files",
            "it is no longer open",
            "there are no more than two",
            "is no more than two",
            "says no",
            "The answer is no, or is, no doubt, yes.",
            "It is not a route. No route is.",
            "```\nthis is no text\n```",
        ] {
            assert_eq!(lines(text(fine).is_no()), [0; 0], "{fine}");
        }
    }
}
