//! `msaada learn`: learns the small linear model of understanding from phrases.
//!
//! Reads the phrases of `.scripts/phrases`, says each in many ways (choices, greetings, places,
//! slips of the pen), and writes the weights to `src/understand/data/model.bin`. The same phrases
//! give the same weights. It must never read a corpus that may not be shipped.

mod phrases;

use crate::understand::Understanding;
use crate::understand::model::{BUCKETS, Feature, KINDS, OUTPUTS, STEP, shares};
use phrases::{Label, Phrases};
use std::io::Write;
use std::path::PathBuf;

/// Learns the linear model of understanding from phrases.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory of phrases, `*.txt`.
    phrases: PathBuf,
    /// The file of weights to write.
    out: PathBuf,
    /// Labelled messages of our own (`messages_dev.jsonl`) to learn from too.
    #[arg(long)]
    messages: Option<PathBuf>,
    /// Leaves out the messages of one fold of so many, to be measured on.
    #[arg(long, default_value_t = 10)]
    folds: u8,
    /// How often every phrase is said.
    #[arg(long, default_value_t = 240)]
    rounds: u32,
}

/// Runs the command.
///
/// # Errors
/// A sentence that says what could not be read or written.
pub fn run(args: &Args) -> Result<(), String> {
    let mut phrases = Phrases::read(&args.phrases)?;
    if let Some(messages) = &args.messages {
        phrases.messages(messages, args.folds)?;
    }
    let understanding = Understanding::load().map_err(|e| e.to_string())?;
    let mut learner = Learner::new();
    let mut hidden = Hidden(0x2545_f491_4f6c_dd1d);
    let mut wrong = 0;
    for round in 0..args.rounds {
        wrong = 0;
        #[expect(clippy::cast_precision_loss, reason = "few rounds")]
        let rate = 0.35 / (1.0 + 4.0 * round as f32 / args.rounds as f32);
        phrases.each(|text, label| {
            let mut windows = understanding.windows(text);
            for window in &mut windows {
                hidden.hide(window);
            }
            wrong += usize::from(!learner.learn(&windows, label, rate));
        });
    }
    println!("{wrong} texts were read wrong in the last round");
    let file = std::fs::File::create(&args.out).map_err(|e| e.to_string())?;
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::best());
    packed
        .write_all(&learner.bytes())
        .and_then(|()| packed.finish().map(drop))
        .map_err(|e| format!("{}: {e}", args.out.display()))
}

/// Hides some words of a window each time it is read, so that no phrase is known by one word alone
/// and what remains learns to speak for it.
struct Hidden(u64);

impl Hidden {
    /// Words hidden, of a thousand.
    const SHARE: u64 = 400;

    fn hide(&mut self, window: &mut Vec<Feature>) {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let chance = self.0;
        window.retain(|f| {
            let mut x = chance ^ (u64::from(f.word) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            x = (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            ((x ^ (x >> 29)) >> 20) & 0xf_ffff >= Self::SHARE * 0x10_0000 / 1000
        });
    }
}

/// How strongly a text of each priority is learned: one that presses is not to be mistaken for chatter.
const HEED: [f32; OUTPUTS - KINDS] = [2.0, 1.4, 1.0];

/// Weights while they are learned.
struct Learner {
    weights: Vec<f32>,
    /// Sums of squared steps: a weight often moved moves less.
    moved: Vec<f32>,
}

impl Learner {
    fn new() -> Self {
        Self {
            weights: vec![0.0; (BUCKETS + 1) * OUTPUTS],
            moved: vec![1.0; (BUCKETS + 1) * OUTPUTS],
        }
    }

    /// One step; whether the kind was right before it. A trouble is told by some sentence of a text,
    /// nobody knows which: the one that tells it best so far learns it. That a text tells of none
    /// holds for all of its sentences, as it does when a text is read.
    fn learn(&mut self, windows: &[Vec<Feature>], label: Label, rate: f32) -> bool {
        let rate = rate * label.priority.map_or(1.0, |priority| HEED[priority]);
        let scores: Vec<_> = windows.iter().map(|window| self.scores(window)).collect();
        let best = |output: usize, among: std::ops::Range<usize>| {
            let margin = |at: &usize| {
                let others = among.clone().filter(|other| *other != output);
                let others = others
                    .map(|other| scores[*at][other])
                    .fold(f32::MIN, f32::max);
                scores[*at][output] - others
            };
            (0..scores.len()).max_by(|a, b| margin(a).total_cmp(&margin(b)))
        };
        let of_kind = label
            .kind
            .filter(|kind| *kind < KINDS - 2)
            .and_then(|kind| best(kind, 0..KINDS));
        let of_priority = label
            .priority
            .filter(|priority| KINDS + priority < OUTPUTS - 1)
            .and_then(|priority| best(KINDS + priority, KINDS..OUTPUTS));
        let mut right = true;
        for (at, window) in windows.iter().enumerate() {
            let one = Label {
                kind: label.kind.filter(|_| of_kind.is_none_or(|best| best == at)),
                priority: label
                    .priority
                    .filter(|_| of_priority.is_none_or(|best| best == at)),
            };
            right &= self.step(window, &scores[at], one, rate);
        }
        right
    }

    fn scores(&self, features: &[Feature]) -> [f32; OUTPUTS] {
        let mut scores = [0.0; OUTPUTS];
        scores.copy_from_slice(&self.weights[BUCKETS * OUTPUTS..]);
        for f in features {
            let at = f.bucket as usize * OUTPUTS;
            for (score, weight) in scores.iter_mut().zip(&self.weights[at..at + OUTPUTS]) {
                *score += f.value * weight;
            }
        }
        scores
    }

    fn step(
        &mut self,
        features: &[Feature],
        scores: &[f32; OUTPUTS],
        label: Label,
        rate: f32,
    ) -> bool {
        let (kinds, priorities) = shares(scores);
        let mut errors = [0.0; OUTPUTS];
        if let Some(kind) = label.kind {
            errors[..KINDS].copy_from_slice(&kinds);
            errors[kind] -= 1.0;
        }
        if let Some(priority) = label.priority {
            errors[KINDS..].copy_from_slice(&priorities);
            errors[KINDS + priority] -= 1.0;
        }
        let unit = Feature {
            bucket: u32::try_from(BUCKETS).unwrap_or(0),
            value: 0.3,
            word: 0,
        };
        for f in features.iter().chain([&unit]) {
            let at = f.bucket as usize * OUTPUTS;
            for (output, error) in errors.iter().enumerate() {
                let step = error * f.value + 2e-6 * self.weights[at + output];
                self.moved[at + output] += step * step;
                self.weights[at + output] -= rate * step / self.moved[at + output].sqrt();
            }
        }
        label.kind.is_none_or(|kind| {
            kinds.iter().copied().fold(0.0, f32::max).to_bits() == kinds[kind].to_bits()
        })
    }

    fn bytes(&self) -> Vec<u8> {
        self.weights
            .iter()
            .map(|w| {
                #[expect(clippy::cast_possible_truncation, reason = "clamped to a byte")]
                let byte = (w / STEP).round().clamp(-127.0, 127.0) as i8;
                byte.cast_unsigned()
            })
            .collect()
    }
}
