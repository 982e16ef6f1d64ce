//! Inputs that failed once, in `found/<target>/`, a file each.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Returns the inputs that failed before, in the order of the files' names.
pub fn inputs(target: &str) -> Vec<Vec<u8>> {
    let Ok(files) = fs::read_dir(folder(target)) else { return Vec::new() };
    let mut files: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    files.sort();
    files.iter().filter_map(|file| fs::read(file).ok()).collect()
}

/// Writes an input to its file, and returns the path.
///
/// # Errors
/// The file cannot be written.
pub fn keep(target: &str, input: &[u8]) -> io::Result<PathBuf> {
    let folder = folder(target);
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{:016x}", hash(input)));
    fs::write(&file, input)?;
    Ok(file)
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("found").join(target)
}

/// FNV-1a, which gives an input the same name everywhere.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
