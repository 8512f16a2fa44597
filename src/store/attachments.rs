//! Photographs, voice notes and papers of a case, sealed.

use super::{Store, StoreError, Tx};
use crate::case::AttachmentKind;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The most attachments of a case.
const MOST: i64 = 20;

/// An attachment without its bytes.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "the columns of sealed.attachments, under their own names"
)]
pub struct AttachmentRow {
    pub id: Uuid,
    pub kind: String,
    pub name: String,
    pub bytes: i32,
    pub at: DateTime<Utc>,
    /// None: the person herself.
    pub by: Option<String>,
}

/// An attachment to be stored.
pub struct NewAttachment<'a> {
    /// Its id.
    pub id: Uuid,
    /// The case.
    pub case_id: Uuid,
    /// What it is.
    pub kind: AttachmentKind,
    /// What it is called.
    pub name: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
    /// Whom it comes from.
    pub from: Sender,
}

/// Whom an attachment comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A responder attached it.
    Responder(Uuid),
    /// It came with this report.
    Report(Uuid),
}

/// What became of a file that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attached {
    /// It is here now.
    Now,
    /// It was here before.
    Before,
    /// The case has no room for more.
    Full,
}

impl Store {
    /// Stores an attachment of a case that the caller holds, if it has room for it.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn attach(
        &self,
        tx: &mut Tx,
        new: &NewAttachment<'_>,
        at: DateTime<Utc>,
    ) -> Result<Attached, StoreError> {
        let (by, report) = match new.from {
            Sender::Responder(by) => (Some(by), None),
            Sender::Report(report) => (None, Some(report)),
        };
        let before = sqlx::query_scalar!(
            "select exists (select from sealed.attachments where id = $1) as \"before!\"",
            new.id
        )
        .fetch_one(&mut **tx)
        .await?;
        if before {
            return Ok(Attached::Before);
        }
        let stored = sqlx::query!(
            "insert into sealed.attachments (id, case_id, kind, name, bytes, at, by, report)
             select $1, $2, $3, $4, $5, $6, $7, $9
             where (select count(*) from sealed.attachments where case_id = $2) < $8",
            new.id,
            new.case_id,
            new.kind.as_str(),
            new.name.replace('\0', ""),
            new.bytes,
            at,
            by,
            MOST,
            report
        )
        .execute(&mut **tx)
        .await?
        .rows_affected();
        Ok(if stored == 1 {
            Attached::Now
        } else {
            Attached::Full
        })
    }

    /// The attachments of a case and of those joined to it, oldest first.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn attachments(&self, case_id: Uuid) -> Result<Vec<AttachmentRow>, StoreError> {
        Ok(sqlx::query_as!(
            AttachmentRow,
            "select a.id, a.kind, a.name, octet_length(a.bytes) as \"bytes!\", a.at, r.name as \"by?\"
             from sealed.attachments a left join responders r on r.id = a.by
             where a.case_id in (select id from cases where id = $1 or merged_into = $1)
             order by a.at, a.id limit 100",
            case_id
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// All of an attachment: kind, name, bytes. The caller puts the read on record.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn attachment(
        &self,
        case_id: Uuid,
        id: Uuid,
    ) -> Result<Option<(String, String, Vec<u8>)>, StoreError> {
        let row = sqlx::query!(
            "select kind, name, bytes from sealed.attachments
             where id = $2 and case_id in (select id from cases where id = $1 or merged_into = $1)",
            case_id,
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| (row.kind, row.name, row.bytes)))
    }
}
