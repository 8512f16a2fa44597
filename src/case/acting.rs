//! What a responder's act makes of a case, and which acts are possible.

use super::file::{Case, Change, Entry};
use super::{
    Act, Agreement, CallOutcome, Event, NotPossible, Outcome, Policies, Policy, Refused, Responder,
    Staffed, Status,
};
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Value, json};

impl Case {
    /// What becomes of the case when a responder acts.
    ///
    /// # Errors
    /// [`Refused`], in words for the responder.
    pub fn act(
        &self,
        act: &Act,
        by: &Responder,
        now: DateTime<Utc>,
        policies: &Policies,
        staffed: &Staffed,
    ) -> Result<Change, Refused> {
        let mine = self.status.claimed_by() == Some(by.id);
        let free = self.status.claimed_by().is_none();
        let policy = policies.get(self.policy).ok_or(Refused::NoPolicy)?;
        self.must_change_something(act, mine)?;
        self.must_be_at(act, by)?;
        let mut case = self.clone();
        let (event, detail) = match act {
            Act::Claim => {
                case.turn(Event::Claim(by.id), now, policy)?;
                case.claimed_by_name = Some(by.name.clone());
                case.calm();
                (
                    "claimed",
                    json!({"waited_s": (now - self.status.since()).num_seconds()}),
                )
            }
            Act::TakeOver { .. } => {
                case.turn(Event::TakeOver(by.id), now, policy)?;
                let from = case.claimed_by_name.replace(by.name.clone());
                case.calm();
                ("taken_over", json!({"from": from}))
            }
            Act::Release => {
                self.must_be(mine || by.supervises())?;
                case.turn(Event::Release, now, policy)?;
                case.wait_again(now, policy, staffed);
                ("released", json!({}))
            }
            Act::Start | Act::Message { .. } | Act::Call { .. } | Act::Agree { .. } => {
                self.must_be_mine(mine)?;
                case.turn(Event::Acted, now, policy)?;
                case.calm();
                let heard = case.agrees(act, now)?;
                done(act, heard)
            }
            Act::EndAgreement => {
                self.must_be_mine(mine)?;
                case.awaits_no_more()?
            }
            Act::Note { .. } => {
                // A note moves the check-in on; it is no first action, since it does nothing for
                // the person yet.
                if mine && matches!(self.status, Status::InProgress { .. }) {
                    case.turn(Event::Acted, now, policy)?;
                    case.calm();
                }
                ("note", json!({}))
            }
            Act::Transfer { .. } | Act::Accept | Act::Refuse { .. } | Act::Withdraw => {
                case.passed_on(self, act, by, now, (policy, staffed))?
            }
            Act::Reprioritise { priority, .. } => {
                let detail = json!({"from": self.priority, "to": priority});
                case.reprioritised(*priority, now, policies)?;
                ("reprioritised", detail)
            }
            Act::Recategorise { kind } => {
                case.kind = *kind;
                case.tray = false;
                ("recategorised", json!({"from": self.kind, "to": kind}))
            }
            Act::Locate { .. } => ("located", json!({})),
            Act::SafeContact { contact, .. } => ("safe_contact", json!({"contact": contact})),
            Act::Resolve { outcome, .. } => {
                let not_a_plea = free && *outcome == Outcome::NotAPlea;
                if !not_a_plea {
                    self.must_be_mine(mine || by.supervises())?;
                }
                case.turn(Event::Resolve(*outcome), now, policy)?;
                case.unread = 0;
                case.calm();
                ("resolved", json!({"outcome": outcome}))
            }
            Act::Reopen { .. } => {
                if self.merged_into.is_some() {
                    return Err(Refused::Joined);
                }
                case.turn(Event::Reopen, now, policy)?;
                case.wait_again(now, policy, staffed);
                ("reopened", json!({}))
            }
            Act::Seen => {
                case.unread = 0;
                ("seen", json!({}))
            }
            Act::Task { due_at, .. } => {
                case.task_due_at = Some(self.task_due_at.map_or(*due_at, |at| at.min(*due_at)));
                ("task", json!({"due_at": due_at}))
            }
            // When the next one is due the store knows.
            Act::TaskDone { .. } => ("task_done", json!({})),
            Act::Sign { .. } | Act::Sheet { .. } | Act::Step { .. } => case.written_down(act)?,
            // These need another case or responder, and have ways of their own.
            Act::Merge { .. }
            | Act::Split { .. }
            | Act::Link { .. }
            | Act::Unlink { .. }
            | Act::Assign { .. } => return Err(Refused::NotAlone),
        };
        case.version += 1;
        Ok(Change {
            case,
            entry: Entry { event, detail },
        })
    }

