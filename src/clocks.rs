//! The clocks: what is due lapses, escalates, and is told to whoever stands on the next rung.
//!
//! Case, log and texts of a lapse are written in one transaction that holds the case, so a clock
//! fires once, whichever of any number of processes handles it, and whichever of them dies. A case
//! that cannot be handled stays due and is tried again; it is never skipped in silence.

use crate::case::{
    Case, Change, Channel, Clock, Lang, MissionCode, Policies, Post, Priority, Staffed,
};
use crate::outbox::staff::{self, Overdue};
use crate::store::{Duty, Store, StoreError, Written, commit};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// Clocks handled in one transaction.
const AT_ONCE: i64 = 500;

/// What one round did.
#[derive(Debug, Default)]
pub struct Ticked {
    /// The cases that lapsed, became stale or live again, as they are now.
    pub changed: Vec<Case>,
    /// Whether more may be due.
    pub more: bool,
    /// Texts written to responders.
    pub texts: usize,
}

/// Handles what is due.
///
/// # Errors
/// PostgreSQL is away; then nothing of the round holds and all of it is still due.
pub async fn tick(
    store: &Store,
    policies: &Policies,
    now: DateTime<Utc>,
) -> Result<Ticked, StoreError> {
    let mut tx = store.begin().await?;
    let due = store.lock_due(&mut tx, now, AT_ONCE).await?;
    let unheard = store.lock_unheard(&mut tx, now).await?;
    if due.is_empty() && unheard.is_empty() {
        return Ok(Ticked::default());
    }
    let more = due.len() == usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
    let duty = store.on_duty(&mut tx).await?;
    let staffed = Staffed::new(duty.iter().map(|d| (d.mission.clone(), d.post)));
    let marks = marks(&unheard);
    let changes: Vec<(Case, Change)> = due
        .into_iter()
        .filter_map(|case| match case.lapse(now, policies, &staffed) {
            Ok(mut change) => {
                // However much happens to a case in a round, it is one change.
                if let Some((_, mark)) = marks.get(&case.id) {
                    change.case.stale = mark.case.stale;
                }
                Some((case, change))
            }
            Err(error) => {
                tracing::error!(case = %case.id, %error, "a clock is due and could not lapse");
                None
            }
        })
        .collect();
    let lapsing: HashSet<Uuid> = changes.iter().map(|(case, _)| case.id).collect();
    let marked: Vec<&Change> = marks
        .values()
        .filter(|(case, _)| !lapsing.contains(&case.id))
        .map(|(_, mark)| mark)
        .collect();
    let cases: Vec<&Case> = changes
        .iter()
        .map(|(_, change)| &change.case)
        .chain(marked.iter().map(|mark| &mark.case))
        .collect();
    let entries: Vec<_> = changes
        .iter()
        .map(|(case, change)| (case.id, &change.entry))
        .chain(marks.iter().map(|(id, (_, mark))| (*id, &mark.entry)))
        .collect();
    let lapsed: Vec<Step<'_>> = changes
        .iter()
        .map(|(before, change)| (before, &change.case))
        .collect();
    let texts = texts(&lapsed, &duty, policies, now);
    store.write_cases(&mut tx, &cases).await?;
    store.log_all(&mut tx, &entries, now).await?;
    store.write_messages(&mut tx, &texts, now).await?;
    commit(tx).await?;
    for (case, _) in &changes {
        record(case, now);
    }
    let marked: Vec<Case> = marked.into_iter().map(|mark| mark.case.clone()).collect();
    Ok(Ticked {
        changed: changes
            .into_iter()
            .map(|(_, change)| change.case)
            .chain(marked)
            .collect(),
        more,
        texts: texts.len(),
    })
}

/// What becomes of the claims whose mark no longer fits what is heard.
fn marks(unheard: &[Case]) -> BTreeMap<Uuid, (&Case, Change)> {
    unheard
        .iter()
        .map(|case| (case.id, (case, case.heard_of(case.stale))))
        .collect()
}

/// The texts to a rung that a case was put on without a lapse, because nobody is on duty below it:
/// whoever stands there must not learn of it only when her own clock has run out. Only for the
/// urgent: of others the first lapse tells her.
#[must_use]
pub fn notices(
    placed: &[&Case],
    duty: &[Duty],
    policies: &Policies,
    now: DateTime<Utc>,
) -> Vec<Written> {
    let steps: Vec<Step<'_>> = placed.iter().map(|case| (*case, *case)).collect();
    texts(&steps, duty, policies, now)
}

/// A case before and after.
type Step<'a> = (&'a Case, &'a Case);

/// One text for each responder and round: somebody with three overdue cases gets one text about
/// three, not three texts.
fn texts(
    lapsed: &[Step<'_>],
    duty: &[Duty],
    policies: &Policies,
    now: DateTime<Utc>,
) -> Vec<Written> {
    let mut told: BTreeMap<Uuid, Told<'_>> = BTreeMap::new();
    for both in lapsed {
        let case = both.1;
        let Some(post) = case.post(policies) else {
            continue;
        };
        for one in duty.iter().filter(|d| stands_on(d, post, &case.mission)) {
            told.entry(one.id)
                .or_insert((one, Vec::new()))
                .1
                .push(*both);
        }
    }
    told.into_values()
        .filter_map(|(duty, cases)| text(duty, &cases, policies, now))
        .collect()
}

/// Somebody on duty, and what she is to be told of.
type Told<'a> = (&'a Duty, Vec<Step<'a>>);

/// Whether somebody on duty is to be texted about a case on this rung. The desk has its alarm, and
/// is not texted.
fn stands_on(duty: &Duty, post: Post, mission: &MissionCode) -> bool {
    let at = if post.serves_all() {
        &MissionCode::centre()
    } else {
        mission
    };
    post != Post::Desk && duty.post == post && duty.mission == *at
}

fn text(
    duty: &Duty,
    cases: &[Step<'_>],
    policies: &Policies,
    now: DateTime<Utc>,
) -> Option<Written> {
    let number = duty.phone.clone()?;
    let overdue: Vec<Overdue<'_>> = cases
        .iter()
        .map(|(before, after)| Overdue {
            reference: before.reference.as_str(),
            priority: before.priority,
            mission: &before.mission,
            clock: before.status.clock().unwrap_or(Clock::Claim),
            idle: idle(before, policies, now),
            level: after.level.into(),
            level_name: after.post(policies).map_or("", post_name),
        })
        .collect();
    let body = match overdue.as_slice() {
        [one] => staff::escalation(one),
        many => staff::bundle(many),
    };
    let worst = overdue
        .iter()
        .map(|overdue| overdue.priority)
        .min()
        .unwrap_or(Priority::Critical);
    Some(Written {
        id: Uuid::new_v4(),
        case_id: cases.first()?.0.id,
        to_staff: true,
        channel: Channel::Sms,
        number,
        body: body.into(),
        template: None,
        lang: Lang::English,
        by: None,
        priority: worst,
    })
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

fn record(case: &Case, now: DateTime<Utc>) {
    let late = case
        .status
        .due()
        .map_or(0, |due| (now - due).num_milliseconds());
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of lateness")]
    metrics::histogram!("msaada_clock_late_seconds").record(late as f64 / 1_000.0);
    metrics::counter!("msaada_clocks_lapsed_total", "priority" => case.priority.as_str())
        .increment(1);
}
