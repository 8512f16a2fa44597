//! What a report is about and how bad it is, from everything the lexicons matched.
//!
//! Every match speaks for something with a weight; what is denied does not speak. A rule may raise
//! what the weights say. It must never take a text for unwanted that asks for help in its own
//! words, and never lower what somebody chose.

mod alarm;
mod doubt;
mod spoken;

pub(super) use spoken::{add_up, overstates, spoken};

use super::model::Said;
use super::tags::{Cue, Tag, Told};
use crate::case::{ForWhom, Kind, Need, Priority, Sign};

/// So many words from which nothing is understood are taken for a plea.
const UNKNOWN: usize = 4;
/// A sign or need is told from this weight on.
const ENOUGH: f32 = 0.6;

/// Below this probability that it is no report, the linear model is sure of a plea.
const SURELY_PLEADS: f32 = 0.05;

/// What the linear model's lean to a kind weighs beside the words.
const KIND_FROM_MODEL: f32 = 2.0;

/// Where a number is at home.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// No number, or one of no country.
    #[default]
    Nowhere,
    /// Where those live whom the service is for.
    Abroad,
    /// In Kenya: who writes from there writes for another.
    Home,
}

/// The sums.
#[derive(Debug, Default, Clone)]
pub(super) struct Weights {
    kinds: [f32; 6],
    priorities: [f32; 4],
    signs: [f32; 11],
    needs: [f32; 8],
    other: f32,
    myself: f32,
    pub(super) plea: f32,
    pub(super) question: f32,
    pub(super) greeting: f32,
    thanks: f32,
    unwanted: f32,
    jest: f32,
    over: f32,
    cared: f32,
    ours: f32,
    now: f32,
    /// Whether somebody sent it to us, and it is not a text whose places are asked for.
    pub(super) sent: bool,
    /// Where the number it came from is at home.
    pub(super) from: Origin,
    /// Whether a place outside East Africa is named.
    pub(super) foreign: bool,
    boss: f32,
    /// What the linear model says.
    pub(super) model: Said,
}

/// What was concluded.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each answers a question of its own"
)]
pub(super) struct Verdict {
    pub(super) report: bool,
    /// Whether anything in it was understood; else nothing is concluded from the number either.
    pub(super) understood: bool,
    /// Whether it is positively something else: an advertisement, a prank, thanks.
    pub(super) advertises: bool,
    /// Whether it is about somebody here and now.
    pub(super) needs_somebody: bool,
    pub(super) kind: Option<Kind>,
    /// The kind that came next, where it was close.
    pub(super) alternative: Option<Kind>,
    pub(super) priority: Priority,
    pub(super) for_whom: ForWhom,
    pub(super) signs: Vec<Sign>,
    pub(super) needs: Vec<Need>,
    /// From 0 to 1.
    pub(super) confidence: f32,
}

impl Weights {
    fn add(&mut self, told: Told) {
        let weight = told.weight;
        match told.tag {
            Tag::Kind(k) => self.kinds[k as usize] += weight,
            Tag::Priority(p) => self.priorities[p as usize] += weight,
            Tag::Sign(s) => self.signs[s as usize] += weight,
            Tag::Need(n) => self.needs[n as usize] += weight,
            Tag::For(ForWhom::Other) => self.other += weight,
            Tag::For(ForWhom::Myself) => self.myself += weight,
            Tag::Cue(cue) => match cue {
                Cue::Plea => self.plea += weight,
                Cue::Question => self.question += weight,
                Cue::Greeting => self.greeting += weight,
                Cue::Thanks => self.thanks += weight,
                Cue::Unwanted => self.unwanted += weight,
                Cue::Jest => self.jest += weight,
                Cue::Over => self.over += weight,
                Cue::Cared => self.cared += weight,
                Cue::Ours => self.ours += weight,
                Cue::Now => self.now += weight,
                Cue::Boss => self.boss += weight,
                _ => {}
            },
        }
    }

    fn kind(&self, kind: Kind) -> f32 {
        self.kinds[kind as usize]
    }

    fn sign(&self, sign: Sign) -> bool {
        self.signs[sign as usize] >= ENOUGH
    }

    /// Everything that speaks for trouble.
    fn trouble(&self) -> f32 {
        self.kinds.iter().map(|k| k.max(0.0)).sum::<f32>()
            + self.signs.iter().map(|s| s.max(0.0)).sum::<f32>()
            + self.priorities[0]
    }

