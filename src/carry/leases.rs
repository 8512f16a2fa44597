//! The leases of a round, and how much is still in hand under each.
//!
//! A lease is ended together with the record of what was last in hand under it. One that is not (a
//! message of it could not be recorded, the process died) runs out by itself, and what it still names is
//! in doubt then. It must never be ended while something is in hand: that would wait for ever.

use crate::store::{InHand, Settled};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// How many messages are in hand under each.
#[derive(Debug, Default)]
pub(super) struct Leases(Mutex<HashMap<Uuid, usize>>);

impl Leases {
    fn in_hand(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many messages were taken under this one.
    pub(super) fn begin(&self, lease: Uuid, messages: usize) {
        if messages > 0 {
            self.in_hand().insert(lease, messages);
        }
    }

    /// Those under which nothing will be in hand any more, once these are recorded.
    pub(super) fn over(&self, settled: &[(InHand, Settled)]) -> Vec<Uuid> {
        let in_hand = self.in_hand();
        let settled = of_each(settled).into_iter();
        settled
            .filter(|(lease, messages)| in_hand.get(lease) == Some(messages))
            .map(|(lease, _)| lease)
            .collect()
    }

    /// These are recorded.
    pub(super) fn recorded(&self, settled: &[(InHand, Settled)]) {
        let mut in_hand = self.in_hand();
        for (lease, messages) in of_each(settled) {
            if let Some(left) = in_hand.get_mut(&lease) {
                *left = left.saturating_sub(messages);
                if *left == 0 {
                    in_hand.remove(&lease);
                }
            }
        }
    }
}

fn of_each(settled: &[(InHand, Settled)]) -> HashMap<Uuid, usize> {
    let mut of_each = HashMap::new();
    for lease in settled.iter().filter_map(|(held, _)| held.lease) {
        *of_each.entry(lease).or_default() += 1;
    }
    of_each
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(lease: Option<Uuid>, messages: usize) -> Vec<(InHand, Settled)> {
        let one = || {
            let held = InHand {
                message: Uuid::new_v4(),
                lease,
                taken_at: None,
            };
            (held, Settled::Canceled { error: "not said" })
        };
        std::iter::repeat_with(one).take(messages).collect()
    }

    #[test]
    fn a_lease_is_over_with_the_last_that_is_recorded_and_not_before() {
        let leases = Leases::default();
        let (lease, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        leases.begin(lease, 3);
        leases.begin(other, 1);
        let two = settled(Some(lease), 2);
        assert!(leases.over(&two).is_empty());
        // What could not be recorded is in hand as before.
        assert_eq!(leases.over(&settled(Some(lease), 3)), [lease]);
        leases.recorded(&two);
        let last = settled(Some(lease), 1);
        assert_eq!(leases.over(&last), [lease]);
        leases.recorded(&last);
        assert!(leases.over(&last).is_empty(), "it is over");
        assert_eq!(leases.over(&settled(Some(other), 1)), [other]);
    }

    #[test]
    fn what_nobody_has_in_hand_ends_no_lease() {
        let leases = Leases::default();
        leases.begin(Uuid::from_u128(1), 1);
        let asked = [settled(None, 1), settled(Some(Uuid::from_u128(9)), 1)].concat();
        assert!(leases.over(&asked).is_empty());
        leases.recorded(&asked);
        assert_eq!(leases.in_hand().len(), 1);
    }
}
