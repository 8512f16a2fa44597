//! What the folder holds by its names, and that only its owner reads it.

use super::record::{self, Found};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Digits of a segment's name.
const DIGITS: usize = 12;
const ENDING: &str = "spool";

/// Where lies what could not be read or stored.
pub(super) fn aside(folder: &Path) -> PathBuf {
    folder.join("set-aside")
}

/// The name of a file of records.
pub(super) fn name(stem: &str) -> String {
    format!("{stem}.{ENDING}")
}

/// The numbers of the segments in a folder, the oldest first, and files of other names: parts that
/// were set aside.
pub(super) fn segments(folder: &Path) -> io::Result<(Vec<u64>, Vec<PathBuf>)> {
    let (mut numbers, mut others) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != ENDING) {
            continue;
        }
        match number(&path) {
            Some(number) if path.file_stem().is_some_and(|stem| stem.len() == DIGITS) => {
                numbers.push(number);
            }
            _ => others.push(path),
        }
    }
    numbers.sort_unstable();
    Ok((numbers, others))
}

/// The number with which a segment's name, or that of a part of it, begins.
pub(super) fn number(path: &Path) -> Option<u64> {
    path.file_stem()?.to_str()?.get(..DIGITS)?.parse().ok()
}

/// A folder that only its owner enters.
pub(super) fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o700))
}

/// A file that only its owner reads.
pub(super) fn private_file(path: &Path, new: bool) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(!new)
        .create_new(new)
        .mode(0o600)
        .truncate(false)
        .open(path)
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Counts a segment's records and its bytes, after cutting what broke off at its end.
pub(super) fn look_through(segment: &Path) -> io::Result<(u64, u64)> {
    let bytes = fs::read(segment)?;
    let (mut at, mut reports) = (0, 0);
    while at < bytes.len() {
        match record::next(&bytes, at) {
            Found::Whole(_, end) => (at, reports) = (end, reports + 1),
            Found::Damaged(end) => at = end,
            Found::Rest => {
                metrics::counter!("msaada_spool_torn_total").increment(1);
                tracing::warn!(
                    segment = %segment.display(),
                    bytes = bytes.len() - at,
                    "a record of the spool broke off before it was acknowledged and is cut"
                );
                let file = private_file(segment, false)?;
                file.set_len(at as u64)?;
                file.sync_all()?;
                break;
            }
        }
    }
    Ok((reports, at as u64))
}
