//! A case: what responders work on, and every way it can change.
//!
//! Each change returns the case as it will be, with the line for its log and, where a clock lapsed,
//! the level to be told. Nothing is stored or sent here: the flow does that, in one transaction.

use super::{
    Agreement, Channel, CoarsePlace, Country, Event, ForWhom, Kind, Lang, MissionCode, NotPossible,
    Policies, Policy, Post, Priority, Reference, Refused, Sign, Source, Staffed, Status,
    Understood, kind_after, only_pleads,
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// A case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its id.
    pub id: Uuid,
    /// What the person holds.
    pub reference: Reference,
    /// Grows by one with every change.
    pub version: i64,
    /// Whose case it is.
    pub mission: MissionCode,
    /// The policy it keeps.
    pub policy: i32,
    /// The kind.
    pub kind: Option<Kind>,
    /// How bad it is.
    pub priority: Priority,
    /// Whom it is about.
    pub for_whom: ForWhom,
    /// The person's language.
    pub lang: Lang,
    /// The channel of the first report.
    pub channel: Channel,
    /// Where it stands, with its clock.
    pub status: Status,
    /// The rung it stands on.
    pub level: u8,
    /// How often a clock lapsed since somebody last acted.
    pub lapses: u32,
    /// When the first report reached us.
    pub opened_at: DateTime<Utc>,
    /// The country of its place.
    pub country: Option<Country>,
    /// Its place as it may be shown.
    pub place: Option<CoarsePlace>,
    /// How that place is known.
    pub place_source: Option<Source>,
    /// Signs of forced labour.
    pub signs: Vec<Sign>,
    /// Whether it is perhaps no plea, and waits for a person to say so.
    pub tray: bool,
    /// Reports no responder has seen.
    pub unread: u32,
    /// The name of who has it.
    pub claimed_by_name: Option<String>,
    /// Nothing is heard from the desk that holds it.
    pub stale: bool,
    /// The mission it is offered to.
    pub offered_to: Option<MissionCode>,
    /// The case it was joined to, as a duplicate.
    pub merged_into: Option<Uuid>,
    /// When the next of its tasks is due. A mark, and no clock: a photocopy that is late must not
    /// wake a head of mission, and the clocks of the case run beside it.
    pub task_due_at: Option<DateTime<Utc>>,
    /// The word that was agreed on with the person.
    pub agreement: Option<Agreement>,
}

/// A line of a case's log. `detail` holds no personal data.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What happened.
    pub event: &'static str,
    /// More about it.
    pub detail: Value,
}

/// What becomes of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The case as it will be.
    pub case: Case,
    /// The line for its log.
    pub entry: Entry,
}

/// A place says more than the one that is known where it is so many times narrower.
const NARROWS: u32 = 3;
/// What is known this roughly, in metres, is a land or a large part of one.
const LAND_M: u32 = 50_000;

impl Case {
    /// A new case, opened by a report. `coarse` is its place as it may be shown.
    ///
    /// # Errors
    /// [`Refused::NoPolicy`] where the rules in the store are incomplete.
    pub fn open(
        id: Uuid,
        reference: Reference,
        understood: &Understood,
        (channel, opened_at): (Channel, DateTime<Utc>),
        coarse: Option<CoarsePlace>,
        (policies, staffed): (&Policies, &Staffed),
    ) -> Result<Change, Refused> {
        let policy = policies
            .opening(understood.kind, understood.priority)
            .ok_or(Refused::NoPolicy)?;
        let place = understood.place.as_ref();
        let level = policy.ladder.reaching_from(0, &understood.mission, staffed);
        let mut case = Self {
            id,
            reference,
            version: 1,
            mission: understood.mission.clone(),
            policy: policy.id,
            kind: understood.kind,
            priority: understood.priority,
            for_whom: understood.for_whom,
            lang: understood.lang,
            channel,
            status: Status::waiting(opened_at, policy.clocks),
            level,
            lapses: 0,
            opened_at,
            country: place.and_then(|place| place.country),
            place: coarse,
            place_source: place.map(|place| place.source),
            signs: understood.signs.clone(),
            tray: !understood.report,
            unread: 1,
            claimed_by_name: None,
            stale: false,
            offered_to: None,
            merged_into: None,
            task_due_at: None,
            agreement: None,
        };
        case.sound_the_alarm(opened_at);
        Ok(Change {
            entry: Entry {
                event: "opened",
                detail: json!({
                    "channel": channel,
                    "kind": case.kind,
                    "priority": case.priority,
                    "mission": case.mission,
                    "level": level,
                    "policy": policy.id,
                }),
            },
            case,
        })
    }

