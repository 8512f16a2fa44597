//! Cases that may be about one person or one event: those that share a trace.
//!
//! Bounded at every step: so many traces of a case, so many of the newest cases for each trace. What
//! a trace is made of is not known here; only its keyed hash is.

use super::{Store, StoreError, Tx};
use crate::case::{Level, Place, Point, Source};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// A trace as it is stored.
pub type TraceKey = [u8; 16];

/// Traces of a case that are looked for.
const TRACES: i64 = 40;
/// The newest cases looked at for one trace.
const FOR_EACH: i64 = 20;
/// Cases compared in all.
const COMPARED: i64 = 30;
/// Cases opened right before it, and right after it, that are looked at for being near. In a flood the
/// earlier and later ones are not seen; a trace finds them all the same.
const BESIDE: i64 = 400;
/// The nearest of them that are compared.
const NEAR: i64 = 30;
/// How far away a case is looked for, in degrees: beyond the far end of a large town, coarse places
/// included.
const REACH_DEGREES: f64 = 0.4;
/// Reports read of a compared case.
const REPORTS: i64 = 5;

/// What is compared of a case.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "columns of cases and sealed.places, under their own names"
)]
pub struct Candidate {
    pub id: Uuid,
    pub reference: String,
    pub mission: String,
    pub offered_to: Option<String>,
    pub kind: Option<String>,
    pub status: String,
    pub opened_at: DateTime<Utc>,
    pub place: Option<Place>,
    pub reports: Vec<Told>,
}

/// What a report told of a person.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "columns of sealed.reports, under their own names"
)]
pub struct Told {
    pub text: String,
    pub number: Option<String>,
    pub subject: Option<Value>,
    pub details: Value,
}

impl Store {
    /// Keeps traces of cases; those that are there stay.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn write_traces(
        &self,
        tx: &mut Tx,
        traces: &[(Uuid, TraceKey)],
    ) -> Result<(), StoreError> {
        if traces.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "insert into sealed.traces (case_id, key)
             select * from unnest($1::uuid[], $2::bytea[]) on conflict do nothing",
            &traces.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
            &traces
                .iter()
                .map(|(_, key)| key.as_slice())
                .collect::<Vec<_>>() as &[&[u8]],
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// A case and the cases to compare it with: that share a trace, those with the most in common first,
    /// and that are near in time and place; the case itself stands first.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn to_compare(&self, case_id: Uuid) -> Result<Vec<Candidate>, StoreError> {
        let mut ids = vec![case_id];
        let shared = sqlx::query_scalar!(
            "select t.case_id as \"case_id!\"
             from (select key from sealed.traces where case_id = $1 order by key limit $2) mine
             cross join lateral (
                 select case_id from sealed.traces t where t.key = mine.key and t.case_id <> $1
                 order by t.case_id desc limit $3) t
             group by t.case_id order by count(*) desc, t.case_id desc limit $4",
            case_id,
            TRACES,
            FOR_EACH,
            COMPARED
        )
        .fetch_all(&self.pool)
        .await?;
        ids.extend(shared);
        for near in self.near(case_id).await? {
            if !ids.contains(&near) {
                ids.push(near);
            }
        }
        if ids.len() == 1 {
            return Ok(Vec::new());
        }
        let rows = sqlx::query!(
            "select c.id as \"id!\", c.reference as \"reference!\", c.mission as \"mission!\", c.offered_to,
                    c.kind, c.status as \"status!\", c.opened_at as \"opened_at!\",
                    p.lat as \"lat?\", p.lon as \"lon?\", p.radius_m as \"radius_m?\",
                    p.level as \"level?\", p.source as \"source?\"
             from cases c left join sealed.places p on p.case_id = c.id where c.id = any($1)",
            &ids
        )
        .fetch_all(&self.pool)
        .await?;
        let mut told = self.told(&ids).await?;
        let mut found = rows
            .into_iter()
            .map(|row| {
                let place = (|| {
                    read_place(
                        (row.lat?, row.lon?),
                        row.radius_m?,
                        row.level.as_deref()?,
                        row.source.as_deref()?,
                    )
                })();
                Candidate {
                    reports: told.remove(&row.id).unwrap_or_default(),
                    id: row.id,
                    reference: row.reference,
                    mission: row.mission,
                    offered_to: row.offered_to,
                    kind: row.kind,
                    status: row.status,
                    opened_at: row.opened_at,
                    place,
                }
            })
            .collect::<Vec<_>>();
        found.sort_by_key(|c| ids.iter().position(|id| *id == c.id));
        Ok(found)
    }

    /// The cases nearest to this one among those opened right before and after it: ids are in the order of
    /// time.
    async fn near(&self, case_id: Uuid) -> Result<Vec<Uuid>, StoreError> {
        Ok(sqlx::query_scalar!(
            "with mine as (select id, coarse_lat, coarse_lon from cases where id = $1)
             select c.id as \"id!\"
             from mine m cross join lateral (
                (select id, coarse_lat, coarse_lon, merged_into from cases where id < m.id
                 order by id desc limit $2)
                union all
                (select id, coarse_lat, coarse_lon, merged_into from cases where id > m.id
                 order by id limit $2)) c
             where c.merged_into is null
               and c.coarse_lat between m.coarse_lat - $3 and m.coarse_lat + $3
               and c.coarse_lon between m.coarse_lon - $3 and m.coarse_lon + $3
             order by abs(c.coarse_lat - m.coarse_lat) + abs(c.coarse_lon - m.coarse_lon), c.id desc
             limit $4",
            case_id,
            BESIDE,
            REACH_DEGREES,
            NEAR
        )
        .fetch_all(&self.pool)
        .await?)
    }

    async fn told(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Told>>, StoreError> {
        let rows = sqlx::query!(
            "select r.case_id as \"case_id!\", r.text as \"text!\", r.number, r.subject,
                    r.details as \"details!\"
             from unnest($1::uuid[]) as of (id) cross join lateral (
                 select case_id, text, number, subject, details from sealed.reports
                 where case_id = of.id order by received_at limit $2) r",
            ids,
            REPORTS
        )
        .fetch_all(&self.pool)
        .await?;
        let mut told: HashMap<Uuid, Vec<Told>> = HashMap::new();
        for row in rows {
            told.entry(row.case_id).or_default().push(Told {
                text: row.text,
                number: row.number,
                subject: row.subject,
                details: row.details,
            });
        }
        Ok(told)
    }

    /// The exact places of these cases, for a later text that may tell them better. Their countries
    /// stand with the cases.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn places_of(
        &self,
        tx: &mut Tx,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Place>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query!(
            "select case_id, lat, lon, radius_m, level, source from sealed.places
             where case_id = any($1)",
            ids
        )
        .fetch_all(&mut **tx)
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                let place = read_place((row.lat, row.lon), row.radius_m, &row.level, &row.source)?;
                Some((row.case_id, place))
            })
            .collect())
    }
}

/// A place without its name and country; none where the row cannot be one: nothing that is read here may
/// keep a report from being taken in.
fn read_place((lat, lon): (f64, f64), radius_m: i32, level: &str, source: &str) -> Option<Place> {
    Some(Place {
        point: Point::new(lat, lon).ok()?,
        radius_m: u32::try_from(radius_m).ok()?,
        country: None,
        name: None,
        level: level.parse::<Level>().ok()?,
        source: source.parse::<Source>().ok()?,
        certain: false,
    })
}
