//! Hands what is in the outbox to the gateway.
//!
//! A message is never sent twice on a guess: that it is about to be sent is committed first, and if
//! nobody knows afterwards whether it was, the provider is asked. What cannot be sent is said on its
//! case, where a responder sees it.

use crate::case::Priority;
use crate::outbox::delivery::{Status, Trouble};
use crate::outbox::twilio::{Listed, Sent, Twilio};
use crate::rounds::Wake;
use crate::store::{Outgoing, Settled, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::time::Duration;
use uuid::Uuid;

/// Messages in doubt that are asked about in one round.
const AT_ONCE: i64 = 64;
/// Requests under way at once.
const UNDER_WAY: usize = 16;
/// Tries before a message is given up; with the waits of [`wait`] about an hour and a half.
const TRIES: i16 = 20;
/// The longest wait between tries.
const LONGEST_WAIT_S: i64 = 300;

/// One round: everything that is in doubt, and everything that is due to be sent, most urgent first.
/// A request that hangs holds up one place and nobody else: what becomes due meanwhile (`wake` tells)
/// is taken as soon as a place is free. Returns how long the next round can wait.
///
/// # Errors
/// PostgreSQL is away. What was under way was finished first.
pub async fn step(
    store: &Store,
    gateway: Option<&Twilio>,
    now: impl Fn() -> DateTime<Utc>,
    wake: &Wake,
) -> Result<Option<Duration>, StoreError> {
    if let Some(gateway) = gateway {
        for message in store.take_unknown(now(), AT_ONCE).await? {
            ask(store, gateway, message, &now).await?;
        }
    }
    let mut under_way = FuturesUnordered::new();
    let mut done = Ok(());
    loop {
        let free = UNDER_WAY - under_way.len();
        if done.is_ok() && free > 0 {
            match store
                .take_outgoing(now(), i64::try_from(free).unwrap_or(1))
                .await
            {
                Ok(taken) => under_way.extend(
                    taken
                        .into_iter()
                        .map(|message| hand_over(store, gateway, message, &now)),
                ),
                Err(error) => done = Err(error),
            }
        }
        tokio::select! {
            ended = under_way.next() => match ended {
                Some(ended) => done = done.and(ended),
                None => break,
            },
            () = wake.heard(), if done.is_ok() && under_way.len() < UNDER_WAY => {}
        }
    }
    done?;
    let next = store.next_outgoing().await?;
    Ok(next.map(|next| (next - now()).to_std().unwrap_or(Duration::ZERO)))
}

/// Minutes after which a message of which nothing was heard is asked about: a callback that finds
/// nobody is not repeated, and many carriers never tell.
const ASK_AFTER_MIN: [i32; 10] = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

/// Asks how the messages are doing of which nothing was heard. To be done once a minute: which are
/// asked about follows from how old they are, and nothing has to be remembered.
///
/// # Errors
/// PostgreSQL is away.
pub async fn ask_after(
    store: &Store,
    gateway: &Twilio,
    now: DateTime<Utc>,
) -> Result<Option<Duration>, StoreError> {
    for (message, sid) in store.unheard(&ASK_AFTER_MIN, AT_ONCE, now).await? {
        match gateway.look_up(&sid).await {
            Ok(Some(listed)) => tell(store, message, &listed, now).await?,
            Ok(None) => {
                tracing::warn!(%message, "the message service does not know a message it took");
            }
            Err(error) => {
                tracing::warn!(%error, "messages cannot be asked about");
                break;
            }
        }
    }
    Ok(None)
}

/// Records the state the provider lists.
async fn tell(
    store: &Store,
    message: Uuid,
    listed: &Listed,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if let Some(status) = listed.status {
        let told = (state_of(status), i16::from(status.rank()));
        let trouble = listed.trouble.map(Trouble::meaning);
        store
            .delivery(message, &listed.sid, told, trouble, now)
            .await?;
    }
    Ok(())
}

async fn hand_over(
    store: &Store,
    gateway: Option<&Twilio>,
    message: Outgoing,
    now: &impl Fn() -> DateTime<Utc>,
) -> Result<(), StoreError> {
    let sent = match gateway {
        Some(gateway) => {
            gateway
                .send(message.id, message.channel, &message.number, &message.body)
                .await
        }
        None => {
            return settle(
                store,
                &message,
                &Settled::Failed {
                    error: "no message service is set up".to_owned(),
                },
                now(),
            )
            .await;
        }
    };
    if let Sent::Rejected {
        trouble: Trouble::OptedOut,
        ..
    } = sent
    {
        // The carrier heard STOP where we did not: the case must say so before somebody writes again.
        let mut tx = store.begin().await?;
        store
            .set_opt_out(&mut tx, message.number.expose(), true, now())
            .await?;
        crate::store::commit(tx).await?;
    }
    let settled = match sent {
        Sent::Accepted { sid, .. } => Settled::Sent { sid },
        Sent::Rejected { trouble, is_final } if is_final || message.attempts >= TRIES => {
            Settled::Failed {
                error: trouble.meaning().to_owned(),
            }
        }
        Sent::Rejected { trouble, .. } => Settled::Retry {
            at: now() + wait(&message),
            error: trouble.meaning().to_owned(),
        },
        Sent::RateLimited { retry_after } => Settled::Retry {
            at: now()
                + retry_after
                    .and_then(|wait| TimeDelta::from_std(wait).ok())
                    .map_or_else(|| wait(&message), |told| told.max(wait(&message))),
            error: "the message service asks us to slow down".to_owned(),
        },
        Sent::Unavailable if message.attempts >= TRIES => Settled::Failed {
            error: "the message service could not be reached".to_owned(),
        },
        Sent::Unavailable => Settled::Retry {
            at: now() + wait(&message),
            error: "the message service is away".to_owned(),
        },
        Sent::Unknown => Settled::Unknown {
            ask_at: now() + TimeDelta::seconds(2),
        },
    };
    settle(store, &message, &settled, now()).await
}

/// Asks the provider about a message of which nobody knows whether it was sent.
async fn ask(
    store: &Store,
    gateway: &Twilio,
    message: Outgoing,
    now: &impl Fn() -> DateTime<Utc>,
) -> Result<(), StoreError> {
    let found = gateway
        .all_sent(
            message.channel,
            &message.number,
            &message.body,
            message.written_at,
        )
        .await;
    let settled = match found {
        Ok(found) => {
            for listed in found {
                let sent = Settled::Sent {
                    sid: listed.sid.clone(),
                };
                match settle(store, &message, &sent, now()).await {
                    // The same words said another time: that message has this id.
                    Err(StoreError::Twice(_)) => continue,
                    settled => settled?,
                }
                tracing::info!(message = %message.id, "a message in doubt had been sent");
                tell(store, message.id, &listed, now()).await?;
                return Ok(());
            }
            tracing::info!(message = %message.id, "a message in doubt had not been sent");
            Settled::Retry {
                at: now(),
                error: "sent again: the message service did not have it".to_owned(),
            }
        }
        Err(error) => {
            tracing::warn!(message = %message.id, %error, "a message is still in doubt");
            Settled::Unknown {
                ask_at: now() + TimeDelta::seconds(15),
            }
        }
    };
    settle(store, &message, &settled, now()).await
}

async fn settle(
    store: &Store,
    message: &Outgoing,
    settled: &Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let word = match settled {
        Settled::Sent { .. } => "sent",
        Settled::Retry { .. } => "retry",
        Settled::Failed { .. } => "failed",
        Settled::Unknown { .. } => "unknown",
    };
    metrics::counter!("msaada_messages_total", "became" => word).increment(1);
    if let Some(lost) = store.settle(message.id, settled, now).await? {
        tracing::warn!(
            message = %message.id, case = %lost.case_id, to_staff = lost.to_staff,
            "a message could not be sent; its case says so"
        );
    }
    Ok(())
}

/// The state we keep for a status of the provider.
#[must_use]
pub const fn state_of(status: Status) -> &'static str {
    if status.has_arrived() {
        "delivered"
    } else if matches!(status, Status::Canceled) {
        "canceled"
    } else if status.has_failed() {
        "failed"
    } else {
        "sent"
    }
}

/// Doubling from one second, at most five minutes, spread by up to a quarter so that messages that
/// failed together do not come back together.
fn wait(message: &Outgoing) -> TimeDelta {
    let exponent = u32::from(message.attempts.clamp(1, 12).unsigned_abs()) - 1;
    let base = (1_i64 << exponent).min(LONGEST_WAIT_S) * 1_000;
    let spread = i64::from(message.id.as_bytes()[15]) * base / 1_024;
    TimeDelta::milliseconds(base + spread)
}

/// How urgent an automatic message is at the least: what tells a person that she was heard is not
/// left behind by texts to colleagues.
#[must_use]
pub fn lane(case: Priority) -> Priority {
    case.raised_to(Priority::Serious)
}
