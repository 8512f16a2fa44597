//! The spool: reports that PostgreSQL cannot take at the moment, kept on this node's disk.
//!
//! A folder of append-only segments, because it is written a lot for minutes and then not for
//! months, and because a file whose every record carries its checksum is still read after whatever
//! happened to the machine. A report is acknowledged when it is synced to the disk; reports that
//! arrive together share one sync. What was taken in is not marked anywhere: a segment is removed when
//! all of it is in the store, and after a crash in between it is taken in again from its beginning,
//! which changes nothing, since a report is known by its id.
//!
//! It holds names, numbers and words in clear: the folder and its files are its owner's alone, and
//! it is empty as soon as the store has everything. It must never drop a report it acknowledged: what
//! cannot be read or stored is set aside, and said aloud.

mod files;
mod folder;
mod photographs;
mod record;
mod writer;

pub use photographs::Photograph;

use crate::case::{File, Report, SafeContact};
use files::Files;
use photographs::Photographs;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// A disk that has not synced by then is not waited for; whoever reports is told to try again.
const PATIENCE: Duration = Duration::from_secs(5);

/// A report as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// What arrived.
    pub report: Report,
    /// The case it is to be added to, where its writer named one.
    pub adds_to: Option<Uuid>,
    /// Where its writer named one that may wait here too: how she proved it to be hers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<KeptVisit>,
}

impl Kept {
    /// A report, and the case it is to be added to.
    #[must_use]
    pub const fn new(report: Report, adds_to: Option<Uuid>) -> Self {
        Self {
            report,
            adds_to,
            visit: None,
        }
    }
}

/// What was added by somebody who came back while PostgreSQL was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptVisit {
    /// The report that opened the case; its code was the one she had.
    pub first: Uuid,
    /// What she chose about being contacted.
    pub chose: Option<SafeContact>,
}

/// Why a spool was not opened.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// Another process has it.
    #[error("{0} is in use by another process; give each process a folder of its own")]
    InUse(String),
    /// The folder.
    #[error("{folder} cannot be used: {source}")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Why a report was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// The limit that was set is reached.
    #[error("the spool has reached its limit")]
    Full,
    /// The disk did not take it.
    #[error("the disk does not take it: {0}")]
    Disk(std::io::ErrorKind),
    /// The disk is slow and too many wait for it already.
    #[error("the disk is too slow")]
    Slow,
    /// The node is stopping.
    #[error("the spool is closed")]
    Closed,
}

impl NotKept {
    /// All of them, as they are counted.
    pub const REASONS: [&str; 4] = ["full", "disk", "slow", "closed"];

    /// The word it is counted by.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Disk(_) => "disk",
            Self::Slow => "slow",
            Self::Closed => "closed",
        }
    }
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Depth {
    /// Reports that wait to be taken in.
    pub reports: u64,
    /// Photographs that wait to be taken in.
    pub photographs: u64,
    /// Bytes on the disk.
    pub bytes: u64,
    /// The limit, in bytes.
    pub most: u64,
}

/// The oldest reports, and how far they reach.
#[derive(Debug)]
pub struct Head {
    /// The reports, in the order in which they arrived.
    pub reports: Vec<Kept>,
    through: files::Through,
}

/// A spool in use.
#[derive(Clone)]
pub struct Spool {
    files: Arc<Files>,
    photographs: Arc<Photographs>,
    jobs: mpsc::Sender<writer::Job>,
    /// Reports on their way to the disk.
    coming: Arc<AtomicU64>,
}

impl Spool {
    /// Opens the spool in a folder, which is made where there is none, and counts what is kept there.
    /// A record that broke off is cut; it was never acknowledged. `most` is its limit in bytes.
    ///
    /// # Errors
    /// [`NotOpened`]: another process has it, or the folder cannot be used.
    pub fn open(folder: &Path, most: u64) -> Result<Self, NotOpened> {
        let beside = Arc::<AtomicU64>::default();
        let files = Arc::new(Files::open(folder, most, beside.clone())?);
        let photographs = Photographs::open(folder, folder::aside(folder), most, beside)
            .map_err(|error| files.not_opened(&error))?;
        files.measure();
        let (jobs, waiting) = mpsc::channel(writer::WAITING);
        writer::begin(files.clone(), waiting).map_err(|error| files.not_opened(&error))?;
        let coming = Arc::default();
        // Counted from the first moment, so that an alert can be set on the first of them.
        for name in ["spooled", "drained", "set_aside", "torn"] {
            metrics::counter!(format!("msaada_spool_{name}_total")).increment(0);
        }
        Ok(Self {
            files,
            photographs: Arc::new(photographs),
            jobs,
            coming,
        })
    }

