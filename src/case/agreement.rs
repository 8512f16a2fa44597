//! A word that was agreed on: she said that she would write by then, and perhaps every so often.
//!
//! That she did not is often the only sign there is, and nobody sees what does not happen. So the
//! case carries the moment, its clock is never later than it ([`super::Case::due`]), and silence
//! escalates by itself. It must never cause anything to be sent to her: whoever holds her telephone
//! would learn that she had promised to write.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// A word can be agreed on so far ahead.
const FURTHEST: TimeDelta = TimeDelta::days(30);
/// The longest time from one word to the next, in hours: a week.
const LONGEST_H: u8 = 168;

/// A word that was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    since: DateTime<Utc>,
    by: DateTime<Utc>,
    every_h: Option<u8>,
}

/// An agreement that cannot be, and how to mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAgreement {
    /// Nobody can still keep it.
    #[error("must be a moment that is still to come; name a later one")]
    Past,
    /// A person who is silent for so long is not watched over by it.
    #[error("must be within thirty days; agree on a nearer moment, and on further ones afterwards")]
    TooFar,
    /// Not so often.
    #[error("must be whole hours from 1 to 168, or left out where she writes once")]
    Every,
}

impl NotAnAgreement {
    /// The field of the act that does not fit.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Past | Self::TooFar => "hear_by",
            Self::Every => "hear_every_h",
        }
    }
}

impl Agreement {
    /// What is agreed on now: a word by a moment (to the second), and then every so many hours.
    ///
    /// # Errors
    /// [`NotAnAgreement`] where the moment is past or too far, or she would write too rarely.
    pub fn new(
        by: DateTime<Utc>,
        every_h: Option<u16>,
        now: DateTime<Utc>,
    ) -> Result<Self, NotAnAgreement> {
        let by = by.trunc_subsecs(0);
        if by <= now {
            return Err(NotAnAgreement::Past);
        }
        if by - now > FURTHEST {
            return Err(NotAnAgreement::TooFar);
        }
        Self::kept(now, by, every_h).ok_or(NotAnAgreement::Every)
    }

    /// An agreement as it is kept; none where these are none.
    #[must_use]
    pub fn kept(since: DateTime<Utc>, by: DateTime<Utc>, every_h: Option<u16>) -> Option<Self> {
        let every_h = match every_h {
            None => None,
            Some(hours) => Some(
                u8::try_from(hours)
                    .ok()
                    .filter(|h| (1..=LONGEST_H).contains(h))?,
            ),
        };
        (since < by).then_some(Self { since, by, every_h })
    }

    /// Since when this word is waited for: it was agreed on then, or the one before was due then.
    #[must_use]
    pub const fn since(self) -> DateTime<Utc> {
        self.since
    }

    /// The moment by which she said she would write.
    #[must_use]
    pub const fn by(self) -> DateTime<Utc> {
        self.by
    }

    /// How many hours there are from one word to the next; none where she writes once.
    #[must_use]
    pub fn every_h(self) -> Option<u16> {
        self.every_h.map(u16::from)
    }

    /// From when on a word of hers is the one that is waited for: the later half of the wait. "Thank
    /// you, I will" in the minute after it was agreed is not, and the word of one evening is not that
    /// of the next.
    #[must_use]
    pub fn counts_from(self) -> DateTime<Utc> {
        let wait = self.by - self.since;
        let wait = self.every().map_or(wait, |every| every.min(wait));
        self.by - wait / 2
    }

