//! What is due.

use super::cases::{select_cases, those_that_can};
use super::{Store, StoreError, Tx};
use crate::case::Case;
use chrono::{DateTime, Utc};

impl Store {
    /// The cases whose moment has come, the most urgent first, locked; those another process is
    /// handling are passed over. So a clock fires once.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be a case.
    pub async fn lock_due(
        &self,
        tx: &mut Tx,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Case>, StoreError> {
        let rows = select_cases!(
            "where c.due_at <= $1 order by c.due_at limit $2 for no key update of c skip locked",
            now,
            limit
        )
        .fetch_all(&mut **tx)
        .await?;
        let mut cases = those_that_can(rows);
        cases.sort_by_key(|case| (case.priority, case.status.due()));
        Ok(cases)
    }

    /// The earliest moment at which anything is due.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(
            sqlx::query_scalar!("select min(due_at) from cases where due_at is not null")
                .fetch_one(&self.pool)
                .await?,
        )
    }
}