    /// What an act for the person makes of the word that is waited for: whoever was spoken with was
    /// heard, and the log says which word that was.
    fn agrees(&mut self, act: &Act, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Refused> {
        match act {
            Act::Agree {
                hear_by,
                hear_every_h,
            } => self.agreement = Some(Agreement::new(*hear_by, *hear_every_h, now)?),
            Act::Call {
                outcome: CallOutcome::Reached,
                ..
            } => return Ok(self.hears(now, now)),
            _ => {}
        }
        Ok(None)
    }

    /// No word is waited for any more. No clock of another's moves.
    fn awaits_no_more(&mut self) -> Result<(&'static str, Value), Refused> {
        let ended = self.agreement.take().ok_or(Refused::NothingAgreed)?;
        Ok(("agreement_ended", json!({"hear_by": ended.by()})))
    }

    /// What is known of the case by its kind, as a person says it: the last word on every sign, and
    /// answers, of which the log holds only to what. No clock moves: nothing is done for anybody yet.
    fn written_down(&mut self, act: &Act) -> Result<(&'static str, Value), Refused> {
        if matches!(self.status, Status::Resolved { .. }) {
            return Err(NotPossible::Resolved.into());
        }
        Ok(match act {
            Act::Sign { sign, holds } => {
                if self.signs.contains(sign) == *holds {
                    return Err(Refused::SameSign);
                }
                self.signs.retain(|known| known != sign);
                if *holds {
                    self.signs.push(*sign);
                }
                ("signs", json!({"sign": sign, "holds": holds}))
            }
            Act::Step { step, done } => ("step", json!({"step": step.as_str(), "done": done})),
            Act::Sheet { answers } => {
                let names: Vec<&str> = answers.expose().map(|(name, _)| name).collect();
                ("sheet", json!({"answers": names}))
            }
            _ => return Err(Refused::NotAlone),
        })
    }

    /// What an offer to another mission and its answer make of the case.
    fn passed_on(
        &mut self,
        before: &Self,
        act: &Act,
        by: &Responder,
        now: DateTime<Utc>,
        (policy, staffed): (&Policy, &Staffed),
    ) -> Result<(&'static str, Value), Refused> {
        Ok(match act {
            Act::Transfer { to, .. } => {
                self.turn(Event::Offer, now, policy)?;
                self.offered_to = Some(to.clone());
                ("offered", json!({"to": to}))
            }
            Act::Accept => {
                let to = before.offered_to.clone().ok_or(NotPossible::NotOffered)?;
                self.turn(Event::Accept(by.id), now, policy)?;
                self.claimed_by_name = Some(by.name.clone());
                self.calm();
                let detail = json!({"from": before.mission, "to": to});
                self.mission = to;
                ("transferred", detail)
            }
            _ => {
                self.turn(Event::Return, now, policy)?;
                if self.status.claimed_by().is_some() {
                    self.calm();
                } else {
                    self.wait_again(now, policy, staffed);
                }
                let event = if matches!(act, Act::Withdraw) {
                    "withdrawn"
                } else {
                    "refused"
                };
                (event, json!({"to": before.offered_to}))
            }
        })
    }

    /// An act that changes nothing must not move a clock either.
    fn must_change_something(&self, act: &Act, mine: bool) -> Result<(), Refused> {
        match act {
            Act::Claim | Act::TakeOver { .. } if mine => Err(Refused::AlreadyYours),
            Act::Reprioritise { priority, .. } if *priority == self.priority => {
                Err(Refused::SamePriority)
            }
            Act::Transfer { to, .. } if *to == self.mission => Err(Refused::SameMission),
            _ => Ok(()),
        }
    }

    /// Until a mission accepts a case it is the sender's: the other one answers the offer, and may
    /// write down why, and nothing else.
    fn must_be_at(&self, act: &Act, by: &Responder) -> Result<(), Refused> {
        let to = self.offered_to.as_ref();
        match act {
            Act::Accept | Act::Refuse { .. } if to.is_some_and(|to| !by.sees(to)) => {
                Err(Refused::NotOfferedToYou)
            }
            Act::Accept | Act::Refuse { .. } | Act::Note { .. } => Ok(()),
            _ => self.must_be(by.sees(&self.mission)),
        }
    }

    /// Whether this responder sees the case: of her mission, or offered to it.
    #[must_use]
    pub fn is_seen_by(&self, by: &Responder) -> bool {
        by.sees_case(&self.mission, self.offered_to.as_ref())
    }

    /// The words of the acts this responder can do now.
    #[must_use]
    pub fn possible(&self, by: &Responder) -> Vec<&'static str> {
        let mine = self.status.claimed_by() == Some(by.id);
        let asked = self.offered_to.as_ref().is_some_and(|to| by.sees(to));
        if asked && !by.sees(&self.mission) {
            return vec!["accept", "refuse", "note"];
        }
        let mut acts = self.possible_here(by, mine, asked);
        if by.supervises() && !matches!(self.status, Status::Resolved { .. }) {
            acts.push("assign");
        }
        acts
    }

