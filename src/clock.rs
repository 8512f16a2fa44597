//! The only wall clock.
//!
//! `now` is read once for each request or tick and passed down, so that everything one request does
//! happens at one moment, and so that tests move time instead of waiting for it. Nothing else reads
//! the time of day (clippy forbids it).

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time: the machine's, moved by an offset that only tests set.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_us: Arc<AtomicI64>,
}

impl Clock {
    /// The time now, in whole microseconds, as the store keeps it.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place where the wall clock is read"
        )]
        let now = Utc::now();
        let offset = TimeDelta::microseconds(self.offset_us.load(Ordering::Relaxed));
        let now = now + offset;
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Moves the time of this clock and of every clone of it.
    pub fn pass(&self, time: TimeDelta) {
        let us = time.num_microseconds().unwrap_or(i64::MAX);
        self.offset_us.fetch_add(us, Ordering::Relaxed);
    }
}
