//! Pictures and voice notes that came with messages: fetched, told from their bytes, and kept with the
//! case as any attachment is.
//!
//! What a message named is noted when its report is stored, in the same transaction, so that it is
//! fetched however the report came in: by the webhook, late, from the spool, or asked for when the
//! webhook had failed. Who is killed
//! while it fetches leaves it to the next round, on any node. It must never send our credentials
//! anywhere but to the provider.

use crate::case::{File, NotAFile};
use crate::flow::Flow;
use crate::outbox::twilio::{Fetched, Twilio};
use crate::store::{StoreError, Wanted};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Fetched at once in one round: 40 MB of memory at most.
const TOGETHER: i64 = 8;
/// Whoever takes something to fetch holds it for so long.
const HELD: TimeDelta = TimeDelta::minutes(3);
/// Fetching one of them is given up after this, well before it may be taken by another.
const PATIENCE: Duration = Duration::from_secs(90);
/// What was noted otherwise than with its report is looked for at this distance.
const LOOKED_THROUGH: TimeDelta = TimeDelta::hours(1);
/// After so many tries, about two days, it is given up; its case says so.
const TRIES: i16 = 60;
/// Between two tries at most.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// What a node knows of the fetching from round to round.
#[derive(Debug, Default)]
pub struct Fetching {
    looked: Mutex<Option<DateTime<Utc>>>,
}

impl Fetching {
    /// One round: fetches what is wanted. Tells when the next is due.
    ///
    /// # Errors
    /// PostgreSQL is away; what is wanted still is.
    pub async fn round(
        &self,
        flow: &Flow,
        gateway: &Twilio,
    ) -> Result<Option<Duration>, StoreError> {
        let now = flow.clock.now();
        // What was noted before is fetched all the same, and one that fails stops no other.
        let looked = self.look(flow, now).await;
        let wanted = flow.store.wanted_media(now, now + HELD, TOGETHER).await?;
        let fetched = wanted.iter().map(|one| async move {
            if let Err(error) = fetch_one(flow, gateway, one).await {
                tracing::warn!(report = %one.report, %error, "a picture could not be kept yet");
            }
        });
        join_all(fetched).await;
        looked?;
        let next = flow.store.next_media().await?;
        Ok(next.map(|at| (at - flow.clock.now()).to_std().unwrap_or_default()))
    }

    /// Media are noted with the reports that name them. What another version of this service stored
    /// is noted here, at the start and now and then: it walks over days.
    async fn look(&self, flow: &Flow, now: DateTime<Utc>) -> Result<(), StoreError> {
        let looked = *self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_some_and(|at| now - at < LOOKED_THROUGH) {
            return Ok(());
        }
        flow.store.note_media(now).await?;
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(())
    }
}

async fn fetch_one(flow: &Flow, gateway: &Twilio, wanted: &Wanted) -> Result<(), StoreError> {
    let of = (wanted.report, wanted.nth);
    let asked = tokio::time::timeout(PATIENCE, gateway.media(&wanted.url)).await;
    let why = match asked.unwrap_or(Fetched::Away) {
        Fetched::Bytes(bytes) => match File::new("", bytes) {
            Ok(file) => {
                flow.attach(wanted.report, &[file]).await?;
                return flow.store.settle_media(of, "here").await;
            }
            Err(NotAFile::WrongKind) => "kind",
            Err(NotAFile::TooLarge) => "large",
        },
        Fetched::List(links) if !links.is_empty() => {
            let now = flow.clock.now();
            return flow.store.list_media(of, &links, now).await;
        }
        Fetched::TooLarge => "large",
        Fetched::Away if wanted.tries < TRIES => {
            let wait = TimeDelta::seconds(15 << wanted.tries.clamp(0, 8)).min(LONGEST);
            return flow.store.postpone_media(of, flow.clock.now() + wait).await;
        }
        Fetched::List(_) | Fetched::Gone | Fetched::Away => "gone",
    };
    tracing::warn!(report = %wanted.report, why, "media of a message cannot be kept");
    flow.lost_file(wanted.report, why).await?;
    let state = if why == "gone" { "lost" } else { "refused" };
    flow.store.settle_media(of, state).await
}
