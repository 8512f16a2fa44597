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

/// Messages of which nothing was heard that are asked about in one round.
const AT_ONCE: i64 = 64;
/// Messages being sent at once.
const UNDER_WAY: usize = 16;
/// Messages in doubt being asked about at once: a slow answer must not take the places of sending.
const ASKED_AT_ONCE: usize = 4;
/// Asking about one message, all pages of the provider's list together, takes no longer. Well within
/// the lease, so that nobody else asks meanwhile.
const LONGEST_ASK: Duration = Duration::from_secs(30);
/// How long after a try in doubt the provider is first asked.
const FIRST_ASK: TimeDelta = TimeDelta::seconds(5);
/// The wait after an answer that it does not have the message.
const ASK_AGAIN: TimeDelta = TimeDelta::seconds(30);
/// The wait after no answer.
const ASK_LATER: TimeDelta = TimeDelta::seconds(15);
/// So many such answers, [`ASK_AGAIN`] apart and so a minute from first to last, are believed: the
/// provider's list fills late, and one that is empty at first may still get the message.
const BELIEVED: i16 = 3;
/// The shortest wait between rounds: what is due and cannot be taken (another process has it) must
/// not be asked for without a pause.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
/// The longest wait for anything while requests are under way.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Tries before a message is given up; with the waits of [`wait`] about an hour.
const TRIES: i16 = 20;
/// The longest wait between tries.
const LONGEST_WAIT_S: i64 = 300;

/// One round: everything that is due to be sent, most urgent first, and beside it everything that is
/// in doubt. A request that hangs holds up one place and nobody else: what becomes due meanwhile is
/// taken as soon as a place is free. Returns how long the next round can wait.
///
/// # Errors
/// PostgreSQL is away. What was under way was finished first.
pub async fn step(
    store: &Store,
    gateway: Option<&Twilio>,
    now: impl Fn() -> DateTime<Utc>,
    wake: &Wake,
) -> Result<Option<Duration>, StoreError> {
    let mut sending = FuturesUnordered::new();
    let mut asking = FuturesUnordered::new();
    let mut done = Ok(());
    let mut pause = LONGEST_PAUSE;
    loop {
        let free = (
            UNDER_WAY - sending.len(),
            ASKED_AT_ONCE.saturating_sub(asking.len()),
        );
        if done.is_ok() {
            match take(store, free, now()).await {
                Ok((to_send, to_ask)) => {
                    sending.extend(
                        to_send
                            .into_iter()
                            .map(|m| hand_over(store, gateway, m, &now)),
                    );
                    asking.extend(to_ask.into_iter().map(|m| ask(store, gateway, m, &now)));
                }
                Err(error) => done = Err(error),
            }
        }
        if sending.is_empty() && asking.is_empty() {
            break;
        }
        let free = (sending.len() < UNDER_WAY, asking.len() < ASKED_AT_ONCE);
        if done.is_ok() {
            match store.next_outgoing(free.0, free.1).await {
                Ok(next) => pause = wait_until(next, now()).unwrap_or(LONGEST_PAUSE),
                Err(error) => done = Err(error),
            }
        }
        tokio::select! {
            Some(ended) = sending.next() => done = done.and(ended),
            Some(ended) = asking.next() => done = done.and(ended),
            () = wake.heard(), if done.is_ok() && free.0 => {}
            () = tokio::time::sleep(pause.min(LONGEST_PAUSE)), if done.is_ok() => {}
        }
    }
    done?;
    Ok(wait_until(store.next_outgoing(true, true).await?, now()))
}

/// Takes as many messages to send and to ask about as there are places.
async fn take(
    store: &Store,
    (to_send, to_ask): (usize, usize),
    now: DateTime<Utc>,
) -> Result<(Vec<Outgoing>, Vec<Outgoing>), StoreError> {
    let count = |places| i64::try_from(places).unwrap_or(1);
    let mut sends = Vec::new();
    while sends.len() < to_send {
        let (taken, canceled) = store
            .take_outgoing(now, count(to_send - sends.len()))
            .await?;
        sends.extend(taken);
        if canceled == 0 {
            break;
        }
        metrics::counter!("msaada_messages_total", "became" => "canceled")
            .increment(u64::try_from(canceled).unwrap_or(u64::MAX));
    }
    let asks = if to_ask == 0 {
        Vec::new()
    } else {
        store.take_unknown(now, count(to_ask)).await?
    };
    Ok((sends, asks))
}

/// How long it is until then, and never no time at all.
fn wait_until(next: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Duration> {
    next.map(|next| {
        (next - now)
            .to_std()
            .unwrap_or(Duration::ZERO)
            .max(SHORTEST_WAIT)
    })
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
            ask_at: now() + FIRST_ASK,
            asked: 0,
        },
    };
    settle(store, &message, &settled, now()).await
}

/// Asks the provider about a message of which nobody knows whether it was sent.
async fn ask(
    store: &Store,
    gateway: Option<&Twilio>,
    message: Outgoing,
    now: &impl Fn() -> DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(gateway) = gateway else {
        let error = "perhaps not sent: no message service is set up to ask";
        let settled = Settled::Failed {
            error: error.to_owned(),
        };
        return settle(store, &message, &settled, now()).await;
    };
    let question = gateway.all_sent(
        message.channel,
        &message.number,
        &message.body,
        message.written_at,
    );
    let settled = match tokio::time::timeout(LONGEST_ASK, question).await {
        Ok(Ok(found)) => {
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
            not_listed(&message, now())
        }
        Ok(Err(error)) => {
            tracing::warn!(message = %message.id, %error, "a message is still in doubt");
            still_in_doubt(&message, now())
        }
        Err(_) => {
            tracing::warn!(message = %message.id, "the question about a message takes too long");
            still_in_doubt(&message, now())
        }
    };
    settle(store, &message, &settled, now()).await
}

/// The provider was not heard: nothing is known that was not known before.
fn still_in_doubt(message: &Outgoing, now: DateTime<Utc>) -> Settled {
    Settled::Unknown {
        ask_at: now + ASK_LATER,
        asked: message.asked,
    }
}

/// The provider says that it does not have the message, which is believed when it says so again and
/// again.
fn not_listed(message: &Outgoing, now: DateTime<Utc>) -> Settled {
    let asked = message.asked.saturating_add(1);
    if asked < BELIEVED {
        return Settled::Unknown {
            ask_at: now + ASK_AGAIN,
            asked,
        };
    }
    tracing::info!(message = %message.id, "a message in doubt had not been sent");
    if message.attempts >= TRIES {
        return Settled::Failed {
            error: "the message service never said that it took it".to_owned(),
        };
    }
    Settled::Retry {
        at: now,
        error: "sent again: the message service did not have it".to_owned(),
    }
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
