//! How often something may be tried: passwords and codes.
//!
//! Counted in memory, per process, under a hash of what is tried, never the thing itself. At the
//! limit whoever tries is told to wait; at the limit of memory the oldest count is forgotten.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Tries before one must wait.
const TRIES: u32 = 10;
/// How long tries count.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Counts kept.
const COUNTED: usize = 20_000;

/// Failed tries.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<Hash, Count>>);

type Hash = [u8; 32];
/// How many, and since when.
type Count = (u32, DateTime<Utc>);

impl Attempts {
    /// Counts a try at `what`; false if there were too many and it must not be tried.
    pub fn may_try(&self, what: &str, now: DateTime<Utc>) -> bool {
        self.count(what, now) <= TRIES
    }

    /// The same for what many may try at once: ten times as often.
    pub fn may_try_often(&self, what: &str, now: DateTime<Utc>) -> bool {
        self.count(what, now) <= 10 * TRIES
    }

    fn count(&self, what: &str, now: DateTime<Utc>) -> u32 {
        let key: Hash = Sha256::digest(what.as_bytes()).into();
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= COUNTED {
            counts.retain(|_, (_, since)| now - *since < WINDOW);
            if counts.len() >= COUNTED
                && let Some(oldest) = counts
                    .iter()
                    .min_by_key(|(_, (_, since))| *since)
                    .map(|(key, _)| *key)
            {
                counts.remove(&oldest);
            }
        }
        let (tries, since) = counts.entry(key).or_insert((0, now));
        if now - *since >= WINDOW {
            (*tries, *since) = (0, now);
        }
        *tries += 1;
        *tries
    }

    /// It was right: earlier tries are forgotten.
    pub fn was_right(&self, what: &str) {
        let key: Hash = Sha256::digest(what.as_bytes()).into();
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_ten_wrong_tries_one_must_wait_a_quarter_of_an_hour() {
        let attempts = Attempts::default();
        let now: DateTime<Utc> = "2026-11-22T08:00:00Z".parse().expect("time");
        for _ in 0..10 {
            assert!(attempts.may_try("somebody", now));
        }
        assert!(!attempts.may_try("somebody", now));
        assert!(attempts.may_try("somebody else", now));
        assert!(attempts.may_try("somebody", now + TimeDelta::minutes(15)));
    }

    #[test]
    fn a_right_one_forgets_the_wrong_ones() {
        let attempts = Attempts::default();
        let now: DateTime<Utc> = "2026-11-22T08:00:00Z".parse().expect("time");
        for _ in 0..9 {
            attempts.may_try("somebody", now);
        }
        attempts.was_right("somebody");
        assert!((0..10).all(|_| attempts.may_try("somebody", now)));
    }
}
