//! The folder and its segments. Everything here waits for the disk: none of it runs on a thread
//! that answers requests.

use super::folder::{self, aside, private_file, private_folder, segments, sync_folder};
use super::record::{self, Found};
use super::{Depth, Kept, NotKept, NotOpened};
use std::collections::VecDeque;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A segment takes no more records beyond this many bytes.
const SEGMENT: u64 = 4 << 20;
/// Bytes read at a time; more where a record needs it.
const CHUNK: u64 = 512 << 10;
/// So long after the disk took nothing, it is not said to have room.
const REST: Duration = Duration::from_secs(5);

/// How far a head reaches: a segment and a place in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Through {
    segment: u64,
    end: u64,
}

struct Segment {
    number: u64,
    /// Bytes that are synced.
    end: u64,
    reports: u64,
}

#[derive(Default)]
struct State {
    segments: VecDeque<Segment>,
    /// The file of the last segment, if it is written on.
    open: Option<File>,
    next: u64,
    /// How much of the first segment is done with.
    done: u64,
    done_reports: u64,
    /// Something of the first segment could not be set aside by itself: all of it is.
    keep_whole: bool,
    closed: bool,
}

pub(super) struct Files {
    folder: PathBuf,
    most: u64,
    reports: AtomicU64,
    bytes: AtomicU64,
    /// Of photographs, which lie beside the segments.
    beside: Arc<AtomicU64>,
    state: Mutex<State>,
    /// When the disk last did not take something.
    failed: Mutex<Option<Instant>>,
    lock: File,
}

