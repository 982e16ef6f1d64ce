//! Whatever is asked for, nothing outside of the root is touched.
// They need devices, FIFOs and exchanged names.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use tempfile::TempDir;

use super::*;

/// A root, beside which lies what nobody may touch.
struct Fixture {
    temporary: TempDir,
    root: Root,
}

impl Fixture {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        fs::create_dir_all(temporary.path().join("served/src")).unwrap();
        fs::create_dir(temporary.path().join("outside")).unwrap();
        fs::write(temporary.path().join("served/src/a.sol"), "contract A {}").unwrap();
        fs::write(temporary.path().join("outside/secret"), "secret").unwrap();
        let root = Root::open(&temporary.path().join("served"), true).unwrap();
        Self { temporary, root }
    }

    /// A path beside the root.
    fn beside(&self, path: &str) -> PathBuf {
        self.temporary.path().join(path)
    }

    /// A path within the root.
    fn within(&self, path: &str) -> PathBuf {
        self.temporary.path().join("served").join(path)
    }

    fn names(&self, path: &str) -> Vec<String> {
        self.root.list(path).unwrap().into_keys().collect()
    }

    fn assert_outside_is_untouched(&self) {
        assert_eq!(fs::read_to_string(self.beside("outside/secret")).unwrap(), "secret");
        assert_eq!(fs::read_dir(self.beside("outside")).unwrap().count(), 1);
    }
}

/// What each operation says about a path, by name.
fn all(root: &Root, path: &str) -> Vec<(&'static str, Result<String, FileError>)> {
    let done = |result: Result<(), FileError>| result.map(|()| String::new());
    vec![
        ("list", root.list(path).map(|list| format!("{list:?}"))),
        ("read", root.read(path)),
        ("exists", root.exists(path).map(|exists| exists.to_string())),
        ("is_directory", root.is_directory(path).map(|is| is.to_string())),
        ("write", done(root.write(path, "overwritten"))),
        ("make_directory", done(root.make_directory(path))),
        ("rename from", done(root.rename(path, "stolen"))),
        ("rename to", done(root.rename("src/a.sol", path))),
        ("remove", done(root.remove(path))),
    ]
}

