//! The status of a case: one enum whose variants carry their own times, one match for transitions.
//!
//! A clock is a column. [`Status::due`] is when something happens by itself; it is stored, and there
//! is no timer anywhere else that could disagree with it. Every open status has one.

use super::policy::Clocks;
use super::refused::NotPossible;
use super::words::vocabulary;
use chrono::{DateTime, Utc};
use uuid::Uuid;

vocabulary! {
    /// How a case ended.
    Outcome {
        /// The person was helped.
        Helped = "helped",
        /// Handed to another body, which took it.
        Referred = "referred",
        /// Brought home.
        Repatriated = "repatriated",
        /// Nobody could be reached, after trying.
        NoContact = "no_contact",
        /// The same as another case.
        Duplicate = "duplicate",
        /// Not a plea for help.
        NotAPlea = "not_a_plea",
        /// The formalities of a death are done.
        DeceasedHandled = "deceased_handled",
        /// Something else, told in the summary.
        Other = "other",
    }
}

vocabulary! {
    /// The clock that runs.
    Clock {
        /// Somebody must claim the case.
        Claim = "claim",
        /// Who claimed it must do something.
        FirstAction = "first_action",
        /// Something must be done again.
        CheckIn = "check_in",
        /// A desk of the mission must show it, with its alarm on.
        Seen = "seen",
        /// The mission it was offered to must answer.
        Answer = "answer",
        /// The person must write, as was agreed with her.
        Word = "word",
    }
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nobody has it.
    Waiting {
        /// Since when.
        since: DateTime<Utc>,
        /// When the claim clock lapses.
        claim_by: DateTime<Utc>,
        /// When it goes up because no desk has shown it; none once one has, or where none need to.
        /// Always before the claim clock.
        see_by: Option<DateTime<Utc>>,
    },
    /// Somebody has it and has not begun.
    Claimed {
        /// Who.
        by: Uuid,
        /// Since when.
        at: DateTime<Utc>,
        /// When the first-action clock lapses.
        act_by: DateTime<Utc>,
    },
    /// Somebody works on it.
    InProgress {
        /// Who.
        by: Uuid,
        /// Since when.
        started_at: DateTime<Utc>,
        /// When the check-in clock lapses.
        check_in_by: DateTime<Utc>,
    },
    /// It is offered to another mission, and until that accepts it is still the sender's.
    Offered {
        /// Who has it, at the mission that offers it.
        by: Option<Uuid>,
        /// Since when.
        at: DateTime<Utc>,
        /// When the sender is told that nobody answered.
        answer_by: DateTime<Utc>,
    },
    /// It has ended.
    Resolved {
        /// When.
        at: DateTime<Utc>,
        /// How.
        outcome: Outcome,
    },
}

/// What can happen to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Its moment came and nobody had acted.
    Lapse,
    /// Nobody on its rung could be told; the next one gets its time from now.
    Unreached,
    /// A responder takes it.
    Claim(Uuid),
    /// A responder takes it from another.
    TakeOver(Uuid),
    /// It is given back.
    Release,
    /// Its responder did something for the person.
    Acted,
    /// The person wrote again.
    Heard,
    /// A desk of its mission, with its alarm on, shows it.
    Seen,
    /// It is offered to another mission.
    Offer,
    /// A responder of that mission takes it.
    Accept(Uuid),
    /// That mission refuses it, or the sender thinks better of it.
    Return,
    /// Its priority was raised: the clocks of the new one hold, if they are nearer.
    Raised,
    /// A person lowered its priority: the clocks of the new one hold from now.
    Lowered,
    /// It ends.
    Resolve(Outcome),
    /// It ended too early.
    Reopen,
}

impl Status {
    /// A new case, waiting.
    #[must_use]
    pub fn waiting(now: DateTime<Utc>, clocks: Clocks) -> Self {
        Self::Waiting {
            since: now,
            claim_by: now + clocks.claim(),
            see_by: None,
        }
    }

    /// A case that waits and must be shown by a desk until a moment; nothing else, and nothing where
    /// the claim clock lapses sooner.
    #[must_use]
    pub fn to_be_seen(self, by: DateTime<Utc>) -> Self {
        match self {
            Self::Waiting {
                since, claim_by, ..
            } if by < claim_by => Self::Waiting {
                since,
                claim_by,
                see_by: Some(by),
            },
            other => other,
        }
    }

    /// The status as a desk has it: whoever looks at it has seen it, and counts to the claim.
    #[must_use]
    pub const fn on_a_desk(self) -> Self {
        match self {
            Self::Waiting {
                since, claim_by, ..
            } => Self::Waiting {
                since,
                claim_by,
                see_by: None,
            },
            other => other,
        }
    }

