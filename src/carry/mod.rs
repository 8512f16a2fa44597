//! Hands what is in the outbox to the gateway.
//!
//! A message is never sent twice on a guess: that it is about to be sent is committed first, and if
//! nobody knows afterwards whether it was, the provider is asked. What is lost is marked, and
//! followed up elsewhere. Many are taken, and many settled, in one statement each; this must never
//! wait for one request while others could go out. What was taken is handed over or given back, whatever
//! else fails meanwhile.
//!
//! A node that is told to stop takes nothing more, gives back what it has not handed over, and waits
//! a few seconds for the answers to what it has. What is not answered by then is in doubt, and another
//! node asks about it, at once and not when a lease has run out.

mod ask;
mod hand;
mod leases;
mod look;
mod places;

pub use ask::ask_after;

use crate::case::Priority;
use crate::outbox::delivery::Status;
use crate::outbox::twilio::Twilio;
use crate::rounds::Wake;
use crate::store::{Delivery, Outgoing, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use leases::Leases;
use look::{Free, Look};
use places::Places;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The shortest wait between rounds: what is due and cannot be taken (another process has it) must
/// not be asked for without a pause.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
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
        let (places, leases) = (Places::default(), Leases::default());
        let mut hands = JoinSet::new();
        let (mut taking, mut settling) = (FuturesUnordered::new(), FuturesUnordered::new());
        let mut asking = FuturesUnordered::new();
        let mut look = Look::first();
        let mut done = Ok(());
        loop {
            let open = done.is_ok() && !self.stop.is_cancelled();
            if open && taking.is_empty() {
                let free = look.begin(&places, asking.len());
                taking.extend(free.map(|free| self.take(free, &leases, now())));
            }
            if settling.is_empty() {
                let (ended, back) = (places.ended(!open), places.back(!open));
                if !ended.is_empty() || !back.is_empty() {
                    settling.push(self.settle(ended, back, &leases, &now));
                }
            }
            places.man(&mut hands, self.gateway.as_ref(), &self.stop);
            let is_under_way = !(taking.is_empty() && settling.is_empty() && asking.is_empty());
            if !is_under_way && hands.is_empty() && places.idle() && !(open && look.is_due()) {
                self.gather(look.quiet()).await;
                break;
            }
            let until = settling.is_empty().then(|| places.until()).flatten();
            let until = until.map_or(look.next(), |until| until.min(look.next()));
            let heard = tokio::time::timeout_at(until.into(), self.woken(look.quiet()));
            tokio::select! {
                Some((batch, taken)) = taking.next() => {
                    done = done.and(taken);
                    look.end(&batch, now());
                    // One that is told to stop gives back what it has just taken.
                    places.add(batch.send);
                    places.give_back(batch.back);
                    asking.extend(batch.ask.into_iter().map(|message| self.ask(message, &now)));
                }
                Some(settled) = settling.next() => done = done.and(settled),
                Some(asked) = asking.next() => {
                    done = done.and(asked);
                    look.told();
                }
                Some(ended) = hands.join_next() => hand::finished(ended),
                () = places.news() => {}
                heard = heard, if open => if heard.is_ok() { look.told() },
                () = self.stop.cancelled(), if open => {}
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
    async fn woken(&self, quiet: Option<Instant>) {
        self.gather(quiet).await;
        self.wake.heard().await;
    }

    /// After a look in vain, lets what is written meanwhile gather; a node that stops waits for nothing.
    async fn gather(&self, quiet: Option<Instant>) {
        if let Some(quiet) = quiet {
            let _ = tokio::time::timeout_at(quiet.into(), self.stop.cancelled()).await;
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
    /// not be said at this very moment. Where something fails, what was taken before is told all the same.
    async fn take(
        &self,
        free: Free,
        leases: &Leases,
        now: DateTime<Utc>,
    ) -> (Batch, Result<(), StoreError>) {
        let mut batch = Batch::default();
        let taken = self.fill(&mut batch, free, leases, now).await;
        (batch, taken)
    }

    async fn fill(
        &self,
        batch: &mut Batch,
        free: Free,
        leases: &Leases,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.open_ways(now).await?;
        if free.most > 0 {
            let lease = Uuid::new_v4();
            let taken = self
                .store
                .take_outgoing(lease, now, free.most, free.rest)
                .await?;
            leases.begin(lease, taken.messages.len());
            if taken.canceled > 0 {
                self.lost.now();
                count("canceled", taken.canceled);
            }
            batch.again = taken.canceled + taken.held > 0;
            self.allowed(batch, taken.messages, leases, now).await?;
        }
        if free.asks > 0 {
            self.store.end_leases(now).await?;
            batch.ask = self.store.take_unknown(now, free.asks).await?;
        }
        // Where something was taken there may be more, which the next look finds out as it goes.
        if batch.send.is_empty() && !batch.again {
            batch.next = self.store.next_outgoing(true, free.asks > 0).await?;
        }
        Ok(())
    }
}

/// What was taken in one go.
#[derive(Default)]
struct Batch {
    send: Vec<Outgoing>,
    /// What was taken and could not be judged.
    back: Vec<Outgoing>,
    ask: Vec<Outgoing>,
    /// Something was set aside, so that others may be due behind it.
    again: bool,
    /// When something is due next.
    next: Option<DateTime<Utc>>,
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
