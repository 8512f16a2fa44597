//! What follows when a message was lost: the way on, at once.
//!
//! A text to a responder that nobody got leaves a case with nobody: it goes up the ladder without
//! waiting for its clock, in one transaction with its log and the next texts. A text to a person goes
//! the next way that she allows, or her case says loudly that she did not get it. Each is done once,
//! by any node, also when the one that learned of the loss is gone.

use super::{Flow, Standing, say};
use crate::carry::NO_SERVICE;
use crate::case::{Case, Change, Entry, Staffed};
use crate::clocks;
use crate::outbox::delivery::{Retry, Trouble};
use crate::store::{Duty, Lost, StoreError, Tx, Written, commit};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// Messages followed up in one transaction.
const AT_ONCE: i64 = 32;
/// The wait before a text to a responder is tried once more, where the fault may pass by itself:
/// short, since a life may depend on who is told next.
const STAFF_AGAIN: TimeDelta = TimeDelta::seconds(10);
/// The same for a text to a person.
const PERSON_AGAIN: TimeDelta = TimeDelta::minutes(2);

/// What a transaction leaves behind.
#[derive(Default)]
struct Followed {
    /// The cases as they will be; a case that several messages touch is one change.
    cases: BTreeMap<Uuid, Case>,
    /// The versions that are stored.
    stored: BTreeMap<Uuid, i64>,
    log: Vec<(Uuid, Entry)>,
    texts: Vec<Written>,
}

impl Followed {
    fn changed(&mut self, before: &Case, mut after: Case) {
        let stored = *self.stored.entry(before.id).or_insert(before.version);
        after.version = stored + 1;
        self.cases.insert(before.id, after);
    }

    fn as_it_is(&self, case: &Case) -> Case {
        self.cases.get(&case.id).unwrap_or(case).clone()
    }

    fn say(&mut self, case: Uuid, lost: &Lost, next: Option<&str>) {
        let state = if lost.withdrawn { "canceled" } else { "failed" };
        let detail = json!({
            "state": state, "error": lost.error, "to_staff": lost.to_staff, "next": next,
        });
        self.log.push((
            case,
            Entry {
                event: "delivery",
                detail,
            },
        ));
    }

    /// The case shows it until somebody has seen it.
    fn show(&mut self, case: &Case) {
        let mut shown = self.as_it_is(case);
        shown.unread = shown.unread.saturating_add(1);
        self.changed(case, shown);
    }
}

impl Flow {
    /// One round: follows up every message that was lost.
    ///
    /// # Errors
    /// PostgreSQL is away; what was not followed up by then still will be.
    pub async fn follow_lost(&self) -> Result<Option<Duration>, StoreError> {
        let standing = self.standing().await?;
        while self.follow_some(&standing).await? {}
        Ok(None)
    }

