//! Files of a case: photographs of the form, pictures and voice notes from a phone, papers that a
//! responder attaches.
//!
//! They go to the case that goes on, also when theirs was joined to another meanwhile. A file that
//! comes twice is kept once. While PostgreSQL is away, what comes with a report waits beside it in the
//! spool. A full case loses nothing but the file, and says so on its record.

use super::{ActRefused, Flow};
use crate::case::{Case, Entry, File, Refused, Responder};
use crate::store::{Attached, NewAttachment, Note, Sender, StoreError, Tx, commit};
use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::time::Duration;
use uuid::Uuid;

/// How long photographs wait for PostgreSQL before they are kept in the spool.
const PATIENCE: Duration = Duration::from_secs(5);

/// What became of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stowed {
    /// Bytes that are kept now and were not before.
    pub bytes: usize,
    /// Files that the case had no room for.
    pub full: usize,
    /// Files that can only be kept later.
    pub later: usize,
}

impl Flow {
    /// Attaches files to the case a report belongs to, or keeps them in the spool where PostgreSQL is
    /// away or has not got the report yet.
    pub async fn attach_or_keep(&self, report: Uuid, files: &[File]) -> Stowed {
        if !self.is_away() {
            let attached = tokio::time::timeout(PATIENCE, self.attach(report, files));
            match attached.await {
                Ok(Ok(Some(stowed))) => return stowed,
                Ok(Ok(None)) | Err(_) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "photographs could not be stored");
                }
            }
        }
        let mut stowed = Stowed::default();
        for file in files {
            let id = id_of(report, file);
            let kept = match &self.spool {
                Some(spool) => spool.keep_photograph(report, id, file).await.is_ok(),
                None => false,
            };
            if kept {
                stowed.bytes += file.bytes().len();
            } else {
                stowed.later += 1;
            }
        }
        if stowed.later > 0 {
            tracing::warn!(
                photographs = stowed.later,
                "they could not be kept in the spool"
            );
        }
        if !self.is_away() {
            self.wakes.drain.now();
        }
        stowed
    }

    /// Attaches files to the case a report belongs to; none where the report is not stored.
    ///
    /// # Errors
    /// PostgreSQL is away; then none of them is kept.
    pub async fn attach(&self, report: Uuid, files: &[File]) -> Result<Option<Stowed>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let known = self.store.known_reports(&mut tx, &[report]).await?;
        let Some(known) = known.get(&report) else {
            return Ok(None);
        };
        let id = self.store.survivor(&mut tx, known.case_id).await?;
        let Some(case) = self.store.lock_case(&mut tx, id).await? else {
            return Ok(None);
        };
        let files: Vec<(Uuid, &File)> = files
            .iter()
            .map(|file| (id_of(report, file), file))
            .collect();
        let from = Sender::Report(report);
        let (case, stowed) = self.keep_files(&mut tx, case, from, &files, now).await?;
        if let Some(case) = case {
            commit(tx).await?;
            self.push([&case]);
        }
        Ok(Some(stowed))
    }

    /// Attaches a file to a case, as a responder asks; where that was joined to another, to that one.
    ///
    /// # Errors
    /// [`ActRefused`]; then it is not kept.
    pub async fn attach_by(
        &self,
        case: Uuid,
        file: &File,
        by: &Responder,
    ) -> Result<Uuid, ActRefused> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let id = self.store.survivor(&mut tx, case).await?;
        let case = self
            .store
            .lock_case(&mut tx, id)
            .await?
            .filter(|case| by.sees(&case.mission))
            .ok_or(ActRefused::NotFound)?;
        let own = Uuid::new_v4();
        let from = Sender::Responder(by.id);
        let (case, stowed) = self
            .keep_files(&mut tx, case, from, &[(own, file)], now)
            .await?;
        if stowed.full > 0 {
            return Err(Refused::TooManyFiles.into());
        }
        commit(tx).await?;
        self.push(&case);
        self.heard(by).await;
        Ok(own)
    }

    /// Keeps files with a case that is held, each with a line of its own. The case as it is now where
    /// anything changed, and what became of them.
    async fn keep_files(
        &self,
        tx: &mut Tx,
        mut case: Case,
        from: Sender,
        files: &[(Uuid, &File)],
        now: DateTime<Utc>,
    ) -> Result<(Option<Case>, Stowed), StoreError> {
        let mut entries = Vec::new();
        let mut stowed = Stowed::default();
        for (id, file) in files {
            let new = NewAttachment {
                id: *id,
                case_id: case.id,
                kind: file.kind(),
                name: file.name(),
                bytes: file.bytes(),
                from,
            };
            match self.store.attach(tx, &new, now).await? {
                Attached::Now => {
                    stowed.bytes += new.bytes.len();
                    entries.push((
                        json!({"attachment": id, "kind": file.kind(), "bytes": new.bytes.len()}),
                        Some(file.name()),
                    ));
                }
                Attached::Before => {}
                Attached::Full => {
                    stowed.full += 1;
                    entries.push((json!({"lost": "full"}), None));
                }
            }
        }
        if entries.is_empty() {
            return Ok((None, stowed));
        }
        case.version += 1;
        self.store.write_cases(tx, &[&case]).await?;
        let by = match from {
            Sender::Responder(by) => Some(by),
            Sender::Report(_) => None,
        };
        for (detail, text) in entries {
            let entry = Entry {
                event: "attached",
                detail,
            };
            let note = Note {
                case_id: case.id,
                by,
                entry: &entry,
                text,
            };
            self.store.log(tx, &note, now).await?;
        }
        Ok((Some(case), stowed))
    }

    /// Puts on record that a file of a report is not to be had, and why.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn lost_file(&self, report: Uuid, why: &'static str) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let known = self.store.known_reports(&mut tx, &[report]).await?;
        let Some(known) = known.get(&report) else {
            return Ok(());
        };
        let id = self.store.survivor(&mut tx, known.case_id).await?;
        let Some(case) = self.store.lock_case(&mut tx, id).await? else {
            return Ok(());
        };
        let change = case.told(Entry {
            event: "attached",
            detail: json!({"lost": why}),
        });
        self.store.write_cases(&mut tx, &[&change.case]).await?;
        self.store
            .log_all(&mut tx, &[(id, &change.entry)], now)
            .await?;
        commit(tx).await?;
        self.push([&change.case]);
        Ok(())
    }
}

/// The same file of the same report has the same id, however often it comes.
fn id_of(report: Uuid, file: &File) -> Uuid {
    let hash = Sha256::new()
        .chain_update(b"msaada file of report ")
        .chain_update(report.as_bytes())
        .chain_update(file.bytes())
        .finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(id).into_uuid()
}
