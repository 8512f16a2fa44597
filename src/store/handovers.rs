//! The end of a shift: what is handed over, to whom, and who has confirmed it.

use super::{Store, StoreError, Tx};
use crate::case::{Case, MissionCode, Responder};
use crate::store::cases::{select_cases, those_that_can};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A hand-over that nobody has confirmed yet.
#[derive(Clone)]
pub struct HandoverRow {
    /// Its id.
    pub id: Uuid,
    /// The mission.
    pub mission: String,
    /// Who hands over.
    pub by: Uuid,
    /// Her name.
    pub by_name: String,
    /// To whom; none: to whoever comes next.
    pub for_whom: Option<Uuid>,
    /// His name.
    pub for_name: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// The cases she held.
    pub cases: Vec<Uuid>,
    /// What she wrote.
    pub note: String,
}

impl Store {
    /// What a responder holds, the most urgent first.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn held_by(&self, responder: Uuid) -> Result<Vec<Case>, StoreError> {
        let rows = select_cases!(
            "where c.claimed_by = $1 order by c.priority, c.opened_at, c.id limit 500",
            responder
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(those_that_can(rows))
    }

    /// Which of these cases somebody holds.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn held_of(&self, cases: &[Uuid]) -> Result<Vec<Case>, StoreError> {
        let rows = select_cases!(
            "where c.id = any($1) and c.claimed_by is not null
             order by c.priority, c.opened_at, c.id limit 2000",
            cases
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(those_that_can(rows))
    }

    /// Writes a hand-over down.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn add_handover(
        &self,
        id: Uuid,
        by: &Responder,
        (to, note): (Option<Uuid>, &str),
        cases: &[Uuid],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into handovers (id, mission, by, for_whom, at, cases)
             values ($1, $2, $3, $4, $5, $6)",
            id,
            by.mission.as_str(),
            by.id,
            to,
            at,
            cases
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "insert into sealed.handover_notes (handover, text) values ($1, $2)",
            id,
            note.replace('\0', "")
        )
        .execute(&mut *tx)
        .await?;
        super::commit(tx).await
    }

    /// The hand-overs at a mission that wait for somebody else than this responder to confirm them, the
    /// newest first: of each giver her last one, as long as she still holds something of it.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn handovers_for(
        &self,
        mission: &MissionCode,
        responder: Uuid,
    ) -> Result<Vec<HandoverRow>, StoreError> {
        Ok(sqlx::query_as!(
            HandoverRow,
            "select h.id, h.mission, h.by, b.name as by_name, h.for_whom, w.name as \"for_name?\", h.at,
                    h.cases, n.text as note
             from (select distinct on (by) * from handovers
                   where confirmed_at is null and mission = $1 and by <> $2
                   order by by, at desc) h
             join responders b on b.id = h.by
             join sealed.handover_notes n on n.handover = h.id
             left join responders w on w.id = h.for_whom
             where (h.for_whom is null or h.for_whom = $2)
               and (h.cases = '{}'
                    or exists (select from cases c where c.claimed_by = h.by and c.id = any(h.cases)))
             order by h.at desc limit 20",
            mission.as_str(),
            responder
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Confirms a hand-over, if nobody has. Returns who handed over and the cases.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn confirm_handover(
        &self,
        tx: &mut Tx,
        id: Uuid,
        by: &Responder,
        now: DateTime<Utc>,
    ) -> Result<Option<(Uuid, Vec<Uuid>)>, StoreError> {
        let row = sqlx::query!(
            "update handovers set confirmed_by = $2, confirmed_at = $3
             where id = $1 and confirmed_at is null and mission = $4 and by <> $2
               and (for_whom is null or for_whom = $2)
             returning by, cases",
            id,
            by.id,
            now,
            by.mission.as_str()
        )
        .fetch_optional(&mut **tx)
        .await?;
        Ok(row.map(|row| (row.by, row.cases)))
    }
}