fn text<T: std::fmt::Debug>(result: Result<T, FileError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn files_are_written_read_listed_renamed_and_removed() {
    let files = Fixture::new();
    let root = &files.root;
    assert_eq!(root.read("src/a.sol").unwrap(), "contract A {}");
    root.write("src/a.sol", "é漢").unwrap();
    assert_eq!(root.read("src/a.sol").unwrap(), "é漢");
    root.write("new/deep/b.sol", "").unwrap();
    assert_eq!(root.read("new/deep/b.sol").unwrap(), "");
    root.make_directory("lib/openzeppelin").unwrap();
    assert_eq!(
        root.list("").unwrap().into_iter().collect::<Vec<_>>(),
        ["lib", "new", "src"].map(|name| (name.to_owned(), Entry { is_directory: true }))
    );
    assert_eq!(files.names("src"), ["src/a.sol"]);
    root.rename("src/a.sol", "lib/c.sol").unwrap();
    root.rename("new", "lib/new").unwrap();
    assert_eq!(files.names("lib"), ["lib/c.sol", "lib/new", "lib/openzeppelin"]);
    assert!(!root.list("lib").unwrap()["lib/c.sol"].is_directory);
    assert!(root.exists("lib/new/deep/b.sol").unwrap());
    assert!(!root.exists("new").unwrap());
    assert!(!root.exists("lib/c.sol/x").unwrap());
    assert!(root.is_directory("lib").unwrap());
    assert!(!root.is_directory("lib/c.sol").unwrap());
    assert_eq!(text(root.is_directory("new")), "`new` does not exist");
    root.remove("lib/c.sol").unwrap();
    root.remove("lib").unwrap();
    assert_eq!(files.names(""), ["src"]);
}

#[test]
fn nothing_is_written_unless_that_is_allowed() {
    let files = Fixture::new();
    let root = Root::open(&files.within(""), false).unwrap();
    for (operation, result) in all(&root, "src/b.sol").into_iter().skip(4) {
        let said = text(result);
        assert!(said.contains("read-only"), "{operation}: {said}");
        assert!(said.contains("--write"), "{operation}: {said}");
    }
    assert_eq!(files.names("src"), ["src/a.sol"]);
    assert_eq!(root.read("src/a.sol").unwrap(), "contract A {}");
}

#[test]
fn paths_begin_at_the_root_as_in_remix() {
    let files = Fixture::new();
    for path in ["src/a.sol", "/src/a.sol", "//src/a.sol", "./src/./a.sol", "src/../src//a.sol"] {
        assert_eq!(files.root.read(path).unwrap(), "contract A {}", "{path}");
    }
    for path in ["src", "/src", "src/", "./src", "src/."] {
        assert_eq!(files.names(path), ["src/a.sol"], "{path}");
    }
    for path in ["", "/", ".", "./", "src/.."] {
        assert!(files.root.is_directory(path).unwrap(), "{path}");
    }
    assert_eq!(files.names("/"), ["src"]);
}

#[test]
fn no_path_leads_out() {
    let files = Fixture::new();
    let secret = files.beside("outside/secret");
    let secret = secret.to_str().unwrap();
    for path in ["..", "../", "../outside", "../outside/secret", "src/../../outside/secret"] {
        for (operation, result) in all(&files.root, path) {
            let said = text(result);
            assert!(
                said.contains("leads outside") || said.contains("does not end with a name"),
                "{operation} of {path}: {said}"
            );
        }
    }
    // An absolute path is one within the root.
    assert_eq!(text(files.root.read(secret)), format!("`{}` does not exist", &secret[1..]));
    assert_eq!(text(files.root.read("/etc/passwd")), "`etc/passwd` does not exist");
    assert!(!files.root.exists("/etc/passwd").unwrap());
    files.root.write("/etc/passwd", "mine").unwrap();
    assert_eq!(files.names("etc"), ["etc/passwd"]);
    files.assert_outside_is_untouched();
}

#[test]
fn the_root_itself_stays() {
    let files = Fixture::new();
    for path in ["", "/", ".", "src/.."] {
        let root = &files.root;
        for (operation, said) in [
            ("remove", text(root.remove(path))),
            ("rename", text(root.rename(path, "elsewhere"))),
            ("rename to", text(root.rename("src", path))),
            ("write", text(root.write(path, "x"))),
            ("make_directory", text(root.make_directory(path))),
        ] {
            assert!(
                said.contains("does not end with a name") || said.contains("is a directory"),
                "{operation} of `{path}`: {said}"
            );
        }
    }
    assert_eq!(files.names("src"), ["src/a.sol"]);
}

#[test]
fn links_lead_nowhere_outside() {
    let files = Fixture::new();
    symlink(files.beside("outside/secret"), files.within("file")).unwrap();
    symlink("../outside/secret", files.within("relative")).unwrap();
    symlink(files.beside("outside"), files.within("directory")).unwrap();
    symlink("../outside/new", files.within("dangling")).unwrap();
    symlink("relative", files.within("chained")).unwrap();
    let paths = ["file", "relative", "directory/secret", "directory/new", "dangling", "chained"];
    for path in paths {
        for (operation, said) in [
            ("read", text(files.root.read(path))),
            ("exists", text(files.root.exists(path))),
            ("is_directory", text(files.root.is_directory(path))),
            ("write", text(files.root.write(path, "overwritten"))),
        ] {
            assert_eq!(
                said,
                format!("`{path}` leads outside of the served directory"),
                "{operation}"
            );
        }
    }
    for said in [
        text(files.root.list("directory")),
        text(files.root.remove("directory/secret")),
        text(files.root.make_directory("directory/new")),
        text(files.root.rename("directory/secret", "stolen")),
        text(files.root.rename("src/a.sol", "directory/new")),
    ] {
        assert!(said.ends_with("leads outside of the served directory"), "{said}");
    }
    assert!(!files.root.list("").unwrap()["directory"].is_directory);
    // What is done to a link is done to the link.
    files.root.rename("directory", "renamed").unwrap();
    files.root.remove("renamed").unwrap();
    files.root.remove("file").unwrap();
    assert!(!files.names("").contains(&"renamed".to_owned()));
    files.assert_outside_is_untouched();
}

#[test]
fn a_directory_is_removed_without_what_its_links_lead_to() {
    let files = Fixture::new();
    fs::create_dir(files.within("kept")).unwrap();
    fs::write(files.within("kept/x"), "x").unwrap();
    symlink(files.beside("outside"), files.within("src/out")).unwrap();
    symlink("../kept", files.within("src/in")).unwrap();
    files.root.remove("src").unwrap();
    assert_eq!(files.names(""), ["kept"]);
    assert_eq!(files.names("kept"), ["kept/x"]);
    files.assert_outside_is_untouched();
}

#[test]
fn links_within_the_root_are_followed() {
    let files = Fixture::new();
    fs::create_dir(files.within("lib")).unwrap();
    symlink("../src", files.within("lib/link")).unwrap();
    symlink("a.sol", files.within("src/same")).unwrap();
    symlink("new.sol", files.within("src/dangling")).unwrap();
    assert_eq!(files.root.read("lib/link/a.sol").unwrap(), "contract A {}");
    assert!(files.root.list("lib").unwrap()["lib/link"].is_directory);
    files.root.write("lib/link/same", "changed").unwrap();
    assert_eq!(files.root.read("src/a.sol").unwrap(), "changed");
    assert!(files.within("src/same").is_symlink());
    assert!(!files.root.exists("src/dangling").unwrap());
    files.root.write("src/dangling", "made").unwrap();
    assert_eq!(files.root.read("src/new.sol").unwrap(), "made");
    symlink("loop", files.within("loop")).unwrap();
    assert!(text(files.root.read("loop")).starts_with("`loop`: "));
}

#[test]
fn what_takes_the_place_of_a_file_behind_the_check_is_refused() {
    let files = Fixture::new();
    let made = Command::new("mkfifo").arg(files.within("fifo")).status().unwrap();
    assert!(made.success());
    symlink("../outside/secret", files.within("link")).unwrap();
    symlink("../outside/new", files.within("dangling")).unwrap();
    symlink("../outside", files.within("directory")).unwrap();
    for (path, said) in [
        ("link", "leads outside of the served directory"),
        ("dangling", "leads outside of the served directory"),
        ("directory/secret", "leads outside of the served directory"),
        ("directory/new", "leads outside of the served directory"),
        ("src", "is a directory, not a file"),
        ("fifo", "is neither a file nor a directory"),
    ] {
        let opened = files.root.opened(path, OpenOptions::new().read(true));
        assert_eq!(text(opened), format!("`{path}` {said}"));
        let opened = files.root.opened(path, OpenOptions::new().write(true).create(true));
        // Nobody reads the FIFO.
        let said =
            if path == "fifo" { "`fifo`: No such device" } else { &format!("`{path}` {said}") };
        assert!(text(opened).starts_with(said));
    }
    files.assert_outside_is_untouched();
}

/// Runs operations while another thread puts links out of the root in the place of a file
/// and of a directory, and back.
#[test]
fn a_link_that_is_put_there_at_the_last_moment_leads_nowhere() {
    let files = Fixture::new();
    symlink(files.beside("outside/secret"), files.beside("file link")).unwrap();
    symlink(files.beside("outside"), files.beside("directory link")).unwrap();
    fs::write(files.within("file"), "mine").unwrap();
    fs::create_dir(files.within("directory")).unwrap();
    fs::write(files.within("directory/secret"), "mine").unwrap();
    let swap = |name: &str, link: &str| {
        let (inner, outer) = (files.within(name), files.beside(link));
        renameat_with(CWD, inner, CWD, outer, RenameFlags::EXCHANGE).unwrap();
    };
    let checks = || {
        let [mut read, mut refused] = [0, 0];
        for round in 0.. {
            for path in ["file", "directory/secret"] {
                match files.root.read(path) {
                    Ok(text) => {
                        read += 1;
                        assert_eq!(text, "mine");
                    }
                    Err(FileError::Outside(_)) => refused += 1,
                    // The system gives up after some renames.
                    Err(FileError::Missing(_) | FileError::System { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
                // Within the root it writes the same, so that what is read stays known.
                let _ = files.root.write(path, "mine");
                let _ = files.root.write("directory/new", "new");
                let _ = files.root.remove("directory/new");
                let _ = files.root.make_directory("directory/made");
                let _ = files.root.rename("directory/made", "directory/new");
                let _ = files.root.remove("directory/new");
                if let Ok(list) = files.root.list("directory") {
                    assert!(list.len() <= 3, "{list:?}");
                }
            }
            if round >= 2000 && read >= 50 && refused >= 50 {
                break;
            }
        }
    };
    thread::scope(|scope| {
        let checks = scope.spawn(checks);
        while !checks.is_finished() {
            swap("file", "file link");
            swap("directory", "directory link");
        }
    });
    files.assert_outside_is_untouched();
}

#[test]
fn special_files_are_refused_and_make_nobody_wait() {
    let files = Fixture::new();
    let made = Command::new("mkfifo").arg(files.within("fifo")).status().unwrap();
    assert!(made.success());
    let _listener = std::os::unix::net::UnixListener::bind(files.within("socket")).unwrap();
    for path in ["fifo", "socket"] {
        let said = format!("`{path}` is neither a file nor a directory");
        assert_eq!(text(files.root.read(path)), said);
        assert_eq!(text(files.root.write(path, "x")), said);
        assert!(files.root.exists(path).unwrap());
        assert!(!files.root.is_directory(path).unwrap());
    }
    assert!(!files.root.list("").unwrap()["fifo"].is_directory);
    files.root.remove("fifo").unwrap();
}

#[test]
fn devices_and_files_without_a_length_are_bounded() {
    let devices = Root::open(Path::new("/dev"), true).unwrap();
    for path in ["zero", "null", "tty"] {
        let said = format!("`{path}` is neither a file nor a directory");
        assert_eq!(text(devices.read(path)), said);
        assert_eq!(text(devices.write(path, "x")), said);
    }
    let system = Root::open(Path::new("/proc"), false).unwrap();
    assert!(system.read("version").unwrap().contains("Linux"));
    // The links of /proc/self lead by other ways than their texts.
    assert!(system.read("self/root/etc/passwd").is_err());
    assert!(system.list("self/cwd").is_err());
}

#[test]
fn names_of_devices_elsewhere_are_names_here() {
    let files = Fixture::new();
    for name in ["CON", "NUL", "aux.txt", "COM1", "C:", r"C:\secret", "a:b", r"..\outside"] {
        files.root.write(name, name).unwrap();
        assert_eq!(files.root.read(name).unwrap(), name);
        files.root.remove(name).unwrap();
    }
    files.assert_outside_is_untouched();
}

#[test]
fn case_is_that_of_the_file_system() {
    let files = Fixture::new();
    fs::write(files.within("Case"), "upper").unwrap();
    let is_sensitive = !files.within("case").exists();
    assert_eq!(files.root.exists("case").unwrap(), !is_sensitive);
    if is_sensitive {
        files.root.write("case", "lower").unwrap();
        assert_eq!(files.root.read("Case").unwrap(), "upper");
        assert_eq!(text(files.root.rename("case", "Case")), "`Case` exists already");
    }
}

#[test]
fn long_files_are_refused() {
    let files = Fixture::new();
    let root = &files.root;
    root.write("longest", &"x".repeat(LONGEST)).unwrap();
    assert_eq!(root.read("longest").unwrap().len(), LONGEST);
    let longer = "x".repeat(LONGEST + 1);
    assert_eq!(text(root.write("longest", &longer)), "`longest` is longer than 2097152 bytes");
    assert_eq!(root.read("longest").unwrap().len(), LONGEST, "what was there stays");
    fs::write(files.within("longer"), longer).unwrap();
    assert_eq!(text(root.read("longer")), "`longer` is longer than 2097152 bytes");
    let sparse = fs::File::create(files.within("sparse")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    assert_eq!(text(root.read("sparse")), "`sparse` is longer than 2097152 bytes");
}

#[test]
fn what_is_not_text_is_refused() {
    let files = Fixture::new();
    fs::write(files.within("latin-1"), b"caf\xe9").unwrap();
    fs::write(files.within("binary"), b"\x7fELF\0\xff").unwrap();
    for path in ["latin-1", "binary"] {
        assert_eq!(text(files.root.read(path)), format!("`{path}` is not text in UTF-8"));
    }
    fs::write(files.within("zeros"), "a\0b\u{feff}\r\n").unwrap();
    assert_eq!(files.root.read("zeros").unwrap(), "a\0b\u{feff}\r\n");
}

#[test]
fn names_that_are_not_text_are_left_out() {
    let files = Fixture::new();
    let name = OsStr::from_bytes(b"caf\xe9");
    fs::write(files.within("src").join(name), "x").unwrap();
    fs::write(files.within("src/é\n漢"), "x").unwrap();
    assert_eq!(files.names("src"), ["src/a.sol", "src/é\n漢"]);
    files.root.remove("src").unwrap();
    assert!(files.names("").is_empty(), "they are removed with their directory");
}

#[test]
fn odd_paths_are_errors() {
    let files = Fixture::new();
    for path in ["a\0b".to_owned(), "x".repeat(300), "a/".repeat(1 << 20), "/".repeat(5000) + "\0"]
    {
        for (operation, result) in
            all(&files.root, &path).into_iter().filter(|(operation, _)| *operation != "rename to")
        {
            let said = text(result);
            assert!(said.len() < 400, "{operation}: {said}");
            assert!(!said.contains('\0'), "{operation}: {said}");
        }
    }
    assert_eq!(text(files.root.read("bad\nname")), r"`bad\nname` does not exist");
    assert_eq!(text(files.root.read("src/a.sol/x")), {
        "`src/a.sol/x`, or a part of it, is not a directory"
    });
    assert_eq!(text(files.root.list("src/a.sol")), {
        "`src/a.sol`, or a part of it, is not a directory"
    });
    assert_eq!(text(files.root.read("src")), "`src` is a directory, not a file");
    assert_eq!(text(files.root.write("src", "x")), "`src` is a directory, not a file");
    assert_eq!(files.names("src"), ["src/a.sol"]);
}

#[test]
fn nothing_is_replaced() {
    let files = Fixture::new();
    let root = &files.root;
    root.write("b.sol", "b").unwrap();
    root.make_directory("empty").unwrap();
    symlink("nowhere", files.within("link")).unwrap();
    for to in ["src/a.sol", "src", "empty", "link", "b.sol"] {
        assert_eq!(text(root.rename("b.sol", to)), format!("`{to}` exists already"));
        assert_eq!(text(root.make_directory(to)), format!("`{to}` exists already"));
    }
    assert_eq!(text(root.rename("empty", "src")), "`src` exists already");
    assert_eq!(text(root.rename("nothing", "c.sol")), "`nothing` does not exist");
    assert_eq!(text(root.rename("b.sol", "no/c.sol")), "`no/c.sol` does not exist");
    assert!(text(root.rename("src", "src/inner")).starts_with("`src/inner`: "));
    assert_eq!(root.read("b.sol").unwrap(), "b");
    assert_eq!(root.read("src/a.sol").unwrap(), "contract A {}");
}

#[test]
fn long_lists_are_refused() {
    let files = Fixture::new();
    for number in 0..MOST {
        fs::File::create(files.within(&format!("src/{number}"))).unwrap();
    }
    let said = "`src` has more than 10000 entries, or 2097152 bytes of paths";
    assert_eq!(text(files.root.list("src")), said);
    files.root.remove("src/a.sol").unwrap();
    assert_eq!(files.root.list("src").unwrap().len(), MOST);
    files.root.remove("src").unwrap();
    assert!(!files.root.exists("src").unwrap());
}

#[test]
fn lists_of_long_paths_are_refused() {
    let files = Fixture::new();
    let deep = [&*"d".repeat(250); 15].join("/");
    files.root.make_directory(&deep).unwrap();
    let most = LONGEST / (deep.len() + 4);
    for number in 0..most {
        files.root.write(&format!("{deep}/{number:03}"), "").unwrap();
    }
    assert_eq!(files.root.list(&deep).unwrap().len(), most);
    files.root.write(&format!("{deep}/more"), "").unwrap();
    assert!(text(files.root.list(&deep)).ends_with("2097152 bytes of paths"));
}

#[test]
fn deep_directories_are_removed_from_within() {
    let files = Fixture::new();
    let deep = |levels| ["d"; 200][..levels].join("/");
    files.root.make_directory(&deep(DEEPEST)).unwrap();
    files.root.remove("d").unwrap();
    assert!(!files.root.exists("d").unwrap());
    files.root.make_directory(&deep(DEEPEST + 1)).unwrap();
    files.root.write(&(deep(DEEPEST + 1) + "/file"), "x").unwrap();
    assert_eq!(
        text(files.root.remove("d")),
        "`d` has more than 100 levels of directories: remove the inner ones first"
    );
    files.root.remove(&deep(50)).unwrap();
    files.root.remove("d").unwrap();
    assert_eq!(files.names(""), ["src"]);
}
