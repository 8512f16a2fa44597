//! What all desks of a node are told at every beat: read once for all of them, not once for each.
//!
//! Ten thousand desks would otherwise ask the store four thousand times a second whether the line is
//! good and their sessions hold.

use crate::case::MissionCode;
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is read.
pub const PERIOD: Duration = Duration::from_secs(2);

/// A hash of the cookie that a feed was opened with.
pub(super) type Token = [u8; 32];

/// What is known for the desks of a node.
#[derive(Debug, Clone, Default)]
pub struct Beats(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// The sessions of the desks that listen, as they were when those began to.
    listen: HashMap<(Token, MissionCode), Listens>,
    cursor: Option<i64>,
}

#[derive(Debug, Default)]
struct Listens {
    desks: usize,
    /// Told when the session has ended, or is another mission's now.
    over: CancellationToken,
}

impl Beats {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A desk listens from now on, until what is returned is let go.
    pub(super) fn enter(&self, token: Token, mission: &MissionCode) -> Entered {
        let key = (token, mission.clone());
        let mut known = self.lock();
        let listens = known.listen.entry(key.clone()).or_default();
        listens.desks += 1;
        if listens.over.is_cancelled() {
            // It holds again: she is back at the mission that her other desks had to leave.
            listens.over = CancellationToken::new();
        }
        let over = listens.over.clone();
        drop(known);
        Entered {
            beats: self.clone(),
            key,
            over,
        }
    }

    /// Reads which sessions hold, and the cursor. One round.
    ///
    /// # Errors
    /// PostgreSQL is away; what was known holds on, since nobody can sign out either.
    pub async fn read(&self, store: &Store, now: DateTime<Utc>) -> Result<(), StoreError> {
        let keys: Vec<(Token, MissionCode)> = self.lock().listen.keys().cloned().collect();
        if keys.is_empty() {
            return Ok(());
        }
        let cursor = store.cursor().await?;
        let tokens: Vec<Token> = keys.iter().map(|(token, _)| *token).collect();
        let hold = store.sessions_that_hold(&tokens, now).await?;
        let mut known = self.lock();
        known.cursor = Some(cursor);
        for key in &keys {
            if let Some(listens) = known.listen.get(key)
                && hold.get(key.0.as_slice()) != Some(&key.1)
            {
                listens.over.cancel();
            }
        }
        Ok(())
    }
}

/// A desk that listens.
#[derive(Debug)]
pub(super) struct Entered {
    beats: Beats,
    key: (Token, MissionCode),
    over: CancellationToken,
}

impl Entered {
    /// Told when its session has ended: at most a period afterwards, while the store answers.
    pub(super) fn over(&self) -> CancellationToken {
        self.over.clone()
    }

    /// The cursor, as it was read last: none was passed by since.
    pub(super) fn cursor(&self) -> Option<i64> {
        self.beats.lock().cursor
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut known = self.beats.lock();
        if let Some(listens) = known.listen.get_mut(&self.key) {
            listens.desks -= 1;
            if listens.desks == 0 {
                known.listen.remove(&self.key);
            }
        }
    }
}
