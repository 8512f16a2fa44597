//! How pressed intake is, and what is given up for it, in this order: desks get fewer frames, then
//! what only looks back is refused. Reports never are, while they can be stored or kept on disk.
//!
//! Measured where it hurts: how many reports wait for a worker, and for how long nobody has come for
//! them. It rises at once and falls slowly, so that a service at its limit does not flicker.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Reports that wait from which on desks get fewer frames, and from which on looking back is refused.
const DEPTHS: [usize; 2] = [512, 2_048];
/// How long nobody has come for reports that wait, likewise.
const AGES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
/// Rounds in a row that must be better before a step is taken back.
const BETTER_ROUNDS: u32 = 4;

/// What is given up at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Step {
    /// Nothing.
    #[default]
    Calm,
    /// Desks get fewer frames: of each case the newest only, the most urgent first.
    Desks,
    /// Beside that, maps and lists of what has ended are refused.
    Analytics,
}

impl Step {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Desks => "desks",
            Self::Analytics => "analytics",
        }
    }

    const fn of(number: u8) -> Self {
        match number {
            0 => Self::Calm,
            1 => Self::Desks,
            _ => Self::Analytics,
        }
    }
}

/// The measure.
#[derive(Debug)]
pub(super) struct Pressure {
    seen: Mutex<Seen>,
    step: AtomicU8,
}

#[derive(Debug)]
struct Seen {
    /// Reports that wait for a worker.
    waiting: usize,
    /// When somebody last came for reports, or the first of those that wait arrived.
    came: Instant,
    /// Rounds in a row that were better than the step.
    better: u32,
}

impl Default for Pressure {
    fn default() -> Self {
        Self {
            seen: Mutex::new(Seen {
                waiting: 0,
                came: Instant::now(),
                better: 0,
            }),
            step: AtomicU8::new(0),
        }
    }
}

impl Pressure {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A report waits.
    pub(super) fn arrived(&self, now: Instant) {
        let mut seen = self.lock();
        if seen.waiting == 0 {
            seen.came = now;
        }
        seen.waiting += 1;
    }

    /// A report does not wait after all.
    pub(super) fn refused(&self) {
        let mut seen = self.lock();
        seen.waiting = seen.waiting.saturating_sub(1);
    }

    /// A worker took so many.
    pub(super) fn taken(&self, count: usize, now: Instant) {
        let mut seen = self.lock();
        seen.waiting = seen.waiting.saturating_sub(count);
        seen.came = now;
    }

    /// What is given up.
    pub(super) fn step(&self) -> Step {
        Step::of(self.step.load(Ordering::Acquire))
    }

    /// Measures.
    pub(super) fn weigh(&self, now: Instant) -> Step {
        let mut seen = self.lock();
        let age = if seen.waiting == 0 {
            Duration::ZERO
        } else {
            now.saturating_duration_since(seen.came)
        };
        let reached = |at: usize| seen.waiting >= DEPTHS[at] || age >= AGES[at];
        let measured = match (reached(0), reached(1)) {
            (_, true) => Step::Analytics,
            (true, false) => Step::Desks,
            (false, false) => Step::Calm,
        };
        let before = self.step();
        seen.better = if measured < before {
            seen.better + 1
        } else {
            0
        };
        if measured <= before && seen.better < BETTER_ROUNDS {
            return before;
        }
        seen.better = 0;
        self.step.store(measured as u8, Ordering::Release);
        measured
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn many_reports_that_wait_cost_the_desks_first_and_looking_back_next() {
        let (pressure, now) = (Pressure::default(), Instant::now());
        for _ in 0..511 {
            pressure.arrived(now);
        }
        assert_eq!(pressure.weigh(now), Step::Calm);
        pressure.arrived(now);
        assert_eq!(pressure.weigh(now), Step::Desks);
        for _ in 512..2_048 {
            pressure.arrived(now);
        }
        assert_eq!(pressure.weigh(now), Step::Analytics);
    }

    #[test]
    fn one_report_that_nobody_comes_for_is_enough() {
        let (pressure, now) = (Pressure::default(), Instant::now());
        pressure.arrived(now);
        assert_eq!(pressure.weigh(now + ms(249)), Step::Calm);
        assert_eq!(pressure.weigh(now + ms(250)), Step::Desks);
        assert_eq!(pressure.weigh(now + ms(1_000)), Step::Analytics);
    }

    #[test]
    fn a_service_that_nobody_writes_to_is_calm_however_long() {
        let (pressure, now) = (Pressure::default(), Instant::now());
        assert_eq!(pressure.weigh(now + Duration::from_hours(1)), Step::Calm);
        pressure.arrived(now + Duration::from_hours(1));
        let then = now + Duration::from_hours(1) + ms(100);
        assert_eq!(pressure.weigh(then), Step::Calm);
    }

    #[test]
    fn it_ends_by_itself_after_some_better_rounds() {
        let (pressure, now) = (Pressure::default(), Instant::now());
        pressure.arrived(now);
        let later = now + ms(2_000);
        assert_eq!(pressure.weigh(later), Step::Analytics);
        pressure.taken(1, later);
        for _ in 1..BETTER_ROUNDS {
            assert_eq!(pressure.weigh(later), Step::Analytics);
        }
        assert_eq!(pressure.weigh(later), Step::Calm);
    }
}
