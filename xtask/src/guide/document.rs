//! A page as steps: the files in its code blocks, and the commands in its consoles.

/// What a reader of the page does.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// Writes a file, named at the end of the line before its code.
    Write { path: String, text: String },
    /// Enters a folder.
    Enter(String),
    /// Runs the commands of a block, one after the other.
    Run(Vec<Command>),
}

/// A command behind a `$`.
#[derive(Debug, PartialEq)]
pub(super) struct Command {
    pub(super) line: String,
    /// Whether the page says that it keeps running, while the reader goes on.
    pub(super) keeps_running: bool,
    /// What it prints among other things, in this order.
    pub(super) prints: Vec<String>,
}

/// The comment behind a command that does not end by itself.
const KEEPS_RUNNING: &str = "# keeps running";

/// Returns the steps of a page.
///
/// # Errors
/// A block of code that has no file and is not a console, with its line.
pub(super) fn steps(page: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut lines = page.lines().enumerate();
    let mut before = "";
    while let Some((number, line)) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else {
            before = if line.is_empty() { before } else { line };
            continue;
        };
        let block: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        if kind == "console" {
            steps.extend(console(&block));
        } else {
            let path = file(before).ok_or_else(|| {
                format!("line {}: the line before the block does not end with a file", number + 1)
            })?;
            steps.push(Step::Write { path: path.to_owned(), text: block.join("\n") + "\n" });
        }
        before = "";
    }
    Ok(steps)
}

/// Returns the file that a line names at its end, such as "Write these lines to `Cargo.toml`:".
fn file(line: &str) -> Option<&str> {
    line.strip_suffix("`:")?.rsplit_once('`').map(|(_, path)| path)
}

/// Returns the steps of a console.
fn console(block: &[&str]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut commands = Vec::<Command>::new();
    for line in block {
        let Some(line) = line.strip_prefix("$ ") else {
            if let Some(command) = commands.last_mut() {
                command.prints.push((*line).to_owned());
            }
            continue;
        };
        if let Some(folder) = line.strip_prefix("cd ") {
            steps.extend((!commands.is_empty()).then(|| Step::Run(std::mem::take(&mut commands))));
            steps.push(Step::Enter(folder.to_owned()));
            continue;
        }
        let command = line.strip_suffix(KEEPS_RUNNING);
        commands.push(Command {
            line: command.unwrap_or(line).trim_end().to_owned(),
            keeps_running: command.is_some(),
            prints: Vec::new(),
        });
    }
    steps.extend((!commands.is_empty()).then_some(Step::Run(commands)));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str, keeps_running: bool, prints: &[&str]) -> Command {
        let prints = prints.iter().map(|line| (*line).to_owned()).collect();
        Command { line: line.to_owned(), keeps_running, prints }
    }

    #[test]
    fn a_page_is_files_and_commands() {
        let page = "# A page\n\nWrite `a` to `src/b.rs`:\n\n```rust\nfn b() {}\n\nfn c() {}\n```\n\n\
                    ```console\n$ cargo new d\n$ cd d\n$ cargo run   # keeps running\nready\n\
                    $ cargo test\nok. 1 passed\n```\n";
        let expected = [
            Step::Write { path: "src/b.rs".into(), text: "fn b() {}\n\nfn c() {}\n".into() },
            Step::Run(vec![command("cargo new d", false, &[])]),
            Step::Enter("d".into()),
            Step::Run(vec![
                command("cargo run", true, &["ready"]),
                command("cargo test", false, &["ok. 1 passed"]),
            ]),
        ];
        assert_eq!(steps(page), Ok(expected.into()));
    }

    #[test]
    fn code_that_nothing_compiles_is_an_error() {
        for before in ["", "As in `a.rs`.\n\n", "`a.rs`:\n\n```rust\n```\n\n"] {
            let page = format!("{before}```rust\nfn a() {{}}\n```\n");
            let line = before.lines().count() + 1;
            let error = "the line before the block does not end with a file";
            assert_eq!(steps(&page), Err(format!("line {line}: {error}")), "{page}");
        }
    }
}
