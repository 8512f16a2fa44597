//! A small linear model beside the lexicons: words it was never told of, by what they look like.
//!
//! It reads windows of a few words, as hashed words, pairs and letter groups, and weighs what each
//! speaks for. It was learned from phrases of our own (`msaada learn`, `.scripts/phrases`); its
//! weights are `data/model.bin`, a byte each. What it says is a floor: rules raise it, and it never
//! lowers what they say.

use super::matching::Match;
use super::tags::Told;
use super::text::{Gap, Script, Text};
use crate::case::{Evidence, Kind, Priority};
use std::hash::Hasher;

static SHIPPED: &[u8] = include_bytes!("data/model.bin");

/// What is told apart: six kinds, none of them, not a report; then three priorities.
pub(crate) const OUTPUTS: usize = 11;
/// Outputs that are kinds, with "none" and "not a report" as the last two.
pub(crate) const KINDS: usize = 8;
/// Places a feature may fall into.
pub(crate) const BUCKETS: usize = 1 << 17;
/// Words of a window.
const WINDOW: usize = 14;
/// Windows looked at in one text.
const MOST: usize = 40;
/// Different tags of the lexicons looked at in a window.
const HINTS: usize = 12;
/// What it says from this probability on is shown as evidence.
const CLEARLY: f32 = 0.7;
/// Words that are shown as evidence together: at least, and at most.
const SHOWN: (usize, usize) = (2, 6);
/// One step of a weight.
pub(crate) const STEP: f32 = 1.0 / 24.0;

/// A feature of a window: where it falls, its value, the word it came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feature {
    pub(crate) bucket: u32,
    pub(crate) value: f32,
    pub(crate) word: u32,
}

/// What the lexicons told of a text: the word, the number of the tag, the weight. So what is learned
/// in one language holds in every language that has words for it.
pub(crate) type Hint = (usize, u8, f32);

