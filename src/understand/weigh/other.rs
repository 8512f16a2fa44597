//! Whether a text is something else than a report: thanks, news, trade, prayer, play, a day like others.
//!
//! No single word tells that. So what the linear model reads, what the lexicons told of it and where it
//! came from are weighed together. It must never take a text for something else that asks for help in
//! its own words; and what is taken for something else still waits where a person sees it.

use super::{Origin, Weights};

/// How much likelier a text from home that tells of nobody away is no report, and how much less
/// likely one from abroad.
const HOME_ODDS: f32 = 15.0;
const ABROAD_ODDS: f32 = 0.3;
/// How much less likely than the linear model says: a plea put aside costs more than a jest opened.
const SPARE_ODDS: f32 = 0.3;

/// Below this probability that it is no report, the linear model is sure of a plea.
const SURELY_PLEADS: f32 = 0.05;

/// So many words tell nothing of what they are.
const FEW: usize = 4;
/// From here on a text is taken for no report. The weights were learned by cross validation on messages
/// made up. The bound is high, since a plea put aside costs more than a jest opened: of 395 reports that
/// nobody learned from one more is put aside by it, of 224 other texts nine fewer are opened.
const UNLIKE: f32 = 3.0;

/// The logarithm of the odds that a probability stands for.
fn odds(p: f32) -> f32 {
    let p = p.clamp(0.005, 0.995);
    (p / (1.0 - p)).ln()
}

impl Weights {
    /// Whether it is positively something else than a plea or a question.
    pub(super) fn is_unwanted(&self, words: usize) -> bool {
        let trouble = self.trouble();
        let wants = self.wants();
        let other = self.other_by_sender();
        // News, football, jest and customer care speak of death and beating too. The model's word
        // holds for every sentence of the text; one that asks for help outweighs it, and so do
        // words that tell of trouble, unless it is sure.
        // Of a greeting or a word or two, or none at all (a voice note, a picture), it knows nothing.
        // Where the model is sure of a plea, a word of thanks, trade or jest takes none of it away.
        if self.sent && self.model.other < SURELY_PLEADS {
            return false;
        }
        let elsewhere = self.plea < 1.5
            && words > 2
            && self.greeting < 0.5
            && if self.sent {
                other >= 0.9 && wants < 5.0
                    || other >= 0.7 && wants < 1.9 && (self.model.other >= 0.7 || wants < 0.9)
                    || other >= 0.6 && wants < 0.9 && self.question < 0.6
            } else {
                self.model.other >= 0.6 && wants < 4.0
            };
        // Laughter is believed where the model, too, hears no danger.
        let laughs = self.sent && self.jest >= 0.9 && other >= 0.7 && self.model.critical < 0.1;
        let unlike = self.unlike(words);
        let unlikely = self.sent && self.plea < 1.5 && words > FEW && unlike > UNLIKE;
        elsewhere
            || unlikely
            || laughs && self.plea < 1.5
            || self.unwanted >= 1.5 && self.unwanted > 0.8 * wants
            || self.jest >= 1.5 && self.jest + self.unwanted > 0.7 * wants
            || self.thanks >= 1.0
                && self.over >= 1.0
                && self.plea < 2.5
                && trouble < 1.5
                && self.question < 1.0
            || self.over >= 1.5 && trouble < 3.0 && self.question < 1.0
            || self.unwanted >= 0.9 && wants < 0.9 && self.question < 1.0
    }

    /// How much more speaks for something else than for a report: the logarithm of the odds, by a
    /// logistic regression.
    fn unlike(&self, words: usize) -> f32 {
        let holds = |what: bool, weight: f32| if what { weight } else { 0.0 };
        let likeliest = self.model.kinds.iter().copied().fold(0.0, f32::max);
        #[expect(clippy::cast_precision_loss, reason = "only its size matters")]
        let long = (1.0 + words as f32).ln();
        0.44 * odds(self.model.other) + 0.51 * odds(self.model.mostly_other)
            - 1.75 * likeliest
            - 1.87 * self.model.question
            - 0.85 * self.plea.min(2.5)
            - 2.10 * self.question.min(2.0)
            + 1.08 * self.unwanted.min(2.5)
            + 3.02 * self.jest.min(2.0)
            + 0.45 * self.thanks.min(2.0)
            - 0.65 * self.ours.min(1.0)
            - 0.99 * self.greeting.min(1.0)
            + 1.03 * long
            + holds(self.near_us(), -2.10)
            + holds(self.personal(), -1.02)
            + holds(self.from == Origin::Abroad, 0.70)
            + holds(self.from == Origin::Home, 0.88)
            - 0.18
    }

    /// The linear model's probability that it is no report, by where it came from: a plea from home
    /// is about somebody who is away.
    pub(super) fn other_by_sender(&self) -> f32 {
        let odds = if self.from == Origin::Abroad {
            ABROAD_ODDS
        } else if self.from == Origin::Home && !self.near_us() && self.other < 0.5 {
            HOME_ODDS
        } else {
            1.0
        };
        let other = self.model.other;
        let odds = odds * SPARE_ODDS;
        other * odds / (other * odds + 1.0 - other)
    }
}
