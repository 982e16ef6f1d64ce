//! Pages that are followed from a clean folder: `docs/game-server.md` by `cargo xtask guide`, and
//! the plugin of `docs/web.md` by `cargo xtask web`.

mod document;
mod folder;
mod plugin;
mod terminal;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;

use crate::command::{exit_code, root, target};
use crate::package::settings;

use self::document::{Step, steps};
use self::folder::{Dependencies, Folder};
pub(crate) use self::plugin::plugin;
use self::terminal::{Outcome, Terminal};

/// The page that is followed.
pub(crate) const PAGE: &str = "docs/game-server.md";

/// The longest that a command may take: it may compile all dependencies.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// Options of a walk through the page.
#[derive(Args)]
pub(crate) struct Options {
    /// Compiles all dependencies anew, in their newest versions, as for a newcomer. Default:
    /// those of this checkout are used.
    #[arg(long)]
    fresh: bool,
}

/// Packages the published crates and follows the page with them.
pub(crate) fn run(options: &Options) -> ExitCode {
    exit_code(settings().map(|settings| follow(&settings, options.fresh).0))
}

/// Follows the page with these settings of cargo: writes its files and runs its commands, with
/// the seconds that each takes. Returns whether all have done what the page says, and the
/// programs that are not installed, whose commands were not run.
pub(crate) fn follow(settings: &[String], fresh: bool) -> (bool, Vec<String>) {
    let started = Instant::now();
    let dependencies = if fresh { Dependencies::Newest } else { Dependencies::Shared(target()) };
    let followed = read(PAGE).and_then(|page| {
        let mut folder = Folder::new(settings, dependencies).map_err(|error| error.to_string())?;
        walk(&steps(&page)?, &mut folder)
    });
    match &followed {
        Ok(_) => println!("{PAGE}: {:.1} s in all", started.elapsed().as_secs_f64()),
        Err(error) => eprintln!("{PAGE}: {error}"),
    }
    (followed.is_ok(), followed.unwrap_or_default())
}

fn read(page: &str) -> Result<String, String> {
    std::fs::read_to_string(root().join(page)).map_err(|error| format!("{page}: {error}"))
}

/// Returns the programs that are not installed.
fn walk(steps: &[Step], folder: &mut Folder) -> Result<Vec<String>, String> {
    let mut terminal = Terminal::new(PATIENCE);
    let mut missing = Vec::new();
    for step in steps {
        match step {
            Step::Write { path, text } => folder.write(path, text)?,
            Step::Enter(name) => folder.enter(name)?,
            Step::Run(commands) => {
                for command in commands {
                    let line = folder.localized(&command.line);
                    let since = Instant::now();
                    let prints: Vec<_> =
                        command.prints.iter().map(|text| folder.localized(text)).collect();
                    let outcome =
                        terminal.run(&line, command.keeps_running, &prints, folder.here())?;
                    println!("{:>7.1} s  $ {line}", since.elapsed().as_secs_f64());
                    if let Outcome::NotInstalled(program) = outcome {
                        println!("not run: {program} is not installed");
                        missing.push(program);
                        break;
                    }
                }
            }
        }
    }
    Ok(missing)
}
