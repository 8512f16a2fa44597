//! The way of an act: what a responder does to a case.

use super::say::{self, Unsaid, Wanted};
use super::{Flow, Located};
use crate::case::{Act, Card, Case, Hours, MissionCode, NotAnHour, Refused, Responder};
use crate::clocks;
use crate::store::{Note, StoreError, Tx, Written, commit};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

/// What is to be done later than this is not for a crisis desk.
const LONGEST_TASK: TimeDelta = TimeDelta::days(366);

/// Races lost in a row before `next` says that nothing waits; each loss is another's case.
const RACES: u32 = 64;

/// Why an act was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActRefused {
    /// There is no such case, or not for this responder.
    #[error("no such case")]
    NotFound,
    /// The case changed meanwhile.
    #[error("the case changed meanwhile")]
    Stale(Box<Card>),
    /// The case does not allow it.
    #[error(transparent)]
    Refused(Refused),
    /// The message may not be sent.
    #[error("the message may not be sent")]
    Unsaid(Unsaid),
    /// A field that does not fit, and how to mend it.
    #[error("{0}: {1}")]
    Field(&'static str, String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refused> for ActRefused {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotAnAgreement(why) => Self::Field(why.field(), why.to_string()),
            _ => Self::Refused(refused),
        }
    }
}

/// What an act leaves behind besides the case.
#[derive(Default)]
struct Beside {
    message: Option<Written>,
    located: Option<Located>,
    safe_hours: Option<Hours>,
    detail: Option<(&'static str, serde_json::Value)>,
}

impl Flow {
    /// Does what a responder asks of a case, if it is still the case she saw.
    ///
    /// # Errors
    /// [`ActRefused`]; then nothing changed.
    pub async fn act(
        &self,
        id: Uuid,
        version: i64,
        act: &Act,
        by: &Responder,
    ) -> Result<Card, ActRefused> {
        match act {
            Act::Merge { into: other, .. }
            | Act::Link { to: other, .. }
            | Act::Unlink { to: other, .. } => {
                self.act_on_two((id, version), act, *other, by).await
            }
            Act::Split { report, .. } => self.split((id, version), act, *report, by).await,
            Act::Assign { to, .. } => self.assign((id, version), act, *to, by).await,
            _ => self.act_on_one((id, version), act, by).await,
        }
    }

    async fn act_on_one(
        &self,
        (id, version): (Uuid, i64),
        act: &Act,
        by: &Responder,
    ) -> Result<Card, ActRefused> {
        let now = self.clock.now();
        let standing = self.standing().await?;
        if let Act::Transfer { to, .. } = act
            && !standing.knows(to)
        {
            return Err(ActRefused::Field("to", "there is no such mission".into()));
        }
        let contacts = match act {
            Act::Message { .. } | Act::SafeContact { .. } => self.store.contacts(id).await?,
            _ => Vec::new(),
        };
        let mut tx = self.store.begin().await?;
        let case = self
            .store
            .lock_case(&mut tx, id)
            .await?
            .filter(|case| case.is_seen_by(by))
            .ok_or(ActRefused::NotFound)?;
        if case.version != version {
            return Err(ActRefused::Stale(Box::new(Card::from(&case))));
        }
        let mut change = case.act(act, by, now, &standing.policies, &standing.staffed)?;
        let beside = self.beside(act, &case, &contacts, by, &standing, now)?;
        if let Some(located) = &beside.located {
            super::locate::set_place(
                &mut change.case,
                &located.place,
                self.mint.offset(id, &located.place),
            );
        }
        if let Some((name, value)) = &beside.detail {
            change.entry.detail[*name] = value.clone();
        }
        self.keep_tasks(&mut tx, act, &mut change.case, by, now)
            .await?;
        self.keep_sheet(&mut tx, act, id, by, now).await?;
        self.store.write_cases(&mut tx, &[&change.case]).await?;
        self.store
            .log(
                &mut tx,
                &Note {
                    case_id: id,
                    by: Some(by.id),
                    entry: &change.entry,
                    text: act.written().map(crate::case::Words::expose),
                },
                now,
            )
            .await?;
        if let Some(told) = told_at_once(act, (&case, &change.case), &standing) {
            clocks::tell(&self.store, &mut tx, &[&told], &standing.policies, now).await?;
        }
        if matches!(act, Act::Reprioritise { .. }) && case.priority != change.case.priority {
            self.copy_to_centre(&mut tx, &[(&change.case, None)], &standing, now)
                .await?;
        }
        if let Some(message) = beside.message {
            self.store.write_messages(&mut tx, &[message], now).await?;
        }
        if let Some(located) = &beside.located {
            self.store
                .set_places(&mut tx, &[(id, &located.place)])
                .await?;
        }
        if let Act::SafeContact { contact, note, .. } = act {
            let note = note.as_ref().map(crate::case::Words::expose);
            let found = self
                .store
                .set_safe_contact(&mut tx, id, *contact, beside.safe_hours, note, now)
                .await?;
            if found == 0 {
                return Err(ActRefused::Unsaid(Unsaid::NoContact));
            }
        }
        commit(tx).await?;
        self.push([&change.case]);
        let card = Card::from(&change.case);
        if case.mission != card.mission {
            self.feed.left(&case.mission, &card);
        }
        self.heard(by).await;
        Ok(card)
    }

