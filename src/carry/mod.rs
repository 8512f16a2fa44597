//! Hands what is in the outbox to the gateway.
//!
//! A message is never sent twice on a guess: that it is about to be sent is committed first, and if
//! nobody knows afterwards whether it was, the provider is asked. What is lost is marked, and
//! followed up elsewhere. Many are taken, and many settled, in one statement each; this must never
//! wait for one request while others could go out.
//!
//! A node that is told to stop takes nothing more, gives back what it has not handed over, and waits
//! a few seconds for the answers to what it has. What is not answered by then is in doubt, and another
//! node asks about it, at once and not when a lease has run out.

mod ask;
mod hand;

pub use ask::ask_after;

use crate::case::Priority;
use crate::outbox::delivery::Status;
use crate::outbox::twilio::Twilio;
use crate::rounds::Wake;
use crate::store::{Delivery, Outgoing, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hand::Ended;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Messages being sent at once. The provider's own limit for an account is about a hundred; the
/// rates keep us far below it.
const UNDER_WAY: usize = 128;
/// Places among these that only critical messages take, so that one is always free for them.
const FOR_CRITICAL: usize = 32;
/// Messages in doubt being asked about at once: a slow answer must not take the places of sending.
const ASKED_AT_ONCE: usize = 4;
/// The shortest wait between rounds: what is due and cannot be taken (another process has it) must
/// not be asked for without a pause.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
/// The longest wait for anything while requests are under way.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// The pause after a look that found nothing to send: what is written meanwhile is looked at in one
/// go, so that a flood of reports is not a flood of looks. Short enough for a critical text.
const TOGETHER: Duration = Duration::from_millis(20);
/// How often the table of rates is compared with what waits: so long a text waits at most that a node
/// with another table wrote for a way out which this one does not know.
const WAYS: TimeDelta = TimeDelta::seconds(15);
/// Why nothing can be sent at all.
pub const NO_SERVICE: &str = "no message service is set up";

/// What carries messages out.
#[derive(Debug, Clone)]
pub struct Carrier {
    /// Where they wait.
    pub store: Store,
    /// Who takes them; none where no message service is set up.
    pub gateway: Option<Twilio>,
    /// There may be something to say.
    pub wake: Wake,
    /// Told when a message was lost.
    pub lost: Wake,
    /// When the table of rates was last compared with what waits, in microseconds.
    pub opened: Arc<AtomicI64>,
    /// Told when nothing more is to be handed over.
    pub stop: CancellationToken,
}

impl Carrier {
    /// One round: everything that is due to be sent, most urgent first, and beside it everything
    /// that is in doubt. A request that hangs holds up one place and nobody else: what becomes due
    /// meanwhile is taken as soon as a place is free. Returns how long the next round can wait.
    ///
    /// # Errors
    /// PostgreSQL is away. What was under way was finished first.
    pub async fn step(
        &self,
        now: impl Fn() -> DateTime<Utc>,
    ) -> Result<Option<Duration>, StoreError> {
        let mut sending = JoinSet::new();
        let mut asking = FuturesUnordered::new();
        let mut ended: Vec<Ended> = Vec::new();
        let mut done = Ok(());
        loop {
            let stopping = self.stop.is_cancelled();
            let moment = now();
            if done.is_ok() && !stopping {
                done = self.open_ways(moment).await;
            }
            let open = done.is_ok() && !stopping;
            // Those that have ended are settled beside it: their places are free.
            let free = Free::beside(sending.len(), asking.len(), open);
            let (settled, taken) = tokio::join!(
                self.settle(std::mem::take(&mut ended), &now),
                self.take(free, moment)
            );
            done = done.and(settled);
            let taken = taken.unwrap_or_else(|error| {
                done = Err(error);
                Batch::default()
            });
            let in_vain = free.most > 0 && taken.send.is_empty() && taken.ask.is_empty();
            if self.stop.is_cancelled() {
                done = done.and(self.give_back(&taken.send, now()).await);
            } else {
                for message in taken.send {
                    sending.spawn(hand::over(self.gateway.clone(), message, self.stop.clone()));
                }
            }
            asking.extend(taken.ask.into_iter().map(|message| self.ask(message, &now)));
            if taken.again && done.is_ok() {
                continue;
            }
            if sending.is_empty() && asking.is_empty() {
                self.gather(in_vain).await;
                break;
            }
            let pause = wait_until(taken.next, now()).unwrap_or(LONGEST_PAUSE);
            let pause = pause.min(LONGEST_PAUSE);
            tokio::select! {
                Some(one) = sending.join_next() => ended.extend(hand::finished(one)),
                Some(asked) = asking.next() => done = done.and(asked),
                _ = tokio::time::timeout(pause, self.woken(in_vain)), if open => {}
                () = self.stop.cancelled(), if !stopping => {}
            }
            while let Some(one) = sending.try_join_next() {
                ended.extend(hand::finished(one));
            }
        }
        done?;
        if self.stop.is_cancelled() {
            return Ok(None);
        }
        Ok(wait_until(
            self.store.next_outgoing(true, true).await?,
            now(),
        ))
    }

    /// Waits until there may be something to say; after a look in vain, not at once. What ends
    /// meanwhile is not held up by that.
    async fn woken(&self, in_vain: bool) {
        self.gather(in_vain).await;
        self.wake.heard().await;
    }

    /// After a look in vain, lets what is written meanwhile gather; a node that stops waits for nothing.
    async fn gather(&self, in_vain: bool) {
        if in_vain {
            let _ = tokio::time::timeout(TOGETHER, self.stop.cancelled()).await;
        }
    }

    /// Once in a while, gives every way out its place among the rates.
    async fn open_ways(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let last = self.opened.load(Ordering::Relaxed);
        let since = TimeDelta::microseconds(now.timestamp_micros().saturating_sub(last));
        if since.abs() <= WAYS {
            return Ok(());
        }
        self.store.open_ways(now).await?;
        self.opened.store(now.timestamp_micros(), Ordering::Relaxed);
        Ok(())
    }

    /// Takes as many messages to send and to ask about as there are places, and leaves out what may
    /// not be said at this very moment.
    async fn take(&self, free: Free, now: DateTime<Utc>) -> Result<Batch, StoreError> {
        let mut batch = Batch::default();
        if free.most > 0 {
            let taken = self.store.take_outgoing(now, free.most, free.rest).await?;
            if taken.canceled > 0 {
                self.lost.now();
                count("canceled", taken.canceled);
            }
            batch.again = taken.canceled + taken.held > 0;
            batch.send = self.allowed(taken.messages, now).await?;
        }
        if free.asks > 0 {
            batch.ask = self.store.take_unknown(now, free.asks).await?;
        }
        let full = i64::try_from(batch.send.len()).is_ok_and(|taken| taken >= free.rest);
        // Where all places are taken, the next request that ends is what is waited for. Where something
        // was taken there may be more, which the next look finds out as it goes.
        if !full && !batch.again {
            batch.next = if batch.send.is_empty() {
                self.store.next_outgoing(true, free.asks > 0).await?
            } else {
                Some(now)
            };
        }
        Ok(batch)
    }
}

/// What was taken in one go.
#[derive(Default)]
struct Batch {
    send: Vec<Outgoing>,
    ask: Vec<Outgoing>,
    /// Something was set aside, so that others may be due behind it.
    again: bool,
    /// When something is due next.
    next: Option<DateTime<Utc>>,
}

/// Free places.
#[derive(Debug, Clone, Copy, Default)]
struct Free {
    most: i64,
    rest: i64,
    asks: i64,
}

impl Free {
    fn beside(sending: usize, asking: usize, open: bool) -> Self {
        if !open {
            return Self::default();
        }
        let places =
            |all: usize, taken: usize| i64::try_from(all.saturating_sub(taken)).unwrap_or(0);
        Self {
            most: places(UNDER_WAY, sending),
            rest: places(UNDER_WAY - FOR_CRITICAL, sending),
            asks: places(ASKED_AT_ONCE, asking),
        }
    }
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

fn count(became: &'static str, messages: usize) {
    let messages = u64::try_from(messages).unwrap_or(u64::MAX);
    metrics::counter!("msaada_messages_total", "became" => became).increment(messages);
}

/// What becomes of messages, as it is counted.
const BECAME: [&str; 6] = [
    "sent",
    "retry",
    "unknown",
    "failed",
    "canceled",
    "undelivered",
];

/// Counts from the first moment, so that an alert can be set on what has not happened yet.
pub fn begin_counting() {
    for became in BECAME {
        count(became, 0);
    }
}

/// Counts what the provider tells of a message it had taken, and has it followed up where it is lost.
pub fn told(delivery: &Delivery, lost: &Wake) {
    if delivery.lost {
        count("undelivered", 1);
        lost.now();
    }
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

/// How urgent an automatic message is at the least: what tells a person that she was heard is not
/// left behind by texts to colleagues.
#[must_use]
pub fn lane(case: Priority) -> Priority {
    case.raised_to(Priority::Serious)
}
