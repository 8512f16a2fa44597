//! What somebody on duty is told: one text about all that is hers, not one for each case.
//!
//! Cases that lapse together make one text. A text that is still queued when the next one is written
//! is taken over: its cases are told of in the new one, those that somebody has acted on meanwhile
//! are not told of at all, and the old one is marked as not sent, on its case too. So neither an
//! outage of ours nor one of the message service ends in a burst of texts at one person.

use crate::case::{Case, Channel, Clock, Lang, MissionCode, Policies, Post};
use crate::outbox::staff::{self, Overdue};
use crate::store::{Duty, Store, StoreError, TakenOver, Tx, Written};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A text knows so many of its cases, the worst; of the rest it knows how many. So what a flood costs
/// grows with the flood and not with its square.
const KNOWN: usize = 64;

/// A case before and after.
pub(super) type Step<'a> = (&'a Case, &'a Case);

/// Tells a rung of cases that were put on it without a lapse, because nobody is on duty below it:
/// whoever stands there must not learn of it only when her own clock has run out. Only of the
/// urgent: of others the first lapse tells her.
///
/// # Errors
/// PostgreSQL is away.
pub async fn tell(
    store: &Store,
    tx: &mut Tx,
    placed: &[&Case],
    policies: &Policies,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let texts = texts_of(store, tx, placed, policies, now).await?;
    store.write_messages(tx, &texts, now).await
}

/// The texts of [`tell`], to be written by the caller in the same transaction.
///
/// # Errors
/// PostgreSQL is away.
pub async fn texts_of(
    store: &Store,
    tx: &mut Tx,
    placed: &[&Case],
    policies: &Policies,
    now: DateTime<Utc>,
) -> Result<Vec<Written>, StoreError> {
    if placed.is_empty() {
        return Ok(Vec::new());
    }
    let duty = store.on_duty(tx).await?;
    let steps: Vec<Step<'_>> = placed.iter().map(|case| (*case, *case)).collect();
    texts(store, tx, &steps, &duty, policies, (now, now)).await
}

/// Tells the response centre of cases that another mission has, and that are perhaps a third one's.
///
/// # Errors
/// PostgreSQL is away.
pub async fn copy(
    store: &Store,
    tx: &mut Tx,
    copied: &[(&Case, &MissionCode)],
    policies: &Policies,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if copied.is_empty() {
        return Ok(());
    }
    let duty = store.on_duty(tx).await?;
    let centre = MissionCode::centre();
    let there = duty
        .iter()
        .filter(|one| one.mission == centre && one.post == Post::ResponseCentre);
    let numbers: BTreeSet<&String> = there
        .filter_map(|one| Some(one.phone.as_ref()?.expose()))
        .collect();
    let told = numbers.into_iter().map(|number| Told {
        number,
        cases: copied.iter().map(|(case, _)| (*case, *case)).collect(),
        perhaps: copied
            .iter()
            .map(|(case, other)| (case.id, *other))
            .collect(),
    });
    let texts = written(store, tx, told.collect(), policies, (now, now)).await?;
    store.write_messages(tx, &texts, now).await
}