    /// Writes down what is to be done, or that it is.
    async fn keep_tasks(
        &self,
        tx: &mut Tx,
        act: &Act,
        case: &mut Case,
        by: &Responder,
        now: DateTime<Utc>,
    ) -> Result<(), ActRefused> {
        match act {
            Act::Task { title, due_at } => {
                if *due_at < now || *due_at > now + LONGEST_TASK {
                    return Err(ActRefused::Field(
                        "due_at",
                        "must be a moment from now on, within a year".into(),
                    ));
                }
                let task = (title.expose(), *due_at);
                if !self.store.add_task(tx, case.id, task, by.id, now).await? {
                    return Err(Refused::TooManyTasks.into());
                }
            }
            Act::TaskDone { task } => {
                let of = (case.id, *task);
                let (was_open, next) = self.store.finish_task(tx, of, by.id, now).await?;
                if !was_open {
                    return Err(Refused::NoSuchTask.into());
                }
                case.task_due_at = next;
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes the most urgent case that waits at a mission and claims it. Of any number of responders
    /// on any number of nodes each gets another case: Redis hands a case to one of them, and the
    /// store has the last word.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn next(
        &self,
        mission: &MissionCode,
        by: &Responder,
    ) -> Result<Option<Card>, ActRefused> {
        for _ in 0..RACES {
            let taken = match self.queue.take(mission, self.clock.now()).await {
                Ok(Some(id)) => match self.store.case(id).await? {
                    Some(case) => Some(case),
                    // Redis holds what PostgreSQL does not know.
                    None => continue,
                },
                Ok(None) | Err(_) => self.store.most_urgent(mission).await?,
            };
            let Some(case) = taken else {
                return Ok(None);
            };
            if case.mission != *mission || case.status.as_str() != "waiting" {
                // The queue was behind: this puts it right.
                let card = Card::from(&case);
                self.feed.left(mission, &card);
                self.feed.agree_again(&card);
                continue;
            }
            match self.claim(&case, by).await {
                // Somebody was faster.
                Err(
                    ActRefused::Stale(_)
                    | ActRefused::Refused(_)
                    | ActRefused::NotFound
                    | ActRefused::Store(StoreError::Stale { .. }),
                ) => {}
                other => return other.map(Some),
            }
        }
        Ok(None)
    }

    /// Claims a case as it was just read, in one statement: nobody is to be told of it.
    async fn claim(&self, case: &Case, by: &Responder) -> Result<Card, ActRefused> {
        if !case.is_seen_by(by) {
            return Err(ActRefused::NotFound);
        }
        let now = self.clock.now();
        let standing = self.standing().await?;
        let change = case.act(&Act::Claim, by, now, &standing.policies, &standing.staffed)?;
        self.store.write_acted(&change, by.id, now).await?;
        self.push([&change.case]);
        Ok(Card::from(&change.case))
    }

    fn beside(
        &self,
        act: &Act,
        case: &Case,
        contacts: &[crate::store::ContactRow],
        by: &Responder,
        standing: &super::Standing,
        now: DateTime<Utc>,
    ) -> Result<Beside, ActRefused> {
        let mut beside = Beside::default();
        match act {
            Act::Message {
                template,
                lang,
                text,
                override_reason,
            } => {
                let wanted = Wanted {
                    template: template.as_deref(),
                    lang: *lang,
                    text: text.as_ref(),
                    reason: override_reason.as_ref(),
                };
                let (message, despite) = say::message(&wanted, case, contacts, by, standing, now)
                    .map_err(ActRefused::Unsaid)?;
                beside.detail = despite.map(|why| ("despite", json!(why.as_str())));
                beside.message = Some(message);
            }
            Act::Locate {
                lat,
                lon,
                radius_m,
                text,
            } => {
                let located = match (lat, lon, text) {
                    (Some(lat), Some(lon), _) => self.locate_point(*lat, *lon, *radius_m)?,
                    (None, None, Some(words)) => self.locate_words(words.expose(), case.country)?,
                    _ => {
                        return Err(ActRefused::Field(
                            "lat",
                            "give lat and lon, or the place in text".into(),
                        ));
                    }
                };
                beside.detail = Some(("lies_with", json!(located.mission)));
                beside.located = Some(located);
            }
            Act::SafeContact {
                contact,
                from_hour,
                to_hour,
                note,
            } => {
                let silent = |safe: &str| matches!(safe, "never" | "i_will_contact_you");
                if contacts.iter().any(|known| silent(&known.safe))
                    && !silent(contact.as_str())
                    && note.is_none()
                {
                    return Err(ActRefused::Field(
                        "note",
                        "the person asked not to be contacted; write down why that has changed"
                            .into(),
                    ));
                }
                beside.safe_hours =
                    Act::hours(*from_hour, *to_hour).map_err(|error: NotAnHour| {
                        ActRefused::Field("from_hour", format!("{error}; give both or neither"))
                    })?;
            }
            _ => {}
        }
        Ok(beside)
    }
}

/// The case for whose sake a rung above the desk is texted at once: one that waits again where nobody
/// is at the desk, or becomes urgent there, or one that is offered to a mission where nobody is.
fn told_at_once(
    act: &Act,
    (before, case): (&Case, &Case),
    standing: &super::Standing,
) -> Option<Case> {
    let told = match act {
        Act::Transfer { to, .. } => {
            let policy = standing.policies.get(case.policy)?;
            let mut theirs = case.clone();
            theirs.level = policy.ladder.reaching_from(0, to, &standing.staffed);
            theirs.mission = to.clone();
            theirs
        }
        Act::Release | Act::Reopen { .. } | Act::Refuse { .. } | Act::Withdraw
            if case.status.claimed_by().is_none() =>
        {
            case.clone()
        }
        Act::Reprioritise { .. } if case.is_to_be_told_now(before) => case.clone(),
        _ => return None,
    };
    told.is_told_at_once().then_some(told)
}
