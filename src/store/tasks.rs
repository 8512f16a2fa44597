//! What is to be done for a case, and by when. Titles are sealed: people write names into them.

use super::{Store, StoreError, Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Open tasks of one case, at most.
const OPEN: i64 = 50;

/// A task.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "the columns of sealed.tasks, under their own names"
)]
pub struct TaskRow {
    pub id: Uuid,
    pub title: String,
    pub due_at: DateTime<Utc>,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
    pub done_by: Option<String>,
    pub done_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Notes a task. Whether the case had room for it.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn add_task(
        &self,
        tx: &mut Tx,
        case_id: Uuid,
        (title, due_at): (&str, DateTime<Utc>),
        by: Uuid,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let added = sqlx::query!(
            "insert into sealed.tasks (id, case_id, title, due_at, made_by, made_at)
             select $1, $2, $3, $4, $5, $6
             where (select count(*) from sealed.tasks where case_id = $2 and done_at is null) < $7",
            Uuid::new_v4(),
            case_id,
            title.replace('\0', ""),
            due_at,
            by,
            now,
            OPEN
        )
        .execute(&mut **tx)
        .await?
        .rows_affected();
        Ok(added == 1)
    }

    /// A task of a case, or of one that was joined to it, is done. Whether it was open, and when the
    /// next of them is due.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn finish_task(
        &self,
        tx: &mut Tx,
        (case_id, task): (Uuid, Uuid),
        by: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(bool, Option<DateTime<Utc>>), StoreError> {
        let done = sqlx::query!(
            "update sealed.tasks set done_by = $3, done_at = $4
             where id = $2 and done_at is null
               and case_id in (select id from cases where id = $1 or merged_into = $1)",
            case_id,
            task,
            by,
            now
        )
        .execute(&mut **tx)
        .await?
        .rows_affected();
        Ok((done == 1, self.next_task(tx, case_id).await?))
    }

    /// When the next open task of a case is due.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn next_task(
        &self,
        tx: &mut Tx,
        case_id: Uuid,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select min(due_at) from sealed.tasks where done_at is null
               and case_id in (select id from cases where id = $1 or merged_into = $1)",
            case_id
        )
        .fetch_one(&mut **tx)
        .await?)
    }

    /// The tasks of a case and of those joined to it: the open ones by when they are due, then the
    /// others.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn tasks(&self, case_id: Uuid) -> Result<Vec<TaskRow>, StoreError> {
        Ok(sqlx::query_as!(
            TaskRow,
            "select t.id, t.title, t.due_at, m.name as made_by, t.made_at, d.name as \"done_by?\",
                    t.done_at
             from sealed.tasks t join responders m on m.id = t.made_by
             left join responders d on d.id = t.done_by
             where t.case_id in (select id from cases where id = $1 or merged_into = $1)
             order by (t.done_at is not null), t.due_at, t.id limit 200",
            case_id
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
