//! Puts right what Redis lost, all the time.
//!
//! Queue and feed are copies: this step reads from PostgreSQL what changed since it last looked, and
//! makes both agree with it. So a lost command, a flush, a restart or a cut is repaired by the same
//! few lines that run on a good day; there is no rescue to be started by hand.
//!
//! How far the queue of a mission is right stands in Redis itself, beside the queue. So what is
//! missed while Redis is away, and what a Redis forgot that came back older than it went, is what
//! changed since then, and costs what changed, not what is open. A queue that has no such mark was
//! flushed and is filled anew; until then `next` asks PostgreSQL. As a last check, how many wait is
//! counted, one mission after the other, so that no round walks over everything that is open.

use crate::case::{Card, MissionCode, Waiting};
use crate::feed::Feed;
use crate::queue::Queue;
use crate::reach::Reach;
use crate::store::{Since, Store, StoreError};
use redis::RedisError;
use std::time::{Duration, Instant};

/// Cases put into an empty queue in one go: as many as a script can take at once.
const PAGE: i64 = 2_000;
/// Rounds between two counts.
const ROUNDS_BETWEEN_COUNTS: u32 = 10;
/// Counts in a row that must find too many, or too few: what is on its way is not missing.
const CONVINCED: u32 = 3;
/// Rounds after which missions are read anew.
const ROUNDS_BETWEEN_MISSIONS: u32 = 30;
/// After so long a round stops filling queues, to look at what changed meanwhile.
const FILLS_FOR: Duration = Duration::from_millis(500);
/// What is left of filling goes on after this.
const AT_ONCE: Duration = Duration::from_millis(1);

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

/// Queues that were filled anew in one round: one line of the log, and not one for each mission.
#[derive(Debug, Default)]
struct Filled {
    queues: usize,
    cases: usize,
}

impl Filled {
    fn tell(&self) {
        if self.queues > 0 {
            let Self { queues, cases } = self;
            tracing::info!(queues, cases, "queues were filled anew");
        }
    }
}

/// What the step remembers between rounds. All of it may be lost.
#[derive(Debug)]
pub struct Repair {
    store: Store,
    feed: Feed,
    queue: Queue,
    redis: Reach,
    /// What desks of this node were shown ends here.
    cursor: Option<i64>,
    missions: Vec<MissionCode>,
    rounds: u32,
    /// Which mission is counted, and how often in a row it held too many (or, below zero, too few).
    counted: usize,
    odd: i32,
}

impl Repair {
    /// A repair of these.
    #[must_use]
    pub fn new(store: Store, feed: Feed, queue: Queue, redis: Reach) -> Self {
        // There from the first moment, so that an alert can be set on it.
        metrics::counter!("msaada_queue_filled_total").increment(0);
        Self {
            store,
            feed,
            queue,
            redis,
            cursor: None,
            missions: Vec::new(),
            rounds: 0,
            counted: 0,
            odd: 0,
        }
    }

    /// One round.
    ///
    /// # Errors
    /// [`NotRepaired`]; the next round begins where this one stopped.
    pub async fn step(&mut self) -> Result<Option<Duration>, NotRepaired> {
        if self.rounds.is_multiple_of(ROUNDS_BETWEEN_MISSIONS) || self.missions.is_empty() {
            let missions = self.store.missions().await?;
            self.missions = missions.into_iter().map(|mission| mission.code).collect();
        }
        self.rounds = self.rounds.wrapping_add(1);
        // Asked before PostgreSQL is: a mark beyond what PostgreSQL knows then is of another history.
        let marks = self.queue.right_up_to(&self.missions).await;
        let settled = self.store.cursor().await?;
        let marks = marks.map(|marks| {
            let known = |mark: &i64| *mark <= settled;
            marks.into_iter().map(|mark| mark.filter(known)).collect()
        });
        let mended = match marks {
            Ok(marks) => self.mend(settled, marks).await,
            Err(error) => self.follow(settled, None).await.and(Err(error.into())),
        };
        if !matches!(mended, Err(NotRepaired::Store(_))) {
            self.feed.note(mended.is_err());
        }
        mended
    }

