//! The atlas: where all cases lie, held ready to be counted.
//!
//! A view of the crisis map must be exact at every zoom and under every filter, also over a million
//! cases, and PostgreSQL takes seconds to group a million rows. So each node keeps the few facts that
//! a view can ask for (about 120 MB for a million cases), and counts them in milliseconds. It is a
//! copy: before each answer it takes in what has changed since, by the same cursor as
//! [`repair`](crate::repair), so that an answer holds every case that was committed when it was asked
//! for. What a node loses with its memory it reads again.
//!
//! Coarse places only; nothing here knows the exact one, a name or a word of anybody.

mod cluster;
mod columns;
mod shape;
mod tally;
mod view;

pub use columns::STATUSES;
pub use h3o::{CellIndex, LatLng, Resolution};
pub use shape::Shape;
pub use tally::{Tally, Times};
pub use view::{FEWEST, Picture, View, Which};

use crate::store::{MapRow, Store, StoreError};
use columns::Columns;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use uuid::Uuid;

/// Cases read in one go at the start: few, so that clocks and reports come in between.
const PAGE: i64 = 1_000;
/// Changes taken in at once, while views wait.
const TOGETHER: usize = 2_000;
/// A view waits so long for what changed to be taken in, and for a node that has just started to
/// read everything; then it is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why nothing is seen.
#[derive(Debug, thiserror::Error)]
pub enum NotSeen {
    /// PostgreSQL is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The node has just started and reads still.
    #[error("the cases are being read; ask again in some seconds")]
    Reading,
}

/// Where all cases lie.
#[derive(Clone)]
pub struct Atlas {
    store: Store,
    columns: Arc<RwLock<Columns>>,
    /// Where to read on; none before everything was read once.
    cursor: Arc<tokio::sync::Mutex<Option<i64>>>,
}

impl Atlas {
    /// An atlas of this store's cases; reads them when it is first asked to.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            columns: Arc::default(),
            cursor: Arc::default(),
        }
    }

    /// Takes in what has changed since.
    ///
    /// # Errors
    /// PostgreSQL is away; the next round goes on.
    pub async fn follow(&self) -> Result<(), StoreError> {
        let mut cursor = self.cursor.lock().await;
        let Some(since) = *cursor else {
            *cursor = Some(self.read_all().await?);
            return Ok(());
        };
        let mut changed = Vec::new();
        let settled = self
            .store
            .map_rows_since(since, |row| {
                changed.push(row);
                if changed.len() >= TOGETHER {
                    self.take(&mut changed);
                }
            })
            .await?;
        self.take(&mut changed);
        // Transactions that count anew are those of another database.
        *cursor = (settled >= since).then_some(settled);
        Ok(())
    }

    fn take(&self, changed: &mut Vec<MapRow>) {
        if changed.is_empty() {
            return;
        }
        let mut columns = self.columns.write().unwrap_or_else(PoisonError::into_inner);
        for row in changed.drain(..) {
            columns.take(&row);
        }
    }

    async fn read_all(&self) -> Result<i64, StoreError> {
        let cursor = self.store.cursor().await?;
        let mut read = Columns::default();
        let mut after = Uuid::nil();
        loop {
            let page = self.store.map_rows_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for row in &page {
                read.take(row);
            }
        }
        tracing::info!(cases = read.len(), "the atlas was read");
        *self.columns.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(cursor)
    }

    /// What is seen, as of now.
    ///
    /// # Errors
    /// [`NotSeen`]: PostgreSQL is away, or the node has just started.
    pub async fn look(&self, view: View) -> Result<Picture, NotSeen> {
        tokio::time::timeout(PATIENCE, self.follow())
            .await
            .map_err(|_| NotSeen::Reading)??;
        let columns = self.columns.clone();
        // A sweep over a million cases takes some milliseconds of a processor: not on a thread that
        // others wait for.
        let swept = tokio::task::spawn_blocking(move || {
            let columns = columns.read().unwrap_or_else(PoisonError::into_inner);
            view.of(&columns)
        });
        swept.await.map_err(|_| NotSeen::Reading)
    }
}

impl std::fmt::Debug for Atlas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Atlas")
    }
}
