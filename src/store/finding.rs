//! What a reader of the desk looks for: her own choice of what the queue shows, and a person by name.

use super::cases::{select_cases, those_that_can};
use super::{Store, StoreError};
use crate::case::{Case, MissionCode};
use serde_json::Value;
use uuid::Uuid;

/// The most cases found by one name.
const FOUND: i64 = 50;

impl Store {
    /// What a responder chose to see in the queue.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn filter_of(&self, responder: Uuid) -> Result<Option<Value>, StoreError> {
        Ok(
            sqlx::query_scalar!("select filter from responders where id = $1", responder)
                .fetch_optional(&self.pool)
                .await?
                .flatten(),
        )
    }

    /// Keeps what a responder chose to see.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn keep_filter(&self, responder: Uuid, filter: &Value) -> Result<(), StoreError> {
        sqlx::query!(
            "update responders set filter = $2 where id = $1",
            responder,
            filter
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The open cases, of one mission or of all, in which a person of this name is said to be in need:
    /// by a report, or on the sheet. Closed ones are not looked through, so that the cost stays that of
    /// the open ones.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn named(
        &self,
        name: &str,
        mission: Option<&MissionCode>,
    ) -> Result<Vec<Case>, StoreError> {
        let quoted = name
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        let rows = select_cases!(
            "where c.status <> 'resolved'
               and ($2::text is null or c.mission = $2 or c.offered_to = $2)
               and (exists (select from sealed.reports r
                            where r.case_id in (select id from cases j
                                                where j.id = c.id or j.merged_into = c.id)
                              and r.subject ->> 'name' ilike $1)
                    or exists (select from sealed.sheets s
                               where s.case_id = c.id and s.name = 'name' and s.value ilike $1))
             order by c.priority, c.opened_at, c.id limit $3",
            format!("%{}%", quoted.replace('\0', "")),
            mission.map(MissionCode::as_str),
            FOUND
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(those_that_can(rows))
    }
}
