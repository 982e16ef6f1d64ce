//! Builds and installs the servers, and starts them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use super::process::{Core, pinned};
use super::revision::{self, Revision};
use super::subject::{Program, Server, Subject};
use crate::command::{built, root, target};
use crate::peers::{build_go_programs, install_packages};

/// Files that a program needs beside its connections.
const SPARE_FILES: u64 = 64;

/// Servers that were prepared, and the errors of those that could not be.
#[derive(Default)]
pub(crate) struct Peers {
    prepared: HashMap<&'static str, Result<(), String>>,
    /// Files that a program may have open.
    files: u64,
    /// The commit of `--against`.
    revision: Option<Revision>,
}

impl Peers {
    /// Lets the programs that are started have as many connections as the
    /// system allows.
    pub(crate) fn new() -> Self {
        let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_default();
        Self { files, ..Self::default() }
    }

    /// Adds the servers of a commit that is built already.
    #[must_use]
    pub(crate) fn with_revision(self, revision: Revision) -> Self {
        Self { revision: Some(revision), ..self }
    }

    /// Builds or installs what is missing, once.
    ///
    /// # Errors
    /// The program that is not there, and the reason.
    pub(crate) fn prepare(&mut self, subject: &Subject) -> Result<(), String> {
        if self.files < subject.load.connections as u64 + SPARE_FILES {
            return Err(format!("the limit of open files is {}: raise it", self.files));
        }
        [subject.server.program, subject.load.program()]
            .into_iter()
            .try_for_each(|program| self.prepare_program(program))
    }

    fn prepare_program(&mut self, program: Program) -> Result<(), String> {
        match program {
            Program::Built(_) => Ok(()),
            Program::Revision(name) => match &self.revision {
                Some(revision) => revision.has(name),
                None => Err("no other commit is built".into()),
            },
            Program::Node { folder, .. } => self.once(folder, install_packages),
            Program::Go(folder) => self.once(folder, build_go),
        }
    }

    fn once(
        &mut self,
        folder: &'static str,
        prepare: impl Fn(&str) -> Result<(), String>,
    ) -> Result<(), String> {
        self.prepared.entry(folder).or_insert_with(|| prepare(folder)).clone()
    }

    /// Returns the command that starts a server on its core.
    pub(crate) fn command(&self, server: &Server) -> Command {
        let mut command = self.program(server.program, Core::Server);
        command.args(server.arguments);
        command
    }

    /// Returns the command that starts a program on this core.
    pub(crate) fn program(&self, program: Program, core: Core) -> Command {
        match program {
            Program::Built(name) => pinned(core, built(name)),
            Program::Revision(name) => pinned(core, revision::built(name)),
            Program::Node { folder, script } => {
                let mut node = pinned(core, "node");
                node.arg(root().join(folder).join(script));
                node
            }
            Program::Go(folder) => pinned(core, go_program(folder)),
        }
    }
}

fn build_go(folder: &str) -> Result<(), String> {
    build_go_programs(folder, ".", &go_program(folder))
}

fn go_program(folder: &str) -> PathBuf {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    target().join("bench-peers").join(name)
}
