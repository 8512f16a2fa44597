//! Media that messages named, and what became of fetching them.

use super::{Store, StoreError, Tx};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Reports older than this are not looked through for media: their provider has forgotten them.
const LOOKED_BACK: TimeDelta = TimeDelta::days(3);

/// Something to be fetched, held for whoever asked.
#[derive(Clone)]
pub struct Wanted {
    /// The report that named it.
    pub report: Uuid,
    /// Which of its media.
    pub nth: i16,
    /// Where it lies.
    pub url: String,
    /// How often it was tried, this time included.
    pub tries: i16,
}

impl Store {
    /// Notes the media of reports that were not noted yet, in whichever way those were stored. It
    /// walks over the messages of three days that name any.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn note_media(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into sealed.media (report, nth, url, next_at)
             select r.id, (m.nth - 1)::smallint, m.one ->> 'url', $1
             from sealed.reports r
             cross join lateral jsonb_array_elements(
                 -- A program may send anything under this name.
                 case jsonb_typeof(r.details -> 'media') when 'array' then r.details -> 'media'
                      else '[]' end) with ordinality as m (one, nth)
             where r.details ? 'media' and r.channel in ('sms', 'whatsapp') and r.received_at > $2 and m.nth <= 10
               and m.one ->> 'url' is not null
               and not exists (select from sealed.media k
                               where k.report = r.id and k.nth = m.nth - 1)
             on conflict do nothing",
            now,
            now - LOOKED_BACK
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes the media that reports name which are stored in this transaction.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn note_named(
        &self,
        tx: &mut Tx,
        reports: &[Uuid],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if reports.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "insert into sealed.media (report, nth, url, next_at)
             select r.id, (m.nth - 1)::smallint, m.one ->> 'url', $2
             from sealed.reports r
             cross join lateral jsonb_array_elements(
                 case jsonb_typeof(r.details -> 'media') when 'array' then r.details -> 'media'
                      else '[]' end) with ordinality as m (one, nth)
             where r.id = any($1) and m.nth <= 10 and m.one ->> 'url' is not null
             on conflict do nothing",
            reports,
            now
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Notes media that a repeated message named and the stored one did not.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn name_media(
        &self,
        report: Uuid,
        urls: &[String],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into sealed.media (report, nth, url, next_at)
             select r.id, (m.nth - 1)::smallint, m.url, $3
             from sealed.reports r
             cross join unnest($2::text[]) with ordinality as m (url, nth)
             where r.id = $1 and m.nth <= 10
             on conflict do nothing",
            report,
            urls,
            now
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Takes some of what is to be fetched now, and holds it until a moment: who is killed meanwhile
    /// leaves it to the next.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn wanted_media(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        most: i64,
    ) -> Result<Vec<Wanted>, StoreError> {
        Ok(sqlx::query_as!(
            Wanted,
            "update sealed.media m set next_at = $2, tries = m.tries + 1
             from (select report, nth from sealed.media
                   where state = 'wanted' and next_at <= $1
                   order by next_at limit $3 for update skip locked) due
             where m.report = due.report and m.nth = due.nth
             returning m.report, m.nth, m.url, m.tries",
            now,
            until,
            most
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// In place of a list of media stand what it listed.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn list_media(
        &self,
        (report, nth): (Uuid, i16),
        urls: &[String],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into sealed.media as k (report, nth, url, next_at)
             select $1, ($2::bigint + m.nth - 1)::smallint, m.url, $4
             from unnest($3::text[]) with ordinality as m (url, nth) where $2 + m.nth <= 10
             on conflict (report, nth) do update set url = excluded.url, next_at = excluded.next_at
             where k.nth = $2",
            report,
            i64::from(nth),
            urls,
            now
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// When the next of it is due.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn next_media(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(
            sqlx::query_scalar!("select min(next_at) from sealed.media where state = 'wanted'")
                .fetch_one(&self.pool)
                .await?,
        )
    }

    /// It is here, or not to be had: `here`, `refused`, `lost`.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn settle_media(
        &self,
        (report, nth): (Uuid, i16),
        state: &str,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "update sealed.media set state = $3 where report = $1 and nth = $2",
            report,
            nth,
            state
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// It is tried again at this moment.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn postpone_media(
        &self,
        (report, nth): (Uuid, i16),
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "update sealed.media set next_at = $3 where report = $1 and nth = $2",
            report,
            nth,
            at
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