    /// What is left to wait for after a word of hers that came at a moment.
    #[must_use]
    pub fn heard(self, at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Self> {
        if at < self.counts_from() {
            return Some(self);
        }
        let every = self.every()?;
        Some(self.later_than(now.max(at + every / 2), every))
    }

    /// What is left to wait for when she had not written by then: the next word that can still come.
    #[must_use]
    pub fn missed(self, now: DateTime<Utc>) -> Option<Self> {
        Some(self.later_than(now, self.every()?))
    }

    /// The first of the series, after this one, that is later than a moment.
    fn later_than(self, moment: DateTime<Utc>, every: TimeDelta) -> Self {
        let gone = (moment - self.by).num_seconds().max(0) / every.num_seconds();
        let turns = i32::try_from(gone).unwrap_or(i32::MAX - 1) + 1;
        let by = self.by + every * turns;
        Self {
            since: by - every,
            by,
            ..self
        }
    }

    fn every(self) -> Option<TimeDelta> {
        self.every_h.map(|hours| TimeDelta::hours(hours.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    /// Agreed on at six in the evening, for the next evening at six.
    fn daily() -> Agreement {
        Agreement::new(
            at("2026-11-23T15:00:00Z"),
            Some(24),
            at("2026-11-22T15:00:00Z"),
        )
        .expect("an agreement")
    }

    proptest! {
        #[test]
        fn the_next_word_is_always_still_to_come_and_one_of_the_series(
            ahead_s in 1i64..2_592_000, every_h in 1u16..=168, later_s in 0i64..10_000_000, heard: bool,
        ) {
            let agreed_at = at("2026-11-22T15:00:00Z");
            let by = agreed_at + TimeDelta::seconds(ahead_s);
            let agreement = Agreement::new(by, Some(every_h), agreed_at).expect("an agreement");
            let now = agreed_at + TimeDelta::seconds(later_s);
            let missed = !heard && by <= now;
            let left = if missed { agreement.missed(now) } else { agreement.heard(now, now) };
            let left = left.expect("it repeats");
            let every = TimeDelta::hours(every_h.into());
            prop_assert!(left.by() > now || left == agreement && now < by);
            prop_assert!(left.by() >= by);
            prop_assert_eq!((left.by() - by).num_seconds() % every.num_seconds(), 0);
            if left != agreement {
                prop_assert!(left.by() - every <= now.max(now + every / 2), "none is left out");
                prop_assert_eq!(left.since(), left.by() - every);
            }
        }

        #[test]
        fn a_word_once_ends_it_only_in_the_later_half_of_the_wait(
            wait_s in 2i64..2_592_000, at_s in 0i64..2_592_000,
        ) {
            let agreed_at = at("2026-11-22T15:00:00Z");
            let by = agreed_at + TimeDelta::seconds(wait_s);
            let once = Agreement::new(by, None, agreed_at).expect("an agreement");
            let word = agreed_at + TimeDelta::seconds(at_s);
            prop_assert_eq!(once.heard(word, word).is_none(), 2 * at_s >= wait_s);
            prop_assert_eq!(once.missed(by), None);
        }
    }

    #[test]
    fn a_word_an_hour_before_counts_for_that_evening() {
        let left = daily().heard(at("2026-11-23T14:00:00Z"), at("2026-11-23T14:00:00Z"));
        assert_eq!(
            left.map(Agreement::by),
            Some(at("2026-11-24T15:00:00Z")),
            "the next evening stands"
        );
    }

    #[test]
    fn two_words_on_one_evening_do_not_skip_a_day() {
        let first = at("2026-11-23T14:00:00Z");
        let second = at("2026-11-23T17:30:00Z");
        let left = daily().heard(first, first).expect("it repeats");
        let left = left.heard(second, second).expect("it repeats");
        assert_eq!(left.by(), at("2026-11-24T15:00:00Z"));
    }

    #[test]
    fn a_thank_you_right_after_it_was_agreed_is_not_the_word_that_is_waited_for() {
        let soon = at("2026-11-22T15:02:00Z");
        assert_eq!(daily().heard(soon, soon), Some(daily()));
        let tonight = at("2026-11-22T18:00:00Z");
        let once = Agreement::new(tonight, None, at("2026-11-22T15:00:00Z")).expect("agreed");
        assert_eq!(once.heard(soon, soon), Some(once));
    }

    #[test]
    fn a_word_days_before_a_first_one_that_then_repeats_leaves_the_first() {
        let friday = at("2026-11-27T15:00:00Z");
        let daily = Agreement::new(friday, Some(24), at("2026-11-22T15:00:00Z")).expect("agreed");
        let wednesday = at("2026-11-25T20:00:00Z");
        assert_eq!(daily.heard(wednesday, wednesday), Some(daily));
    }

    #[test]
    fn what_came_before_it_was_agreed_and_was_stored_late_does_not_count() {
        let (before, stored) = (at("2026-11-22T14:00:00Z"), at("2026-11-23T14:59:00Z"));
        assert_eq!(daily().heard(before, stored), Some(daily()));
    }

    #[test]
    fn a_moment_that_is_past_or_too_far_and_a_word_too_rare_are_refused() {
        let now = at("2026-11-22T15:00:00Z");
        let day = TimeDelta::days(1);
        assert_eq!(Agreement::new(now, None, now), Err(NotAnAgreement::Past));
        assert_eq!(
            Agreement::new(now + day * 31, None, now),
            Err(NotAnAgreement::TooFar)
        );
        for hours in [0, 169, 300] {
            let refused = Agreement::new(now + day, Some(hours), now);
            assert_eq!(refused, Err(NotAnAgreement::Every));
        }
        assert!(Agreement::new(now + day * 30, Some(168), now).is_ok());
    }
}