    fn possible_here(&self, by: &Responder, mine: bool, asked: bool) -> Vec<&'static str> {
        match self.status {
            Status::Resolved { .. } if self.merged_into.is_some() => vec!["note", "seen", "link"],
            Status::Resolved { .. } => vec!["reopen", "note", "seen", "link"],
            Status::Waiting { .. } => vec![
                "merge",
                "link",
                "split",
                "task",
                "claim",
                "note",
                "transfer",
                "reprioritise",
                "recategorise",
                "locate",
                "safe_contact",
                "resolve",
                "seen",
                "sign",
                "sheet",
                "step",
            ],
            Status::Claimed { .. } | Status::InProgress { .. } => {
                let mut acts = vec![
                    "link",
                    "split",
                    "task",
                    "note",
                    "transfer",
                    "reprioritise",
                    "recategorise",
                    "locate",
                    "safe_contact",
                    "seen",
                    "sign",
                    "sheet",
                    "step",
                ];
                if mine {
                    acts.extend(["start", "message", "call", "agree"]);
                    acts.extend(self.agreement.map(|_| "end_agreement"));
                } else {
                    acts.push("take_over");
                }
                if mine || by.supervises() {
                    acts.extend(["release", "resolve", "merge"]);
                }
                acts
            }
            Status::Offered { by: has, .. } => {
                let mut acts = vec!["withdraw", "note", "reprioritise", "recategorise"];
                acts.extend(["locate", "safe_contact", "seen", "sign", "sheet", "step"]);
                if asked {
                    acts.extend(["accept", "refuse"]);
                }
                match has {
                    None => acts.push("claim"),
                    Some(_) if mine => {
                        acts.extend(["message", "call", "agree"]);
                        acts.extend(self.agreement.map(|_| "end_agreement"));
                    }
                    Some(_) => acts.push("take_over"),
                }
                if mine || (has.is_some() && by.supervises()) {
                    acts.extend(["release", "resolve"]);
                }
                acts
            }
        }
    }

    fn must_be_mine(&self, allowed: bool) -> Result<(), Refused> {
        match self.status {
            Status::Resolved { .. } => Err(NotPossible::Resolved.into()),
            Status::Waiting { .. } => Err(NotPossible::NotClaimed.into()),
            _ => self.must_be(allowed),
        }
    }

    #[expect(
        clippy::unused_self,
        reason = "reads as a sentence beside must_be_mine"
    )]
    fn must_be(&self, allowed: bool) -> Result<(), Refused> {
        if allowed {
            Ok(())
        } else {
            Err(Refused::NotYours)
        }
    }
}

/// What was done for the person.
fn done(act: &Act, heard: Option<DateTime<Utc>>) -> (&'static str, Value) {
    match act {
        Act::Message { template, .. } => ("message", json!({"template": template})),
        Act::Call { outcome, .. } => ("call", json!({"outcome": outcome, "hear_by": heard})),
        Act::Agree {
            hear_by,
            hear_every_h,
        } => (
            "agreed",
            json!({"hear_by": hear_by.trunc_subsecs(0), "every_h": hear_every_h}),
        ),
        _ => ("started", json!({})),
    }
}
