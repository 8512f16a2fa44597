//! Cases: reading them as domain values, and writing many at once.

use super::case_row::CaseRow;
use super::columns::Columns;
use super::{Store, StoreError, Tx, expect_rows};
use crate::case::{Case, MissionCode, Priority};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Selects cases; what follows the `from` is the caller's, or the `from` itself, in which `c` is the
/// case.
macro_rules! select_cases {
    ($tail:literal $(, $arg:expr)* $(,)?) => {
        crate::store::cases::select_cases!(from "cases c ", $tail $(, $arg)*)
    };
    (from $from:literal, $tail:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            crate::store::case_row::CaseRow,
            "select c.id, c.reference, c.version, c.changed, c.mission, c.policy, c.kind, c.priority,
                    c.for_whom, c.lang, c.channel, c.status, c.since, c.due_at, c.claimed_by,
                    c.outcome, c.level, c.lapses, c.opened_at, c.country, c.coarse_lat, c.coarse_lon,
                    c.coarse_radius_m, c.place_source, c.signs, c.tray, c.unread,
                    c.then_at, c.stale, c.offered_to, c.merged_into, c.task_due_at,
                    c.hear_since, c.hear_by, c.hear_every_h, c.own_due_at,
                    (select r.name from responders r where r.id = c.claimed_by) as claimed_by_name
             from " + $from + $tail
            $(, $arg)*
        )
    };
}
pub(super) use select_cases;

pub(super) fn all(rows: Vec<CaseRow>) -> Result<Vec<Case>, StoreError> {
    rows.into_iter().map(Case::try_from).collect()
}

/// Those rows that can be cases. One that cannot must not stop the clocks and desks of all others:
/// it is told in the log, by its id.
pub(super) fn those_that_can(rows: Vec<CaseRow>) -> Vec<Case> {
    rows.into_iter()
        .filter_map(|row| {
            let id = row.id;
            Case::try_from(row)
                .inspect_err(|error| tracing::error!(case = %id, %error, "a case cannot be read"))
                .ok()
        })
        .collect()
}

/// Which cases a list holds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this mission only.
    pub mission: Option<MissionCode>,
    /// Of this status only; without one, every open case.
    pub status: Option<String>,
    /// Of this priority only.
    pub priority: Option<Priority>,
    /// Of this kind only.
    pub kind: Option<String>,
    /// In the tray, or not.
    pub tray: Option<bool>,
    /// At most so many.
    pub limit: i64,
}