impl Files {
    pub(super) fn open(
        folder: &Path,
        most: u64,
        beside: Arc<AtomicU64>,
    ) -> Result<Self, NotOpened> {
        let wrong = |source| NotOpened::Folder {
            folder: folder.display().to_string(),
            source,
        };
        private_folder(folder).map_err(wrong)?;
        private_folder(&aside(folder)).map_err(wrong)?;
        let lock = private_file(&folder.join("lock"), false).map_err(wrong)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(NotOpened::InUse(folder.display().to_string()));
            }
            Err(TryLockError::Error(error)) => return Err(wrong(error)),
        }
        let files = Self {
            folder: folder.to_owned(),
            most,
            reports: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            beside,
            state: Mutex::default(),
            failed: Mutex::default(),
            lock,
        };
        files.find().map_err(wrong)?;
        files.measure();
        Ok(files)
    }

    pub(super) fn not_opened(&self, error: &io::Error) -> NotOpened {
        NotOpened::Folder {
            folder: self.folder.display().to_string(),
            source: io::Error::new(error.kind(), error.to_string()),
        }
    }

    pub(super) fn depth(&self) -> Depth {
        Depth {
            reports: self.reports.load(Ordering::Acquire),
            photographs: 0,
            bytes: self.all_bytes(),
            most: self.most,
        }
    }

    fn all_bytes(&self) -> u64 {
        self.bytes.load(Ordering::Acquire) + self.beside.load(Ordering::Acquire)
    }

    pub(super) fn has_room_for(&self, bytes: u64) -> bool {
        self.all_bytes().saturating_add(bytes) <= self.most
    }

    /// Whether the disk took what it was given, or has had some rest since it did not.
    pub(super) fn works(&self) -> bool {
        self.failed().is_none_or(|at| at.elapsed() > REST)
    }

    fn failed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds what an earlier process left.
    fn find(&self) -> io::Result<()> {
        let mut state = self.state();
        let (mut left, put_back) = segments(&self.folder)?;
        let (mut gone, parts) = segments(&aside(&self.folder))?;
        let set_aside = gone.len() + parts.len();
        gone.extend(parts.iter().filter_map(|path| folder::number(path)));
        if set_aside > 0 {
            tracing::warn!(
                files = set_aside, folder = %aside(&self.folder).display(),
                "reports that were set aside are waiting for somebody to look at them"
            );
        }
        state.next = left.iter().chain(&gone).map(|n| n + 1).max().unwrap_or(0);
        for path in put_back {
            fs::rename(&path, self.path(state.next))?;
            left.push(state.next);
            state.next += 1;
        }
        for number in left {
            match folder::look_through(&self.path(number)) {
                Ok((_, 0)) => self.remove(number)?,
                Ok((reports, end)) => {
                    self.reports.fetch_add(reports, Ordering::AcqRel);
                    self.bytes.fetch_add(end, Ordering::AcqRel);
                    state.segments.push_back(Segment {
                        number,
                        end,
                        reports,
                    });
                }
                Err(error) => {
                    metrics::counter!("msaada_spool_set_aside_total").increment(1);
                    tracing::error!(%error, number, "a segment of the spool cannot be read and is set aside");
                    fs::rename(self.path(number), self.aside(&format!("{number:012}")))?;
                }
            }
        }
        let waiting = self.depth().reports;
        if waiting > 0 {
            tracing::info!(waiting, "reports in the spool wait to be taken in");
        }
        Ok(())
    }

    /// Writes records and syncs them.
    pub(super) fn write(&self, bytes: &[u8], reports: u64) -> Result<(), NotKept> {
        let mut state = self.state();
        if state.closed {
            return Err(NotKept::Closed);
        }
        let written = self.write_on(&mut state, bytes, reports);
        *self.failed() = written.is_err().then(Instant::now);
        written.map_err(|error| NotKept::Disk(error.kind()))?;
        self.reports.fetch_add(reports, Ordering::AcqRel);
        self.bytes.fetch_add(bytes.len() as u64, Ordering::AcqRel);
        self.measure();
        Ok(())
    }

    fn write_on(&self, state: &mut State, bytes: &[u8], reports: u64) -> io::Result<()> {
        let file = match (state.open.take(), state.segments.back()) {
            (Some(file), Some(last)) if last.end < SEGMENT => file,
            _ => self.begin(state)?,
        };
        let Some(last) = state.segments.back_mut() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let written = file
            .write_all_at(bytes, last.end)
            .and_then(|()| file.sync_data());
        if let Err(error) = written {
            // What a failed sync left on the disk is not known: nothing more goes into this file.
            if let Err(error) = file.set_len(last.end) {
                tracing::warn!(%error, "what was not acknowledged stays at the end of a segment");
            }
            if last.end == 0 {
                let number = last.number;
                state.segments.pop_back();
                self.remove(number).ok();
            }
            return Err(error);
        }
        last.end += bytes.len() as u64;
        last.reports += reports;
        state.open = Some(file);
        Ok(())
    }

    /// A new segment, whose name is on the disk.
    fn begin(&self, state: &mut State) -> io::Result<File> {
        let number = state.next;
        let file = private_file(&self.path(number), true)?;
        state.next += 1;
        sync_folder(&self.folder)?;
        state.segments.push_back(Segment {
            number,
            end: 0,
            reports: 0,
        });
        Ok(file)
    }

    /// The oldest reports. What is damaged before them is set aside.
    pub(super) fn head(&self, most: usize) -> io::Result<(Vec<Kept>, Through)> {
        loop {
            let Some((segment, from, end)) = self.first() else {
                return Ok((Vec::new(), Through { segment: 0, end: 0 }));
            };
            let mut chunk = CHUNK.min(end - from);
            let (reports, read) = loop {
                let file = File::open(self.path(segment))?;
                let length = usize::try_from(chunk).unwrap_or(usize::MAX);
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, from)?;
                let last = from + chunk == end;
                let found = self.read(segment, from, &bytes, most, last);
                if found.1 > 0 || last {
                    break found;
                }
                chunk = end - from;
            };
            let through = Through {
                segment,
                end: from + read,
            };
            if !reports.is_empty() {
                return Ok((reports, through));
            }
            self.taken(through, 0)?;
        }
    }

    /// The first segment, how much of it is done with, and where it ends.
    fn first(&self) -> Option<(u64, u64, u64)> {
        let state = self.state();
        let first = state.segments.front()?;
        // Nothing is acknowledged in an empty one.
        (first.end > state.done).then_some((first.number, state.done, first.end))
    }

    /// Reports in these bytes, and how many bytes they take. `last`: no bytes follow.
    fn read(
        &self,
        segment: u64,
        from: u64,
        bytes: &[u8],
        most: usize,
        last: bool,
    ) -> (Vec<Kept>, u64) {
        let (mut reports, mut at) = (Vec::new(), 0);
        while at < bytes.len() && reports.len() < most {
            let (report, end) = match record::next(bytes, at) {
                Found::Whole(body, end) => (serde_json::from_slice(body).ok(), end),
                Found::Damaged(end) => (None, end),
                Found::Rest if last => (None, bytes.len()),
                Found::Rest => break,
            };
            match report {
                Some(report) => reports.push(report),
                None => self.damaged(segment, from + at as u64, &bytes[at..end]),
            }
            at = end;
        }
        (reports, at as u64)
    }

    fn damaged(&self, segment: u64, at: u64, bytes: &[u8]) {
        tracing::error!(
            segment,
            at,
            bytes = bytes.len(),
            "a record of the spool is damaged and is set aside; the others go on"
        );
        if let Err(error) = self.set_aside(&format!("{segment:012}-{at}"), bytes) {
            tracing::error!(%error, segment, "it could not be written, so the whole segment will be set aside");
            self.state().keep_whole = true;
        }
    }

    /// Everything up to here is in the store.
    pub(super) fn taken(&self, through: Through, reports: u64) -> io::Result<()> {
        let mut state = self.state();
        let Some(first) = state.segments.front() else {
            return Ok(());
        };
        if state.closed || first.number != through.segment || through.end <= state.done {
            return Ok(());
        }
        let (number, end, all) = (first.number, first.end, first.reports);
        state.done = through.end;
        state.done_reports += reports;
        let mut gone = reports;
        if through.end >= end {
            if state.keep_whole {
                fs::rename(self.path(number), self.aside(&format!("{number:012}")))?;
            } else {
                self.remove(number)?;
            }
            // Those that were damaged were counted, and are not waiting any more.
            gone += all.saturating_sub(state.done_reports);
            state.segments.pop_front();
            if state.segments.is_empty() {
                state.open = None;
            }
            (state.done, state.done_reports, state.keep_whole) = (0, 0, false);
            self.bytes.fetch_sub(end, Ordering::AcqRel);
        }
        self.reports.fetch_sub(gone, Ordering::AcqRel);
        self.measure();
        Ok(())
    }

    /// Writes something aside, under its name; the same again does no harm.
    pub(super) fn set_aside(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        metrics::counter!("msaada_spool_set_aside_total").increment(1);
        let file = private_file(&self.aside(name), false)?;
        file.write_all_at(bytes, 0)?;
        file.sync_all()?;
        sync_folder(&aside(&self.folder))
    }

    pub(super) fn close(&self) {
        self.state().closed = true;
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the spool stays locked until this process ends");
        }
    }

    pub(super) fn measure(&self) {
        let depth = self.depth();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        {
            metrics::gauge!("msaada_spool_reports").set(depth.reports as f64);
            metrics::gauge!("msaada_spool_bytes").set(depth.bytes as f64);
        }
    }

    fn remove(&self, number: u64) -> io::Result<()> {
        fs::remove_file(self.path(number))?;
        sync_folder(&self.folder)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(folder::name(&format!("{number:012}")))
    }

    fn aside(&self, name: &str) -> PathBuf {
        aside(&self.folder).join(folder::name(name))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
