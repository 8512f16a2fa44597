//! Agreeing on the time with those every node asks.

use super::Flow;
use crate::store::StoreError;
use chrono::TimeDelta;
use std::time::{Duration, Instant};

/// An answer that took longer tells too little about now.
const QUICK: Duration = Duration::from_millis(500);

impl Flow {
    /// Asks PostgreSQL and Redis what time it is and agrees with them. A wrong wall clock is told in
    /// the log as long as it is wrong.
    ///
    /// # Errors
    /// PostgreSQL is away; then time goes on as it was agreed on.
    pub async fn agree_on_time(&self) -> Result<Option<Duration>, StoreError> {
        let (told, age) = asked(self.store.time()).await;
        let Some(store) = told?.filter(|_| age < QUICK) else {
            return Ok(None);
        };
        let store_told = Instant::now();
        let (told, redis_age) = asked(self.queue.time()).await;
        let redis = told.ok().flatten().filter(|_| redis_age < QUICK);
        let agreed = self.clock.agree(
            store + age / 2 + store_told.elapsed(),
            redis.map(|redis| redis + redis_age / 2),
        );
        let seconds = |time: TimeDelta| time.as_seconds_f64();
        metrics::gauge!("msaada_wall_clock_ahead_seconds").set(seconds(agreed.ahead));
        if agreed.is_wrong() {
            tracing::error!(
                ahead_s = seconds(agreed.ahead),
                "this machine's wall clock is wrong: the time of PostgreSQL and Redis is used. Set \
                 the clock right"
            );
        }
        if agreed.is_step() {
            metrics::counter!("msaada_clock_steps_total").increment(1);
            tracing::warn!(moved_s = seconds(agreed.moved), "the time made a step");
        }
        Ok(None)
    }
}

/// An answer, and how long it took.
async fn asked<T>(question: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    (question.await, began.elapsed())
}
