//! What is due.

use super::cases::{select_cases, those_that_can};
use super::{Store, StoreError, Tx};
use crate::case::Case;
use chrono::{DateTime, Utc};

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
        cases.sort_by_key(|case| (case.priority, case.status.due()));
        Ok(cases)
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