    async fn follow_some(&self, standing: &Standing) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let lost = self.store.take_lost(&mut tx, AT_ONCE).await?;
        if lost.is_empty() {
            return Ok(false);
        }
        let mut ids: Vec<Uuid> = lost.iter().flat_map(|lost| lost.about.clone()).collect();
        // Of a text of a case that was joined to another, whoever has that one is told.
        let written_for: Vec<Uuid> = lost.iter().map(|lost| lost.case_id).collect();
        let goes_on = self.store.survivors(&mut tx, &written_for).await?;
        let goes_on: BTreeMap<Uuid, Uuid> = goes_on.into_iter().collect();
        ids.extend(goes_on.values());
        ids.sort_unstable();
        ids.dedup();
        let cases = self.store.lock_cases(&mut tx, &ids).await?;
        let cases: BTreeMap<Uuid, Case> = cases.into_iter().map(|case| (case.id, case)).collect();
        let duty = self.store.on_duty(&mut tx).await?;
        let mut followed = Followed::default();
        for lost in &lost {
            if lost.to_staff {
                self.unreached(&mut tx, lost, &cases, (&duty, standing), &mut followed, now)
                    .await?;
            } else if let Some(case) = goes_on.get(&lost.case_id).and_then(|id| cases.get(id)) {
                self.undelivered(&mut tx, lost, case, standing, &mut followed, now)
                    .await?;
            }
        }
        let changed: Vec<&Case> = followed.cases.values().collect();
        if !changed.is_empty() {
            self.store.write_cases(&mut tx, &changed).await?;
        }
        let log: Vec<(Uuid, &Entry)> = followed
            .log
            .iter()
            .map(|(id, entry)| (*id, entry))
            .collect();
        self.store.log_all(&mut tx, &log, now).await?;
        self.store
            .write_messages(&mut tx, &followed.texts, now)
            .await?;
        commit(tx).await?;
        self.push(followed.cases.values());
        self.wakes.outbox.now();
        Ok(true)
    }

    /// A text to a responder.
    async fn unreached(
        &self,
        tx: &mut Tx,
        lost: &Lost,
        cases: &BTreeMap<Uuid, Case>,
        (duty, standing): (&[Duty], &Standing),
        followed: &mut Followed,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let about: Vec<&Case> = lost.about.iter().filter_map(|id| cases.get(id)).collect();
        let mut needy = Vec::new();
        for case in about {
            let case = followed.as_it_is(case);
            if !lost.withdrawn
                && self
                    .is_still_untold(tx, lost, &case, (duty, standing))
                    .await?
            {
                needy.push(case);
            } else {
                followed.say(case.id, lost, None);
            }
        }
        if needy.is_empty() {
            return Ok(());
        }
        if may_pass(lost) {
            let ids = needy.iter().map(|case| case.id).collect();
            for case in &needy {
                followed.say(case.id, lost, Some("again"));
            }
            followed.texts.push(again(lost, ids, now + STAFF_AGAIN));
            return Ok(());
        }
        let staffed = Staffed::new(duty.iter().map(Duty::stands));
        let mut climbed: Vec<(Case, Change)> = Vec::new();
        for case in needy {
            let up = case
                .unreached(now, &standing.policies, &staffed)
                .ok()
                .flatten()
                .filter(|_| lost.error.as_deref() != Some(NO_SERVICE));
            if let Some(change) = up {
                followed.say(case.id, lost, Some("next_level"));
                followed.log.push((case.id, change.entry.clone()));
                followed.changed(&cases[&case.id], change.case.clone());
                climbed.push((case, change));
            } else {
                // Nobody is above: the desk is all there is.
                followed.say(case.id, lost, None);
                followed.show(&cases[&case.id]);
            }
        }
        let steps: Vec<(&Case, &Case)> = climbed
            .iter()
            .map(|(before, change)| (before, &change.case))
            .collect();
        let (store, policies) = (&self.store, &standing.policies);
        clocks::tell_of(store, tx, &steps, duty, policies, (now, now)).await?;
        Ok(())
    }

    /// Whether a case still stands on the rung that this text was to tell, nobody has acted, and
    /// nobody else on that rung was told.
    async fn is_still_untold(
        &self,
        tx: &mut Tx,
        lost: &Lost,
        case: &Case,
        (duty, standing): (&[Duty], &Standing),
    ) -> Result<bool, StoreError> {
        let waits = case.status.claimed_by().is_none() || case.lapses > 0;
        let Some(post) = case
            .post(&standing.policies)
            .filter(|_| case.status.due().is_some())
        else {
            return Ok(false);
        };
        let rung: Vec<&Duty> = duty
            .iter()
            .filter(|one| one.stands_on(post, &case.mission))
            .collect();
        let stands = |one: &&Duty| one.number.as_ref() == Some(&lost.number);
        if !waits || !rung.iter().any(stands) {
            return Ok(false);
        }
        let others: Vec<&str> = rung
            .iter()
            .filter_map(|one| one.phone.as_ref())
            .map(|phone| phone.expose().as_str())
            .filter(|phone| phone != lost.number.expose())
            .collect();
        let told = self
            .store
            .is_told(tx, case.id, &others, case.status.since())
            .await?;
        Ok(!told)
    }

    /// A text to a person.
    async fn undelivered(
        &self,
        tx: &mut Tx,
        lost: &Lost,
        case: &Case,
        standing: &Standing,
        followed: &mut Followed,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if lost.withdrawn {
            followed.say(case.id, lost, None);
            followed.changed(case, followed.as_it_is(case));
            return Ok(());
        }
        let next = if case.status.outcome().is_some() {
            None
        } else if may_pass(lost) {
            let about = vec![case.id];
            Some(("again", again(lost, about, now + PERSON_AGAIN)))
        } else if lost.trouble.is_some_and(Trouble::next_channel) {
            let contacts = self.store.contacts_within(tx, case.id).await?;
            say::next_way(lost, case, &contacts, standing, now).map(|channel| {
                let on = Written {
                    channel,
                    ..again(lost, vec![case.id], now)
                };
                (channel.as_str(), on)
            })
        } else {
            None
        };
        if let Some((way, written)) = next {
            followed.say(case.id, lost, Some(way));
            followed.changed(case, followed.as_it_is(case));
            followed.texts.push(written);
        } else {
            followed.say(case.id, lost, None);
            followed.show(case);
        }
        Ok(())
    }
}

/// Whether the fault may pass by itself, and the same was not tried again on this channel before.
fn may_pass(lost: &Lost) -> bool {
    lost.trouble
        .is_some_and(|trouble| trouble.retry() == Retry::Once)
        && !lost.tried.contains(&lost.channel)
}

/// The same once more.
fn again(lost: &Lost, about: Vec<Uuid>, not_before: DateTime<Utc>) -> Written {
    Written {
        id: Uuid::new_v4(),
        case_id: lost.case_id,
        to_staff: lost.to_staff,
        channel: lost.channel,
        number: lost.number.clone(),
        body: lost.body.clone(),
        template: lost.template.clone(),
        lang: lost.lang,
        by: lost.by,
        priority: lost.priority,
        about: if lost.to_staff { about } else { Vec::new() },
        beyond: 0,
        follows: Some(lost.id),
        not_before: Some(not_before),
    }
}