    /// What becomes of the case when a later report joins it. What was understood may raise the
    /// priority and add signs; it never lowers anything, and fills in only what was not known.
    /// `coarse` is given where the report tells better where the person is.
    ///
    /// # Errors
    /// [`Refused`] where the case has ended.
    pub fn joined(
        &self,
        understood: &Understood,
        coarse: Option<CoarsePlace>,
        channel: Channel,
        now: DateTime<Utc>,
        (policies, staffed): (&Policies, &Staffed),
    ) -> Result<Change, Refused> {
        let policy = policies.get(self.policy).ok_or(Refused::NoPolicy)?;
        let mut case = self.clone();
        case.turn(Event::Heard, now, policy)?;
        case.unread = case.unread.saturating_add(1);
        if understood.report {
            case.tray = false;
            case.kind = kind_after(self.kind, self.only_pleads(), understood.kind);
        }
        let raised = self.priority.raised_to(understood.priority);
        if raised != self.priority && understood.report {
            case.reprioritised(raised, now, policies)?;
        }
        case.sound_the_alarm_if_raised(self, now);
        let placed = coarse.is_some();
        if placed {
            let place = understood.place.as_ref();
            case.place = coarse;
            case.country = place.and_then(|place| place.country);
            case.place_source = place.map(|place| place.source);
            // Nobody has it yet and nobody knew where it belongs: now it is known.
            if matches!(self.status, Status::Waiting { .. })
                && (matches!(self.place_source, None | Some(Source::Prefix))
                    || self.is_narrowed_by(understood))
                && understood.mission != self.mission
            {
                case.mission = understood.mission.clone();
                case.level = policy.ladder.reaching_from(0, &case.mission, staffed);
                case.sound_the_alarm(now);
            }
        }
        for sign in &understood.signs {
            if !case.signs.contains(sign) {
                case.signs.push(*sign);
            }
        }
        case.version += 1;
        Ok(Change {
            entry: Entry {
                event: "joined",
                detail: json!({
                    "channel": channel,
                    "kind": understood.kind,
                    "priority": understood.priority,
                    "raised": case.priority != self.priority,
                    "placed": placed,
                    "mission": case.mission,
                }),
            },
            case,
        })
    }

    /// Whether a plea is all that was heard ("please help"), and nobody has read it.
    #[must_use]
    pub fn only_pleads(&self) -> bool {
        let unread = self.unread > 0 && self.channel.is_conversation();
        unread && only_pleads(self.kind, &self.signs)
    }

    /// Whether only a land was named, and now a place in it is: the form asks for the one first and
    /// for the other on a later page.
    fn is_narrowed_by(&self, understood: &Understood) -> bool {
        let (Some(known), Some(place)) = (self.place, understood.place.as_ref()) else {
            return false;
        };
        self.place_source == Some(Source::Named)
            && place.source == Source::Named
            && place.country == self.country
            && known.radius_m > NARROWS.saturating_mul(place.radius_m)
            && known.radius_m > LAND_M
    }

    /// What becomes of a case that had ended when the person wrote into it again: it waits anew.
    ///
    /// # Errors
    /// [`Refused`] where it has not ended.
    pub fn came_back(
        &self,
        now: DateTime<Utc>,
        (policies, staffed): (&Policies, &Staffed),
    ) -> Result<Change, Refused> {
        let policy = policies.get(self.policy).ok_or(Refused::NoPolicy)?;
        let mut case = self.clone();
        case.turn(Event::Reopen, now, policy)?;
        case.wait_again(now, policy, staffed);
        case.version += 1;
        Ok(Change {
            case,
            entry: Entry {
                event: "reopened",
                detail: json!({"by": "the person"}),
            },
        })
    }

    /// The post the case stands with now.
    #[must_use]
    pub fn post(&self, policies: &Policies) -> Option<Post> {
        Some(policies.get(self.policy)?.ladder.post(self.level))
    }

    pub(super) fn turn(
        &mut self,
        event: Event,
        now: DateTime<Utc>,
        policy: &Policy,
    ) -> Result<(), NotPossible> {
        self.status = self.status.on(event, now, policy.clocks)?;
        if !matches!(self.status, Status::Offered { .. }) {
            self.offered_to = None;
        }
        if matches!(self.status, Status::Resolved { .. }) {
            self.agreement = None;
        } else {
            self.merged_into = None;
        }
        if self.status.claimed_by().is_none() {
            self.claimed_by_name = None;
            self.stale = false;
        }
        Ok(())
    }

    /// Somebody acted: the ladder begins anew with the next lapse.
    pub(super) const fn calm(&mut self) {
        self.level = 0;
        self.lapses = 0;
        self.stale = false;
    }

    /// The case waits again, on the first rung that reaches somebody.
    pub(super) fn wait_again(&mut self, now: DateTime<Utc>, policy: &Policy, staffed: &Staffed) {
        self.lapses = 0;
        self.level = policy.ladder.reaching_from(0, &self.mission, staffed);
        self.sound_the_alarm(now);
    }

    pub(super) fn reprioritised(
        &mut self,
        priority: Priority,
        now: DateTime<Utc>,
        policies: &Policies,
    ) -> Result<(), Refused> {
        let edition = policies.get(self.policy).ok_or(Refused::NoPolicy)?.edition;
        let policy = policies
            .within(edition, self.kind, priority)
            .ok_or(Refused::NoPolicy)?;
        let event = if priority < self.priority {
            Event::Raised
        } else {
            Event::Lowered
        };
        self.turn(event, now, policy)?;
        self.priority = priority;
        self.policy = policy.id;
        if event == Event::Raised {
            self.sound_the_alarm(now);
        }
        Ok(())
    }
}
