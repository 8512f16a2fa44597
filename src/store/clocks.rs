//! What is due.

use super::cases::{select_cases, those_that_can, update_cases};
use super::columns::Columns;
use super::{FOR_ROUNDS, Store, StoreError, Tx, expect_rows};
use crate::case::{Case, Entry};
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use uuid::Uuid;

/// What is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ahead {
    /// The earliest moment after the one asked about.
    pub next: Option<DateTime<Utc>>,
    /// Whether something is due by then that was not handled: another process has it, or nothing
    /// can be done with it.
    pub overdue: bool,
}

impl Store {
    /// The cases whose moment has come, the most urgent first, then the longest overdue, locked;
    /// those another process is handling are passed over. So a clock fires once, and what an outage
    /// left behind is handled in the order in which it matters.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be a case.
    pub async fn lock_due(
        &self,
        tx: &mut Tx,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Case>, StoreError> {
        // One short walk of the index for each priority; those of a lower one are not even looked
        // at where the higher ones are enough.
        let rows = select_cases!(
            from "(values (0::smallint), (1::smallint), (2::smallint), (3::smallint)) p (priority)
             cross join lateral (
                select * from cases where cases.priority = p.priority and cases.due_at <= $1
                order by cases.due_at limit $2 for no key update skip locked) c ",
            "limit $2",
            now,
            limit
        )
        .fetch_all(&mut **tx)
        .await?;
        let mut cases = those_that_can(rows);
        cases.sort_by_key(|case| (case.priority, case.due()));
        Ok(cases)
    }

    /// Writes changed cases and the lines of their logs in one statement: a clock's moment waits for each.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if any was changed by somebody else meanwhile; then nothing holds.
    pub async fn write_lapsed(
        &self,
        tx: &mut Tx,
        cases: &[&Case],
        entries: &[(Uuid, &Entry)],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let c = Columns::of(cases);
        let ids: Vec<Uuid> = entries.iter().map(|(id, _)| *id).collect();
        let events: Vec<&str> = entries.iter().map(|(_, entry)| entry.event).collect();
        let details: Vec<_> = entries.iter().map(|(_, entry)| &entry.detail).collect();
        let written = update_cases!(
            "with written as (",
            " returning cases.id),
             noted as (
                insert into case_log (case_id, event, detail, at)
                select *, $36::timestamptz from unnest($33::uuid[], $34::text[], $35::jsonb[])
                returning 1)
             select (select count(*) from written) as \"cases!\",
                    (select count(*) from noted) as \"lines!\"",
            c,
            &ids,
            &events as &[&str],
            &details as &[&serde_json::Value],
            now,
        )
        .fetch_one(&mut **tx)
        .await?;
        let count = |rows: i64| u64::try_from(rows).unwrap_or(0);
        expect_rows("cases", cases.len(), count(written.cases))?;
        expect_rows("case_log", entries.len(), count(written.lines))
    }

    /// Runs, with nothing in them, the statements of a lapse on each of the connections it may have:
    /// what each of them costs the first time would make the first clocks of a node late.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn rehearse(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        // All begin before any ends, so that each has another connection.
        let begin = (0..FOR_ROUNDS).map(|_| self.begin_moment());
        let all = try_join_all(begin).await?;
        try_join_all(all.into_iter().map(|tx| self.rehearse_in(tx, now))).await?;
        Ok(())
    }

    async fn rehearse_in(&self, mut tx: Tx, now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = &mut tx;
        self.lock_due(tx, DateTime::UNIX_EPOCH, 1).await?;
        self.on_duty(tx).await?;
        self.write_lapsed(tx, &[], &[], now).await?;
        self.take_over_notices(tx, &[], now).await?;
        self.still_overdue(tx, &[], 0).await?;
        self.insert_messages(tx, &[], now).await
    }

    /// What is still to come after a moment.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn ahead(&self, after: DateTime<Utc>) -> Result<Ahead, StoreError> {
        // Each is the first entry of a walk of the index, one for each priority. Whether one merely
        // `exists` would be looked for in the table itself, as if a third of all rows were due.
        let row = sqlx::query!(
            "select min(ahead.due_at) as next, coalesce(bool_or(late.id is not null), false) as \"overdue!\"
             from (values (0::smallint), (1::smallint), (2::smallint), (3::smallint)) p (priority)
             left join lateral (
                select c.due_at from cases c where c.priority = p.priority and c.due_at > $1
                order by c.due_at limit 1) ahead on true
             left join lateral (
                select c.id from cases c where c.priority = p.priority and c.due_at <= $1
                order by c.due_at limit 1) late on true",
            after
        )
        .fetch_one(&self.rounds)
        .await?;
        Ok(Ahead {
            next: row.next,
            overdue: row.overdue,
        })
    }
}