    /// Redis is there: what changed goes into the queues, and those that were flushed are filled.
    async fn mend(
        &mut self,
        settled: i64,
        marks: Vec<Option<i64>>,
    ) -> Result<Option<Duration>, NotRepaired> {
        let oldest = marks.iter().flatten().min().copied();
        self.follow(settled, Some(oldest.unwrap_or(settled)))
            .await?;
        let empty: Vec<MissionCode> = self
            .missions
            .iter()
            .zip(marks)
            .filter(|(_, mark)| mark.is_none())
            .map(|(mission, _)| mission.clone())
            .collect();
        let mut filled = Filled::default();
        let all = self.fill_some(&empty, &mut filled).await;
        filled.tell();
        if !all? {
            return Ok(Some(AT_ONCE));
        }
        if self.rounds.is_multiple_of(ROUNDS_BETWEEN_COUNTS) || self.odd != 0 {
            self.count().await?;
        }
        Ok(None)
    }

    /// Shows desks what changed since the last round. Where Redis is there, makes the queues agree
    /// with all that changed since they were last known to be right, and notes that they are.
    async fn follow(&mut self, settled: i64, queues: Option<i64>) -> Result<(), NotRepaired> {
        let shown = self.cursor.unwrap_or(settled);
        let mut since = Since::from(queues.map_or(shown, |queues| queues.min(shown)));
        let mut agreed = Ok(());
        loop {
            let changes = self.store.changes_since(since).await?;
            let mut pipe = redis::pipe();
            let mut missed = 0_u64;
            for case in &changes.cases {
                let card = Card::from(case);
                missed += u64::from(self.feed.show(&card));
                self.queue.agree(&mut pipe, &card);
            }
            metrics::counter!("msaada_cards_repaired_total").increment(missed);
            since = changes.cursor;
            let cursor = since.changed;
            if !changes.more {
                self.queue
                    .note_right_up_to(&mut pipe, &self.missions, cursor);
            }
            if queues.is_some() && agreed.is_ok() {
                agreed = pipe.query_async::<()>(&mut self.redis.clone()).await;
            }
            if cursor > shown {
                self.cursor = Some(cursor);
            }
            if !changes.more {
                self.cursor = Some(cursor.max(shown));
                return Ok(agreed?);
            }
        }
    }

    /// Fills the queues of these missions anew, and tells whether it came to the end of them in time.
    async fn fill_some(
        &self,
        missions: &[MissionCode],
        filled: &mut Filled,
    ) -> Result<bool, NotRepaired> {
        let began = Instant::now();
        for (at, mission) in missions.iter().enumerate() {
            self.fill(mission, filled).await?;
            if began.elapsed() > FILLS_FOR && at + 1 < missions.len() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Fills the queue of a mission anew, beside the one in use, unless another process does.
    async fn fill(&self, mission: &MissionCode, all: &mut Filled) -> Result<(), NotRepaired> {
        let cursor = self.store.cursor().await?;
        let Some(filling) = self.queue.begin_filling(mission).await? else {
            return Ok(());
        };
        let mut last: Option<Waiting> = None;
        let mut filled = 0;
        loop {
            let page = self.store.waiting_at(mission, last.as_ref(), PAGE).await?;
            if !self.queue.fill(&filling, &page).await? {
                return Ok(());
            }
            filled += page.len();
            match page.last() {
                Some(end) => last = Some(*end),
                None => break,
            }
        }
        if self.queue.end_filling(&filling, cursor).await? {
            metrics::counter!("msaada_queue_filled_total").increment(1);
            all.queues += 1;
            all.cases += filled;
        }
        Ok(())
    }

    /// Compares how many wait at one mission with how many should, and fills its queue anew where it
    /// holds too many, or too few, again and again. Each time it is the next one's turn.
    async fn count(&mut self) -> Result<(), NotRepaired> {
        let Some(mission) = self.missions.get(self.counted).cloned() else {
            self.counted = 0;
            return Ok(());
        };
        let should = self.store.waiting_count(&mission).await?;
        let holds = self.queue.count(&mission).await?;
        let side = i32::from(holds > should) - i32::from(holds < should);
        self.odd = if side == self.odd.signum() || self.odd == 0 {
            self.odd + side
        } else {
            0
        };
        if self.odd.unsigned_abs() >= CONVINCED {
            tracing::warn!(%mission, holds, should, "a queue is wrong and is filled anew");
            self.fill(&mission, &mut Filled::default()).await?;
            self.odd = 0;
        }
        if self.odd == 0 {
            self.counted = (self.counted + 1) % self.missions.len();
        }
        Ok(())
    }
}
