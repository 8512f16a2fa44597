//! Puts right what Redis lost, all the time.
//!
//! Queue and feed are copies: this step reads from PostgreSQL what changed since it last looked, and
//! makes both agree with it. So a lost command, a flush, a restart or a cut is repaired by the same
//! few lines that run on a good day; there is no rescue to be started by hand.

use crate::case::{Card, MissionCode};
use crate::feed::Feed;
use crate::queue::Queue;
use crate::reach::Reach;
use crate::store::{Store, StoreError};
use redis::RedisError;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// Cases put into an empty queue in one go.
const PAGE: i64 = 5_000;
/// Rounds between two comparisons of how many wait with how many should.
const ROUNDS_BETWEEN_COUNTS: u32 = 10;

/// Why a round did not end.
#[derive(Debug, thiserror::Error)]
pub enum NotRepaired {
    /// PostgreSQL is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Redis is away.
    #[error("Redis is away: {0}")]
    Redis(#[from] RedisError),
}

/// What the step remembers between rounds. All of it may be lost.
#[derive(Debug)]
pub struct Repair {
    store: Store,
    feed: Feed,
    queue: Queue,
    redis: Reach,
    cursor: Option<i64>,
    rounds: u32,
    /// Whether Redis was away, or counted otherwise than PostgreSQL a moment ago.
    doubtful: bool,
}

impl Repair {
    /// A repair of these.
    #[must_use]
    pub const fn new(store: Store, feed: Feed, queue: Queue, redis: Reach) -> Self {
        Self {
            store,
            feed,
            queue,
            redis,
            cursor: None,
            rounds: 0,
            doubtful: true,
        }
    }

    /// One round.
    ///
    /// # Errors
    /// [`NotRepaired`]; the next round begins where this one stopped.
    pub async fn step(&mut self) -> Result<Option<Duration>, NotRepaired> {
        self.follow().await?;
        let mended = self.mend_queue().await;
        if !matches!(mended, Err(NotRepaired::Store(_))) {
            self.feed.note(mended.is_err());
        }
        if mended.is_err() {
            self.doubtful = true;
        }
        mended.map(|()| None)
    }

    /// Shows every change since the last round, and makes the queue agree with it.
    async fn follow(&mut self) -> Result<(), NotRepaired> {
        let mut cursor = match self.cursor {
            Some(cursor) => cursor,
            None => self.store.cursor().await?,
        };
        loop {
            let changes = self.store.changes_since(cursor).await?;
            let mut pipe = redis::pipe();
            let mut missed = 0_u64;
            for case in &changes.cases {
                let card = Card::from(case);
                if self.feed.show(&card) {
                    missed += 1;
                    self.queue.agree(&mut pipe, &card);
                }
            }
            metrics::counter!("msaada_cards_repaired_total").increment(missed);
            if missed > 0 && !self.doubtful {
                self.doubtful = pipe
                    .query_async::<()>(&mut self.redis.clone())
                    .await
                    .is_err();
            }
            cursor = changes.cursor;
            self.cursor = Some(cursor);
            if !changes.more {
                return Ok(());
            }
        }
    }

    /// Fills the queue anew where it was flushed, or where it holds another number of cases than
    /// wait.
    async fn mend_queue(&mut self) -> Result<(), NotRepaired> {
        self.rounds = self.rounds.wrapping_add(1);
        let count_now = self.rounds.is_multiple_of(ROUNDS_BETWEEN_COUNTS);
        if !(self.doubtful || count_now) {
            // Only whether it is still there.
            return match self.queue.counts(&[]).await? {
                Some(_) => Ok(()),
                None => self.fill().await,
            };
        }
        let waiting: HashMap<MissionCode, i64> =
            self.store.waiting_counts().await?.into_iter().collect();
        let missions: Vec<MissionCode> = self.missions().await?;
        let counts = self.queue.counts(&missions).await?;
        let agrees = counts.is_some_and(|counts| {
            missions
                .iter()
                .zip(counts)
                .all(|(mission, count)| waiting.get(mission).copied().unwrap_or(0) == count)
        });
        if agrees {
            self.doubtful = false;
        } else if self.doubtful {
            self.fill().await?;
            self.doubtful = false;
        } else {
            // Perhaps only something on its way: it is looked at again in the next round.
            self.doubtful = true;
        }
        Ok(())
    }

    async fn fill(&self) -> Result<(), NotRepaired> {
        let missions = self.missions().await?;
        self.queue.begin_filling(&missions).await?;
        let mut after = Uuid::nil();
        let mut filled = 0;
        loop {
            let page = self.store.waiting_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            filled += page.len();
            self.queue.fill(&page).await?;
        }
        self.queue.end_filling(&missions).await?;
        metrics::counter!("msaada_queue_filled_total").increment(1);
        tracing::info!(cases = filled, "the queue was filled anew");
        Ok(())
    }

    async fn missions(&self) -> Result<Vec<MissionCode>, StoreError> {
        let missions = self.store.missions().await?;
        Ok(missions.into_iter().map(|mission| mission.code).collect())
    }
}