    /// Concludes. `words` is how many words the text has; `chosen` what the sender chose.
    pub(super) fn conclude(&self, words: usize, chosen: Option<Kind>) -> Verdict {
        let unwanted = chosen.is_none() && self.is_unwanted(words);
        let report = chosen.is_some() || !unwanted && self.is_report(words);
        let (kind, alternative, margin) = self.best_kind(words, chosen);
        let kind = kind.filter(|_| report);
        let past = chosen.is_none() && self.over >= 1.5 && self.question >= 1.0;
        let kind = kind.filter(|_| !past);
        let priority = if report && !past {
            self.priority(kind)
        } else {
            Priority::Routine
        };
        // Its priority stays: who looks at it decides.
        let doubted = kind.filter(|_| chosen.is_none() && self.is_doubtful());
        let kind = kind.filter(|_| doubted.is_none());
        let tell = |told: bool| told && report;
        Verdict {
            report,
            understood: report
                && (kind.is_some()
                    || self.question >= 0.6
                    || self.greeting >= 0.5
                    || self.plea >= 0.3
                    || words <= 2),
            needs_somebody: report && !past && self.unwanted < 0.9,
            advertises: unwanted
                && (self.unwanted >= if self.sent { 0.9 } else { 3.0 }
                    || self.sent && self.thanks + self.jest >= 1.0),
            kind,
            alternative: doubted.or(alternative).filter(|_| report),
            priority,
            for_whom: self.for_whom(kind),
            signs: Sign::ALL
                .iter()
                .copied()
                .filter(|s| tell(self.sign(*s)))
                .collect(),
            needs: Need::ALL
                .iter()
                .copied()
                .filter(|n| self.needs[*n as usize] >= ENOUGH)
                .collect(),
            confidence: margin,
        }
    }

    /// Everything that speaks for a plea.
    fn wants(&self) -> f32 {
        let leans = Kind::ALL.iter().map(|k| self.leans(*k)).fold(0.0, f32::max);
        (self.plea + 0.8 * self.trouble() + 0.3 * self.ours + leans)
            * if self.from == Origin::Abroad {
                1.4
            } else {
                1.0
            }
    }

