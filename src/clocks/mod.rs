//! The clocks: what is due lapses, escalates, and is told to whoever stands on the next rung.
//!
//! Case, log and texts of a lapse are written in one transaction that holds the case, so a clock
//! fires once, whichever of any number of processes handles it, and whichever of them dies. A case
//! that cannot be handled stays due and is tried again; it is never skipped in silence.
//!
//! What an outage left behind is handled in order of priority, a transaction at a time, and each
//! lapse says on its case how late it was. Texts wait until all of it is handled, so that somebody
//! with hundreds of overdue cases gets one text about them: see [`notices`].

mod notices;

pub use notices::{copy, post_name, tell, tell_of, texts_of};

use crate::case::{Case, Change, Policies, Staffed};
use crate::store::{Duty, Store, StoreError, Tx, commit};
use chrono::{DateTime, TimeDelta, Utc};
use notices::Step;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Clocks handled in one transaction.
const AT_ONCE: i64 = 500;
/// While more is due than one transaction handles, its texts wait for the others, so long at most:
/// if this process dies meanwhile, they go out then.
const HELD: TimeDelta = TimeDelta::seconds(10);
/// A lapse this late was not in time: it is counted, and its case shows it.
const LATE: TimeDelta = TimeDelta::seconds(2);

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

/// What a round has in hand when its moment comes.
#[derive(Debug)]
pub struct Ready {
    tx: Tx,
    duty: Option<Vec<Duty>>,
}

/// Begins a round. One that is known to have work reads ahead of its moment who is on duty.
///
/// # Errors
/// PostgreSQL is away.
pub async fn ready(store: &Store, work: bool) -> Result<Ready, StoreError> {
    let mut tx = store.begin_moment().await?;
    let duty = if work {
        Some(store.on_duty(&mut tx).await?)
    } else {
        None
    };
    Ok(Ready { tx, duty })
}

/// Handles what is due; and, where it is to look at `desks` too, marks the claims of those that are not
/// heard from any more, or are again.
///
/// # Errors
/// PostgreSQL is away; then nothing of the round holds and all of it is still due.
pub async fn tick(
    store: &Store,
    policies: &Policies,
    Ready { mut tx, duty }: Ready,
    (now, desks): (DateTime<Utc>, bool),
) -> Result<Ticked, StoreError> {
    let due = store.lock_due(&mut tx, now, AT_ONCE).await?;
    let unheard = if desks {
        store.lock_unheard(&mut tx, now).await?
    } else {
        Vec::new()
    };
    if due.is_empty() && unheard.is_empty() {
        return Ok(Ticked::default());
    }
    let more = due.len() == usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
    let duty = match duty {
        Some(duty) => duty,
        None => store.on_duty(&mut tx).await?,
    };
    let staffed = Staffed::new(duty.iter().map(Duty::stands));
    let marks = marks(&unheard);
    let changes: Vec<(Case, Change)> = due
        .into_iter()
        .filter_map(|case| match case.lapse(now, policies, &staffed) {
            Ok(mut change) => {
                // However much happens to a case in a round, it is one change.
                if let Some(mark) = marks.get(&case.id) {
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
    let marked: Vec<&Case> = marks
        .values()
        .map(|mark| &mark.case)
        .filter(|case| !lapsing.contains(&case.id))
        .collect();
    let cases: Vec<&Case> = changes
        .iter()
        .map(|(_, change)| &change.case)
        .chain(marked.iter().copied())
        .collect();
    let entries: Vec<_> = changes
        .iter()
        .map(|(case, change)| (case.id, &change.entry))
        .chain(marks.iter().map(|(id, mark)| (*id, &mark.entry)))
        .collect();
    let lapsed: Vec<Step<'_>> = changes
        .iter()
        .map(|(before, change)| (before, &change.case))
        .collect();
    store.write_lapsed(&mut tx, &cases, &entries, now).await?;
    let send_at = if more { now + HELD } else { now };
    let texts = notices::tell_of(store, &mut tx, &lapsed, &duty, policies, (now, send_at)).await?;
    commit(tx).await?;
    for (case, _) in &changes {
        record(case, now);
    }
    Ok(Ticked {
        changed: cases.into_iter().cloned().collect(),
        more,
        texts,
    })
}

/// What becomes of the claims whose mark no longer fits what is heard.
fn marks(unheard: &[Case]) -> HashMap<Uuid, Change> {
    unheard
        .iter()
        .map(|case| (case.id, case.heard_of(case.stale)))
        .collect()
}

fn record(case: &Case, now: DateTime<Utc>) {
    let late = case.due().map_or(TimeDelta::zero(), |due| now - due);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of lateness")]
    metrics::histogram!("msaada_clock_late_seconds")
        .record(late.num_milliseconds() as f64 / 1_000.0);
    if late > LATE {
        metrics::counter!("msaada_clocks_late_total", "priority" => case.priority.as_str())
            .increment(1);
    }
    metrics::counter!("msaada_clocks_lapsed_total", "priority" => case.priority.as_str())
        .increment(1);
}