    /// Keeps a report: on the disk, synced, when this returns.
    ///
    /// # Errors
    /// [`NotKept`]; then it must not be acknowledged. Whether that turns somebody away is for
    /// whoever asked to say and to count: PostgreSQL may take it all the same.
    pub async fn keep(&self, kept: &Kept) -> Result<(), NotKept> {
        self.coming.fetch_add(1, Ordering::AcqRel);
        let done = self.write(kept).await;
        self.coming.fetch_sub(1, Ordering::AcqRel);
        if done.is_ok() {
            metrics::counter!("msaada_spool_spooled_total").increment(1);
        }
        done
    }

    async fn write(&self, kept: &Kept) -> Result<(), NotKept> {
        let body =
            serde_json::to_vec(kept).map_err(|_| NotKept::Disk(std::io::ErrorKind::Other))?;
        if body.len() > record::LONGEST {
            return Err(NotKept::Full);
        }
        let (answer, answered) = oneshot::channel();
        self.jobs
            .try_send(writer::Job { body, answer })
            .map_err(|_| NotKept::Slow)?;
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(done) => done.unwrap_or(Err(NotKept::Closed)),
            Err(_) => Err(NotKept::Slow),
        }
    }

    /// Whether anything waits to be taken in.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.coming.load(Ordering::Acquire) > 0 || self.depth().reports > 0
    }

    /// How much is kept.
    #[must_use]
    pub fn depth(&self) -> Depth {
        Depth {
            photographs: self.photographs.count(),
            ..self.files.depth()
        }
    }

    /// Whether there is room for another report, by the limit and as far as the disk has told.
    #[must_use]
    pub fn has_room(&self) -> bool {
        let depth = self.depth();
        depth.bytes < depth.most && self.files.works()
    }

    /// The oldest reports, at most so many; none where it is empty.
    ///
    /// # Errors
    /// The disk.
    pub async fn head(&self, most: usize) -> std::io::Result<Head> {
        let files = self.files.clone();
        let (reports, through) = blocking(move || files.head(most)).await?;
        Ok(Head { reports, through })
    }

    /// All of a head is in the store, or set aside: it is not kept any more.
    ///
    /// # Errors
    /// The disk.
    pub async fn taken(&self, head: Head) -> std::io::Result<()> {
        let files = self.files.clone();
        let count = head.reports.len() as u64;
        metrics::counter!("msaada_spool_drained_total").increment(count);
        blocking(move || files.taken(head.through, count)).await
    }

    /// Sets aside a report that can be read and never be stored, so that the others go on. Its file
    /// can be put back into the folder, and is taken in at the next start.
    ///
    /// # Errors
    /// The disk.
    pub async fn set_aside(&self, kept: &Kept) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        record::add(&mut bytes, &serde_json::to_vec(kept)?);
        let (files, name) = (self.files.clone(), kept.report.id.to_string());
        blocking(move || files.set_aside(&name, &bytes)).await
    }

    /// Keeps a file of a report that is stored or kept: on the disk, synced, when this returns. `id`
    /// is its own; the same again does no harm.
    ///
    /// # Errors
    /// [`NotKept`]; then whoever sent it is told to send it later.
    pub async fn keep_photograph(
        &self,
        report: Uuid,
        id: Uuid,
        file: &File,
    ) -> Result<(), NotKept> {
        let (photographs, files, file) =
            (self.photographs.clone(), self.files.clone(), file.clone());
        let keep = move || {
            let done = photographs.keep(report, id, &file);
            files.measure();
            Ok(done)
        };
        match tokio::time::timeout(PATIENCE, blocking(keep)).await {
            Ok(done) => done.unwrap_or(Err(NotKept::Closed)),
            Err(_) => Err(NotKept::Slow),
        }
    }

    /// Whether a photograph waits to be taken in.
    #[must_use]
    pub fn holds_photographs(&self) -> bool {
        self.photographs.count() > 0
    }

    /// The photographs that are kept at the moment. The report of each was stored or kept before.
    ///
    /// # Errors
    /// The disk.
    pub async fn photographs(&self) -> std::io::Result<Vec<Photograph>> {
        let photographs = self.photographs.clone();
        blocking(move || photographs.all()).await
    }

    /// All of a photograph; none where it is damaged.
    ///
    /// # Errors
    /// The disk.
    pub async fn photograph(&self, photograph: &Photograph) -> std::io::Result<Option<File>> {
        let photograph = photograph.clone();
        blocking(move || Photographs::read(&photograph)).await
    }

    /// A photograph is in the store, or can never be and is set aside: it is not kept any more.
    ///
    /// # Errors
    /// The disk.
    pub async fn photograph_done(
        &self,
        photograph: Photograph,
        stored: bool,
    ) -> std::io::Result<()> {
        let (photographs, files) = (self.photographs.clone(), self.files.clone());
        blocking(move || {
            let done = if stored {
                photographs.taken(&photograph)
            } else {
                photographs.set_aside(&photograph)
            };
            files.measure();
            done
        })
        .await
    }

    /// Lets go of the folder; nothing is kept from now on.
    pub fn close(&self) {
        self.photographs.close();
        self.files.close();
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(std::io::Error::other(error)))
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Spool").field(&self.depth()).finish()
    }
}

#[cfg(test)]
mod tests;