/// The hints in what the lexicons told.
pub(super) fn hints(spoken: &[(Told, &Match<'_>)]) -> Vec<Hint> {
    spoken
        .iter()
        .filter_map(|(told, by)| Some((by.from, told.tag.number()?, told.weight)))
        .collect()
}

/// What the model says of a text.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Said {
    /// Probability of each kind, in the best window for it.
    pub(super) kinds: [f32; 6],
    /// Probability that life is in danger now, in the worst window.
    pub(super) critical: f32,
    /// Probability that it is at least urgent, in the worst window.
    pub(super) pressing: f32,
    /// Probability that it only asks something, in the window that asks most.
    pub(super) question: f32,
    /// Probability that no window of it is a report.
    pub(super) other: f32,
    /// The words that spoke most for the danger: first, and the one after the last.
    pub(super) because: Option<(usize, usize)>,
    /// The words that spoke most for something urgent.
    pub(super) pressing_because: Option<(usize, usize)>,
    /// The words that spoke most for the likeliest kind.
    pub(super) kind_because: Option<(usize, usize)>,
}

impl Said {
    /// The words that spoke, where it spoke clearly, or where what was concluded has no other reason
    /// to show: nobody is to act on an alarm without being told which words raised it.
    pub(super) fn evidence(
        &self,
        text: &Text,
        (kind, priority): (Option<Kind>, Priority),
        shown: &[Evidence],
    ) -> Vec<Evidence> {
        let unexplained = |says: &str| shown.iter().all(|evidence| evidence.says != says);
        let mut found = Vec::new();
        let mut show = |words: Option<(usize, usize)>, says: String| {
            found.extend(words.map(|(from, to)| Evidence {
                start: text.tokens[from].start,
                end: text.tokens[to - 1].end,
                says,
            }));
        };
        let likeliest = Kind::ALL
            .iter()
            .copied()
            .max_by(|a, b| self.kinds[*a as usize].total_cmp(&self.kinds[*b as usize]));
        if let Some(likeliest) = likeliest {
            let says = format!("kind:{likeliest}");
            let clear = self.kinds[likeliest as usize] >= CLEARLY;
            if clear || kind == Some(likeliest) && unexplained(&says) {
                show(self.kind_because, says);
            }
        }
        let critical = format!("priority:{}", Priority::Critical);
        if self.critical >= CLEARLY || priority == Priority::Critical && unexplained(&critical) {
            show(self.because, critical);
        } else if priority == Priority::Urgent {
            let says = format!("priority:{}", Priority::Urgent);
            let told_by_kind =
                kind.is_some_and(|kind| !matches!(kind, Kind::Distress | Kind::LostDocuments));
            if !told_by_kind && unexplained(&says) && unexplained(&critical) {
                show(self.pressing_because, says);
            }
        }
        found
    }
}

/// The weights.
pub(super) struct Model {
    weights: Vec<i8>,
    bias: [f32; OUTPUTS],
}

/// The file of weights is damaged.
#[derive(Debug, thiserror::Error)]
#[error("the model of understanding has {0} bytes; it should have {1}")]
pub struct Damaged(usize, usize);

impl Model {
    /// Opens the weights the program carries.
    pub(super) fn open() -> Result<Self, Damaged> {
        Self::unpack(SHIPPED)
    }

    /// Opens weights as `msaada learn` writes them.
    pub(super) fn unpack(packed: &[u8]) -> Result<Self, Damaged> {
        let wanted = (BUCKETS + 1) * OUTPUTS;
        let mut bytes = Vec::with_capacity(wanted);
        let mut packed = flate2::read::GzDecoder::new(packed);
        let read = std::io::Read::read_to_end(&mut packed, &mut bytes);
        if read.is_err() || bytes.len() != wanted {
            return Err(Damaged(bytes.len(), wanted));
        }
        let weights: Vec<i8> = bytes.iter().map(|b| b.cast_signed()).collect();
        let mut bias = [0.0; OUTPUTS];
        for (bias, byte) in bias.iter_mut().zip(&weights[BUCKETS * OUTPUTS..]) {
            *bias = f32::from(*byte) * STEP;
        }
        Ok(Self { weights, bias })
    }

    /// Reads a text.
    /// Words marked as taken back do not speak.
    pub(super) fn read(&self, text: &Text, taken_back: &[bool], hints: &[Hint]) -> Said {
        let mut said = Said::default();
        let mut likeliest = 0.0;
        said.other = 1.0;
        let mut all = windows(text);
        for window in all.by_ref().take(MOST) {
            let features = features(text, window, taken_back, hints);
            let scores = self.scores(&features);
            let (kinds, priorities) = shares(&scores);
            for (best, p) in said.kinds.iter_mut().zip(kinds) {
                *best = best.max(p);
            }
            let first = (0..6).max_by(|a, b| kinds[*a].total_cmp(&kinds[*b]));
            if let Some(kind) = first
                && kinds[kind] > likeliest
            {
                likeliest = kinds[kind];
                said.kind_because = self.because(&features, kind);
            }
            let report = 1.0 - kinds[KINDS - 1];
            said.question = said.question.max(kinds[KINDS - 2]);
            said.other = said.other.min(kinds[KINDS - 1]);
            let critical = priorities[0] * report.sqrt() * heard_enough(window);
            if critical > said.critical {
                said.critical = critical;
                said.because = self.because(&features, KINDS);
            }
            let pressing = (priorities[0] + priorities[1]) * report;
            if pressing > said.pressing {
                said.pressing = pressing;
                said.pressing_because = self.because(&features, KINDS + 1);
            }
        }
        // Nobody is sure that a text is something else who has not read it to its end.
        if all.next().is_some() {
            said.other = said.other.min(0.5);
        }
        said
    }

    fn scores(&self, features: &[Feature]) -> [f32; OUTPUTS] {
        let mut scores = self.bias;
        for f in features {
            let at = f.bucket as usize * OUTPUTS;
            for (score, weight) in scores.iter_mut().zip(&self.weights[at..at + OUTPUTS]) {
                *score += f.value * f32::from(*weight) * STEP;
            }
        }
        scores
    }

    /// The few words together that speak most for an output. Never one alone where there are more: a
    /// person who is shown "I" or "not" learns nothing.
    fn because(&self, features: &[Feature], output: usize) -> Option<(usize, usize)> {
        let first = features.iter().map(|f| f.word).min()?;
        let last = features.iter().map(|f| f.word).max()?;
        let mut speaks = vec![0.0; (last - first + 1) as usize];
        for f in features {
            let weight = f32::from(self.weights[f.bucket as usize * OUTPUTS + output]) * STEP;
            speaks[(f.word - first) as usize] += f.value * weight;
        }
        let fewest = SHOWN.0.min(speaks.len());
        let most = SHOWN.1.min(speaks.len());
        let (from, to, _) = (fewest..=most)
            .flat_map(|words| (0..=speaks.len() - words).map(move |from| (from, from + words)))
            .map(|(from, to)| (from, to, speaks[from..to].iter().sum::<f32>()))
            .max_by(|a, b| a.2.total_cmp(&b.2))?;
        let first = first as usize;
        Some((first + from, first + to))
    }
}

/// Scores as probabilities: of the kinds, and of the priorities.
pub(crate) fn shares(scores: &[f32; OUTPUTS]) -> ([f32; KINDS], [f32; OUTPUTS - KINDS]) {
    let mut kinds = [0.0; KINDS];
    kinds.copy_from_slice(&scores[..KINDS]);
    let mut priorities = [0.0; OUTPUTS - KINDS];
    priorities.copy_from_slice(&scores[KINDS..]);
    soften(&mut kinds);
    soften(&mut priorities);
    (kinds, priorities)
}

fn soften(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - most).exp();
        sum += *score;
    }
    for score in scores {
        *score /= sum;
    }
}

