//! Compilers for other machines than this one: the everyday compiler where it has the target,
//! otherwise Debian's, for which the standard library is made once.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::command::{attempt, cargo, command, exists, output, root, target};

/// Debian's compiler, and the source of its standard library.
const RUSTC: &str = "/usr/bin/rustc";
const SOURCE: &str = "/usr/lib/rustlib/src/rust/library";

/// A target, and how Debian's compiler comes to it.
pub(crate) struct Target {
    /// Its name for the compiler.
    pub(crate) name: &'static str,
    /// The packages of Debian's compiler, of its standard library's source and of the tool.
    pub(crate) packages: &'static [&'static str],
    /// The program besides the compiler that is needed.
    pub(crate) tool: &'static str,
    /// Whether the standard library is linked by that tool. If not, it is only checked, which
    /// is enough to check others.
    pub(crate) links: bool,
    /// The folder in `target` of what belongs to Debian's compiler.
    pub(crate) folder: &'static str,
}

/// A compiler that has a target.
pub(crate) struct Compiler {
    target: &'static Target,
    /// The sysroot of Debian's compiler; none if the everyday compiler has the target.
    sysroot: Option<PathBuf>,
}

impl Target {
    /// Finds a compiler, or installs one beside the everyday one.
    ///
    /// # Errors
    /// The reason that no compiler has the target.
    pub(crate) fn install(&'static self) -> Result<Compiler, String> {
        let mut everyday = command("rustc", &["--print", "target-libdir", "--target", self.name]);
        if output(&mut everyday).is_some_and(|libdir| Path::new(&libdir).is_dir()) {
            return Ok(Compiler { target: self, sysroot: None });
        }
        if self.debian_version().is_none() {
            apt::install(self.packages).map_err(|error| self.missing(&error))?;
        }
        let version = self.debian_version();
        let version =
            version.ok_or_else(|| self.missing("apt's compiler lacks its source or a tool"))?;
        let sysroot = root().join("target").join(self.folder).join(version);
        let compiler = Compiler { target: self, sysroot: Some(sysroot.clone()) };
        if !compiler.library(&sysroot).is_dir() {
            compiler.make_library(&sysroot)?;
        }
        Ok(compiler)
    }

    /// The whole error when apt's compiler cannot be had either.
    fn missing(&self, error: &str) -> String {
        let name = self.name;
        format!(
            "the compiler has no target {name} (`rustup target add {name}` adds it), and apt \
             cannot install one that has: {error}"
        )
    }

    /// The version of Debian's compiler, if it is there with all that is needed.
    fn debian_version(&self) -> Option<String> {
        let is_whole = Path::new(SOURCE).is_dir() && exists(self.tool);
        let version = output(&mut command(RUSTC, &["--version"])).filter(|_| is_whole)?;
        version.split(' ').nth(1).map(str::to_owned)
    }

    /// The name of one of cargo's variables about the target.
    fn variable(&self, what: &str) -> String {
        let name = self.name.to_uppercase().replace('-', "_");
        format!("CARGO_TARGET_{name}_{what}")
    }
}

impl Compiler {
    /// Returns a command of cargo for the target, whose warnings are errors.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = cargo(arguments);
        command.args(["--quiet", "--target", self.target.name]);
        let mut flags = "--deny warnings".to_owned();
        if let Some(sysroot) = &self.sysroot {
            self.use_debian(&mut command);
            flags.push_str(&format!(" --sysroot {}", sysroot.display()));
        }
        command
            .env(self.target.variable("RUSTFLAGS"), flags)
            .env("CARGO_TARGET_DIR", self.outputs());
        command
    }

    /// Returns the folder of the target's outputs, which has one for each profile.
    pub(crate) fn built(&self) -> PathBuf {
        self.outputs().join(self.target.name)
    }

    /// Returns the settings of cargo by which a crate elsewhere is built as by this command.
    pub(crate) fn settings(&self) -> Vec<String> {
        let mut settings = Vec::new();
        let mut flags = "'--deny', 'warnings'".to_owned();
        if let Some(sysroot) = &self.sysroot {
            settings.push(format!("build.rustc = '{RUSTC}'"));
            settings.push(format!("target.{}.linker = '{}'", self.target.name, self.target.tool));
            flags.push_str(&format!(", '--sysroot', '{}'", sysroot.display()));
        }
        settings.push(format!("target.{}.rustflags = [{flags}]", self.target.name));
        settings
    }

    /// Returns cargo's target folder. Another compiler has another place for what it builds.
    pub(crate) fn outputs(&self) -> PathBuf {
        self.sysroot.as_ref().map_or_else(target, |sysroot| sysroot.join("target"))
    }

    fn use_debian(&self, command: &mut Command) {
        command.env("RUSTC", RUSTC);
        if self.target.links {
            command.env(self.target.variable("LINKER"), self.target.tool);
        }
    }

    fn library(&self, sysroot: &Path) -> PathBuf {
        sysroot.join("lib/rustlib").join(self.target.name).join("lib")
    }

    /// Makes the standard library, and keeps it as a sysroot of its own.
    fn make_library(&self, sysroot: &Path) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("the sysroot could not be written: {error}");
        let empty = sysroot.join("empty");
        std::fs::create_dir_all(empty.join("src")).map_err(failed)?;
        std::fs::write(empty.join("src/lib.rs"), "").map_err(failed)?;
        let manifest = "[package]\nname = \"empty\"\nedition = \"2024\"\n[workspace]\n";
        std::fs::write(empty.join("Cargo.toml"), manifest).map_err(failed)?;
        let name = self.target.name;
        let (what, folder, kind) = match self.target.links {
            true => (&["build", "--release"][..], "release", ".rlib"),
            false => (&["check"][..], "debug", ".rmeta"),
        };
        let std = "-Zbuild-std=std,panic_abort,panic_unwind,test,proc_macro";
        let mut make = cargo(what);
        make.args(["--quiet", "--target", name, std]);
        self.use_debian(&mut make);
        if self.target.links {
            // What is optimized when it is linked needs it, and cargo leaves it out.
            make.env(self.target.variable("RUSTFLAGS"), "-C embed-bitcode=yes");
        }
        let target = sysroot.join("std");
        make.current_dir(&empty).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", &target);
        attempt(&mut make)
            .map_err(|error| format!("the standard library cannot be made for {name}: {error}"))?;
        let library = self.library(sysroot);
        let unfinished = library.with_extension("unfinished");
        std::fs::create_dir_all(&unfinished).map_err(failed)?;
        let made = target.join(name).join(folder).join("deps");
        for file in std::fs::read_dir(made).map_err(failed)?.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if name.ends_with(kind) && !name.starts_with("libempty") {
                std::fs::copy(file.path(), unfinished.join(name)).map_err(failed)?;
            }
        }
        std::fs::rename(unfinished, library).map_err(failed)
    }
}
