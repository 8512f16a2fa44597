//! Taking reports in, many in one transaction.

use super::cases::{all, select_cases};
use super::{Store, StoreError, Tx, expect_rows};
use crate::case::{Case, Entry, Report};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// A report that is stored already.
#[derive(Debug, Clone)]
pub struct Known {
    /// Of what was sent.
    pub digest: Vec<u8>,
    /// The case it is part of.
    pub case_id: Uuid,
    /// That case's reference.
    pub reference: String,
    /// When it reached us.
    pub received_at: DateTime<Utc>,
    /// The status of the case.
    pub status: String,
}

/// A report to be stored.
#[derive(Debug, Clone)]
pub struct NewReport<'a> {
    /// What arrived.
    pub report: &'a Report,
    /// The case it is part of.
    pub case_id: Uuid,
    /// Of what was sent.
    pub digest: [u8; 32],
    /// What was understood of it: no words, only where they stand.
    pub understood: &'a Value,
}

impl Store {
    /// Which of these reports are stored already.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn known_reports(
        &self,
        tx: &mut Tx,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Known>, StoreError> {
        let rows = sqlx::query!(
            "select r.id, r.digest, r.case_id, c.reference, r.received_at, c.status
             from sealed.reports r join cases c on c.id = r.case_id where r.id = any($1)",
            ids
        )
        .fetch_all(&mut **tx)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let known = Known {
                    digest: row.digest,
                    case_id: row.case_id,
                    reference: row.reference,
                    received_at: row.received_at,
                    status: row.status,
                };
                (row.id, known)
            })
            .collect())
    }

    /// Whether a case has taken a place from a report that was told again.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn has_learned(
        &self,
        tx: &mut Tx,
        case_id: Uuid,
        report: Uuid,
    ) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(
            "select exists (select from case_log where case_id = $1 and event = 'joined'
                            and detail ->> 'more_of' = $2) as \"learned!\"",
            case_id,
            report.to_string()
        )
        .fetch_one(&mut **tx)
        .await?)
    }

    /// Holds these numbers until the transaction ends, so that two messages of one person that
    /// arrive at once on two nodes do not open two cases. Always in the same order, so that two
    /// batches never wait for each other.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn hold_numbers(&self, tx: &mut Tx, numbers: &[&str]) -> Result<(), StoreError> {
        if numbers.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "select pg_advisory_xact_lock(key) as \"held!: sqlx::postgres::types::PgVoid\" from
                (select distinct hashtextextended(number, 0) as key
                 from unnest($1::text[]) as number order by 1) as keys",
            numbers as &[&str]
        )
        .fetch_all(&mut **tx)
        .await?;
        Ok(())
    }

    /// The newest open case of each of these numbers, not locked yet: one into which it wrote itself,
    /// which an operator took down, or from which a responder wrote to it. A number that somebody left
    /// on a form may be anybody's: what its owner writes joins no case of a stranger's by itself.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn open_cases_of(
        &self,
        tx: &mut Tx,
        numbers: &[&str],
    ) -> Result<Vec<(String, Uuid)>, StoreError> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let pairs = sqlx::query!(
            "select distinct on (k.number) k.number, k.case_id
             from sealed.contacts k join cases c on c.id = k.case_id
             where k.number = any($1) and c.status <> 'resolved'
               and (k.channel not in ('web', 'api') or exists (
                    select from sealed.messages m
                    where m.number = k.number
                      and (m.case_id = k.case_id
                           or m.case_id in (select id from cases where merged_into = k.case_id))
                      and m.audience = 'person' and m.by is not null))
             order by k.number, c.opened_at desc",
            numbers as &[&str]
        )
        .fetch_all(&mut **tx)
        .await?;
        Ok(pairs
            .into_iter()
            .map(|pair| (pair.number, pair.case_id))
            .collect())
    }

    /// These cases, also where they have ended, locked in the order of their ids. A transaction asks
    /// for all it needs at once and never for more afterwards, so that no two wait for each other.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be a case.
    pub async fn lock_cases(&self, tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Case>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = select_cases!(
            "where c.id = any($1) order by c.id for no key update of c",
            ids
        )
        .fetch_all(&mut **tx)
        .await?;
        all(rows)
    }

    /// The ids of the first reports of a case: one of them opened it.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn first_reports(&self, case_id: Uuid) -> Result<Vec<Uuid>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select id from sealed.reports where case_id = $1 order by received_at, id limit 20",
            case_id
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Stores reports, verbatim.
    ///
    /// # Errors
    /// [`StoreError::Twice`] where one is there already: another node was faster.
    pub async fn insert_reports(
        &self,
        tx: &mut Tx,
        reports: &[NewReport<'_>],
    ) -> Result<(), StoreError> {
        fn column<'a, T>(
            reports: &'a [NewReport<'a>],
            value: impl Fn(&'a NewReport<'a>) -> T,
        ) -> Vec<T> {
            reports.iter().map(value).collect()
        }
        let inserted = sqlx::query!(
            "insert into sealed.reports (id, case_id, channel, provider_id, received_at, digest, text,
                                         number, kind, for_whom, lang, pin_lat, pin_lon,
                                         pin_radius_m, place_text, subject, details, understood)
             select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[],
                                  $6::bytea[], $7::text[], $8::text[], $9::text[], $10::text[],
                                  $11::text[], $12::float8[], $13::float8[], $14::int[],
                                  $15::text[], $16::jsonb[], $17::jsonb[], $18::jsonb[])",
            &column(reports, |r| r.report.id),
            &column(reports, |r| r.case_id),
            &column(reports, |r| r.report.channel.as_str()) as &[&str],
            &column(reports, |r| r.report.provider_id.as_deref()) as &[Option<&str>],
            &column(reports, |r| r.report.received_at),
            &column(reports, |r| r.digest.as_slice()) as &[&[u8]],
            // PostgreSQL's text cannot hold the character NUL.
            &column(reports, |r| r.report.text.expose().replace('\0', "\u{fffd}")),
            &column(reports, |r| r.report.contact.as_ref().map(|c| c.number.expose()))
                as &[Option<&str>],
            &column(reports, |r| r.report.kind.map(crate::case::Kind::as_str)) as &[Option<&str>],
            &column(reports, |r| r.report.for_whom.map(crate::case::ForWhom::as_str))
                as &[Option<&str>],
            &column(reports, |r| r.report.lang.map(crate::case::Lang::as_str)) as &[Option<&str>],
            &column(reports, |r| r.report.pin.map(|(point, _)| point.lat())) as &[Option<f64>],
            &column(reports, |r| r.report.pin.map(|(point, _)| point.lon())) as &[Option<f64>],
            &column(reports, |r| r
                .report
                .pin
                .map(|(_, radius)| i32::try_from(radius).unwrap_or(i32::MAX)))
                as &[Option<i32>],
            &column(reports, |r| r.report.place_text.as_ref().map(|t| t.expose().replace('\0', "\u{fffd}")))
                as &[Option<String>],
            &column(reports, |r| r.report.subject.as_ref().map(|s| json(s.expose())))
                as &[Option<Value>],
            &column(reports, |r| json(r.report.details.expose())),
            &column(reports, |r| r.understood) as &[&Value],
        )
        .execute(&mut **tx)
        .await?
        .rows_affected();
        expect_rows("sealed.reports", reports.len(), inserted)
    }

    /// Writes lines of the service's own into the logs of cases.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn log_all(
        &self,
        tx: &mut Tx,
        entries: &[(Uuid, &Entry)],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.log_by(tx, None, entries, at).await
    }

    /// Writes lines into the logs of cases that one responder caused at once.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn log_by(
        &self,
        tx: &mut Tx,
        by: Option<Uuid>,
        entries: &[(Uuid, &Entry)],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let inserted = sqlx::query!(
            "insert into case_log (case_id, event, detail, at, by)
             select *, $4::timestamptz, $5::uuid
             from unnest($1::uuid[], $2::text[], $3::jsonb[])",
            &entries.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
            &entries.iter().map(|(_, e)| e.event).collect::<Vec<_>>() as &[&str],
            &entries
                .iter()
                .map(|(_, e)| e.detail.clone())
                .collect::<Vec<_>>(),
            at,
            by
        )
        .execute(&mut **tx)
        .await?
        .rows_affected();
        expect_rows("case_log", entries.len(), inserted)
    }
}

/// A JSON object PostgreSQL can hold: `jsonb` has no character NUL.
fn json(details: &crate::case::Details) -> Value {
    let text = serde_json::to_string(details).unwrap_or_default();
    if text.contains("\\u0000") {
        serde_json::from_str(&text.replace("\\u0000", "\\ufffd")).unwrap_or_default()
    } else {
        Value::Object(details.clone())
    }
}
