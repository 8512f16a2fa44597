//! How long people waited, per mission and month.

use super::{Store, StoreError, Tx, commit, word};
use crate::case::MissionCode;
use chrono::{DateTime, NaiveDate, Utc};

/// Cases that are counted again in one round, about: well within the time a statement may take.
const AT_ONCE: i64 = 20_000;

/// The figures of a mission in a month. Times are seconds from the opening of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The mission; none for all together.
    pub mission: Option<MissionCode>,
    /// The first day of the month, UTC.
    pub month: NaiveDate,
    /// Cases opened in it.
    pub opened: u32,
    /// Those of them that have ended.
    pub ended: u32,
    /// Until somebody took the case.
    pub claimed: Waited,
    /// Until something was done for the person.
    pub acted: Waited,
    /// Until it ended.
    pub resolved: Waited,
    /// Clocks that lapsed.
    pub lapses: u32,
}

/// How long something took.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Waited {
    /// In how many cases it has happened.
    pub cases: u32,
    /// The median, in seconds.
    pub median: Option<f64>,
    /// Nine of ten cases were faster, in seconds.
    pub p90: Option<f64>,
}

/// Every figure, and when they were counted.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    /// By month, the newest first, and mission.
    pub rows: Vec<Account>,
    /// When; none where they never were.
    pub counted_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Counts what has changed since it was last done, by whichever node comes first.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn count_accounts(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        // Before anything is held: a transaction that waits for a second connection may wait for itself.
        let settled = self.cursor().await?;
        let mut tx = self.begin().await?;
        let free = sqlx::query_scalar!(
            "select pg_try_advisory_xact_lock(hashtextextended('accountability', 0)) as \"free!\""
        )
        .fetch_one(&mut *tx)
        .await?;
        if !free {
            return Ok(());
        }
        // The first count after a million cases takes longer than any question of a desk.
        sqlx::query!("select set_config('statement_timeout', '300s', true)")
            .fetch_one(&mut *tx)
            .await?;
        let since = sqlx::query_scalar!("select changed from accountability_cursor")
            .fetch_optional(&mut *tx)
            .await?
            .unwrap_or(0);
        let settled = part(&mut tx, since, settled).await?;
        let months = sqlx::query_scalar!(
            "with changed as (
                select id, mission, date_trunc('month', opened_at at time zone 'utc')::date as month,
                       not tray and coalesce(outcome not in ('not_a_plea', 'duplicate'), true) as counts,
                       status = 'resolved' as ended, opened_at
                from cases where changed >= $1 and changed < $2
             ), told as (
                select l.case_id,
                       min(l.at) filter (where l.event = 'claimed') as claimed,
                       min(l.at) filter (where l.event in ('started', 'message', 'call')
                                               and l.by is not null) as acted,
                       max(l.at) filter (where l.event = 'resolved') as resolved,
                       count(*) filter (where l.event = 'lapsed') as lapses
                from case_log l join changed c on c.id = l.case_id
                where l.event in ('claimed', 'started', 'message', 'call', 'resolved', 'lapsed')
                group by l.case_id
             ), kept as (
                insert into case_milestones as m (case_id, mission, month, counts, ended, claimed_s,
                                                  acted_s, resolved_s, lapses)
                select c.id, c.mission, c.month, c.counts, c.ended,
                       -- What has not happened took no time that could be told: not none.
                       case when t.claimed is not null
                            then greatest(0, extract(epoch from t.claimed - c.opened_at)) end,
                       case when t.acted is not null
                            then greatest(0, extract(epoch from t.acted - c.opened_at)) end,
                       case when c.ended and t.resolved is not null
                            then greatest(0, extract(epoch from t.resolved - c.opened_at)) end,
                       coalesce(t.lapses, 0)
                from changed c left join told t on t.case_id = c.id
                on conflict (case_id) do update set
                    mission = excluded.mission, counts = excluded.counts, ended = excluded.ended,
                    claimed_s = excluded.claimed_s, acted_s = excluded.acted_s,
                    resolved_s = excluded.resolved_s, lapses = excluded.lapses
                returning m.month
             )
             select distinct month as \"month!\" from kept",
            since,
            settled
        )
        .fetch_all(&mut *tx)
        .await?;
        if !months.is_empty() {
            sqlx::query!("delete from accountability where month = any($1)", &months)
                .execute(&mut *tx)
                .await?;
            sqlx::query!(
                "insert into accountability (mission, month, opened, ended, claimed, claimed_median,
                        claimed_p90, acted, acted_median, acted_p90, resolved, resolved_median,
                        resolved_p90, lapses)
                 select mission, month, count(*), count(*) filter (where ended),
                        count(claimed_s), percentile_cont(0.5) within group (order by claimed_s),
                        percentile_cont(0.9) within group (order by claimed_s),
                        count(acted_s), percentile_cont(0.5) within group (order by acted_s),
                        percentile_cont(0.9) within group (order by acted_s),
                        count(resolved_s), percentile_cont(0.5) within group (order by resolved_s),
                        percentile_cont(0.9) within group (order by resolved_s),
                        sum(lapses)
                 from case_milestones where month = any($1) and counts
                 group by grouping sets ((mission, month), (month))",
                &months
            )
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query!(
            "insert into accountability_cursor (changed, counted_at) values ($1, $2)
             on conflict (only_one) do update set changed = excluded.changed,
                counted_at = excluded.counted_at",
            settled,
            now
        )
        .execute(&mut *tx)
        .await?;
        commit(tx).await
    }

    /// The figures of the months since this day.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be read.
    pub async fn accounts(&self, since: NaiveDate) -> Result<Accounts, StoreError> {
        let counted_at = sqlx::query_scalar!("select counted_at from accountability_cursor")
            .fetch_optional(&self.pool)
            .await?;
        let rows = sqlx::query!(
            "select * from accountability where month >= $1 order by month desc, mission",
            since
        )
        .fetch_all(&self.pool)
        .await?;
        let number = |count: i32| u32::try_from(count).unwrap_or(0);
        let rows = rows.into_iter().map(|row| {
            Ok(Account {
                mission: row
                    .mission
                    .map(|mission| word("accountability", "mission", &mission))
                    .transpose()?,
                month: row.month,
                opened: number(row.opened),
                ended: number(row.ended),
                claimed: Waited {
                    cases: number(row.claimed),
                    median: row.claimed_median,
                    p90: row.claimed_p90,
                },
                acted: Waited {
                    cases: number(row.acted),
                    median: row.acted_median,
                    p90: row.acted_p90,
                },
                resolved: Waited {
                    cases: number(row.resolved),
                    median: row.resolved_median,
                    p90: row.resolved_p90,
                },
                lapses: number(row.lapses),
            })
        });
        Ok(Accounts {
            rows: rows.collect::<Result<_, StoreError>>()?,
            counted_at,
        })
    }
}

/// Up to where is counted this time: a part, so that after many changes each round comes to an end and
/// the next goes on.
async fn part(tx: &mut Tx, since: i64, settled: i64) -> Result<i64, StoreError> {
    let part = sqlx::query_scalar!(
        "select changed from cases where changed > $1 and changed < $2
         order by changed offset $3 limit 1",
        since,
        settled,
        AT_ONCE
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(part.unwrap_or(settled))
}
