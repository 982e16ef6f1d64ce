//! `xtask/lint-exceptions.txt`: the findings that stay, a line each.

/// The most lines that the file may have.
const MOST: usize = 20;

/// A finding that stays.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exception<'a> {
    /// From the workspace's root, with slashes.
    pub(crate) file: &'a str,
    /// The whole line of the comment, or the whole literal's line.
    pub(crate) text: &'a str,
}

/// Reads `file: text` from each line that is neither empty nor a comment.
///
/// # Errors
/// A line without a colon, or more lines than [`MOST`].
pub(crate) fn parse(source: &str) -> Result<Vec<Exception<'_>>, String> {
    let lines = source.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let exceptions = lines
        .map(|line| match line.split_once(": ") {
            Some((file, text)) => Ok(Exception { file, text: text.trim() }),
            None => Err(format!("`{line}` has no colon: write `file: text`")),
        })
        .collect::<Result<Vec<_>, _>>()?;
    match exceptions.len() {
        ..=MOST => Ok(exceptions),
        count => Err(format!("{count} exceptions: at most {MOST} are allowed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_files_and_texts() {
        let source = "# A comment.\n\na/b.rs: What it is: that.\n";
        let expected = Exception { file: "a/b.rs", text: "What it is: that." };
        assert_eq!(parse(source), Ok(vec![expected]));
    }

    #[test]
    fn refuses_lines_without_a_colon() {
        assert!(parse("a/b.rs\n").is_err());
    }

    #[test]
    fn refuses_more_than_twenty() {
        assert_eq!(parse(&"a: b\n".repeat(20)).map(|all| all.len()), Ok(20));
        assert!(parse(&"a: b\n".repeat(21)).is_err());
    }
}
