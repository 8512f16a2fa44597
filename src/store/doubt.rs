//! Messages of which nobody knows whether the provider has them: those whose lease has run out, and
//! those of which a try ended so.

use super::take::{LEASE, priority};
use super::{Outgoing, Store, StoreError, word};
use chrono::{DateTime, Utc};

/// Leases that have run out, looked at in one go.
const AT_ONCE: i64 = 16;

impl Store {
    /// Ends leases that have run out: their process is gone, or stands still. What was in hand is in
    /// doubt from now on; it keeps the lease, so that its last holder's answer, if it comes after all,
    /// is still believed until somebody takes the message again.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn end_leases(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query!(
            "with over as (
                delete from leases where id in (
                    select id from leases where until <= $1 order by until limit $2 for update skip locked)
                returning id, taken_at, messages
             )
             update outbox o set state = 'unknown', next_at = $1, taken_at = m.taken_at
             from (select id, taken_at, unnest(messages) as message from over) m
             where o.message = m.message and case when o.state = 'queued' then o.lease = m.id end",
            now,
            AT_ONCE
        )
        .execute(&self.rounds)
        .await?;
        Ok(())
    }

    /// Takes messages of which nobody knows whether the provider has them: it is to be asked.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn take_unknown(
        &self,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let rows = sqlx::query!(
            "with next as (
                select message from outbox where state in ('sending', 'unknown') and next_at <= $1
                order by next_at limit $2 for update skip locked
             ), taken as (
                update outbox o set state = 'unknown', next_at = $3
                from next where o.message = next.message
                returning o.message, o.attempts, o.asked, o.priority, o.lease
             )
             select m.id, m.channel, m.number, m.body, m.written_at, t.attempts, t.asked,
                    m.case_id, t.priority, t.lease,
                    (m.audience = 'staff') as \"to_staff!\"
             from taken t join sealed.messages m on m.id = t.message",
            now,
            limit,
            now + LEASE
        )
        .fetch_all(&self.rounds)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Outgoing {
                    id: row.id,
                    lease: row.lease,
                    taken_at: None,
                    channel: word("sealed.messages", "channel", &row.channel)?,
                    number: row.number.into(),
                    body: row.body.into(),
                    case_id: row.case_id,
                    priority: priority(row.priority)?,
                    attempts: row.attempts,
                    asked: row.asked,
                    written_at: row.written_at,
                    to_staff: row.to_staff,
                    within: None,
                })
            })
            .collect()
    }
}
