//! Words and what they tell, from files that a speaker of the language can edit.
//!
//! A line of a file is a pattern, a tab, and what it tells. The pattern language is in
//! `data/lexicon/README.md`; everything is compiled once at start into tables, so that a text is
//! matched in one pass. Matching must never guess: what a pattern does not say does not match.

use super::morphology::{Polarity, arabic_after, arabic_bare, arabic_before, swahili_prefix};
use super::tags::{Cue, Tag, Told};
use super::text::{Gap, Script, Text};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Words a gap (`...`) may stand for.
const GAP_WORDS: usize = 3;
/// Matches kept of one text; what comes after is not read.
const MAX_MATCHES: usize = 600;

/// A line of a lexicon that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("lexicon {file}, line {line}: {why}")]
pub struct BadLine {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

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

type Slot = u16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Word(Slot),
    Maybe(Slot),
    Any,
    Gap,
}

struct Pattern {
    steps: Box<[Step]>,
    told: Box<[Told]>,
    /// Whether one word may stand between two others: what somebody suffers is told in many ways,
    /// what stands before a place in few.
    loose: bool,
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

/// All lexicons, compiled.
#[derive(Default)]
pub(super) struct Lexicon {
    exact: WordMap<Vec<Slot>>,
    prefix: WordMap<Vec<Slot>>,
    verb: WordMap<Vec<(Slot, Polarity)>>,
    arabic: WordMap<Vec<Slot>>,
    patterns: Vec<Pattern>,
    by_slot: Vec<Vec<u32>>,
    /// Words that deny, or end a denial: never skipped.
    denials: Vec<Slot>,
    slots: HashMap<String, Slot>,
    classes: HashMap<String, String>,
}

impl Lexicon {
    /// Adds the lines of a file.
    ///
    /// # Errors
    /// [`BadLine`] names the first line that cannot be read.
    pub(super) fn add(&mut self, file: &str, lines: &str) -> Result<(), BadLine> {
        for (at, line) in lines.lines().enumerate() {
            self.line(line).map_err(|why| BadLine {
                file: file.to_owned(),
                line: at + 1,
                why,
            })?;
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let line = line.split(" #").next().unwrap_or("").trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let (pattern, rest) = line
            .split_once('\t')
            .ok_or("there must be a tab between the pattern and what it tells")?;
        if let Some(class) = pattern.trim().strip_prefix('@')
            && let Some(words) = rest.trim().strip_prefix('=')
        {
            let words = words.trim().replace(' ', "|");
            self.classes.insert(class.to_owned(), words);
            return Ok(());
        }
        // Ideographs are a word each: a choice between several of them is several patterns.
        let choices = || pattern.trim().split('|');
        if pattern.contains('|')
            && !pattern.trim().contains(' ')
            && choices().any(|c| !c.is_ascii() && Text::fold(c).contains(' '))
        {
            return choices().try_for_each(|choice| self.line(&format!("{choice}\t{rest}")));
        }
        let told = rest
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<Box<[Told]>, _>>()?;
        let mut steps = Vec::new();
        for part in pattern.split_whitespace() {
            self.part(part, &mut steps)?;
        }
        let first = match steps.first() {
            Some(Step::Word(slot)) => *slot,
            _ => return Err("a pattern must begin with a word".into()),
        };
        if matches!(steps.last(), Some(Step::Gap | Step::Any | Step::Maybe(_))) {
            return Err("a pattern must end with a word".into());
        }
        let id = u32::try_from(self.patterns.len()).map_err(|_| "too many patterns")?;
        let loose = told.iter().any(|t| {
            matches!(
                t.tag,
                Tag::Kind(_) | Tag::Priority(_) | Tag::Sign(_) | Tag::Need(_)
            )
        });
        let denies = told
            .iter()
            .any(|t| matches!(t.tag, Tag::Cue(Cue::Not | Cue::But)));
        if denies && steps.len() == 1 {
            self.denials.push(first);
        }
        self.patterns.push(Pattern {
            steps: steps.into(),
            told,
            loose,
        });
        self.by_slot[usize::from(first)].push(id);
        Ok(())
    }

    fn part(&mut self, part: &str, steps: &mut Vec<Step>) -> Result<(), String> {
        match part {
            "..." => steps.push(Step::Gap),
            "_" => steps.push(Step::Any),
            _ => {
                let (maybe, words) = part.strip_suffix('?').map_or((false, part), |w| (true, w));
                let words = match words.strip_prefix('@').filter(|c| !c.contains('|')) {
                    Some(class) => self
                        .classes
                        .get(class)
                        .cloned()
                        .ok_or_else(|| format!("@{class} is not defined above"))?,
                    None => words.to_owned(),
                };
                // A word that folds into several (an ideograph each) becomes several steps.
                if !words.contains('|') && !words.starts_with(['~', '!']) && !words.ends_with('*') {
                    let folded = Text::fold(&words);
                    let parts: Vec<&str> = folded.split(' ').collect();
                    if parts.len() > 1 && !maybe {
                        for part in parts {
                            steps.push(Step::Word(self.slot(part)?));
                        }
                        return Ok(());
                    }
                }
                let slot = self.slot(&words)?;
                steps.push(if maybe {
                    Step::Maybe(slot)
                } else {
                    Step::Word(slot)
                });
            }
        }
        Ok(())
    }

    fn slot(&mut self, words: &str) -> Result<Slot, String> {
        if let Some(slot) = self.slots.get(words) {
            return Ok(*slot);
        }
        let slot = Slot::try_from(self.by_slot.len()).map_err(|_| "too many different words")?;
        self.by_slot.push(Vec::new());
        self.slots.insert(words.to_owned(), slot);
        for word in words.split('|').filter(|w| !w.is_empty()) {
            if let Some(class) = word.strip_prefix('@') {
                let words = self
                    .classes
                    .get(class)
                    .cloned()
                    .ok_or_else(|| format!("@{class} is not defined above"))?;
                for word in words.split('|') {
                    self.word(word, slot)?;
                }
            } else {
                self.word(word, slot)?;
            }
        }
        Ok(slot)
    }

    fn word(&mut self, word: &str, slot: Slot) -> Result<(), String> {
        let (polarity, bare) = match word.strip_prefix('!') {
            Some(rest) => (Polarity::Denies, rest.trim_start_matches('~')),
            None => (Polarity::Affirms, word.trim_start_matches('~')),
        };
        let folded = Text::fold(bare.trim_end_matches('*'));
        if folded.is_empty() || folded.contains(' ') {
            return Err(format!("“{word}” must be one word"));
        }
        let arabic = folded.chars().next().is_some_and(|c| !c.is_ascii());
        if word.starts_with(['~', '!']) && arabic {
            push(&mut self.arabic, &folded, slot);
        } else if word.starts_with(['~', '!']) {
            for (stem, denies_only) in verb_forms(&folded) {
                if denies_only && polarity == Polarity::Affirms {
                    continue;
                }
                let list = self.verb.entry(stem.into()).or_default();
                if !list.contains(&(slot, polarity)) {
                    list.push((slot, polarity));
                }
            }
        } else if word.ends_with('*') {
            push(&mut self.prefix, &folded, slot);
        } else {
            push(&mut self.exact, &folded, slot);
        }
        Ok(())
    }

    /// The slots each word of a text fills.
    fn slots_of(&self, text: &Text) -> Vec<Vec<Slot>> {
        let mut all = Vec::with_capacity(text.tokens.len());
        for (at, token) in text.tokens.iter().enumerate() {
            let word = text.word(at);
            let mut slots: Vec<Slot> = Vec::new();
            if token.script == Script::Arabic {
                for bare in arabic_bare(word) {
                    if let Some(found) = self.exact.get(bare) {
                        slots.extend(found);
                    }
                }
                self.arabic_stems(word, &mut slots);
            } else if let Some(found) = self.exact.get(word) {
                slots.extend(found);
            }
            if word.len() <= 40 {
                for (end, _) in word.char_indices().skip(2) {
                    if let Some(found) = self.prefix.get(&word[..end]) {
                        slots.extend(found);
                    }
                }
                if let Some(found) = self.prefix.get(word) {
                    slots.extend(found);
                }
                if token.script == Script::Latin {
                    self.verbs(word, &mut slots);
                }
            }
            slots.sort_unstable();
            slots.dedup();
            all.push(slots);
        }
        all
    }

    fn verbs(&self, word: &str, slots: &mut Vec<Slot>) {
        for (start, _) in word.char_indices().take(16) {
            let stem = &word[start..];
            if stem.len() < 2 {
                break;
            }
            // The bare stem is an order ("piga", dial): it is written out where it is meant.
            if start > 0
                && let Some(found) = self.verb.get(stem)
                && let Some(polarity) = swahili_prefix(&word[..start])
            {
                slots.extend(
                    found
                        .iter()
                        .filter(|(_, p)| *p == polarity)
                        .map(|(s, _)| *s),
                );
            }
        }
    }

    fn arabic_stems(&self, word: &str, slots: &mut Vec<Slot>) {
        if word.len() > 40 {
            return;
        }
        for (start, _) in word.char_indices().take(5) {
            if !arabic_before(&word[..start]) {
                continue;
            }
            for (end, c) in word[start..].char_indices().skip(1) {
                let end = start + end + c.len_utf8();
                if arabic_after(&word[end..])
                    && let Some(found) = self.arabic.get(&word[start..end])
                {
                    slots.extend(found);
                }
            }
        }
    }

    /// Everything a text matches, in the order of the text.
    pub(super) fn matches(&self, text: &Text) -> Vec<Match<'_>> {
        let words = Words {
            slots: self.slots_of(text),
            text,
            denials: &self.denials,
        };
        let mut found = Vec::new();
        for at in 0..words.slots.len() {
            for slot in &words.slots[at] {
                for id in &self.by_slot[usize::from(*slot)] {
                    let pattern = &self.patterns[*id as usize];
                    if let Some(to) = words.follow(&pattern.steps[1..], at + 1, pattern.loose) {
                        found.push(Match {
                            from: at,
                            to,
                            told: &pattern.told,
                        });
                        if found.len() >= MAX_MATCHES {
                            return found;
                        }
                    }
                }
            }
        }
        found
    }

