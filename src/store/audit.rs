//! What should not be: asked by the auditor, answered from indexes only, a few rows at most.

use super::{Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// A message that was tried so often is not merely waiting for its turn.
const TRIED: i16 = 5;
/// The next try of one that was refused lies between just now and so far ahead.
const JUST_NOW: TimeDelta = TimeDelta::seconds(5);
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// Cases and messages that no longer move. Of each no more are read than were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stalled {
    /// Open cases without a due time.
    pub without_clock: Vec<Uuid>,
    /// Cases that were due before the moment asked about, the longest overdue first.
    pub overdue: Vec<Uuid>,
    /// Cases whose messages should have been sent, or asked about, before it; or were tried and asked
    /// about in vain since before it. Each try moves the next one on, so their moments tell nothing.
    pub unsent: Vec<Uuid>,
}

impl Store {
    /// Cases and messages that should have moved before these moments.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn stalled(
        &self,
        now: DateTime<Utc>,
        due_before: DateTime<Utc>,
        sent_before: DateTime<Utc>,
        limit: i64,
    ) -> Result<Stalled, StoreError> {
        let without_clock = sqlx::query_scalar!(
            "select id from cases where due_at is null and status <> 'resolved' order by id limit $1",
            limit
        );
        let overdue = sqlx::query_scalar!(
            "select late.id as \"id!\"
             from (values (0::smallint), (1::smallint), (2::smallint), (3::smallint)) p (priority)
             cross join lateral (
                select id, due_at from cases where cases.priority = p.priority and due_at < $1
                order by due_at limit $2) late
             order by late.due_at limit $2",
            due_before,
            limit
        );
        // Short walks of the indexes, one for each way out and priority: what is past its moment, what
        // is tried again and again, and what nobody knows of.
        let unsent = sqlx::query_scalar!(
            "(select late.case_id as \"case_id!\"
              from (select way from ways union all select '') r (way)
              cross join (values (0::smallint), (1::smallint), (2::smallint), (3::smallint)) p (priority)
              cross join lateral (
                 select case_id from outbox
                 where state = 'queued' and outbox.way = r.way and outbox.priority = p.priority
                   and next_at < $1
                 order by next_at limit $2) late
              limit $2)
             union all
             (select case_id from outbox
              where state in ('sending', 'unknown')
                and (next_at < $1 or state = 'unknown' and taken_at < $1 or attempts >= $3 and created_at < $1)
              order by next_at limit $2)
             union all
             (select tried.case_id
              from (select way from ways union all select '') r (way)
              cross join (values (0::smallint), (1::smallint), (2::smallint), (3::smallint)) p (priority)
              cross join lateral (
                 select case_id from outbox
                 where state = 'queued' and outbox.way = r.way and outbox.priority = p.priority
                   and next_at between $4 and $5 and attempts >= $3 and created_at < $1
                 order by next_at limit $2) tried
              limit $2)",
            sent_before,
            limit,
            TRIED,
            now - JUST_NOW,
            now + AHEAD
        );
        Ok(Stalled {
            without_clock: without_clock.fetch_all(&self.pool).await?,
            overdue: overdue.fetch_all(&self.pool).await?,
            unsent: unsent.fetch_all(&self.pool).await?,
        })
    }
}