/// Writes one text for each responder who stands on the rung of any of these cases (each as it was,
/// and as it is now), to be sent at a moment. Returns how many.
///
/// # Errors
/// PostgreSQL is away.
pub async fn tell_of(
    store: &Store,
    tx: &mut Tx,
    lapsed: &[(&Case, &Case)],
    duty: &[Duty],
    policies: &Policies,
    (now, send_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<usize, StoreError> {
    let texts = texts(store, tx, lapsed, duty, policies, (now, send_at)).await?;
    store.write_messages(tx, &texts, now).await?;
    Ok(texts.len())
}

async fn texts(
    store: &Store,
    tx: &mut Tx,
    lapsed: &[Step<'_>],
    duty: &[Duty],
    policies: &Policies,
    (now, send_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Written>, StoreError> {
    let told = told(lapsed, duty, policies);
    written(store, tx, told, policies, (now, send_at)).await
}

/// A text for each, with what had not been sent to her yet.
async fn written(
    store: &Store,
    tx: &mut Tx,
    told: Vec<Told<'_>>,
    policies: &Policies,
    (now, send_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Written>, StoreError> {
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<&str> = told.iter().map(|one| one.number.as_str()).collect();
    let queued = store.take_over_notices(tx, &numbers, now).await?;
    let mut notices = Vec::with_capacity(told.len());
    for one in told {
        let before: Vec<&TakenOver> = queued
            .iter()
            .filter(|old| old.number.expose() == one.number)
            .collect();
        let others: BTreeSet<Uuid> = before.iter().flat_map(|old| &old.about).copied().collect();
        let told_now: BTreeSet<Uuid> = one.cases.iter().map(|(case, _)| case.id).collect();
        let others: Vec<Uuid> = others.difference(&told_now).copied().collect();
        let (worst, ids) = if others.is_empty() {
            (Vec::new(), Vec::new())
        } else {
            store.still_overdue(tx, &others, staff::NAMED).await?
        };
        let beyond = before.iter().map(|old| old.beyond).sum();
        let others = Others { worst, ids, beyond };
        notices.extend(one.notice(&others, policies, (now, send_at)));
    }
    Ok(notices)
}

/// The cases of texts that are taken over.
struct Others {
    /// The worst of them.
    worst: Vec<Case>,
    /// All that are known, the worst first.
    ids: Vec<Uuid>,
    /// How many more there were.
    beyond: i32,
}

/// Somebody on duty, and what she is to be told of.
struct Told<'a> {
    number: &'a String,
    cases: Vec<Step<'a>>,
    /// The other missions of those that are only copied to her.
    perhaps: BTreeMap<Uuid, &'a MissionCode>,
}

fn told<'a>(lapsed: &[Step<'a>], duty: &'a [Duty], policies: &Policies) -> Vec<Told<'a>> {
    // Somebody with two posts has one phone.
    let mut told: BTreeMap<&String, Told<'a>> = BTreeMap::new();
    let mut standing: BTreeMap<(&MissionCode, Post), Vec<&'a String>> = BTreeMap::new();
    for one in duty {
        if let Some(number) = &one.phone {
            let at = standing.entry((&one.mission, one.post)).or_default();
            at.push(number.expose());
        }
    }
    let centre = MissionCode::centre();
    for both in lapsed {
        let case = both.1;
        // The desk has its alarm, and is not texted.
        let Some(post) = case.post(policies).filter(|post| *post != Post::Desk) else {
            continue;
        };
        let at = if post.serves_all() {
            &centre
        } else {
            &case.mission
        };
        for number in standing.get(&(at, post)).into_iter().flatten() {
            let one = told.entry(number).or_insert_with(|| Told {
                number,
                cases: Vec::new(),
                perhaps: BTreeMap::new(),
            });
            if one.cases.last().is_none_or(|(last, _)| last.id != case.id) {
                one.cases.push(*both);
            }
        }
    }
    told.into_values().collect()
}

impl Told<'_> {
    /// The text: about these cases, and about others of which it had not been sent yet: the worst of
    /// them, and all their ids.
    fn notice(
        &self,
        others: &Others,
        policies: &Policies,
        (now, send_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Option<Written> {
        let others_named = others.worst.iter().map(|case| (case, case));
        let mut overdue: Vec<Overdue<'_>> = self
            .cases
            .iter()
            .copied()
            .chain(others_named)
            .map(|(before, after)| Overdue {
                reference: before.reference.as_str(),
                // What she has not written made it worse in this very lapse.
                priority: after.priority,
                mission: &before.mission,
                clock: lapsed(before, now),
                idle: idle(before, policies, now),
                level: after.level.into(),
                level_name: after.post(policies).map_or("", post_name),
                perhaps: self.perhaps.get(&after.id).copied(),
            })
            .collect();
        overdue.sort_by_key(|case| case.priority);
        let worst = overdue.first()?.priority;
        let beyond = usize::try_from(others.beyond).unwrap_or(0);
        let not_named = others.ids.len().saturating_sub(others.worst.len()) + beyond;
        let body = staff::bundle(&overdue, not_named);
        // It stands with the worst of its cases.
        let first = self.cases.first()?.1;
        let stands_with = others
            .worst
            .first()
            .filter(|other| other.priority < first.priority)
            .unwrap_or(first);
        let mut cases: Vec<&Case> = self.cases.iter().map(|(_, case)| *case).collect();
        cases.sort_by_key(|case| case.priority);
        let mut about: Vec<Uuid> = cases.into_iter().map(|case| case.id).collect();
        about.extend(&others.ids);
        let unknown = about.len().saturating_sub(KNOWN) + beyond;
        about.truncate(KNOWN);
        Some(Written {
            id: Uuid::new_v4(),
            case_id: stands_with.id,
            to_staff: true,
            channel: Channel::Sms,
            number: self.number.clone().into(),
            body: body.into(),
            template: None,
            lang: Lang::English,
            by: None,
            priority: worst,
            about,
            beyond: i32::try_from(unknown).unwrap_or(i32::MAX),
            follows: None,
            not_before: Some(send_at),
        })
    }
}

/// What did not happen. That she has not written outweighs what a colleague has not done.
fn lapsed(before: &Case, now: DateTime<Utc>) -> Clock {
    let silent = before.broken(now).map(|_| Clock::Word);
    silent.or(before.clock()).unwrap_or(Clock::Claim)
}

/// How long nobody has acted. Work that is under way was last acted on one check-in clock before its
/// moment.
fn idle(case: &Case, policies: &Policies, now: DateTime<Utc>) -> TimeDelta {
    let check_in = policies
        .get(case.policy)
        .map(|policy| policy.clocks.check_in());
    match (case.status.clock(), case.status.due(), check_in) {
        (Some(Clock::CheckIn), Some(due), Some(check_in)) if case.lapses == 0 => {
            now - due + check_in
        }
        _ => now - case.status.since(),
    }
}

/// The name of a post, as a text to its holder calls it.
#[must_use]
pub const fn post_name(post: Post) -> &'static str {
    match post {
        Post::Desk => "duty desk",
        Post::DutyOfficer => "duty officer",
        Post::HeadOfSection => "head of consular section",
        Post::HeadOfMission => "head of mission",
        Post::ResponseCentre => "response centre",
        Post::PrincipalSecretary => "principal secretary's duty line",
    }
}
