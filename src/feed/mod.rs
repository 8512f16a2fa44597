//! The live feed: every changed card, to every desk of every node.
//!
//! A card goes to the desks of this node at once, and to those of other nodes through Redis. Each
//! frame carries the whole card and its version, so order and repetition do not matter; and loss is
//! harmless, because every node reads what changed from PostgreSQL all the time and passes on what
//! its desks have not seen. It must never wait for a slow desk or for Redis: what does not fit is
//! dropped, and put right by the next round. While intake is pressed, desks get fewer frames.

mod held;

use crate::case::{Card, MissionCode, Responder};
use bytestring::ByteString;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{broadcast, mpsc};
use uuid::Uuid;

use crate::queue::Queue;
use crate::reach::Reach;
use held::Held;

/// Frames a slow desk may be behind before it is told to start over.
const BEHIND: usize = 4_096;
/// Cards that may wait for Redis; beyond, they are left to the next round.
const WAITING: usize = 8_192;
/// Versions remembered, so that a card that was shown is not shown again.
const REMEMBERED: usize = 200_000;
/// Cards sent to Redis in one go.
const AT_ONCE: usize = 256;

/// Cards that go to desks in one round while intake is pressed; four rounds are a second.
const WHILE_PRESSED: usize = 100;
/// Cards that go to desks in one round afterwards, of those that were held back; fewer than a desk may
/// be behind.
const AFTERWARDS: usize = 1_000;

/// What desks hear.
#[derive(Debug, Clone)]
pub enum News {
    /// A card.
    Card(Arc<Frame>),
    /// So much was left out that they should start over.
    StartOver,
}

/// A card on its way to Redis.
#[derive(Debug)]
pub struct Relayed {
    card: Card,
    /// Whether other nodes are to hear of it; else only the queue is put right.
    is_news: bool,
}

/// A card on its way to desks, written once for all of them.
#[derive(Debug)]
pub struct Frame {
    /// Whose case it is.
    pub mission: MissionCode,
    /// The mission it is offered to.
    pub offered_to: Option<MissionCode>,
    /// The case.
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// Whether the case has ended.
    pub ended: bool,
    /// `{"type":"card","card":{…}}`.
    pub text: ByteString,
}

impl Frame {
    /// The frame of a card.
    #[must_use]
    pub fn of(card: &Card) -> Self {
        Self::with(card, text(card).into())
    }

    /// The frames of many cards, whose texts lie in the same memory.
    #[must_use]
    pub fn of_all(cards: &[Card]) -> Vec<Self> {
        let mut all = String::new();
        let ends: Vec<usize> = cards
            .iter()
            .map(|card| {
                all.push_str(&text(card));
                all.len()
            })
            .collect();
        all.shrink_to_fit();
        let all = ByteString::from(all);
        let begins = std::iter::once(0).chain(ends.iter().copied());
        let texts = begins.zip(&ends);
        let texts = texts.map(|(begin, end)| all.slice_ref(&all[begin..*end]));
        cards
            .iter()
            .zip(texts)
            .map(|(card, text)| Self::with(card, text))
            .collect()
    }

    fn with(card: &Card, text: ByteString) -> Self {
        Self {
            mission: card.mission.clone(),
            offered_to: card.offered_to.clone(),
            id: card.id,
            version: card.version,
            ended: card.status == "resolved",
            text,
        }
    }

    /// Whether a responder sees the case.
    #[must_use]
    pub fn is_for(&self, responder: &Responder) -> bool {
        responder.sees_case(&self.mission, self.offered_to.as_ref())
    }
}

/// Straight from the card: it is written for every change.
fn text(card: &Card) -> String {
    #[derive(serde::Serialize)]
    struct Written<'a> {
        #[serde(rename = "type")]
        kind: &'static str,
        card: &'a Card,
    }
    let kind = "card";
    serde_json::to_string(&Written { kind, card }).unwrap_or_default()
}

/// What desks were shown, and what is held back from them.
#[derive(Debug, Default)]
struct Shown {
    versions: HashMap<Uuid, i64>,
    /// There while intake is pressed, and until what was held back has gone out.
    held: Option<Held>,
    coarse: bool,
}

/// The live feed.
#[derive(Debug, Clone)]
pub struct Feed {
    node: Uuid,
    prefix: String,
    desks: broadcast::Sender<News>,
    shown: Arc<Mutex<Shown>>,
    relay: mpsc::Sender<Relayed>,
    delayed: Arc<AtomicBool>,
}

impl Feed {
    /// A feed of this node, and the cards it hands to the relay.
    #[must_use]
    pub fn new(node: Uuid, prefix: &str) -> (Self, mpsc::Receiver<Relayed>) {
        let (desks, _) = broadcast::channel(BEHIND);
        let (relay, waiting) = mpsc::channel(WAITING);
        let feed = Self {
            node,
            prefix: prefix.to_owned(),
            desks,
            shown: Arc::default(),
            relay,
            delayed: Arc::new(AtomicBool::new(false)),
        };
        (feed, waiting)
    }

