//! One message, handed over: right before it, and what its answer means.

use super::leases::Leases;
use super::{Batch, Carrier, NO_SERVICE, count};
use crate::case::{Channel, Sealed};
use crate::outbox::delivery::Trouble;
use crate::outbox::twilio::{Sent, Twilio};
use crate::outbox::zones;
use crate::store::{InHand, Outgoing, Settled, StoreError, UNWANTED};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long after a try in doubt the provider is first asked.
const FIRST_ASK: TimeDelta = TimeDelta::seconds(5);
/// Tries before a message is given up; with the waits of [`wait`] about an hour.
pub(super) const TRIES: i16 = 20;
/// The longest wait between tries.
const LONGEST_WAIT_S: i64 = 300;
/// However long the provider wants us to wait, it is asked again after a minute: it may think better
/// of it, and somebody may be waiting for her life.
const LONGEST_SLOWDOWN: Duration = Duration::from_mins(1);
/// How long a node that stops waits for answers of the gateway.
const LAST_ANSWERS: Duration = Duration::from_secs(3);
/// Why a message that was taken is given back.
const STOPPED: &str = "waits: the node that had taken it was stopped";
const SLOW: &str = "waits: it was taken and could not be handed over at once";
/// Why a message is put off.
const NOT_NOW: &str = "waits for the hours the person gave";
const NEVER_NOW: &str =
    "not sent: there is no hour that is safe in every zone the person may be in";

/// A message, and what the gateway said to it.
#[derive(Debug)]
pub(super) struct Ended {
    message: Outgoing,
    /// None where there is no gateway.
    sent: Option<Sent>,
}

/// Hands a message over. A node that stops does not wait long for the answer; then nobody knows.
pub(super) async fn over(
    gateway: Option<&Twilio>,
    message: Outgoing,
    stop: &CancellationToken,
) -> Ended {
    let sent = match gateway {
        Some(gateway) => {
            let sending = gateway.send(message.id, message.channel, &message.number, &message.body);
            let mut sending = std::pin::pin!(sending);
            let sent = tokio::select! {
                sent = &mut sending => sent,
                () = stop.cancelled() => tokio::time::timeout(LAST_ANSWERS, sending)
                    .await
                    .unwrap_or(Sent::Unknown),
            };
            Some(sent)
        }
        None => None,
    };
    Ended { message, sent }
}

/// What handed messages over has ended. Where it broke down, its message is in doubt.
pub(super) fn finished(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "handing a message over broke off");
    }
}

impl Carrier {
    /// Adds those of these messages, taken a moment ago, that may still be said: the person may have
    /// written STOP since, and it may not be an hour at which she may be texted. The rest is settled;
    /// where that fails, it is to be given back.
    pub(super) async fn allowed(
        &self,
        batch: &mut Batch,
        messages: Vec<Outgoing>,
        leases: &Leases,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let unwanted = match self.store.unwanted_by_now(&messages).await {
            Ok(unwanted) => unwanted.into_iter().collect(),
            Err(error) => {
                batch.back = messages;
                return Err(error);
            }
        };
        let (mut aside, mut why) = (Vec::new(), Vec::new());
        for message in messages {
            match objection(&message, &unwanted, now) {
                Some(settled) => {
                    why.push((message.in_hand(), settled));
                    aside.push(message);
                }
                None => batch.send.push(message),
            }
        }
        if why.is_empty() {
            return Ok(());
        }
        let recorded = self.record(&why, leases, now).await;
        if recorded.is_ok() {
            self.lost.now();
        } else {
            batch.back = aside;
        }
        recorded
    }

    /// Records what became of messages that were handed over, and gives those back that were taken
    /// and surely were not: that was no try. What else an answer brings comes after that, each thing by
    /// itself: it must not cost the others their record.
    pub(super) async fn settle(
        &self,
        ended: Vec<Ended>,
        back: Vec<Outgoing>,
        leases: &Leases,
        now: &impl Fn() -> DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let now = now();
        let error = if self.stop.is_cancelled() {
            STOPPED
        } else {
            SLOW
        };
        let back = back
            .into_iter()
            .map(|message| (message.in_hand(), Settled::Later { at: now, error }));
        let mut settled: Vec<(InHand, Settled)> = back.collect();
        let (mut opted_out, mut slower) = (Vec::new(), Vec::new());
        for Ended { message, sent } in ended {
            let told = match &sent {
                Some(Sent::RateLimited { retry_after }) => {
                    slower.push((message.channel, retry_after.unwrap_or_default()));
                    None
                }
                Some(Sent::Rejected {
                    trouble: Trouble::OptedOut,
                    ..
                }) => Some(message.number.clone()),
                _ => None,
            };
            let became = (message.in_hand(), became(&message, sent, now));
            match told {
                Some(number) => opted_out.push((number, became)),
                None => settled.push(became),
            }
        }
        let mut done = Ok(());
        if !settled.is_empty() {
            done = self.record(&settled, leases, now).await;
        }
        for (number, became) in opted_out {
            done = done.and(self.opt_out(&number, became, leases, now).await);
        }
        for (channel, wait) in slower {
            done = done.and(self.slow_down(channel, wait, now).await);
        }
        done
    }

