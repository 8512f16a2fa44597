//! Moments in which the machine itself stood still: all processes of a round at once, and the harness
//! with them. What is late by that is late through nobody's fault; how long it was is told in the table.

use crate::record::Moment;
use chrono::TimeDelta;
use msaada::clock::Clock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

const LOOK: Duration = Duration::from_millis(50);
/// A turn that comes so late is a stall.
const LONG: TimeDelta = TimeDelta::milliseconds(700);

/// What was seen of it.
#[derive(Debug, Default)]
pub(crate) struct Stalls(Arc<Mutex<Vec<(Moment, Moment)>>>);

impl Stalls {
    fn seen(&self) -> MutexGuard<'_, Vec<(Moment, Moment)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to look, on a thread of its own, so that nothing of the harness holds it up; until it is
    /// dropped.
    pub(crate) fn begin() -> Self {
        let stalls = Self::default();
        let seen = Arc::downgrade(&stalls.0);
        std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a runtime")
                .block_on(look(&seen));
        });
        stalls
    }

    pub(crate) fn all(&self) -> Vec<(Moment, Moment)> {
        self.seen().clone()
    }

    /// How much of this time it did not stand still.
    pub(crate) fn without(&self, (from, to): (Moment, Moment)) -> TimeDelta {
        let still = |(began, ended): &(Moment, Moment)| {
            (*ended.min(&to) - *began.max(&from)).max(TimeDelta::zero())
        };
        let still: TimeDelta = self.seen().iter().map(still).sum();
        to - from - still
    }
}

async fn look(seen: &Weak<Mutex<Vec<(Moment, Moment)>>>) {
    let clock = Clock::default();
    let mut turn = interval(LOOK);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = clock.now();
    loop {
        turn.tick().await;
        let now = clock.now();
        let Some(seen) = seen.upgrade() else {
            return;
        };
        if now - last > LONG {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push((last, now));
        }
        last = now;
    }
}
