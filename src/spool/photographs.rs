//! Photographs that came with reports while PostgreSQL was away: a file for each, beside the segments.
//!
//! Apart from the words, because a photograph is thousands of times longer and must never take their
//! room: all photographs together may have a quarter of it, and where that is full they are refused
//! and their words are not. A file has its name only once all of it is on the disk, and the name tells
//! nothing but the id of its report. It is removed when the store has it; taken in again after a crash
//! in between it changes nothing, since the same file of the same report has the same id.

use super::NotKept;
use super::folder::{private_file, private_folder, sync_folder};
use crate::case::File;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use uuid::Uuid;

/// Of all that is kept, photographs may have one part in so many.
const SHARE: u64 = 4;
const FOLDER: &str = "photographs";
const ENDING: &str = "photograph";
/// While it is written.
const COMING: &str = "coming";
/// What stands before a file's name: a checksum and how long the name is.
const HEAD: usize = 8;

/// A photograph that is kept: its report, and its name in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photograph {
    /// The report it came with.
    pub report: Uuid,
    path: PathBuf,
}

pub(super) struct Photographs {
    folder: PathBuf,
    aside: PathBuf,
    most: u64,
    count: AtomicU64,
    /// On the disk or on the way there; the segments leave this much free.
    bytes: Arc<AtomicU64>,
    closed: AtomicBool,
}

