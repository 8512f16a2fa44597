//! Sums: of what lies in a cell, and of when it was opened.

use super::columns::Facts;
use chrono::{DateTime, Utc};
use std::hash::Hasher;

/// More bars than this no slider shows.
const BARS: i64 = 96;
/// An hour, in microseconds.
pub(super) const HOUR: i64 = 3_600_000_000;

/// What lies in a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    /// The cases.
    pub count: u32,
    /// By priority.
    pub priorities: [u32; 4],
    /// By kind; the first for none.
    pub kinds: [u32; 7],
    /// Sums of the coarse places, for their mean.
    lat: f64,
    lon: f64,
}

impl Tally {
    pub(super) fn add(&mut self, facts: Facts, lat: f64, lon: f64) {
        self.count += 1;
        self.priorities[facts.priority()] += 1;
        self.kinds[facts.kind()] += 1;
        self.lat += lat;
        self.lon += lon;
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.count += other.count;
        for (sum, more) in self.priorities.iter_mut().zip(other.priorities) {
            *sum += more;
        }
        for (sum, more) in self.kinds.iter_mut().zip(other.kinds) {
            *sum += more;
        }
        self.lat += other.lat;
        self.lon += other.lon;
    }

    #[cfg(test)]
    pub(super) fn at(count: u32, lat: f64, lon: f64) -> Self {
        let sum = |degrees: f64| degrees * f64::from(count);
        Self {
            count,
            lat: sum(lat),
            lon: sum(lon),
            ..Self::default()
        }
    }

    /// The mean of the coarse places, latitude first.
    #[must_use]
    pub fn mean(&self) -> (f64, f64) {
        let count = f64::from(self.count.max(1));
        (self.lat / count, self.lon / count)
    }
}

/// When the cases of a view were opened, whatever its `from` and `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// When the first bar begins.
    pub from: DateTime<Utc>,
    /// How many hours a bar is.
    pub hours: i64,
    /// The cases opened in each.
    pub counts: Vec<u32>,
}

/// Bars of whole hours or days, of the cases opened in each hour from the first on.
pub(super) fn times(hours: &[u32], first: i64) -> Option<Times> {
    let begin = hours.iter().position(|count| *count > 0)?;
    let counted = hours.get(begin..)?;
    let length = i64::try_from(counted.len()).ok()?;
    // Whole days where a bar is longer than a day.
    let bar = [1, 2, 3, 6, 12]
        .into_iter()
        .find(|bar| length <= bar * BARS)
        .unwrap_or_else(|| (length / BARS / 24 + 1) * 24);
    let begin = first + i64::try_from(begin).ok()?;
    let start = begin.div_euclid(bar) * bar;
    let skipped = usize::try_from(begin - start).ok()?;
    let mut counts = vec![0; (skipped + counted.len()).div_ceil(usize::try_from(bar).ok()?)];
    for (at, count) in counted.iter().enumerate() {
        counts[(skipped + at) / usize::try_from(bar).ok()?] += count;
    }
    Some(Times {
        from: DateTime::from_timestamp_micros(start * HOUR)?,
        hours: bar,
        counts,
    })
}

/// Cell numbers are spread well by one multiplication.
#[derive(Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 29;
    }
}
