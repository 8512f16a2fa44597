//! Counts of tries, in memory and bounded.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long tries count, from the first of them.
pub(super) const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Counts kept. Beyond it a quarter is forgotten: those with the fewest tries, so that nobody empties
/// a count by inventing others.
const MOST: usize = 20_000;

/// A hash of what is tried, never the thing itself.
pub(super) type Key = [u8; 32];

pub(super) fn key(parts: &[&[u8]]) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[derive(Clone, Copy)]
struct Count {
    tries: u32,
    since: DateTime<Utc>,
}

/// How often each thing was tried.
#[derive(Default)]
pub(super) struct Counts(Mutex<HashMap<Key, Count>>);

impl Counts {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one try at each of these, unless one of them was tried as often as it may be: then none,
    /// and the error is the time until that is over.
    pub(super) fn take(&self, what: &[(Key, u32)], now: DateTime<Utc>) -> Result<(), TimeDelta> {
        let mut counts = self.lock();
        let waits = what.iter().filter_map(|(key, most)| {
            let count = counts.get(key).filter(|count| count.tries >= *most)?;
            Some(count.since + WINDOW - now).filter(|left| *left > TimeDelta::zero())
        });
        if let Some(longest) = waits.max() {
            return Err(longest);
        }
        make_room(&mut counts, now);
        for (key, _) in what {
            let count = counts.entry(*key).or_insert(Count {
                tries: 0,
                since: now,
            });
            if now - count.since >= WINDOW {
                *count = Count {
                    tries: 0,
                    since: now,
                };
            }
            count.tries += 1;
        }
        Ok(())
    }

    /// Takes one try back: nothing was compared.
    pub(super) fn give_back(&self, key: &Key) {
        let mut counts = self.lock();
        if let Some(count) = counts.get_mut(key) {
            count.tries -= 1;
            if count.tries == 0 {
                counts.remove(key);
            }
        }
    }

    /// Forgets all tries at this.
    pub(super) fn forget(&self, key: &Key) {
        self.lock().remove(key);
    }
}

fn make_room(counts: &mut HashMap<Key, Count>, now: DateTime<Utc>) {
    if counts.len() < MOST {
        return;
    }
    counts.retain(|_, count| now - count.since < WINDOW);
    if counts.len() < MOST {
        return;
    }
    let mut all: Vec<(u32, DateTime<Utc>, Key)> = counts
        .iter()
        .map(|(key, count)| (count.tries, count.since, *key))
        .collect();
    let (fewest, _, _) = all.select_nth_unstable(MOST / 4);
    for (_, _, key) in fewest {
        counts.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-22T08:00:00Z".parse().expect("time")
    }

    #[test]
    fn nobody_empties_a_count_by_inventing_others() {
        let counts = Counts::default();
        let hers = [(key(&[b"hers"]), 3)];
        for _ in 0..3 {
            counts.take(&hers, now()).expect("one more try");
        }
        for invented in 0..u32::try_from(3 * MOST).expect("a number") {
            let key = key(&[&invented.to_le_bytes()]);
            counts
                .take(&[(key, 3)], now() + TimeDelta::seconds(1))
                .expect("the first");
        }
        assert!(counts.lock().len() <= MOST + 1);
        assert_eq!(counts.take(&hers, now()), Err(WINDOW));
    }

    #[test]
    fn what_was_refused_counts_for_nothing() {
        let counts = Counts::default();
        let (one, two) = (key(&[b"one"]), key(&[b"two"]));
        counts.take(&[(one, 1)], now()).expect("the first");
        for _ in 0..5 {
            assert!(counts.take(&[(two, 2), (one, 1)], now()).is_err());
        }
        counts.take(&[(two, 1)], now()).expect("the first");
        let later = now() + TimeDelta::minutes(5);
        assert_eq!(counts.take(&[(one, 1)], later), Err(TimeDelta::minutes(10)));
        counts
            .take(&[(one, 1)], now() + WINDOW)
            .expect("the window is over");
    }
}
