//! Desks: when each was last heard of, which claims that makes stale, and what they have shown.

use super::cases::{select_cases, those_that_can};
use super::{Store, StoreError, Tx};
use crate::case::{Case, MissionCode, STALE_AFTER};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// What is heard again within this is not written down.
pub(super) const HEARD_LATELY: TimeDelta = TimeDelta::seconds(20);
/// Claims whose mark is changed at once; the rest in the next round.
const AT_ONCE: i64 = 500;

/// What it came to that a desk shows a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It was the first: the case is seen now.
    First,
    /// It was seen before, or nobody has to see it.
    Before,
    /// It still has to be seen: whose desk that is, is not on duty.
    NotOnDuty,
}

impl Store {
    /// Something was heard from a responder.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn heard(&self, responder: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query!(
            "update responders set heard_at = $2
             where id = $1 and (heard_at is null or heard_at < $3)",
            responder,
            now,
            now - HEARD_LATELY
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Open claims whose mark no longer fits what is heard from the desk that holds them, locked:
    /// those that have become stale, and those that live again. What another process is handling is
    /// passed over.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn lock_unheard(
        &self,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<Vec<Case>, StoreError> {
        let rows = select_cases!(
            // Looked at once more under the lock: another process may have marked it meanwhile, or a
            // colleague taken it over.
            from "(select h.id, r.id as holder, false as stale from responders r cross join lateral (
                    select id from cases where claimed_by = r.id and not stale and since < $1) h
                   where coalesce(r.heard_at, '-infinity') < $1
                   union all
                   select h.id, r.id, true from responders r cross join lateral (
                    select id from cases where claimed_by = r.id and stale) h
                   where r.heard_at >= $1) u
             cross join lateral (
                select * from cases where cases.id = u.id and claimed_by = u.holder
                    and stale = u.stale and (stale or since < $1)
                for no key update skip locked) c ",
            "limit $2",
            now - STALE_AFTER,
            AT_ONCE
        )
        .fetch_all(&mut **tx)
        .await?;
        Ok(those_that_can(rows))
    }

    /// A desk of a mission, with its alarm on, shows a case. The version stays: nothing that anybody
    /// looks at has changed, and nobody's act must fail for it.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn shown(
        &self,
        case_id: Uuid,
        (mission, by): (&MissionCode, Uuid),
        now: DateTime<Utc>,
    ) -> Result<Shown, StoreError> {
        let mut tx = self.begin().await?;
        let first = sqlx::query!(
            "update cases set due_at = least(then_at, hear_by), then_at = null,
                own_due_at = case when hear_by < then_at then then_at end
             where id = $1 and mission = $2 and then_at is not null
               and exists (select from responders r where r.id = $3 and r.on_duty)",
            case_id,
            mission.as_str(),
            by
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if first {
            sqlx::query!(
                "insert into case_log (case_id, at, by, event, detail)
                 values ($1, $2, $3, 'seen', '{\"alarm\": true}')",
                case_id,
                now,
                by
            )
            .execute(&mut *tx)
            .await?;
        }
        let waits = sqlx::query_scalar!(
            "select exists (select from cases where id = $1 and mission = $2 and then_at is not null)
                as \"waits!\"",
            case_id,
            mission.as_str()
        )
        .fetch_one(&mut *tx)
        .await?;
        super::commit(tx).await?;
        Ok(match (first, waits) {
            (true, _) => Shown::First,
            (false, true) => Shown::NotOnDuty,
            (false, false) => Shown::Before,
        })
    }

    /// The cases that are offered to a mission and not its own yet: few, and beside what is open there,
    /// so that each is read from an index of its own.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn offered_to(&self, mission: &MissionCode) -> Result<Vec<Case>, StoreError> {
        let rows = select_cases!(
            "where c.offered_to = $1 order by c.priority, c.opened_at, c.id limit 500",
            mission.as_str()
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(those_that_can(rows))
    }
}
