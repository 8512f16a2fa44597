//! How bad it is: the priority, from what was added up.
//!
//! Recall before precision: an officer puts a case down in a second, a case nobody saw is lost.

use super::{ENOUGH, Weights};
use crate::case::{Kind, Need, Priority, Sign};

/// The linear model's probability of danger to life that is enough without any word. Low: of two
/// mistakes the missed one costs a life. (Chosen on messages made up that the model did not learn from.)
const CRITICAL_ALONE: f32 = 0.12;
/// What it needs at least to weigh at all.
const CRITICAL_FROM: f32 = 0.03;
/// Its probability of something urgent that is enough without any word.
const PRESSING_ALONE: f32 = 0.4;
/// … and where nothing tells of a slow trouble, such as wages kept back.
const PRESSING_IN_DOUBT: f32 = 0.05;
/// From here on the writer says in so many words that it is over.
const SAFE_NOW: f32 = 2.5;

impl Weights {
    /// The priority of a report of this kind.
    pub(super) fn priority(&self, kind: Option<Kind>) -> Priority {
        let Some(kind) = kind else {
            return if self.priorities[0] >= 1.0 || self.model.pressing >= PRESSING_ALONE {
                Priority::Urgent
            } else {
                Priority::Routine
            };
        };
        let mut priority = match kind {
            Kind::Medical | Kind::Detention | Kind::MissingPerson | Kind::Death => Priority::Urgent,
            Kind::LostDocuments => Priority::Routine,
            Kind::Distress => Priority::Serious,
        };
        if kind == Kind::Distress
            && (self.sign(Sign::Violence) || self.sign(Sign::Movement) || self.bare_plea())
        {
            priority = priority.raised_to(Priority::Urgent);
        }
        if kind == Kind::LostDocuments
            && (self.kind(Kind::Distress) >= 0.4
                || self.plea >= 1.0
                || self.needs[Need::Travel as usize] >= 0.5
                || self.needs[Need::Money as usize] >= 0.6)
        {
            priority = priority.raised_to(Priority::Serious);
        }
        if self.priorities[2] >= ENOUGH {
            priority = priority.raised_to(Priority::Serious);
        }
        if self.priorities[1] >= ENOUGH
            || self.model.pressing >= PRESSING_ALONE
            || kind == Kind::Distress && !self.is_slow() && self.model.pressing >= PRESSING_IN_DOUBT
        {
            priority = priority.raised_to(Priority::Urgent);
        }
        // Who is kept hungry.
        if kind == Kind::Distress
            && self.sign(Sign::Conditions)
            && self.needs[Need::Food as usize] >= 1.0
        {
            priority = priority.raised_to(Priority::Urgent);
        }
        let under_way = self.now >= 0.7
            && (self.sign(Sign::Violence) || self.sign(Sign::Threats))
            && self.kind(Kind::Distress) >= 1.2;
        let untreated = self.kind(Kind::Medical) >= 2.0 && self.sign(Sign::Vulnerability);
        let shut_in = self.sign(Sign::Movement) && self.kind(Kind::Medical) >= 1.2;
        // "But now I am safe": what the model hears of what was is not heard; words of danger are.
        let lean = if self.over >= SAFE_NOW {
            0.0
        } else {
            (self.model.critical - CRITICAL_FROM) / (CRITICAL_ALONE - CRITICAL_FROM)
        };
        let alarm = self.priorities[0]
            + ENOUGH * lean.max(0.0)
            + if under_way { 0.7 } else { 0.0 }
            + if untreated { 0.6 } else { 0.0 }
            + if shut_in { 0.6 } else { 0.0 }
            - if self.cared >= 1.0 { 0.6 } else { 0.0 }
            - if self.over >= 1.5 && self.now < 0.7 {
                0.8
            } else {
                0.0
            }
            - match kind {
                Kind::Death => 2.0,
                // What burnt or was stolen is told as strongly as what burns.
                Kind::LostDocuments => 0.6,
                _ => 0.0,
            };
        if alarm >= 0.6 {
            priority = Priority::Critical;
        }
        priority
    }

    /// Whether a trouble that can wait until the morning is told: wages, papers, hours, a debt.
    fn is_slow(&self) -> bool {
        [
            Sign::Wages,
            Sign::Documents,
            Sign::Overtime,
            Sign::Debt,
            Sign::Deception,
        ]
        .iter()
        .any(|sign| self.sign(*sign))
            || self.priorities[2] >= ENOUGH
    }

    /// A plea that tells nothing else: danger is not ruled out.
    fn bare_plea(&self) -> bool {
        // Where the model knows the trouble, and knows it as a slow one, nothing is bare.
        let told = self.leans(Kind::Distress) >= 0.6 && self.model.pressing < 0.35;
        self.kind(Kind::Distress) < 0.4 && (!told || self.plea >= 0.7)
            || self.plea >= 0.7 && self.kind(Kind::Distress) < 1.0
    }
}
