//! The only wall clock.
//!
//! `now` is read once for each request or tick and passed down, so that everything one request does
//! happens at one moment, and so that tests move time instead of waiting for it. Nothing else reads
//! the time of day (clippy forbids it).
//!
//! A machine's wall clock can be wrong, or be stepped while we run, and a node that believed it would
//! fire everybody's clocks early, or give a new case its moment an hour late. So it is believed only
//! when it is asked together with others: see [`Clock::agree`]. In between, time goes on as the
//! machine counts it, which no step of its wall clock changes. All nodes ask the same PostgreSQL and
//! the same Redis, so all nodes agree; none of them has to stop its clocks to be safe.

use chrono::{DateTime, TimeDelta, Utc};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Instant;

/// Clocks this close are the same: what networks delay, and what is slewed and not stepped.
const SAME: TimeDelta = TimeDelta::seconds(1);

/// What is lost by rounding, and by how much two clocks that were one part until they are compared again.
const PACE: TimeDelta = TimeDelta::milliseconds(1);

/// Tells the time: the one agreed on, moved by an offset that only tests set.
#[derive(Debug, Clone)]
pub struct Clock {
    own: Arc<Own>,
    /// What tests let pass, in this world's every machine.
    passed_us: Arc<AtomicI64>,
}

/// Of this machine.
#[derive(Debug)]
struct Own {
    began: Instant,
    /// The time agreed on, less what went by since it began, in microseconds.
    began_us: AtomicI64,
    /// By how much tests stepped its wall clock.
    stepped_us: AtomicI64,
    agreed: AtomicBool,
}

/// What another clock told, between a question and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// The moment it told.
    pub at: DateTime<Utc>,
    /// When it was asked: it told no earlier.
    pub asked: Instant,
    /// When the answer was here: it told no later.
    pub answered: Instant,
}

/// What agreeing with others came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// How far the machine's wall clock is ahead of the time agreed on.
    pub ahead: TimeDelta,
    /// By how much the time told from now on differs from what was told until now.
    pub moved: TimeDelta,
}

impl Agreed {
    /// Whether the machine's wall clock is wrong.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.ahead.abs() > SAME
    }

    /// Whether time made a step.
    #[must_use]
    pub fn is_step(&self) -> bool {
        self.moved.abs() > SAME
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::in_world(Arc::default())
    }
}

impl Clock {
    fn in_world(passed_us: Arc<AtomicI64>) -> Self {
        Self {
            own: Arc::new(Own {
                began: Instant::now(),
                began_us: AtomicI64::new(wall().timestamp_micros()),
                stepped_us: AtomicI64::new(0),
                agreed: AtomicBool::new(false),
            }),
            passed_us,
        }
    }

    /// The time now, in whole microseconds, as the store keeps it.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let own = &self.own;
        let us = own
            .began_us
            .load(Ordering::Relaxed)
            .saturating_add(i64::try_from(own.began.elapsed().as_micros()).unwrap_or(i64::MAX))
            .saturating_add(self.passed_us.load(Ordering::Relaxed));
        DateTime::from_timestamp_micros(us).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Whether the time was agreed on with others since this process began.
    #[must_use]
    pub fn is_agreed(&self) -> bool {
        self.own.agreed.load(Ordering::Relaxed)
    }

    /// Agrees on the time with PostgreSQL, and with Redis where it answers: what they told, just now.
    ///
    /// The machine's own wall clock holds as long as it is the same as the time in the middle. Of
    /// three, one that is wrong is outvoted, whichever it is. Of two, PostgreSQL's holds: it may be
    /// the wrong one, but it is one for all nodes, and a case is escalated by its time and no other.
    ///
    /// Of an answer that was under way for long nobody knows whether the way to or fro was slow. So the
    /// time is taken to be the earliest it can be, and not moved where it can be right: no clock is
    /// fired early because an answer came late.
    #[must_use]
    pub fn agree(&self, store: Told, redis: Option<Told>) -> Agreed {
        let now = Instant::now();
        let stepped = TimeDelta::microseconds(self.own.stepped_us.load(Ordering::Relaxed));
        let machine = wall() + stepped;
        let can_be = middle(machine, store.by(now), redis.map(|redis| redis.by(now)));
        let before = self.own.began_us.load(Ordering::Relaxed);
        let elapsed = now.saturating_duration_since(self.own.began).as_micros();
        let elapsed = i64::try_from(elapsed).unwrap_or(i64::MAX);
        let (earliest, latest) = (
            can_be.start().timestamp_micros(),
            (*can_be.end() + PACE).timestamp_micros(),
        );
        let began = if (earliest..=latest).contains(&(before + elapsed)) {
            before
        } else {
            earliest - elapsed
        };
        self.own.began_us.store(began, Ordering::Relaxed);
        self.own.agreed.store(true, Ordering::Relaxed);
        Agreed {
            ahead: machine - *can_be.start(),
            moved: TimeDelta::microseconds(began - before),
        }
    }

