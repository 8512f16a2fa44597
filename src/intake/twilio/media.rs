//! Pictures and voice notes that came with messages: fetched, told from their bytes, and kept with the
//! case as any attachment is.
//!
//! What a message named is noted from the stored report, so that it is fetched however the report came
//! in: by the webhook, late, from the spool, or asked for when the webhook had failed. Who is killed
//! while it fetches leaves it to the next round, on any node. It must never send our credentials
//! anywhere but to the provider.

use crate::case::{File, NotAFile};
use crate::flow::Flow;
use crate::outbox::twilio::{Fetched, Twilio};
use crate::store::{StoreError, Wanted};
use chrono::TimeDelta;
use std::time::Duration;

/// Fetched one after the other in one round.
const TOGETHER: i64 = 8;
/// Whoever takes something to fetch holds it for so long.
const HELD: TimeDelta = TimeDelta::minutes(3);
/// After so many tries, about two days, it is given up; its case says so.
const TRIES: i16 = 60;
/// Between two tries at most.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// One round: fetches what is wanted. Tells when the next is due.
///
/// # Errors
/// PostgreSQL is away; what is wanted still is.
pub async fn fetch(flow: &Flow, gateway: &Twilio) -> Result<Option<Duration>, StoreError> {
    let now = flow.clock.now();
    // What was noted before is fetched all the same, and one that fails stops no other.
    let noted = flow.store.note_media(now).await;
    let wanted = flow.store.wanted_media(now, now + HELD, TOGETHER).await?;
    for one in &wanted {
        if let Err(error) = fetch_one(flow, gateway, one).await {
            tracing::warn!(report = %one.report, %error, "a picture could not be kept yet");
        }
    }
    noted?;
    let next = flow.store.next_media().await?;
    Ok(next.map(|at| (at - flow.clock.now()).to_std().unwrap_or_default()))
}

async fn fetch_one(flow: &Flow, gateway: &Twilio, wanted: &Wanted) -> Result<(), StoreError> {
    let of = (wanted.report, wanted.nth);
    let why = match gateway.media(&wanted.url).await {
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
