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
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Instant;

/// Clocks this close are the same: what networks delay, and what is slewed and not stepped.
const SAME: TimeDelta = TimeDelta::seconds(1);

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
    #[must_use]
    pub fn agree(&self, store: DateTime<Utc>, redis: Option<DateTime<Utc>>) -> Agreed {
        let stepped = TimeDelta::microseconds(self.own.stepped_us.load(Ordering::Relaxed));
        let machine = wall() + stepped;
        let time = middle(machine, store, redis);
        let before = self.own.began_us.load(Ordering::Relaxed);
        let elapsed = i64::try_from(self.own.began.elapsed().as_micros()).unwrap_or(i64::MAX);
        let began = time.timestamp_micros().saturating_sub(elapsed);
        self.own.began_us.store(began, Ordering::Relaxed);
        self.own.agreed.store(true, Ordering::Relaxed);
        Agreed {
            ahead: machine - time,
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

fn middle(
    machine: DateTime<Utc>,
    store: DateTime<Utc>,
    redis: Option<DateTime<Utc>>,
) -> DateTime<Utc> {
    let middle = redis.map_or(store, |redis| {
        let mut all = [machine, store, redis];
        all.sort_unstable();
        all[1]
    });
    if (machine - middle).abs() <= SAME {
        machine
    } else {
        middle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn one_wrong_clock_of_three_is_outvoted_whichever_it_is() {
        for wrong in [at(0), at(90_000)] {
            assert_eq!(middle(wrong, at(3_600), Some(at(3_600))), at(3_600));
            assert_eq!(middle(at(3_600), wrong, Some(at(3_600))), at(3_600));
            assert_eq!(middle(at(3_600), at(3_600), Some(wrong)), at(3_600));
        }
    }

    #[test]
    fn of_two_the_one_all_nodes_share_holds_and_a_small_difference_is_none() {
        assert_eq!(middle(at(3_600), at(0), None), at(0));
        assert_eq!(middle(at(1), at(0), None), at(1));
        assert_eq!(middle(at(1), at(0), Some(at(2))), at(1));
    }

    #[test]
    fn a_step_of_the_wall_clock_changes_nothing_and_is_told() {
        let clock = Clock::default();
        let right = wall();
        clock.step(TimeDelta::hours(1));
        assert!(clock.now() - right < TimeDelta::minutes(1));
        let agreed = clock.agree(wall(), Some(wall()));
        assert!(agreed.is_wrong() && !agreed.is_step());
        assert!(clock.now() - right < TimeDelta::minutes(1));
    }

    #[test]
    fn a_clock_that_was_wrong_from_the_start_is_put_right_and_that_is_told() {
        let clock = Clock::default().of_another_machine(TimeDelta::hours(1));
        assert!(clock.now() - wall() > TimeDelta::minutes(59));
        let agreed = clock.agree(wall(), None);
        assert!(agreed.is_wrong() && agreed.is_step());
        assert!((clock.now() - wall()).abs() < TimeDelta::minutes(1));
    }
}
