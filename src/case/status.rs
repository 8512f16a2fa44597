//! The status of a case: one enum whose variants carry their own times, one match for transitions.
//!
//! A clock is a column. [`Status::due`] is when something happens by itself; it is stored, and there
//! is no timer anywhere else that could disagree with it. Every open status has one.

use super::policy::Clocks;
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
    /// It went to another mission.
    Transferred,
    /// Its priority was raised: the clocks of the new one hold, if they are nearer.
    Raised,
    /// A person lowered its priority: the clocks of the new one hold from now.
    Lowered,
    /// It ends.
    Resolve(Outcome),
    /// It ended too early.
    Reopen,
}

/// A thing that cannot happen in this status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPossible {
    /// Somebody else has the case.
    #[error("somebody else has this case; take it over, with a reason, if that is needed")]
    ClaimedByAnother,
    /// Nobody has the case.
    #[error("nobody has this case; claim it first")]
    NotClaimed,
    /// The case has ended.
    #[error("this case is resolved; reopen it first")]
    Resolved,
    /// The case has not ended.
    #[error("this case is open already")]
    Open,
    /// The moment has not come.
    #[error("its clock has not lapsed")]
    NotDue,
}

impl Status {
    /// A new case, waiting.
    #[must_use]
    pub fn waiting(now: DateTime<Utc>, clocks: Clocks) -> Self {
        Self::Waiting {
            since: now,
            claim_by: now + clocks.claim(),
        }
    }

