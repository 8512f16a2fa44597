//! What goes on beside the way of a report: what other nodes did is heard, what Redis lost is put
//! back, desks are told that the line is good, and it is looked whether the promises hold.

use super::REPAIR;
use crate::atlas::Atlas;
use crate::audit::Audit;
use crate::desk::beats::{self, Beats};
use crate::flow::{Flow, Step};
use crate::intake::twilio::media;
use crate::outbox::twilio::Twilio;
use crate::presence::Presence;
use crate::reach::Reach;
use crate::repair::Repair;
use crate::rounds::{Wake, keep};
use crate::store::StoreError;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const AUDIT: Duration = Duration::from_secs(3);
const ATLAS: Duration = Duration::from_secs(2);
const MEDIA: Duration = Duration::from_secs(5);
const ACCOUNTS: Duration = Duration::from_mins(1);
/// A line that was lost is sought again after this.
const HEARING: Duration = Duration::from_millis(500);

pub(super) fn begin_repair(tasks: &mut JoinSet<()>, mut repair: Repair, stop: &CancellationToken) {
    tasks.spawn(keep(
        "repair",
        Wake::default(),
        REPAIR,
        stop.clone(),
        async move || repair.step().await,
    ));
}

/// Hears who is at the desks of other nodes.
pub(super) fn begin_meeting(
    tasks: &mut JoinSet<()>,
    presence: Presence,
    redis: Reach,
    stop: &CancellationToken,
) {
    let ended = stop.clone();
    tasks.spawn(keep(
        "meeting",
        Wake::default(),
        REPAIR,
        stop.clone(),
        async move || {
            tokio::select! {
                heard = presence.hear(&redis) => heard.map(|()| None),
                () = ended.cancelled() => Ok(None),
            }
        },
    ));
}

pub(super) fn begin_hearing(
    tasks: &mut JoinSet<()>,
    flow: &Flow,
    redis: Reach,
    stop: &CancellationToken,
) {
    let (flow, ended) = (flow.clone(), stop.clone());
    tasks.spawn(keep(
        "hearing",
        Wake::default(),
        HEARING,
        stop.clone(),
        async move || {
            tokio::select! {
                heard = flow.feed.hear(&redis, |card| flow.due_at(card.due_at)) => {
                    heard.map(|()| None)
                }
                () = ended.cancelled() => Ok(None),
            }
        },
    ));
}

pub(super) fn begin_audit(
    tasks: &mut JoinSet<()>,
    flow: &Flow,
    audit: Audit,
    stop: &CancellationToken,
) {
    let clock = flow.clock.clone();
    tasks.spawn(keep(
        "audit",
        Wake::default(),
        AUDIT,
        stop.clone(),
        async move || audit.step(clock.now()).await,
    ));
}

pub(super) fn begin_beats(
    tasks: &mut JoinSet<()>,
    flow: &Flow,
    beats: Beats,
    stop: &CancellationToken,
) {
    metrics::counter!("msaada_desks_dropped_total").increment(0);
    let flow = flow.clone();
    tasks.spawn(keep(
        "beats",
        Wake::default(),
        beats::PERIOD,
        stop.clone(),
        async move || {
            let now = flow.clock.now();
            beats.read(&flow.store, now).await.map(|()| None)
        },
    ));
}

/// What is counted beside the work: where cases lie, and how long people waited.
pub(super) fn begin_counting(
    tasks: &mut JoinSet<()>,
    atlas: Atlas,
    flow: &Flow,
    stop: &CancellationToken,
) {
    tasks.spawn(keep(
        "atlas",
        Wake::default(),
        ATLAS,
        stop.clone(),
        async move || atlas.follow().await.map(|()| None),
    ));
    let flow = flow.clone();
    // Not at once: a node that starts has more urgent things to read.
    let mut begins = true;
    tasks.spawn(keep(
        "accountability",
        Wake::default(),
        ACCOUNTS,
        stop.clone(),
        async move || {
            let waits = std::mem::take(&mut begins) || flow.pressed() >= Step::Analytics;
            if !waits {
                flow.store.count_accounts(flow.clock.now()).await?;
            }
            Ok::<_, StoreError>(None)
        },
    ));
}

/// Pictures and voice notes that messages named.
pub(super) fn begin_fetching(
    tasks: &mut JoinSet<()>,
    flow: &Flow,
    gateway: Twilio,
    stop: &CancellationToken,
) {
    let (flow, rounds) = (flow.clone(), media::Fetching::default());
    tasks.spawn(keep(
        "media",
        flow.wakes.media.clone(),
        MEDIA,
        stop.clone(),
        async move || rounds.round(&flow, &gateway).await,
    ));
}