/// How much a window lets judge of danger to life, from 0 to 1: of a name or a word or two the model
/// only says what it says of nothing at all.
fn heard_enough((from, to): (usize, usize)) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a window has few words")]
    let words = (to - from) as f32;
    (words / 6.0).min(1.0)
}

/// The windows of a text: a sentence, or overlapping parts of a long one.
fn windows(text: &Text) -> impl Iterator<Item = (usize, usize)> {
    let count = text.tokens.len();
    let mut from = 0;
    std::iter::from_fn(move || {
        if from >= count {
            return None;
        }
        let mut to = from + 1;
        while to < count && to < from + WINDOW && text.tokens[to].gap != Gap::Stop {
            to += 1;
        }
        let window = (from, to);
        let cut = to < count && text.tokens[to].gap != Gap::Stop;
        from = if cut { from + WINDOW / 2 } else { to };
        Some(window)
    })
}

/// The windows of a text and the features of each, for learning.
pub(super) fn read_windows(text: &Text, taken_back: &[bool], hints: &[Hint]) -> Vec<Vec<Feature>> {
    windows(text)
        .map(|w| features(text, w, taken_back, hints))
        .collect()
}

fn tag_bucket(bytes: &[u8]) -> u32 {
    let mut hasher = super::matching::WordHasher::default();
    hasher.write(bytes);
    fall(hasher.finish())
}

fn fall(hash: u64) -> u32 {
    u32::try_from((hash ^ (hash >> 32)) % BUCKETS as u64).unwrap_or(0)
}

fn bucket(kind: u8, parts: &[&str]) -> u32 {
    let mut hasher = super::matching::WordHasher::default();
    hasher.write(&[kind]);
    for part in parts {
        hasher.write(part.as_bytes());
        hasher.write(&[1]);
    }
    fall(hasher.finish())
}

fn features(
    text: &Text,
    (from, to): (usize, usize),
    taken_back: &[bool],
    hints: &[Hint],
) -> Vec<Feature> {
    let mut out = Vec::with_capacity((to - from) * 16);
    #[expect(clippy::cast_precision_loss, reason = "a window has few words")]
    let scale = 1.6 / ((to - from) as f32 + 2.0).sqrt();
    let mut edged = String::new();
    for at in from..to {
        if taken_back.get(at) == Some(&true) {
            continue;
        }
        let word = text.word(at);
        let at32 = u32::try_from(at).unwrap_or(u32::MAX);
        let mut push = |bucket, value: f32| {
            out.push(Feature {
                bucket,
                value: value * scale,
                word: at32,
            });
        };
        if text.tokens[at].script == Script::Digits || word.len() > 40 {
            push(bucket(b'd', &[]), 0.5);
            continue;
        }
        push(bucket(b'w', &[word]), 1.0);
        if at > from {
            push(bucket(b'b', &[text.word(at - 1), word]), 0.8);
        }
        if at > from + 1 {
            push(bucket(b's', &[text.word(at - 2), word]), 0.4);
        }
        edged.clear();
        edged.push('<');
        edged.push_str(word);
        edged.push('>');
        let ends: Vec<usize> = edged.char_indices().map(|(i, _)| i).collect();
        for length in 3..=5 {
            for start in 0..(ends.len() + 1).saturating_sub(length) {
                let end = ends.get(start + length).copied().unwrap_or(edged.len());
                push(bucket(b'c', &[&edged[ends[start]..end]]), 0.25);
            }
        }
    }
    hint_features(hints, (from, to), &mut out);
    out
}

/// Tags of the lexicons in a window, and pairs of them.
fn hint_features(hints: &[Hint], (from, to): (usize, usize), out: &mut Vec<Feature>) {
    let mut seen: Vec<(u8, u32, f32)> = Vec::new();
    for (at, tag, weight) in hints.iter().filter(|(at, ..)| (from..to).contains(at)) {
        if let Some((.., sum)) = seen.iter_mut().find(|(known, ..)| known == tag) {
            *sum += weight;
        } else if seen.len() < HINTS {
            seen.push((*tag, u32::try_from(*at).unwrap_or(u32::MAX), *weight));
        }
    }
    for (i, (tag, word, weight)) in seen.iter().enumerate() {
        out.push(Feature {
            bucket: tag_bucket(&[b't', *tag]),
            value: 0.5 * weight.clamp(-2.0, 2.0),
            word: *word,
        });
        for (other, ..) in &seen[..i] {
            let (a, b) = (*tag.min(other), *tag.max(other));
            out.push(Feature {
                bucket: tag_bucket(&[b'p', a, b]),
                value: 0.15,
                word: *word,
            });
        }
    }
}