    /// Moves the time of this clock, of every clone of it, and of every machine of its world.
    pub fn pass(&self, time: TimeDelta) {
        let us = time.num_microseconds().unwrap_or(i64::MAX);
        self.passed_us.fetch_add(us, Ordering::Relaxed);
    }

    /// The clock of another machine of the same world, whose wall clock is ahead by so much. For
    /// tests.
    #[must_use]
    pub fn of_another_machine(&self, ahead: TimeDelta) -> Self {
        let other = Self::in_world(self.passed_us.clone());
        other.step(ahead);
        let us = ahead.num_microseconds().unwrap_or(0);
        other.own.began_us.fetch_add(us, Ordering::Relaxed);
        other
    }

    /// Steps this machine's wall clock, as a hand or a bad time server would. For tests.
    pub fn step(&self, by: TimeDelta) {
        let us = by.num_microseconds().unwrap_or(i64::MAX);
        self.own.stepped_us.fetch_add(us, Ordering::Relaxed);
    }
}

/// What the machine's wall clock shows.
#[must_use]
fn wall() -> DateTime<Utc> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where the wall clock is read"
    )]
    Utc::now()
}

impl Told {
    /// What the time can be at a moment after the answer.
    fn by(self, now: Instant) -> RangeInclusive<DateTime<Utc>> {
        self.at + now.saturating_duration_since(self.answered)
            ..=self.at + now.saturating_duration_since(self.asked)
    }
}

fn middle(
    machine: DateTime<Utc>,
    store: RangeInclusive<DateTime<Utc>>,
    redis: Option<RangeInclusive<DateTime<Utc>>>,
) -> RangeInclusive<DateTime<Utc>> {
    let own = machine..=machine;
    let middle = redis.map_or(store.clone(), |redis| {
        let mut all = [own.clone(), store, redis];
        all.sort_unstable_by_key(|can_be| *can_be.start());
        all[1].clone()
    });
    if (machine - *middle.start()).abs() <= SAME {
        own
    } else {
        middle
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// Told at once.
    fn told(at: DateTime<Utc>) -> Told {
        let now = Instant::now();
        Told {
            at,
            asked: now,
            answered: now,
        }
    }

    fn of(machine: i64, store: i64, redis: Option<i64>) -> DateTime<Utc> {
        let only = |seconds| at(seconds)..=at(seconds);
        *middle(at(machine), only(store), redis.map(only)).start()
    }

    #[test]
    fn one_wrong_clock_of_three_is_outvoted_whichever_it_is() {
        for wrong in [0, 90_000] {
            assert_eq!(of(wrong, 3_600, Some(3_600)), at(3_600));
            assert_eq!(of(3_600, wrong, Some(3_600)), at(3_600));
            assert_eq!(of(3_600, 3_600, Some(wrong)), at(3_600));
        }
    }

    #[test]
    fn of_two_the_one_all_nodes_share_holds_and_a_small_difference_is_none() {
        assert_eq!(of(3_600, 0, None), at(0));
        assert_eq!(of(1, 0, None), at(1));
        assert_eq!(of(1, 0, Some(2)), at(1));
    }

    #[test]
    fn an_answer_that_was_long_under_way_puts_no_clock_ahead_and_none_back() {
        let clock = Clock::default().of_another_machine(TimeDelta::hours(1));
        // It was told right after the question, and took its time from there.
        let slow = || {
            let answered = Instant::now();
            let way = Duration::from_millis(400);
            Told {
                at: wall() - way,
                asked: answered
                    .checked_sub(way)
                    .expect("the machine runs for longer"),
                answered,
            }
        };
        let _ = clock.agree(slow(), None);
        assert!(clock.now() <= wall(), "it is not known to be later");
        let _ = clock.agree(told(wall()), None);
        let _ = clock.agree(slow(), None);
        assert!(wall() - clock.now() < TimeDelta::milliseconds(200));
    }

    #[test]
    fn a_step_of_the_wall_clock_changes_nothing_and_is_told() {
        let clock = Clock::default();
        let right = wall();
        clock.step(TimeDelta::hours(1));
        assert!(clock.now() - right < TimeDelta::minutes(1));
        let agreed = clock.agree(told(wall()), Some(told(wall())));
        assert!(agreed.is_wrong() && !agreed.is_step());
        assert!(clock.now() - right < TimeDelta::minutes(1));
    }

    #[test]
    fn a_clock_that_was_wrong_from_the_start_is_put_right_and_that_is_told() {
        let clock = Clock::default().of_another_machine(TimeDelta::hours(1));
        assert!(clock.now() - wall() > TimeDelta::minutes(59));
        let agreed = clock.agree(told(wall()), None);
        assert!(agreed.is_wrong() && agreed.is_step());
        assert!((clock.now() - wall()).abs() < TimeDelta::minutes(1));
    }
}
