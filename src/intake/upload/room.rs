//! How much of what is sent along is held and kept: room in memory while it comes, and a budget of
//! bytes for each hour, since anybody may send photographs.

use super::{FILES, LARGEST};
use chrono::{DateTime, Utc};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What files that are on their way may take in memory together, in bytes.
pub(super) const ROOM: usize = 8 * FILES * LARGEST;

/// How much room there is for files on their way, and how much more is kept in this hour.
pub struct Uploads {
    room: Arc<Semaphore>,
    /// What this node keeps in an hour, in bytes.
    hourly: usize,
    /// The hour, and what is spent of it.
    spent: Mutex<(i64, usize)>,
}

/// Bytes that are about to be kept, counted in an hour.
#[derive(Clone, Copy)]
#[must_use]
pub(in crate::intake) struct Charged {
    hour: i64,
    bytes: usize,
}

impl std::fmt::Debug for Uploads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Uploads")
    }
}

impl Uploads {
    /// Room for files, of which so many bytes are kept in an hour.
    #[must_use]
    pub fn new(hourly: u64) -> Self {
        Self {
            room: Arc::new(Semaphore::new(ROOM)),
            hourly: usize::try_from(hourly).unwrap_or(usize::MAX),
            spent: Mutex::default(),
        }
    }

    /// When all of it is free.
    #[cfg(test)]
    pub(super) fn free(&self) -> impl Future<Output = ()> + use<> {
        let room = self.room.clone();
        async move {
            let all = u32::try_from(ROOM).expect("it is counted in 32 bits");
            drop(room.acquire_many(all).await.expect("it is never closed"));
        }
    }

    /// Counts so many bytes in this hour; none where that is more than what is kept. Only what came
    /// with an accepted report is counted: who knows no code takes nothing from others.
    pub(in crate::intake) fn charge(&self, bytes: usize, now: DateTime<Utc>) -> Option<Charged> {
        let hour = now.timestamp().div_euclid(3_600);
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.0 != hour {
            *spent = (hour, 0);
        }
        let with_these = spent.1.saturating_add(bytes);
        if with_these > self.hourly {
            return None;
        }
        spent.1 = with_these;
        Some(Charged { hour, bytes })
    }

    /// So many of these bytes were kept; the others are given back.
    pub(in crate::intake) fn settle(&self, charged: Charged, kept: usize) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.0 == charged.hour {
            let back = charged.bytes.saturating_sub(kept);
            spent.1 = spent.1.saturating_sub(back);
        }
    }
}

/// The room that files take, given back when it is dropped.
pub(super) struct Room {
    of: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub(super) fn of(uploads: &Uploads) -> Self {
        let of = uploads.room.clone();
        Self { of, taken: None }
    }

    /// Room for so many bytes more; whether there was any.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let Ok(more) = self.of.clone().try_acquire_many_owned(bytes) else {
            return false;
        };
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            None => self.taken = Some(more),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_keeps_so_much_what_was_not_kept_is_given_back_and_the_next_one_begins_anew() {
        let uploads = Uploads::new(100);
        let now = DateTime::UNIX_EPOCH;
        let all = uploads.charge(100, now).expect("it is free");
        assert!(uploads.charge(1, now).is_none());
        uploads.settle(all, 60);
        let rest = uploads.charge(40, now).expect("it was given back");
        assert!(uploads.charge(1, now).is_none());
        let later = now + chrono::TimeDelta::hours(1);
        assert!(uploads.charge(100, later).is_some());
        uploads.settle(rest, 0);
        assert!(uploads.charge(1, later).is_none(), "that was another hour");
    }
}
