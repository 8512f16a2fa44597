//! Files that came with a report: photographs of the form, pictures and voice notes from a phone.
//!
//! They follow the report into its case, also when that was joined to another meanwhile. A file that
//! comes twice is kept once. A full case loses nothing but the file, and says so on its record.

use super::Flow;
use crate::case::{Entry, File};
use crate::store::{Attached, NewAttachment, Note, Sender, StoreError, commit};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

impl Flow {
    /// Attaches files to the case a report belongs to. How many of them the case had no room for;
    /// none where the report is not stored.
    ///
    /// # Errors
    /// PostgreSQL is away; then none of them is kept.
    pub async fn attach(&self, report: Uuid, files: &[File]) -> Result<Option<usize>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let known = self.store.known_reports(&mut tx, &[report]).await?;
        let Some(known) = known.get(&report) else {
            return Ok(None);
        };
        let id = self.store.survivor(&mut tx, known.case_id).await?;
        let Some(mut case) = self.store.lock_case(&mut tx, id).await? else {
            return Ok(None);
        };
        let mut entries = Vec::new();
        let mut left_out = 0;
        for file in files {
            let new = NewAttachment {
                id: id_of(report, file),
                case_id: id,
                kind: file.kind(),
                name: file.name(),
                bytes: file.bytes(),
                from: Sender::Report(report),
            };
            match self.store.attach(&mut tx, &new, now).await? {
                Attached::Now => entries.push((
                    json!({"attachment": new.id, "kind": file.kind(), "bytes": new.bytes.len()}),
                    Some(file.name()),
                )),
                Attached::Before => {}
                Attached::Full => {
                    left_out += 1;
                    entries.push((json!({"lost": "full"}), None));
                }
            }
        }
        if entries.is_empty() {
            return Ok(Some(left_out));
        }
        case.version += 1;
        self.store.write_cases(&mut tx, &[&case]).await?;
        for (detail, text) in entries {
            let entry = Entry {
                event: "attached",
                detail,
            };
            let note = Note {
                case_id: id,
                by: None,
                entry: &entry,
                text,
            };
            self.store.log(&mut tx, &note, now).await?;
        }
        commit(tx).await?;
        self.push([&case]);
        Ok(Some(left_out))
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
