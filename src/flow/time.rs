//! Agreeing on the time with those every node asks.

use super::Flow;
use crate::clock::Told;
use crate::store::StoreError;
use chrono::{DateTime, TimeDelta, Utc};
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
        // Until the first time is agreed on, a slow answer is better than the machine's own clock: it is
        // taken as the earliest it can be.
        let quick = if self.clock.is_agreed() {
            QUICK
        } else {
            Duration::MAX
        };
        let Some(store) = asked(self.store.time(), quick).await? else {
            return Ok(None);
        };
        let redis = asked(self.queue.time(), quick).await.ok().flatten();
        let agreed = self.clock.agree(store, redis);
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

/// What another clock tells.
async fn asked<E>(
    question: impl Future<Output = Result<Option<DateTime<Utc>>, E>>,
    quick: Duration,
) -> Result<Option<Told>, E> {
    let asked = Instant::now();
    let at = question.await?;
    let answered = Instant::now();
    Ok(at.filter(|_| answered - asked < quick).map(|at| Told {
        at,
        asked,
        answered,
    }))
}