/// Writes changed cases, each after the version that is stored; what stands around the statement is
/// the caller's.
macro_rules! update_cases {
    ($before:literal, $after:literal, $c:ident $(, $more:expr)* $(,)?) => {
        sqlx::query!(
            $before +
            "update cases set
                version = n.version, changed = pg_current_xact_id()::text::bigint,
                mission = n.mission, policy = n.policy, kind = n.kind, priority = n.priority,
                for_whom = n.for_whom, lang = n.lang, status = n.status, since = n.since,
                due_at = n.due_at, claimed_by = n.claimed_by, outcome = n.outcome, level = n.level,
                lapses = n.lapses, country = n.country, coarse_lat = n.lat, coarse_lon = n.lon,
                coarse_radius_m = n.radius_m, place_source = n.source,
                signs = string_to_array(n.signs, ','), tray = n.tray, unread = n.unread,
                then_at = n.then_at, stale = n.stale, offered_to = n.offered_to,
                merged_into = n.merged_into, task_due_at = n.task_due_at,
                hear_since = n.hear_since, hear_by = n.hear_by, hear_every_h = n.hear_every_h,
                own_due_at = n.own_due_at
             from unnest($1::uuid[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::smallint[],
                         $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[],
                         $12::uuid[], $13::text[], $14::smallint[], $15::int[], $16::text[],
                         $17::float8[], $18::float8[], $19::int[], $20::text[], $21::text[],
                         $22::boolean[], $23::int[], $24::timestamptz[], $25::boolean[],
                         $26::text[], $27::uuid[], $28::timestamptz[], $29::timestamptz[],
                         $30::timestamptz[], $31::smallint[], $32::timestamptz[])
                as n (id, version, mission, policy, kind, priority, for_whom, lang, status, since,
                      due_at, claimed_by, outcome, level, lapses, country, lat, lon, radius_m,
                      source, signs, tray, unread, then_at, stale, offered_to, merged_into,
                      task_due_at, hear_since, hear_by, hear_every_h, own_due_at)
             where cases.id = n.id and cases.version = n.version - 1"
            + $after,
            &$c.id, &$c.version, &$c.mission as &[&str], &$c.policy, &$c.kind as &[Option<&str>], &$c.priority,
            &$c.for_whom as &[&str], &$c.lang as &[&str], &$c.status as &[&str], &$c.since, &$c.due_at as &[Option<DateTime<Utc>>],
            &$c.claimed_by as &[Option<Uuid>], &$c.outcome as &[Option<&str>], &$c.level, &$c.lapses,
            &$c.country as &[Option<&str>], &$c.lat as &[Option<f64>], &$c.lon as &[Option<f64>],
            &$c.radius_m as &[Option<i32>], &$c.source as &[Option<&str>], &$c.signs, &$c.tray, &$c.unread,
            &$c.then_at as &[Option<DateTime<Utc>>], &$c.stale, &$c.offered_to as &[Option<&str>],
            &$c.merged_into as &[Option<Uuid>], &$c.task_due_at as &[Option<DateTime<Utc>>],
            &$c.hear_since as &[Option<DateTime<Utc>>], &$c.hear_by as &[Option<DateTime<Utc>>],
            &$c.hear_every_h as &[Option<i16>], &$c.own_due_at as &[Option<DateTime<Utc>>]
            $(, $more)*
        )
    };
}

pub(super) use update_cases;

impl Store {
    /// A case.
    ///
    /// # Errors
    /// PostgreSQL is away, or the row cannot be a case.
    pub async fn case(&self, id: Uuid) -> Result<Option<Case>, StoreError> {
        select_cases!("where c.id = $1", id)
            .fetch_optional(&self.pool)
            .await?
            .map(Case::try_from)
            .transpose()
    }

    /// The case with this reference.
    ///
    /// # Errors
    /// PostgreSQL is away, or the row cannot be a case.
    pub async fn case_by_reference(&self, reference: &str) -> Result<Option<Case>, StoreError> {
        select_cases!("where c.reference = $1", reference)
            .fetch_optional(&self.pool)
            .await?
            .map(Case::try_from)
            .transpose()
    }

    /// Cases in order of urgency.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be a case.
    pub async fn cases(&self, filter: &Filter) -> Result<Vec<Case>, StoreError> {
        let rows = select_cases!(
            "where ($1::text is null or c.mission = $1)
               and (($2::text is null and c.status <> 'resolved') or c.status = $2)
               and ($3::smallint is null or c.priority = $3)
               and ($4::text is null or c.kind = $4)
               and ($5::boolean is null or c.tray = $5)
             order by c.priority, c.opened_at, c.id limit $6",
            filter.mission.as_ref().map(MissionCode::as_str),
            filter.status.as_deref(),
            filter.priority.map(Priority::rank),
            filter.kind.as_deref(),
            filter.tray,
            filter.limit,
        )
        .fetch_all(&self.pool)
        .await?;
        all(rows)
    }

    /// A case, locked until the transaction ends.
    ///
    /// # Errors
    /// PostgreSQL is away, or the row cannot be a case.
    pub async fn lock_case(&self, tx: &mut Tx, id: Uuid) -> Result<Option<Case>, StoreError> {
        select_cases!("where c.id = $1 for no key update of c", id)
            .fetch_optional(&mut **tx)
            .await?
            .map(Case::try_from)
            .transpose()
    }

    /// Writes changed cases. Each must carry the version after the one that is stored.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if any was changed by somebody else meanwhile; then nothing holds.
    pub async fn write_cases(&self, tx: &mut Tx, cases: &[&Case]) -> Result<(), StoreError> {
        let c = Columns::of(cases);
        let changed = update_cases!("", "", c)
            .execute(&mut **tx)
            .await?
            .rows_affected();
        expect_rows("cases", cases.len(), changed)
    }

    /// Stores new cases.
    ///
    /// # Errors
    /// [`StoreError::Twice`] where a reference is there already.
    pub async fn insert_cases(&self, tx: &mut Tx, cases: &[&Case]) -> Result<(), StoreError> {
        let c = Columns::of(cases);
        let inserted = sqlx::query!(
            "insert into cases (id, version, mission, policy, kind, priority, for_whom, lang, status,
                                since, due_at, level, lapses, country, coarse_lat, coarse_lon,
                                coarse_radius_m, place_source, signs, tray, unread, reference,
                                channel, opened_at, then_at)
             select n.id, n.version, n.mission, n.policy, n.kind, n.priority, n.for_whom, n.lang,
                    n.status, n.since, n.due_at, n.level, n.lapses, n.country, n.lat, n.lon,
                    n.radius_m, n.source, string_to_array(n.signs, ','), n.tray, n.unread,
                    n.reference, n.channel, n.opened_at, n.then_at
             from unnest($1::uuid[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::smallint[],
                         $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[],
                         $12::smallint[], $13::int[], $14::text[], $15::float8[], $16::float8[],
                         $17::int[], $18::text[], $19::text[], $20::boolean[], $21::int[],
                         $22::text[], $23::text[], $24::timestamptz[], $25::timestamptz[])
                as n (id, version, mission, policy, kind, priority, for_whom, lang, status, since,
                      due_at, level, lapses, country, lat, lon, radius_m, source, signs, tray,
                      unread, reference, channel, opened_at, then_at)",
            &c.id, &c.version, &c.mission as &[&str], &c.policy, &c.kind as &[Option<&str>], &c.priority,
            &c.for_whom as &[&str], &c.lang as &[&str], &c.status as &[&str], &c.since, &c.due_at as &[Option<DateTime<Utc>>],
            &c.level, &c.lapses, &c.country as &[Option<&str>], &c.lat as &[Option<f64>],
            &c.lon as &[Option<f64>], &c.radius_m as &[Option<i32>], &c.source as &[Option<&str>],
            &c.signs, &c.tray, &c.unread, &c.reference as &[&str], &c.channel as &[&str], &c.opened_at,
            &c.then_at as &[Option<DateTime<Utc>>],
        )
        .execute(&mut **tx)
        .await?
        .rows_affected();
        expect_rows("cases", cases.len(), inserted)
    }
}
