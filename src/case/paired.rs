//! Cases that turn out to be one, or two: joined, parted, handed to another.
//!
//! Joining moves nothing: the case that ends names the one that goes on, and what belongs to it is
//! read there. So it can be undone at any time and no word is lost.

use super::file::{Case, Change, Entry};
use super::{Event, NotPossible, Outcome, Policies, Refused, Responder, Source, Staffed, Status};
use chrono::{DateTime, Utc};
use serde_json::json;

impl Case {
    /// What becomes of this case and of the one it is joined to: this one ends as a duplicate, the
    /// other learns what this one knew. As with a report that joins, nothing is lowered.
    ///
    /// # Errors
    /// [`Refused`] where either has ended, or somebody else has this one.
    pub fn merged(
        &self,
        into: &Self,
        by: &Responder,
        now: DateTime<Utc>,
        policies: &Policies,
    ) -> Result<(Change, Change), Refused> {
        if self.id == into.id {
            return Err(Refused::SameCase);
        }
        let has = self.status.claimed_by();
        if has.is_some_and(|has| has != by.id) && !by.supervises() {
            return Err(Refused::NotYours);
        }
        if matches!(into.status, Status::Resolved { .. }) {
            return Err(Refused::OtherResolved);
        }
        let policy = policies.get(self.policy).ok_or(Refused::NoPolicy)?;
        let mut gone = self.clone();
        gone.turn(Event::Resolve(Outcome::Duplicate), now, policy)?;
        gone.merged_into = Some(into.id);
        gone.unread = 0;
        gone.calm();
        gone.version += 1;

        let policy = policies.get(into.policy).ok_or(Refused::NoPolicy)?;
        let mut kept = into.clone();
        kept.turn(Event::Heard, now, policy)?;
        let raised = into.priority.raised_to(self.priority);
        if raised != into.priority && !self.tray {
            kept.reprioritised(raised, now, policies)?;
        }
        kept.tray &= self.tray;
        kept.kind = into.kind.or(self.kind);
        kept.unread = into.unread.saturating_add(self.unread);
        for sign in &self.signs {
            if !kept.signs.contains(sign) {
                kept.signs.push(*sign);
            }
        }
        // Where she is counts for both; a place that somebody set, or that is told more narrowly, stays.
        let better = match (into.place, self.place) {
            (Some(known), Some(told)) => known.radius_m > told.radius_m,
            (known, told) => known.is_none() && told.is_some(),
        };
        if better && into.place_source != Some(Source::Responder) {
            kept.place = self.place;
            kept.place_source = self.place_source;
            kept.country = self.country;
        }
        kept.task_due_at = [into.task_due_at, self.task_due_at]
            .into_iter()
            .flatten()
            .min();
        // Of two words that are waited for, the nearer.
        kept.agreement = [into.agreement, self.agreement]
            .into_iter()
            .flatten()
            .min_by_key(|agreed| agreed.by());
        kept.sound_the_alarm_if_raised(into, now);
        kept.version += 1;
        let line = |detail| Entry {
            event: "merged",
            detail,
        };
        Ok((
            Change {
                case: gone,
                entry: line(json!({"into": into.reference.as_str()})),
            },
            Change {
                case: kept,
                entry: line(json!({"from": self.reference.as_str()})),
            },
        ))
    }

    /// What becomes of a case that was joined to another by mistake: it waits again, with a clock of
    /// its own.
    ///
    /// # Errors
    /// [`Refused`] where it was not joined.
    pub fn parted(
        &self,
        now: DateTime<Utc>,
        clocks: (&Policies, &Staffed),
    ) -> Result<Change, Refused> {
        if self.merged_into.is_none() {
            return Err(NotPossible::Open.into());
        }
        let entry = Entry {
            event: "split",
            detail: json!({}),
        };
        Ok(Change {
            entry,
            ..self.came_back(now, clocks)?
        })
    }

    /// A line in the log of a case in which nothing else changed.
    #[must_use]
    pub fn told(&self, entry: Entry) -> Change {
        let mut case = self.clone();
        case.version += 1;
        Change { case, entry }
    }

    /// What becomes of the case when it is put into a colleague's hands: by a supervisor, or at the
    /// end of a shift. Its clock begins anew, as with any claim.
    ///
    /// # Errors
    /// [`Refused`] where it has ended, or the colleague has it or does not see it.
    pub fn handed(
        &self,
        to: &Responder,
        event: &'static str,
        now: DateTime<Utc>,
        policies: &Policies,
    ) -> Result<Change, Refused> {
        if !to.sees(&self.mission) {
            return Err(Refused::NotSeen);
        }
        if self.status.claimed_by() == Some(to.id) {
            return Err(Refused::AlreadyTheirs);
        }
        let policy = policies.get(self.policy).ok_or(Refused::NoPolicy)?;
        let mut case = self.clone();
        let turn = match self.status.claimed_by() {
            Some(_) => Event::TakeOver(to.id),
            None => Event::Claim(to.id),
        };
        case.turn(turn, now, policy)?;
        let from = case.claimed_by_name.replace(to.name.clone());
        case.calm();
        case.version += 1;
        Ok(Change {
            case,
            entry: Entry {
                event,
                detail: json!({"from": from, "to": to.name}),
            },
        })
    }
}
