//! Sessions: who is signed in. Only a hash of the cookie is kept, so that a copy of the database
//! signs nobody in.

use super::responders::ResponderRow;
use super::{Store, StoreError, word};
use crate::case::{MissionCode, Responder};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use uuid::Uuid;

impl Store {
    /// Begins a session, and forgets those that have ended.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn begin_session(
        &self,
        token_hash: &[u8; 32],
        responder: Uuid,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!("delete from sessions where expires_at < $1", now)
            .execute(&self.pool)
            .await?;
        sqlx::query!(
            "insert into sessions (token_hash, responder, created_at, expires_at)
             values ($1, $2, $3, $4)",
            token_hash.as_slice(),
            responder,
            now,
            expires_at
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Who holds this session, if it has not ended.
    ///
    /// # Errors
    /// PostgreSQL is away, or the row cannot be a responder.
    pub async fn session(
        &self,
        token_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<Responder>, StoreError> {
        sqlx::query_as!(
            ResponderRow,
            "select r.id, r.email, r.name, r.role, r.post, r.mission, r.on_duty
             from sessions s join responders r on r.id = s.responder
             where s.token_hash = $1 and s.expires_at > $2 and r.active",
            token_hash.as_slice(),
            now
        )
        .fetch_optional(&self.pool)
        .await?
        .map(Responder::try_from)
        .transpose()
    }

    /// Which of these sessions hold, by the hash of the cookie, and of which mission their holders
    /// are.
    ///
    /// # Errors
    /// PostgreSQL is away, or a mission's code cannot be read.
    pub async fn sessions_that_hold(
        &self,
        token_hashes: &[[u8; 32]],
        now: DateTime<Utc>,
    ) -> Result<HashMap<Vec<u8>, MissionCode>, StoreError> {
        let hashes: Vec<&[u8]> = token_hashes.iter().map(<[u8; 32]>::as_slice).collect();
        sqlx::query!(
            "select s.token_hash, r.mission from sessions s join responders r on r.id = s.responder
             where s.token_hash = any($1) and s.expires_at > $2 and r.active",
            &hashes as &[&[u8]],
            now
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| Ok((row.token_hash, word("responders", "mission", &row.mission)?)))
        .collect()
    }

    /// Ends a session.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn end_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        sqlx::query!(
            "delete from sessions where token_hash = $1",
            token_hash.as_slice()
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