    /// The carrier heard STOP where we did not: the case must say so before somebody writes again.
    /// Where that cannot be written, the message stays in doubt, and the carrier says it once more.
    async fn opt_out(
        &self,
        number: &Sealed<String>,
        became: (InHand, Settled),
        leases: &Leases,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        self.store
            .set_opt_out(&mut tx, number.expose(), true, now)
            .await?;
        crate::store::commit(tx).await?;
        self.record(&[became], leases, now).await
    }

    async fn slow_down(
        &self,
        channel: Channel,
        wait: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let wait = wait.min(LONGEST_SLOWDOWN);
        self.store.slow_down(channel, wait, now).await
    }

    /// Records what became of tries. If one of them cannot be (its id is another message's), the
    /// others are recorded all the same, and that one stays in doubt.
    pub(super) async fn record(
        &self,
        settled: &[(InHand, Settled)],
        leases: &Leases,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        match self.store.settle(settled, &leases.over(settled), now).await {
            Err(error) if error.is_of_data() && settled.len() > 1 => {
                for one in settled.chunks(1) {
                    match self.store.settle(one, &leases.over(one), now).await {
                        Ok(()) => leases.recorded(one),
                        Err(error) if error.is_of_data() => {
                            let message = one[0].0.message;
                            tracing::error!(%message, %error, "a message stays in doubt");
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
            recorded => {
                recorded?;
                leases.recorded(settled);
            }
        }
        let mut became = BTreeMap::new();
        for (held, settled) in settled {
            *became.entry(word(settled)).or_default() += 1;
            if let Settled::Failed { .. } = settled {
                tracing::warn!(message = %held.message, "a message could not be sent; its case will say so");
                self.lost.now();
            }
        }
        for (word, messages) in became {
            count(word, messages);
        }
        Ok(())
    }
}

const fn word(settled: &Settled) -> &'static str {
    match settled {
        Settled::Sent { .. } => "sent",
        Settled::Retry { .. } | Settled::Later { .. } => "retry",
        Settled::Failed { .. } => "failed",
        Settled::Canceled { .. } => "canceled",
        Settled::Unknown { .. } => "unknown",
    }
}

/// Why a message may not leave at this moment, and what becomes of it.
fn objection(message: &Outgoing, unwanted: &HashSet<Uuid>, now: DateTime<Utc>) -> Option<Settled> {
    if unwanted.contains(&message.id) {
        return Some(Settled::Canceled { error: UNWANTED });
    }
    let (hours, zones) = message.within.as_ref()?;
    if zones::open(*hours, zones, now) {
        return None;
    }
    Some(match zones::opens(*hours, zones, now) {
        Some(at) => Settled::Later { at, error: NOT_NOW },
        None => Settled::Canceled { error: NEVER_NOW },
    })
}

/// What the gateway's answer means for a message.
fn became(message: &Outgoing, sent: Option<Sent>, now: DateTime<Utc>) -> Settled {
    let again = |at, error: &str| Settled::Retry {
        at,
        error: error.to_owned(),
    };
    let failed = |error: &str, code| Settled::Failed {
        error: error.to_owned(),
        code,
    };
    let last = message.attempts >= TRIES;
    match sent {
        None => failed(NO_SERVICE, None),
        Some(Sent::Accepted { sid, .. }) => Settled::Sent { sid },
        Some(Sent::Rejected { trouble, is_final }) if is_final || last => {
            failed(trouble.meaning(), Some(trouble.code()))
        }
        Some(Sent::Rejected { trouble, .. }) => again(now + wait(message), trouble.meaning()),
        Some(Sent::RateLimited { retry_after }) => {
            let told = retry_after.unwrap_or_default().min(LONGEST_SLOWDOWN);
            let told = TimeDelta::from_std(told).unwrap_or_default();
            again(
                now + told.max(wait(message).min(TimeDelta::seconds(60))),
                "the message service asks us to slow down",
            )
        }
        Some(Sent::Unavailable) if last => failed("the message service could not be reached", None),
        Some(Sent::Unavailable) => again(now + wait(message), "the message service is away"),
        Some(Sent::Unknown) => Settled::Unknown {
            ask_at: now + FIRST_ASK,
            asked: 0,
        },
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
