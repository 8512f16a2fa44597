//! Cards held back from desks while intake is pressed: of each case the newest, and the most urgent
//! go first.
//!
//! It holds a bounded number. If even that is not enough, nothing is silently left out: it remembers
//! that it lost some, and the desks start over when it is empty.

use crate::case::{Card, Priority};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// The most cards held.
const MOST: usize = 20_000;

/// The cards that are held.
#[derive(Debug, Default)]
pub(super) struct Held {
    cards: HashMap<Uuid, Card>,
    order: BTreeSet<(Priority, Uuid)>,
    lost: bool,
}

impl Held {
    /// Holds a card in place of an older one of its case.
    pub(super) fn hold(&mut self, card: &Card) {
        if let Some(older) = self.cards.remove(&card.id) {
            self.order.remove(&(older.priority, older.id));
        } else if self.cards.len() >= MOST {
            self.lost = true;
            match self.order.last().copied() {
                Some(least) if least.0 > card.priority => {
                    self.order.remove(&least);
                    self.cards.remove(&least.1);
                }
                _ => return,
            }
        }
        self.order.insert((card.priority, card.id));
        self.cards.insert(card.id, card.clone());
    }

    /// The next so many, the most urgent first; of equal urgency those that opened first, whose ids
    /// are lower.
    pub(super) fn take(&mut self, count: usize) -> Vec<Card> {
        (0..count)
            .map_while(|_| {
                let (_, id) = self.order.pop_first()?;
                self.cards.remove(&id)
            })
            .collect()
    }

    /// Whether none is held.
    pub(super) fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    /// Whether some were left out.
    pub(super) const fn lost(&self) -> bool {
        self.lost
    }

    /// How many are held.
    pub(super) fn count(&self) -> usize {
        self.cards.len()
    }
}
