//! What waits at a mission, in the order in which it is to be taken.

use super::cases::select_cases;
use super::{Store, StoreError};
use crate::case::{Case, MissionCode, Priority, Waiting};
use chrono::DateTime;
use uuid::Uuid;

impl Store {
    /// The most urgent case that waits at a mission, straight from the truth: for when Redis is away
    /// or empty.
    ///
    /// # Errors
    /// PostgreSQL is away, or the row cannot be a case.
    pub async fn most_urgent(&self, mission: &MissionCode) -> Result<Option<Case>, StoreError> {
        select_cases!(
            "where c.id = (select id from cases where mission = $1 and status = 'waiting'
                           order by priority, opened_at, id limit 1)",
            mission.as_str()
        )
        .fetch_optional(&self.pool)
        .await?
        .map(Case::try_from)
        .transpose()
    }

    /// A page of what waits at a mission, the most urgent first, after this one.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be read.
    pub async fn waiting_at(
        &self,
        mission: &MissionCode,
        after: Option<&Waiting>,
        limit: i64,
    ) -> Result<Vec<Waiting>, StoreError> {
        sqlx::query!(
            "select id, priority, opened_at from cases
             where mission = $1 and status = 'waiting' and (priority, opened_at, id) > ($2, $3, $4)
             order by priority, opened_at, id limit $5",
            mission.as_str(),
            after.map_or(-1, |last| last.priority.rank()),
            after.map_or(DateTime::UNIX_EPOCH, |last| last.opened_at),
            after.map_or(Uuid::nil(), |last| last.id),
            limit
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Waiting {
                id: row.id,
                priority: Priority::from_rank(row.priority).ok_or(StoreError::Corrupt {
                    table: "cases",
                    column: "priority",
                })?,
                opened_at: row.opened_at,
            })
        })
        .collect()
    }

    /// How many cases wait at a mission.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn waiting_count(&self, mission: &MissionCode) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!(
            "select count(*) as \"count!\" from cases where mission = $1 and status = 'waiting'",
            mission.as_str()
        )
        .fetch_one(&self.pool)
        .await?)
    }
}
