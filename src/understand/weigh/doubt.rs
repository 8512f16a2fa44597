//! How far it may be no report at all.
//!
//! A plea put aside costs more than a jest opened: in doubt it is opened, without a kind, and a person
//! looks at it. Doubt must never lower a priority.

use super::{ENOUGH, Origin, Weights};
use crate::case::{Kind, Sign};

/// How much likelier a text from home that tells of nobody away is no report, and how much less
/// likely one from abroad.
const HOME_ODDS: f32 = 15.0;
const ABROAD_ODDS: f32 = 0.3;
/// How much less likely than the linear model says: a plea put aside costs more than a jest opened.
const SPARE_ODDS: f32 = 0.3;

impl Weights {
    /// Whether nobody should be told that it is a distress before a person looked at it: no word
    /// tells of trouble and the linear model rather takes it for something else, or is all but sure.
    pub(super) fn is_doubtful(&self) -> bool {
        self.sent
            && self.plea < 0.9
            && (self.model.other >= 0.5 && self.trouble() < 1.0
                || self.model.other >= 0.95 && self.wants() < 3.5 && self.model.pressing < 0.1)
    }

    /// Whether words tell of danger to somebody in particular, and none of jest, trade or an end: however
    /// sure the linear model is of something else, it knows only what such texts mostly sound like.
    pub(super) fn is_endangered(&self) -> bool {
        let danger = self.priorities[0] >= ENOUGH || self.sign(Sign::Violence);
        self.sent
            && danger
            && (self.personal() || self.foreign || self.myself >= 0.3)
            && self.jest < 0.5
            && self.unwanted < 0.5
            && self.over < 1.0
    }

    /// Whether words tell that somebody close who is abroad died, is held or is lost.
    pub(super) fn tells_of_somebody_away(&self) -> bool {
        let told = [Kind::Death, Kind::Detention, Kind::MissingPerson];
        self.sent
            && self.foreign
            && self.other + self.myself >= 0.5
            && told.iter().any(|kind| self.kind(*kind) >= 1.5)
            && self.jest < 0.5
            && self.unwanted < 0.5
            && self.thanks < 0.5
            && self.over < 1.0
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