impl Photographs {
    /// Finds what an earlier process left in a spool's folder.
    pub(super) fn open(
        spool: &Path,
        aside: PathBuf,
        most: u64,
        bytes: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        let folder = spool.join(FOLDER);
        private_folder(&folder)?;
        let photographs = Self {
            folder,
            aside,
            most: most / SHARE,
            count: AtomicU64::new(0),
            bytes,
            closed: AtomicBool::new(false),
        };
        for entry in fs::read_dir(&photographs.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == COMING) {
                // It was never acknowledged.
                fs::remove_file(&path)?;
            } else if of(&path).is_some() {
                let length = fs::metadata(&path)?.len();
                photographs.bytes.fetch_add(length, Ordering::AcqRel);
                photographs.count.fetch_add(1, Ordering::AcqRel);
            }
        }
        Ok(photographs)
    }

    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Keeps a file under its id; the same again does no harm.
    pub(super) fn keep(&self, report: Uuid, id: Uuid, file: &File) -> Result<(), NotKept> {
        if self.closed.load(Ordering::Acquire) {
            return Err(NotKept::Closed);
        }
        let path = self.folder.join(format!("{report}.{id}.{ENDING}"));
        if path.exists() {
            return Ok(());
        }
        let body = written(file);
        let length = body.len() as u64;
        let more = |bytes: u64| bytes.checked_add(length).filter(|all| *all <= self.most);
        self.bytes
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more)
            .map_err(|_| NotKept::Full)?;
        let written = self.write(&path, &body);
        if written.is_ok() {
            self.count.fetch_add(1, Ordering::AcqRel);
        } else {
            self.bytes.fetch_sub(length, Ordering::AcqRel);
        }
        match written.map_err(|error| error.kind()) {
            // Another delivery of it was faster.
            Ok(()) | Err(io::ErrorKind::AlreadyExists) => Ok(()),
            Err(kind) => Err(NotKept::Disk(kind)),
        }
    }

    fn write(&self, path: &Path, body: &[u8]) -> io::Result<()> {
        // A name of its own, so that two deliveries of one photograph do not write into one file.
        let coming = self.folder.join(format!("{}.{COMING}", Uuid::new_v4()));
        let write = || {
            let mut file = private_file(&coming, true)?;
            file.write_all(body)?;
            file.sync_all()?;
            fs::hard_link(&coming, path)
        };
        let written = write();
        // Where it stays, the next process removes it.
        let _ = fs::remove_file(&coming);
        written.and_then(|()| sync_folder(&self.folder))
    }

    /// What is kept at the moment.
    pub(super) fn all(&self) -> io::Result<Vec<Photograph>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            found.extend(of(&path).map(|report| Photograph { report, path }));
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// All of a photograph; none where it is damaged.
    pub(super) fn read(photograph: &Photograph) -> io::Result<Option<File>> {
        Ok(read(&fs::read(&photograph.path)?))
    }

    /// It is in the store.
    pub(super) fn taken(&self, photograph: &Photograph) -> io::Result<()> {
        let length = fs::metadata(&photograph.path)?.len();
        fs::remove_file(&photograph.path)?;
        self.gone(length);
        sync_folder(&self.folder)
    }

    /// It can never be stored: it waits for somebody to look at it.
    pub(super) fn set_aside(&self, photograph: &Photograph) -> io::Result<()> {
        let length = fs::metadata(&photograph.path)?.len();
        let name = photograph.path.file_name().unwrap_or_default();
        fs::rename(&photograph.path, self.aside.join(name))?;
        metrics::counter!("msaada_spool_set_aside_total").increment(1);
        self.gone(length);
        sync_folder(&self.aside)?;
        sync_folder(&self.folder)
    }

    fn gone(&self, length: u64) {
        self.bytes.fetch_sub(length, Ordering::AcqRel);
        self.count.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The report of a photograph, by the name of its file.
fn of(path: &Path) -> Option<Uuid> {
    path.extension().filter(|ending| *ending == ENDING)?;
    let name = path.file_stem()?.to_str()?;
    name.split_once('.')?.0.parse().ok()
}

fn written(file: &File) -> Vec<u8> {
    let name = file.name().as_bytes();
    let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
    let mut body = vec![0; 4];
    body.extend(length.to_le_bytes());
    body.extend(name);
    body.extend(file.bytes());
    let sum = crc32fast::hash(&body[4..]).to_le_bytes();
    body[..4].copy_from_slice(&sum);
    body
}

fn read(body: &[u8]) -> Option<File> {
    let (sum, rest) = body.split_first_chunk::<4>()?;
    if crc32fast::hash(rest) != u32::from_le_bytes(*sum) {
        return None;
    }
    let length = body.get(4..HEAD)?.try_into().ok()?;
    let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
    let (name, bytes) = body.get(HEAD..)?.split_at_checked(length)?;
    File::new(std::str::from_utf8(name).ok()?, bytes.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn file(n: u8) -> File {
        let bytes = [b"\x89PNG\r\n\x1a\n".as_slice(), &[n; 100]].concat();
        File::new("صورة.png", bytes).expect("a picture")
    }

    fn open(folder: &Path, most: u64) -> Photographs {
        let aside = folder.join("set-aside");
        private_folder(&aside).expect("a folder");
        Photographs::open(folder, aside, most, Arc::default()).expect("opened")
    }

    #[test]
    fn a_photograph_is_read_as_it_was_kept_also_by_the_next_process_and_only_by_its_owner() {
        let folder = std::env::temp_dir().join(format!("msaada-{}", Uuid::new_v4()));
        let (report, id) = (Uuid::new_v4(), Uuid::new_v4());
        let first = open(&folder, 4_096);
        for _ in 0..2 {
            first.keep(report, id, &file(1)).expect("kept");
        }
        fs::write(folder.join(FOLDER).join("half.coming"), "broke off").expect("written");
        let next = open(&folder, 4_096);
        let all = next.all().expect("the folder");
        assert_eq!((next.count(), all.len(), all[0].report), (1, 1, report));
        let mode = fs::metadata(&all[0].path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Photographs::read(&all[0]).expect("read"), Some(file(1)));
        next.taken(&all[0]).expect("removed");
        assert_eq!((next.count(), next.bytes.load(Ordering::Acquire)), (0, 0));
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn photographs_never_have_more_than_their_part_and_what_is_damaged_is_set_aside() {
        let folder = std::env::temp_dir().join(format!("msaada-{}", Uuid::new_v4()));
        let photographs = open(&folder, 1_200);
        let keep = |n: u8| photographs.keep(Uuid::new_v4(), Uuid::new_v4(), &file(n));
        assert_eq!((keep(1), keep(2)), (Ok(()), Ok(())));
        assert_eq!(keep(3), Err(NotKept::Full));
        let all = photographs.all().expect("the folder");
        let mut bytes = fs::read(&all[0].path).expect("read");
        bytes[60] ^= 1;
        fs::write(&all[0].path, bytes).expect("written");
        assert_eq!(Photographs::read(&all[0]).expect("read"), None);
        photographs.set_aside(&all[0]).expect("moved");
        assert_eq!(
            fs::read_dir(folder.join("set-aside"))
                .expect("there")
                .count(),
            1
        );
        assert_eq!(keep(3), Ok(()), "there is room again");
        photographs.close();
        assert_eq!(keep(4), Err(NotKept::Closed));
        fs::remove_dir_all(folder).expect("removed");
    }
}
