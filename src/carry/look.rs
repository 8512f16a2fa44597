//! When it is looked again for what is due, and for how much.

use super::places::{Places, Room};
use super::{Batch, wait_until};
use chrono::{DateTime, Utc};
use std::time::{Duration, Instant};

/// Messages in doubt being asked about at once: a slow answer must not take the places of sending.
const ASKED_AT_ONCE: usize = 4;
/// How often those in doubt are looked for while there is always more to send.
const DOUBT: Duration = Duration::from_millis(250);
/// The longest wait for anything while requests are under way.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// The pause after a look that found nothing to send: what is written meanwhile is looked at in one
/// go, so that a flood of reports is not a flood of looks. Short enough for a critical text.
const TOGETHER: Duration = Duration::from_millis(20);

/// How much is to be taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Free {
    /// Messages to send.
    pub most: i64,
    /// Of those, such as are not critical.
    pub rest: i64,
    /// Messages to ask about.
    pub asks: i64,
}

/// When it is looked again.
#[derive(Debug)]
pub(super) struct Look {
    /// Something new may be due.
    told: bool,
    /// There may be more than there was room for.
    more: bool,
    /// When something is due next.
    next: Option<Instant>,
    /// After a look in vain nobody is listened to until then.
    quiet: Option<Instant>,
    /// When those in doubt were last looked for.
    doubt: Option<Instant>,
    /// The last look had no room but for critical ones.
    full: bool,
}

impl Look {
    /// The first one is due.
    pub(super) const fn first() -> Self {
        Self {
            told: true,
            more: false,
            next: None,
            quiet: None,
            doubt: None,
            full: false,
        }
    }

    /// There may be something new.
    pub(super) const fn told(&mut self) {
        self.told = true;
    }

    /// Until when nobody is listened to.
    pub(super) const fn quiet(&self) -> Option<Instant> {
        self.quiet
    }

    /// Begins a look, where one is due and there is room for what it may find. Where there was more
    /// than there was room for, it waits until there is room for some.
    pub(super) fn begin(&mut self, places: &Places, asking: usize) -> Option<Free> {
        self.told |= self.next.is_some_and(|next| next <= Instant::now());
        self.next = self.next.filter(|_| !self.told);
        let Room { most, worth, .. } = places.room();
        let ask = self.told || self.doubt.is_none_or(|last| last.elapsed() >= DOUBT);
        let asks = if ask {
            ASKED_AT_ONCE.saturating_sub(asking)
        } else {
            0
        };
        if !(self.told && most + asks > 0 || self.more && worth) {
            return None;
        }
        (self.told, self.more, self.next) = (false, false, None);
        if asks > 0 {
            self.doubt = Some(Instant::now());
        }
        let Room { most, rest, .. } = places.look();
        self.full = rest == 0;
        let places = |places: usize| i64::try_from(places).unwrap_or(i64::MAX);
        Some(Free {
            most: places(most),
            rest: places(rest),
            asks: places(asks),
        })
    }

    /// What it found.
    pub(super) fn end(&mut self, found: &Batch, now: DateTime<Utc>) {
        self.told |= found.again;
        self.more = !found.send.is_empty();
        let in_vain = !self.more && found.ask.is_empty();
        self.quiet = in_vain.then(|| Instant::now() + TOGETHER);
        if let Some(next) = found.next {
            self.more |= self.full && next <= now;
            self.next = wait_until(Some(next), now).map(|wait| Instant::now() + wait);
        }
    }

    /// Whether there is something to look for.
    pub(super) const fn is_due(&self) -> bool {
        self.told || self.more
    }

    /// When something is due next, at the latest after the longest pause.
    pub(super) fn next(&self) -> Instant {
        let longest = Instant::now() + LONGEST_PAUSE;
        self.next.map_or(longest, |next| next.min(longest))
    }
}