    /// Whether it is positively something else than a plea or a question.
    fn is_unwanted(&self, words: usize) -> bool {
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
        let elsewhere = !self.is_endangered()
            && !self.tells_of_somebody_away()
            && self.plea < 1.5
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
        elsewhere
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

    /// Whether somebody in particular is spoken of, not people in general.
    fn personal(&self) -> bool {
        self.from == Origin::Abroad || self.ours >= 0.5 || self.other + self.myself >= 0.5
    }

    /// Whether anything ties the text to the people the service is for: where it came from, a
    /// place, an employer, a compatriot.
    fn near_us(&self) -> bool {
        self.from == Origin::Abroad || self.foreign || self.boss >= 0.5 || self.ours >= 0.5
    }

    /// How far the linear model leans towards a kind, from 0 to 1.
    fn leans(&self, kind: Kind) -> f32 {
        let lean = ((self.model.kinds[kind as usize] - 0.4) / 0.6).max(0.0);
        // A text nobody sent to us (read for its places, or measured) is judged by its words.
        if self.sent { lean } else { 0.15 * lean }
    }

    /// Whether the linear model takes it for a question to us.
    fn model_asks(&self) -> bool {
        self.model.question >= 0.7 && self.unwanted < 0.5
    }

    /// Whether the linear model takes it for a plea, whatever the words say.
    fn model_pleads(&self) -> bool {
        Kind::ALL.iter().any(|k| self.leans(*k) >= 0.5) && self.unwanted < 0.5
    }

    fn is_report(&self, words: usize) -> bool {
        let wants = self.wants();
        let meant = self.personal()
            || self.plea >= 1.5
            || words <= 6
            || self.foreign && self.trouble() >= 1.2;
        let enough = if self.near_us() || self.sent && self.model.other < 0.6 {
            0.8
        } else {
            2.2
        };
        // A greeting, or a very short text nobody can judge, opens a conversation.
        wants >= enough && meant
            || self.plea >= 0.9 && self.unwanted < 0.5
            || self.question >= 1.0 && (meant || self.question >= 1.5)
            || self.greeting >= 0.5
            || words <= 2
            || words >= UNKNOWN
                && self.from == Origin::Abroad
                && self.unwanted + self.jest + self.thanks < 1.0
                && self.other_by_sender() < 0.9
            || wants >= 0.4 && self.unwanted < 0.5 && self.personal() && self.near_us()
            || self.sent && (self.model_pleads() || self.model_asks())
            // Who writes that she is beaten is heard, wherever from and whatever she thanks for.
            || self.is_endangered() && self.myself >= 0.5
            // What the model does not take for anything else, a person looks at.
            || self.sent && self.model.other < 0.35 && self.unwanted < 0.5 && words >= 3
            // Few words with a place: who was asked where she is answers.
            || self.sent
                && self.foreign
                && words <= 8
                && self.unwanted + self.jest + self.thanks < 0.5
    }

    fn best_kind(&self, words: usize, chosen: Option<Kind>) -> (Option<Kind>, Option<Kind>, f32) {
        let mut order: Vec<(Kind, f32)> = [
            Kind::Death,
            Kind::MissingPerson,
            Kind::Detention,
            Kind::Medical,
            Kind::Distress,
            Kind::LostDocuments,
        ]
        .into_iter()
        .map(|k| (k, self.kind(k) + KIND_FROM_MODEL * self.leans(k)))
        .collect();
        // Death outweighs how it came about; what else is told belongs to it.
        for (kind, weight) in &mut order {
            *weight = match kind {
                Kind::Death if *weight >= 1.5 => *weight * 2.0 + 1.0,
                Kind::MissingPerson if *weight >= 1.5 => *weight * 1.5 + 0.5,
                Kind::Detention if *weight >= 1.5 => *weight * 1.3 + 0.5,
                Kind::Medical if *weight >= 1.2 => *weight * 1.1,
                Kind::Distress => weight.min(6.0) * 0.8,
                _ => *weight,
            };
        }
        // Violence and confinement outweigh the illness they cause, until somebody cares for it.
        if (self.sign(Sign::Violence) || self.sign(Sign::Movement)) && self.cared < 1.0 {
            order[4].1 += 1.5;
        }
        // Whose life is threatened by somebody is not merely missing or held.
        if self.model.critical >= 0.5 && self.leans(Kind::Distress) >= 0.5 {
            order[4].1 += 1.5;
        }
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (first, second) = (order[0], order[1]);
        let margin = ((first.1 - second.1) / (first.1 + 0.5)).clamp(0.0, 1.0);
        if let Some(chosen) = chosen {
            let other = (first.0 != chosen && first.1 >= 1.0).then_some(first.0);
            return (Some(chosen), other, 0.9);
        }
        let asks = (self.question >= 1.0 || self.model.question >= 0.7) && self.plea < 2.5;
        // A clear question stands, whatever the sentence beside it sounds like, where nothing presses.
        let only_asks = self.model.question >= 0.9 && self.model.pressing < 0.15 && self.plea < 0.9;
        if asks && (first.1 < 0.7 || only_asks && self.kind(first.0) < 0.7) {
            return (None, (first.1 > 0.5).then_some(first.0), 0.5);
        }
        let enough = if self.near_us()
            || self.plea >= 1.5
            || self.sent
                && self.model.other < 0.3
                && (self.personal() || self.model.pressing >= 0.5)
        {
            0.4
        } else {
            1.2
        };
        if first.1 >= enough {
            return (Some(first.0), (second.1 >= 0.8).then_some(second.0), margin);
        }
        if self.plea >= 0.7 && !asks {
            return (Some(Kind::Distress), None, 0.4);
        }
        // Many words, none of them known, and no question: danger is not ruled out.
        if words >= UNKNOWN
            && (self.foreign
                || self.boss >= 0.5
                || self.ours >= 0.5
                || self.sent && self.model.other < 0.7)
            && (self.from == Origin::Abroad || self.other + self.myself >= 1.0)
            && !asks
            && self.question < 0.6
            && (self.greeting < 0.5 || words >= 2 * UNKNOWN)
            && self.thanks < 1.0
            && self.over < 1.0
        {
            return (Some(Kind::Distress), None, 0.2);
        }
        (None, None, 0.4)
    }

    fn for_whom(&self, kind: Option<Kind>) -> ForWhom {
        let lean = match kind {
            Some(Kind::Death | Kind::MissingPerson) => 1.0,
            _ => 0.0,
        };
        if self.other + lean > self.myself && self.other + lean >= 0.8 {
            ForWhom::Other
        } else {
            ForWhom::Myself
        }
    }
}