    /// The moment at which something happens by itself; none once it has ended.
    #[must_use]
    pub const fn due(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Waiting {
                see_by: Some(moment),
                ..
            }
            | Self::Waiting {
                claim_by: moment, ..
            }
            | Self::Claimed { act_by: moment, .. }
            | Self::InProgress {
                check_in_by: moment,
                ..
            }
            | Self::Offered {
                answer_by: moment, ..
            } => Some(moment),
            Self::Resolved { .. } => None,
        }
    }

    /// The clock that runs.
    #[must_use]
    pub const fn clock(self) -> Option<Clock> {
        match self {
            Self::Waiting {
                see_by: Some(_), ..
            } => Some(Clock::Seen),
            Self::Waiting { .. } => Some(Clock::Claim),
            Self::Offered { .. } => Some(Clock::Answer),
            Self::Claimed { .. } => Some(Clock::FirstAction),
            Self::InProgress { .. } => Some(Clock::CheckIn),
            Self::Resolved { .. } => None,
        }
    }

    /// When this status began.
    #[must_use]
    pub const fn since(self) -> DateTime<Utc> {
        match self {
            Self::Waiting { since, .. } => since,
            Self::Claimed { at, .. } | Self::Offered { at, .. } | Self::Resolved { at, .. } => at,
            Self::InProgress { started_at, .. } => started_at,
        }
    }

    /// Who has the case.
    #[must_use]
    pub const fn claimed_by(self) -> Option<Uuid> {
        match self {
            Self::Claimed { by, .. } | Self::InProgress { by, .. } => Some(by),
            Self::Offered { by, .. } => by,
            Self::Waiting { .. } | Self::Resolved { .. } => None,
        }
    }

    /// How it ended.
    #[must_use]
    pub const fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Resolved { outcome, .. } => Some(outcome),
            _ => None,
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Claimed { .. } => "claimed",
            Self::InProgress { .. } => "in_progress",
            Self::Offered { .. } => "offered",
            Self::Resolved { .. } => "resolved",
        }
    }

    /// What becomes of it.
    ///
    /// # Errors
    /// [`NotPossible`] where the event cannot happen in this status.
    pub fn on(self, event: Event, now: DateTime<Utc>, clocks: Clocks) -> Result<Self, NotPossible> {
        use Event as E;
        use Status as S;
        let claimed = |by| S::Claimed {
            by,
            at: now,
            act_by: now + clocks.first_action(),
        };
        Ok(match (self, event) {
            (_, E::Lapse) if self.due().is_none_or(|due| due > now) => {
                return Err(NotPossible::NotDue);
            }
            (S::Resolved { .. }, E::Lapse) => return Err(NotPossible::NotDue),
            (_, E::Lapse) => {
                let planned = self.due().unwrap_or(now);
                self.due_at(clocks.after_lapse(planned, now))
            }
            (S::Resolved { .. }, E::Reopen) | (S::Offered { by: None, .. }, E::Return) => {
                S::waiting(now, clocks)
            }
            (S::Resolved { .. }, E::Unreached) => return Err(NotPossible::Resolved),
            (_, E::Unreached) => self.due_at(now + clocks.claim()),
            (S::Resolved { .. }, _) => return Err(NotPossible::Resolved),
            (_, E::Reopen) => return Err(NotPossible::Open),

            // An offer buys no time: its clock is never later than the one that ran.
            (S::Offered { .. }, E::Offer) => return Err(NotPossible::Offered),
            (_, E::Offer) => {
                let answer_by = now + clocks.claim();
                S::Offered {
                    by: self.claimed_by(),
                    at: now,
                    answer_by: self
                        .on_a_desk()
                        .due()
                        .map_or(answer_by, |due| due.min(answer_by)),
                }
            }
            (S::Offered { .. }, E::Accept(by)) | (S::Offered { by: Some(by), .. }, E::Return) => {
                claimed(by)
            }
            (_, E::Accept(_) | E::Return) => return Err(NotPossible::NotOffered),

            (
                S::Waiting { .. } | S::Offered { by: None, .. },
                E::TakeOver(_) | E::Release | E::Acted,
            ) => {
                return Err(NotPossible::NotClaimed);
            }
            (
                S::Claimed { by: has, .. }
                | S::InProgress { by: has, .. }
                | S::Offered { by: Some(has), .. },
                E::Claim(by),
            ) => {
                if has != by {
                    return Err(NotPossible::ClaimedByAnother);
                }
                self
            }
            (_, E::Claim(by) | E::TakeOver(by)) => claimed(by),
            (_, E::Release) => S::waiting(now, clocks),
            (S::Claimed { by, .. }, E::Acted) => S::InProgress {
                by,
                started_at: now,
                check_in_by: now + clocks.check_in(),
            },
            (S::InProgress { .. }, E::Acted) => self.due_at(now + clocks.check_in()),
            // New words from the person ask for an answer within the time of a first action.
            (S::InProgress { check_in_by, .. }, E::Heard) => {
                self.due_at(check_in_by.min(now + clocks.first_action()))
            }
            (S::Waiting { .. }, E::Seen) => self.on_a_desk(),
            (S::Offered { .. }, E::Acted) | (_, E::Heard | E::Seen) => self,
            (_, E::Raised) => {
                let due = now + self.wait(clocks);
                self.due_at(self.on_a_desk().due().map_or(due, |old| old.min(due)))
            }
            (_, E::Lowered) => self.due_at(now + self.wait(clocks)),
            (_, E::Resolve(outcome)) => S::Resolved { at: now, outcome },
        })
    }

    /// The length of the clock that runs.
    fn wait(self, clocks: Clocks) -> chrono::TimeDelta {
        match self {
            Self::Waiting { .. } | Self::Offered { .. } | Self::Resolved { .. } => clocks.claim(),
            Self::Claimed { .. } => clocks.first_action(),
            Self::InProgress { .. } => clocks.check_in(),
        }
    }

    /// The same status with its moment no later than this one.
    pub(super) fn no_later_than(self, moment: DateTime<Utc>) -> Self {
        match self.due() {
            Some(due) if due > moment => self.due_at(moment),
            _ => self,
        }
    }

    /// The same status with another moment; what was to be seen is not waited for any more.
    const fn due_at(self, due: DateTime<Utc>) -> Self {
        let mut status = self.on_a_desk();
        match &mut status {
            Self::Waiting { claim_by: at, .. }
            | Self::Claimed { act_by: at, .. }
            | Self::InProgress {
                check_in_by: at, ..
            }
            | Self::Offered { answer_by: at, .. } => *at = due,
            Self::Resolved { .. } => {}
        }
        status
    }
}

#[cfg(test)]
mod tests;
