//! What one responder's act leaves behind: the changed case, a line of the log, a note, a contact, a place.

use super::cases::update_cases;
use super::columns::Columns;
use super::desks::HEARD_LATELY;
use super::{Store, StoreError, Tx, expect_rows};
use crate::case::{Change, Entry, Hours, SafeContact};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A line of the log that a responder caused.
#[derive(Debug)]
pub struct Note<'a> {
    /// The case.
    pub case_id: Uuid,
    /// Who; none for the service itself.
    pub by: Option<Uuid>,
    /// What happened.
    pub entry: &'a Entry,
    /// What was written with it: sealed.
    pub text: Option<&'a str>,
}

/// An exact place.
#[derive(Debug, Clone, Copy)]
pub struct PlaceRow {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Radius of uncertainty in metres.
    pub radius_m: i32,
}

impl Store {
    /// Writes one changed case, the line of its log and that its responder was heard, all of it or
    /// nothing: in one statement and with no lock taken before, since what it compares is the version.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it was changed by somebody else meanwhile; then nothing holds.
    pub async fn write_acted(
        &self,
        change: &Change,
        by: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let one = [&change.case];
        let c = Columns::of(&one);
        let written = update_cases!(
            "with written as (",
            " returning cases.id),
             noted as (
                insert into case_log (case_id, at, by, event, detail)
                select id, $33, $34, $35, $36 from written),
             heard as (
                update responders set heard_at = $33
                where id = $34 and (heard_at is null or heard_at < $37) and exists (select from written))
             select count(*) as \"count!\" from written",
            c,
            now,
            by,
            change.entry.event,
            change.entry.detail,
            now - HEARD_LATELY,
        )
        .fetch_one(&self.pool)
        .await?;
        expect_rows("cases", 1, u64::try_from(written.count).unwrap_or(0))
    }

    /// Writes a line of a case's log.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn log(
        &self,
        tx: &mut Tx,
        note: &Note<'_>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let id = sqlx::query_scalar!(
            "insert into case_log (case_id, at, by, event, detail) values ($1, $2, $3, $4, $5)
             returning id",
            note.case_id,
            at,
            note.by,
            note.entry.event,
            note.entry.detail
        )
        .fetch_one(&mut **tx)
        .await?;
        if let Some(text) = note.text {
            sqlx::query!(
                "insert into sealed.notes (log_id, text) values ($1, $2)",
                id,
                text.replace('\0', "")
            )
            .execute(&mut **tx)
            .await?;
        }
        Ok(())
    }

    /// Whether a responder read a case since then: reading on is one read.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn has_read(
        &self,
        tx: &mut Tx,
        note: &Note<'_>,
        since: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(
            "select exists (select from case_log
                            where case_id = $1 and by = $2 and event = $3 and at > $4) as \"read!\"",
            note.case_id,
            note.by,
            note.entry.event,
            since
        )
        .fetch_one(&mut **tx)
        .await?)
    }

    /// Sets how the persons of a case may be contacted. Returns how many contacts it has.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn set_safe_contact(
        &self,
        tx: &mut Tx,
        case_id: Uuid,
        safe: SafeContact,
        hours: Option<Hours>,
        note: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        Ok(sqlx::query!(
            "update sealed.contacts set safe = $2, from_hour = $3, to_hour = $4, note = $5,
                    chose_on = 'desk', chose_at = $6, chose_in = null
             where case_id = $1
                or case_id in (select id from cases where merged_into = $1)
                   and number in (select number from sealed.contacts where case_id = $1)",
            case_id,
            safe.as_str(),
            hours.map(|h| i16::from(h.from_hour())),
            hours.map(|h| i16::from(h.to_hour())),
            note.map(|n| n.replace('\0', "")),
            now
        )
        .execute(&mut **tx)
        .await?
        .rows_affected())
    }

    /// Sets whether the persons of a case may be contacted, or only the one with this number, and
    /// nothing else; also where it was joined to another, and only for them. Whoever holds a reference
    /// and its code may be the one she fears: what a number itself or a responder chose can be made
    /// stricter by it, and not looser. Whether it holds for anybody.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn set_safe(
        &self,
        tx: &mut Tx,
        case_id: Uuid,
        (safe, number): (SafeContact, Option<&str>),
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(sqlx::query!(
            "update sealed.contacts set safe = $2, chose_on = 'web', chose_at = $3, chose_in = null
             where (case_id = $1
                    or case_id = (select merged_into from cases where id = $1)
                       and number in (select number from sealed.contacts where case_id = $1))
               and ($4::text is null or number = $4)
               and (coalesce(chose_on, 'web') in ('web', 'api')
                    or array_position($5::text[], $2) > array_position($5::text[], safe))",
            case_id,
            safe.as_str(),
            now,
            number,
            &["any", "reply_only", "i_will_contact_you", "never"] as &[&str]
        )
        .execute(&mut **tx)
        .await?
        .rows_affected()
            > 0)
    }

    /// The exact place of a case. The caller puts the read on record.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn exact_place(&self, case_id: Uuid) -> Result<Option<PlaceRow>, StoreError> {
        Ok(sqlx::query_as!(
            PlaceRow,
            "select lat, lon, radius_m from sealed.places where case_id = $1",
            case_id
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}
