//! The moment of a case, and what becomes of it then: nobody had acted, or she had not written.
//!
//! A case has one moment, the nearer of its status's and of the word that was agreed on, and it is one
//! column: there is no second clock that could disagree with it.

use super::file::{Case, Change, Entry};
use super::{Agreement, Clock, Event, Policies, Priority, Refused, Staffed, Status};
use chrono::{DateTime, Utc};
use serde_json::json;

impl Case {
    /// The moment at which something happens by itself; none once it has ended.
    #[must_use]
    pub fn due(&self) -> Option<DateTime<Utc>> {
        self.due_with(self.status)
    }

    /// The same, were this its status.
    pub(super) fn due_with(&self, status: Status) -> Option<DateTime<Utc>> {
        let due = status.due()?;
        Some(self.agreement.map_or(due, |agreed| due.min(agreed.by())))
    }

    /// The clock that runs.
    #[must_use]
    pub fn clock(&self) -> Option<Clock> {
        self.clock_with(self.status)
    }

    /// The same, were this its status.
    pub(super) fn clock_with(&self, status: Status) -> Option<Clock> {
        let (clock, due) = (status.clock()?, status.due()?);
        let word = self.agreement.is_some_and(|agreed| agreed.by() <= due);
        Some(if word { Clock::Word } else { clock })
    }

    /// The agreement she has not kept, if its moment has come.
    #[must_use]
    pub fn broken(&self, now: DateTime<Utc>) -> Option<Agreement> {
        self.agreement.filter(|agreed| agreed.by() <= now)
    }

    /// A word of hers came at a moment. The moment by which it was waited for, if it is the one; what
    /// is waited for next stands in the case.
    pub fn hears(&mut self, at: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let agreed = self.agreement?;
        self.agreement = agreed.heard(at, now);
        (self.agreement != Some(agreed)).then_some(agreed.by())
    }

    /// What becomes of the case when its moment came and nobody had acted: the next rung that
    /// reaches somebody. Where the person had said that she would write by now, and has not, it
    /// becomes urgent at least.
    ///
    /// # Errors
    /// [`Refused`] where its moment has not come or it has ended.
    pub fn lapse(
        &self,
        now: DateTime<Utc>,
        policies: &Policies,
        staffed: &Staffed,
    ) -> Result<Change, Refused> {
        let planned = self.due().unwrap_or(now);
        let mut case = self.clone();
        let broken = self.broken(now);
        if let Some(agreed) = broken {
            case.status = case.status.no_later_than(agreed.by());
            let raised = case.priority.raised_to(Priority::Urgent);
            if raised != case.priority {
                case.reprioritised(raised, now, policies)?;
            }
            case.agreement = agreed.missed(now);
        }
        let policy = policies.get(case.policy).ok_or(Refused::NoPolicy)?;
        case.turn(Event::Lapse, now, policy)?;
        case.lapses += 1;
        // A rung the case was put on from the start, and which was not told of it then, is told
        // now; else it is the next one's turn.
        let untold = self.lapses == 0 && self.level > 0 && !self.is_told_at_once();
        let from = self.level.saturating_add(u8::from(!untold));
        case.level = policy.ladder.reaching_from(from, &self.mission, staffed);
        case.version += 1;
        let mut detail = json!({
            "clock": self.clock(),
            "planned": planned,
            "late_ms": (now - planned).num_milliseconds(),
            "level": case.level,
            "post": policy.ladder.post(case.level),
        });
        if let Some(agreed) = broken {
            detail["hear_by"] = json!(agreed.by());
            detail["next_word"] = json!(case.agreement.map(Agreement::by));
            detail["raised"] = json!(case.priority != self.priority);
            detail["priority"] = json!(case.priority);
        }
        Ok(Change {
            case,
            entry: Entry {
                event: "lapsed",
                detail,
            },
        })
    }

    /// What becomes of the case when nobody on its rung could be told: the next rung above that
    /// reaches somebody, with a clock of its own from now, so that the lapse that was planned does not
    /// escalate it once more. None where nobody is above; then the clock that runs goes on.
    ///
    /// # Errors
    /// [`Refused`] where it has ended.
    pub fn unreached(
        &self,
        now: DateTime<Utc>,
        policies: &Policies,
        staffed: &Staffed,
    ) -> Result<Option<Change>, Refused> {
        let policy = policies.get(self.policy).ok_or(Refused::NoPolicy)?;
        let Some(level) = policy.ladder.above(self.level, &self.mission, staffed) else {
            return Ok(None);
        };
        let mut case = self.clone();
        case.turn(Event::Unreached, now, policy)?;
        case.level = level;
        case.version += 1;
        Ok(Some(Change {
            entry: Entry {
                event: "escalated",
                detail: json!({
                    "because": "unreached",
                    "from": self.level,
                    "level": level,
                    "post": policy.ladder.post(level),
                }),
            },
            case,
        }))
    }
}

#[cfg(test)]
mod tests;