    /// How many patterns there are.
    pub(super) fn len(&self) -> usize {
        self.patterns.len()
    }
}

/// The endings of a Swahili verb; `true` where only a denial ends so.
fn verb_forms(verb: &str) -> Vec<(String, bool)> {
    let mut forms = vec![(verb.to_owned(), false)];
    if let Some(stem) = verb.strip_suffix('a') {
        for ending in ["e", "eni", "ini", "anga", "aga", "ani"] {
            forms.push((format!("{stem}{ending}"), false));
        }
        forms.push((format!("{stem}i"), true));
    }
    forms
}

fn push(map: &mut WordMap<Vec<Slot>>, word: &str, slot: Slot) {
    let list = map.entry(word.into()).or_default();
    if !list.contains(&slot) {
        list.push(slot);
    }
}

/// The words of a text with what they fill.
struct Words<'t> {
    slots: Vec<Vec<Slot>>,
    text: &'t Text,
    denials: &'t [Slot],
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
    fn follow(&self, steps: &[Step], at: usize, loose: bool) -> Option<usize> {
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

/// Whether a match tells a tag.
impl Match<'_> {
    pub(super) fn tells(&self, tag: Tag) -> bool {
        self.told.iter().any(|t| t.tag == tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon(lines: &str) -> Lexicon {
        let mut lexicon = Lexicon::default();
        lexicon.add("test", lines).expect("readable");
        lexicon
    }

    fn found(lexicon: &Lexicon, text: &str) -> Vec<(usize, usize)> {
        lexicon
            .matches(&Text::read(text))
            .iter()
            .map(|m| (m.from, m.to))
            .collect()
    }

    #[test]
    fn one_line_covers_every_form_of_a_swahili_verb_and_tells_denial_apart() {
        let yes = lexicon("~piga\tsign:violence");
        assert_eq!(found(&yes, "bosi ananipiga"), [(1, 2)]);
        assert_eq!(found(&yes, "hanipigi"), []);
        let no = lexicon("!~lipwa\tsign:wages");
        assert_eq!(found(&no, "sijalipwa"), [(0, 1)]);
        assert_eq!(found(&no, "nimelipwa"), []);
    }

    #[test]
    fn patterns_have_gaps_choices_and_never_cross_a_sentence() {
        let l = lexicon(
            "@boss\t= madam bosi\nlock* ... in|inside\tsign:movement\n@boss beat* me\tsign:violence",
        );
        assert_eq!(found(&l, "they locked me inside"), [(1, 4)]);
        assert_eq!(found(&l, "locked. in"), []);
        assert_eq!(found(&l, "Madam beats me"), [(0, 3)]);
    }

    #[test]
    fn arabic_words_are_found_behind_what_is_joined_to_them() {
        let l = lexicon("~ضرب\tsign:violence\nجواز\tsign:documents");
        assert_eq!(found(&l, "هي تضربني والجواز"), [(1, 2), (2, 3)]);
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = Lexicon::default()
            .add("sw.tsv", "\nword only")
            .expect_err("no tab");
        assert!(error.to_string().starts_with("lexicon sw.tsv, line 2"));
    }
}