    /// Listens as a desk.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<News> {
        self.desks.subscribe()
    }

    /// How many desks listen.
    #[must_use]
    pub fn desks(&self) -> usize {
        self.desks.receiver_count()
    }

    /// Whether desks may see changes late: Redis is away, or intake is pressed.
    #[must_use]
    pub fn delayed(&self) -> bool {
        self.delayed.load(Ordering::Relaxed) || self.lock().held.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A card changed here: to the desks of this node, and of the others.
    pub fn changed(&self, card: &Card) {
        let relayed = Relayed {
            card: card.clone(),
            is_news: true,
        };
        if self.show(card) && self.relay.try_send(relayed).is_err() {
            metrics::counter!("msaada_feed_left_to_next_round_total").increment(1);
        }
    }

    /// Puts the queue right about a card that is no news to desks.
    pub fn agree_again(&self, card: &Card) {
        let _ = self.relay.try_send(Relayed {
            card: card.clone(),
            is_news: false,
        });
    }

    /// A case went from this mission to another: its queue lets go of it.
    pub fn left(&self, mission: &MissionCode, card: &Card) {
        let mut left = card.clone();
        left.mission = mission.clone();
        "elsewhere".clone_into(&mut left.status);
        self.agree_again(&left);
    }

    /// Shows a card to the desks of this node, if it is news to them.
    #[expect(clippy::must_use_candidate, reason = "showing it is the point")]
    pub fn show(&self, card: &Card) -> bool {
        let mut shown = self.lock();
        if shown
            .versions
            .get(&card.id)
            .is_some_and(|seen| *seen >= card.version)
        {
            return false;
        }
        if shown.versions.len() >= REMEMBERED {
            shown.versions.clear();
        }
        shown.versions.insert(card.id, card.version);
        if let Some(held) = &mut shown.held {
            held.hold(card);
            return true;
        }
        drop(shown);
        self.send(card);
        true
    }

    fn send(&self, card: &Card) {
        // Nobody to write it for, or nobody left to hear it.
        if self.desks.receiver_count() > 0 {
            let _ = self.desks.send(News::Card(Arc::new(Frame::of(card))));
        }
    }

    /// Begins to hold cards back, or ends it: what is held still goes out, round by round, before
    /// anything newer of the same case.
    pub fn coarsen(&self, coarse: bool) {
        let mut shown = self.lock();
        shown.coarse = coarse;
        if coarse && shown.held.is_none() {
            shown.held = Some(Held::default());
        }
    }

    /// Sends desks the next of what was held back. One round of four a second.
    pub fn pass_on(&self) {
        let mut shown = self.lock();
        let coarse = shown.coarse;
        let Some(held) = &mut shown.held else { return };
        let count = if coarse { WHILE_PRESSED } else { AFTERWARDS };
        // Under the lock, so that nothing newer of a case goes out before it.
        for card in held.take(count) {
            self.send(&card);
        }
        metrics::gauge!("msaada_cards_held")
            .set(f64::from(u32::try_from(held.count()).unwrap_or(u32::MAX)));
        if !coarse && held.is_empty() {
            let lost = held.lost();
            shown.held = None;
            if lost {
                let _ = self.desks.send(News::StartOver);
            }
        }
    }

    fn channel(&self, mission: &str) -> String {
        format!("{}:{{{mission}}}:cards", self.prefix)
    }

    /// Passes cards on to Redis: the queue agrees with them, other nodes hear of them. Ends when the
    /// feed does. Returns early never; a Redis that is away costs the cards, not the time.
    pub async fn relay(self, mut waiting: mpsc::Receiver<Relayed>, queue: Queue, redis: Reach) {
        let mut cards = Vec::with_capacity(AT_ONCE);
        while waiting.recv_many(&mut cards, AT_ONCE).await > 0 {
            let mut pipe = redis::pipe();
            for Relayed { card, is_news } in cards.drain(..) {
                queue.agree(&mut pipe, &card);
                if !is_news {
                    continue;
                }
                let message = Message {
                    node: self.node,
                    card,
                };
                pipe.publish(
                    self.channel(message.card.mission.as_str()),
                    serde_json::to_string(&message).unwrap_or_default(),
                )
                .ignore();
            }
            let passed = pipe.query_async::<()>(&mut redis.clone()).await;
            self.note(passed.is_err());
        }
    }

    /// Remembers whether Redis answers.
    pub fn note(&self, away: bool) {
        if self.delayed.swap(away, Ordering::Relaxed) != away {
            if away {
                tracing::warn!(
                    "Redis is away: desks on other nodes see changes up to a second late"
                );
            } else {
                tracing::info!("Redis is back");
            }
        }
        metrics::gauge!("msaada_redis_away").set(if away { 1.0 } else { 0.0 });
    }

    /// Hears what other nodes changed, until the line is lost; `heard` gets each card.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn hear(
        &self,
        reach: &Reach,
        heard: impl Fn(&Card),
    ) -> Result<(), redis::RedisError> {
        let own = format!("{}:beat:{}", self.prefix, self.node);
        let ours = format!("{{\"node\":\"{}\"", self.node);
        let each = |text: &[u8]| {
            // What this node said comes back to it, and need not be read.
            if text.starts_with(ours.as_bytes()) {
                return;
            }
            match serde_json::from_slice::<Message>(text) {
                Ok(message) => {
                    self.show(&message.card);
                    heard(&message.card);
                }
                Err(error) => {
                    tracing::warn!(
                        line = error.line(),
                        "a card from another node cannot be read"
                    );
                }
            }
        };
        reach.hear(&self.channel("*"), &own, each).await
    }
}

/// A card as it travels through Redis.
#[derive(serde::Serialize, serde::Deserialize)]
struct Message {
    node: Uuid,
    card: Card,
}

#[cfg(test)]
mod tests;
