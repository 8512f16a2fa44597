//! How fast files must come, so that nobody holds the room of others by sending next to nothing.

use std::time::Duration;
use tokio::time::Instant;

/// So much of files must come within [`MOMENT`], in bytes: any line that works is faster.
const LEAST: usize = 8 * 1024;
/// Whoever sends less than [`LEAST`] in it has stopped.
const MOMENT: Duration = Duration::from_secs(45);

/// What came of files lately. Words do not count: they are short, and whoever takes minutes for them
/// holds nothing but them.
pub(super) struct Pace {
    moment: Duration,
    since: Instant,
    came: usize,
    missed: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self::of(MOMENT)
    }
}

impl Pace {
    pub(super) fn of(moment: Duration) -> Self {
        Self {
            moment,
            since: Instant::now(),
            came: 0,
            missed: 0,
        }
    }

    /// Bytes of a file came.
    pub(super) const fn came(&mut self, bytes: usize) {
        self.came += bytes;
    }

    /// When the moment ends.
    pub(super) fn ends(&self) -> Instant {
        self.since + self.moment
    }

    /// The moment is over; in how many in a row too little came.
    pub(super) const fn is_over(&mut self, now: Instant) -> u32 {
        self.missed = if self.came < LEAST {
            self.missed + 1
        } else {
            0
        };
        self.came = 0;
        self.since = now;
        self.missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_works_keeps_the_pace_and_one_that_stops_is_counted() {
        let mut pace = Pace::default();
        let now = Instant::now();
        pace.came(LEAST);
        assert_eq!(pace.is_over(now), 0);
        pace.came(LEAST - 1);
        assert_eq!((pace.is_over(now), pace.is_over(now)), (1, 2));
        assert_eq!(pace.ends(), now + MOMENT);
        pace.came(LEAST);
        assert_eq!(pace.is_over(now), 0);
    }
}
