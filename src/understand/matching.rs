//! Following a pattern through the words of a text.

use super::tags::{Tag, Told};
use super::text::{Gap, Text};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Words a gap (`...`) may stand for.
const GAP_WORDS: usize = 3;

/// A small, fast hash for short words that nobody outside chooses the tables of.
#[derive(Default, Clone, Copy)]
pub(super) struct WordHasher(u64);

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
    fn write_u8(&mut self, _: u8) {}
}

pub(super) type WordMap<V> = HashMap<Box<str>, V, BuildHasherDefault<WordHasher>>;

/// A choice of words, by number.
pub(super) type Slot = u16;

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Word(Slot),
    Maybe(Slot),
    Any,
    Gap,
}

/// A pattern found in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match<'a> {
    /// First word.
    pub(super) from: usize,
    /// The word after the last.
    pub(super) to: usize,
    /// What it tells.
    pub(super) told: &'a [Told],
}

impl Match<'_> {
    /// Whether it tells a tag.
    pub(super) fn tells(&self, tag: Tag) -> bool {
        self.told.iter().any(|t| t.tag == tag)
    }
}

/// The words of a text with what they fill.
pub(super) struct Words<'t> {
    pub(super) slots: Vec<Vec<Slot>>,
    pub(super) text: &'t Text,
    pub(super) denials: &'t [Slot],
}

impl Words<'_> {
    /// Whether the word at a position continues the sentence.
    fn continues(&self, at: usize) -> bool {
        self.text
            .tokens
            .get(at)
            .is_some_and(|token| token.gap != Gap::Stop)
    }

    /// Whether a word may be passed over.
    fn skippable(&self, at: usize) -> bool {
        self.continues(at) && !self.slots[at].iter().any(|s| self.denials.contains(s))
    }

    /// Follows the steps of a pattern from a word on; the word after the last one matched.
    pub(super) fn follow(&self, steps: &[Step], at: usize, loose: bool) -> Option<usize> {
        let Some((step, rest)) = steps.split_first() else {
            return Some(at);
        };
        match step {
            Step::Word(slot) => {
                if self.fills(at, *slot)
                    && let Some(to) = self.follow(rest, at + 1, loose)
                {
                    return Some(to);
                }
                (loose && self.skippable(at) && self.fills(at + 1, *slot))
                    .then(|| self.follow(rest, at + 2, loose))
                    .flatten()
            }
            Step::Maybe(slot) => self
                .fills(at, *slot)
                .then(|| self.follow(rest, at + 1, loose))
                .flatten()
                .or_else(|| self.follow(rest, at, loose)),
            Step::Any => self
                .continues(at)
                .then(|| self.follow(rest, at + 1, loose))
                .flatten(),
            Step::Gap => {
                for skipped in 0..=GAP_WORDS {
                    if skipped > 0 && !self.continues(at + skipped - 1) {
                        return None;
                    }
                    if let Some(to) = self.follow(rest, at + skipped, false) {
                        return Some(to);
                    }
                }
                None
            }
        }
    }

    fn fills(&self, at: usize, slot: Slot) -> bool {
        self.continues(at) && self.slots[at].binary_search(&slot).is_ok()
    }
}