    /// The moment at which something happens by itself; none once it has ended.
    #[must_use]
    pub const fn due(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Waiting { claim_by, .. } => Some(claim_by),
            Self::Claimed { act_by, .. } => Some(act_by),
            Self::InProgress { check_in_by, .. } => Some(check_in_by),
            Self::Resolved { .. } => None,
        }
    }

    /// The clock that runs.
    #[must_use]
    pub const fn clock(self) -> Option<Clock> {
        match self {
            Self::Waiting { .. } => Some(Clock::Claim),
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
            Self::Claimed { at, .. } | Self::Resolved { at, .. } => at,
            Self::InProgress { started_at, .. } => started_at,
        }
    }

    /// Who has the case.
    #[must_use]
    pub const fn claimed_by(self) -> Option<Uuid> {
        match self {
            Self::Claimed { by, .. } | Self::InProgress { by, .. } => Some(by),
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
            (S::Waiting { .. } | S::Claimed { .. } | S::InProgress { .. }, E::Lapse) => {
                let planned = self.due().unwrap_or(now);
                self.due_at(clocks.after_lapse(planned, now))
            }
            (S::Waiting { .. } | S::Claimed { .. } | S::InProgress { .. }, E::Unreached) => {
                self.due_at(now + clocks.claim())
            }
            (S::Resolved { .. }, E::Reopen) => S::waiting(now, clocks),
            (S::Resolved { .. }, _) => return Err(NotPossible::Resolved),
            (_, E::Reopen) => return Err(NotPossible::Open),

            (S::Waiting { .. }, E::TakeOver(_) | E::Release | E::Acted) => {
                return Err(NotPossible::NotClaimed);
            }
            (S::Claimed { by: has, .. } | S::InProgress { by: has, .. }, E::Claim(by)) => {
                if has == by {
                    self
                } else {
                    return Err(NotPossible::ClaimedByAnother);
                }
            }
            (S::Waiting { .. }, E::Claim(by)) | (_, E::TakeOver(by)) => claimed(by),
            (_, E::Release | E::Transferred) => S::waiting(now, clocks),
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
            (S::Waiting { .. } | S::Claimed { .. }, E::Heard) => self,
            (_, E::Raised) => {
                let due = now + self.wait(clocks);
                self.due_at(self.due().map_or(due, |old| old.min(due)))
            }
            (_, E::Lowered) => self.due_at(now + self.wait(clocks)),
            (_, E::Resolve(outcome)) => S::Resolved { at: now, outcome },
        })
    }

    /// The length of the clock that runs.
    fn wait(self, clocks: Clocks) -> chrono::TimeDelta {
        match self {
            Self::Waiting { .. } | Self::Resolved { .. } => clocks.claim(),
            Self::Claimed { .. } => clocks.first_action(),
            Self::InProgress { .. } => clocks.check_in(),
        }
    }

    /// The same status with another moment.
    const fn due_at(mut self, due: DateTime<Utc>) -> Self {
        match &mut self {
            Self::Waiting { claim_by: at, .. }
            | Self::Claimed { act_by: at, .. }
            | Self::InProgress {
                check_in_by: at, ..
            } => *at = due,
            Self::Resolved { .. } => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn clocks() -> Clocks {
        Clocks::new(60, 300, 900).expect("clocks")
    }

    fn start() -> DateTime<Utc> {
        "2026-11-22T08:00:00Z".parse().expect("a time")
    }

    fn any_event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Lapse),
            Just(Event::Unreached),
            any::<u128>().prop_map(|id| Event::Claim(Uuid::from_u128(id))),
            any::<u128>().prop_map(|id| Event::TakeOver(Uuid::from_u128(id))),
            Just(Event::Release),
            Just(Event::Acted),
            Just(Event::Heard),
            Just(Event::Transferred),
            Just(Event::Raised),
            Just(Event::Lowered),
            Just(Event::Resolve(Outcome::Helped)),
            Just(Event::Reopen),
        ]
    }

    proptest! {
        #[test]
        fn every_open_case_has_a_next_moment_whatever_happened(
            happened in proptest::collection::vec((any_event(), 0i64..4_000), 0..60),
        ) {
            let mut now = start();
            let mut status = Status::waiting(now, clocks());
            for (event, seconds) in happened {
                now += TimeDelta::seconds(seconds);
                if let Ok(next) = status.on(event, now, clocks()) {
                    status = next;
                    let ended = matches!(status, Status::Resolved { .. });
                    prop_assert_eq!(status.due().is_none(), ended);
                    if matches!(event, Event::Lapse) {
                        prop_assert!(status.due() > Some(now), "a lapse must plan a later one");
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_act_starts_the_work_and_each_act_moves_the_check_in() {
        let (now, me) = (start(), Uuid::from_u128(1));
        let claimed = Status::waiting(now, clocks())
            .on(Event::Claim(me), now, clocks())
            .expect("free");
        assert_eq!(claimed.due(), Some(now + TimeDelta::seconds(300)));
        let working = claimed.on(Event::Acted, now, clocks()).expect("mine");
        assert_eq!(working.due(), Some(now + TimeDelta::seconds(900)));
        let later = now + TimeDelta::seconds(100);
        let again = working.on(Event::Acted, later, clocks()).expect("mine");
        assert_eq!(again.due(), Some(later + TimeDelta::seconds(900)));
    }

    #[test]
    fn when_the_person_writes_again_an_answer_is_due_sooner() {
        let (now, me) = (start(), Uuid::from_u128(1));
        let working = Status::waiting(now, clocks())
            .on(Event::Claim(me), now, clocks())
            .and_then(|s| s.on(Event::Acted, now, clocks()))
            .expect("working");
        let heard = working.on(Event::Heard, now, clocks()).expect("open");
        assert_eq!(heard.due(), Some(now + TimeDelta::seconds(300)));
    }

    #[test]
    fn a_case_that_another_has_can_be_taken_over_but_not_claimed() {
        let (now, one, two) = (start(), Uuid::from_u128(1), Uuid::from_u128(2));
        let claimed = Status::waiting(now, clocks())
            .on(Event::Claim(one), now, clocks())
            .expect("free");
        assert_eq!(
            claimed.on(Event::Claim(two), now, clocks()),
            Err(NotPossible::ClaimedByAnother)
        );
        let taken = claimed.on(Event::TakeOver(two), now, clocks());
        assert_eq!(taken.expect("taken").claimed_by(), Some(two));
    }

    #[test]
    fn nothing_lapses_before_its_moment() {
        let status = Status::waiting(start(), clocks());
        let early = start() + TimeDelta::milliseconds(59_999);
        assert_eq!(
            status.on(Event::Lapse, early, clocks()),
            Err(NotPossible::NotDue)
        );
        let due = start() + TimeDelta::seconds(60);
        assert!(status.on(Event::Lapse, due, clocks()).is_ok());
    }

    #[test]
    fn raising_a_priority_can_only_bring_its_moment_nearer() {
        let slow = Clocks::new(3_600, 3_600, 3_600).expect("clocks");
        let status = Status::waiting(start(), slow);
        let raised = status.on(Event::Raised, start(), clocks()).expect("open");
        assert_eq!(raised.due(), Some(start() + TimeDelta::seconds(60)));
        let late = start() + TimeDelta::seconds(59);
        let again = raised.on(Event::Raised, late, clocks()).expect("open");
        assert_eq!(again.due(), raised.due());
    }
}
