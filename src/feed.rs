//! The live feed: every changed card, to every desk of every node.
//!
//! A card goes to the desks of this node at once, and to those of other nodes through Redis. Each
//! frame carries the whole card and its version, so order and repetition do not matter; and loss is
//! harmless, because every node reads what changed from PostgreSQL all the time and passes on what
//! its desks have not seen. It must never wait for a slow desk or for Redis: what does not fit is
//! dropped, and put right by the next round.

use crate::case::{Card, MissionCode, Responder};
use bytestring::ByteString;
use futures_util::StreamExt;
use redis::aio::ConnectionManager;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{broadcast, mpsc};
use uuid::Uuid;

use crate::queue::Queue;

/// Frames a slow desk may be behind before it is told to start over.
const BEHIND: usize = 4_096;
/// Cards that may wait for Redis; beyond, they are left to the next round.
const WAITING: usize = 8_192;
/// Versions remembered, so that a card that was shown is not shown again.
const REMEMBERED: usize = 200_000;
/// Cards sent to Redis in one go.
const AT_ONCE: usize = 256;

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
    /// `{"type":"card","card":{…}}`.
    pub text: ByteString,
}

impl Frame {
    /// The frame of a card.
    #[must_use]
    pub fn of(card: &Card) -> Self {
        Self {
            mission: card.mission.clone(),
            offered_to: card.offered_to.clone(),
            id: card.id,
            version: card.version,
            text: serde_json::json!({"type": "card", "card": card})
                .to_string()
                .into(),
        }
    }

    /// Whether a responder sees the case.
    #[must_use]
    pub fn is_for(&self, responder: &Responder) -> bool {
        responder.sees(&self.mission)
            || self
                .offered_to
                .as_ref()
                .is_some_and(|to| responder.sees(to))
    }
}

/// The live feed.
#[derive(Debug, Clone)]
pub struct Feed {
    node: Uuid,
    prefix: String,
    desks: broadcast::Sender<Arc<Frame>>,
    shown: Arc<Mutex<HashMap<Uuid, i64>>>,
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
    pub fn listen(&self) -> broadcast::Receiver<Arc<Frame>> {
        self.desks.subscribe()
    }

    /// Whether what other nodes do may be seen late: Redis is away.
    #[must_use]
    pub fn delayed(&self) -> bool {
        self.delayed.load(Ordering::Relaxed)
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
    pub fn show(&self, card: &Card) -> bool {
        {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            if shown
                .get(&card.id)
                .is_some_and(|seen| *seen >= card.version)
            {
                return false;
            }
            if shown.len() >= REMEMBERED {
                shown.clear();
            }
            shown.insert(card.id, card.version);
        }
        // An error means that no desk is listening.
        let _ = self.desks.send(Arc::new(Frame::of(card)));
        true
    }

    fn channel(&self, mission: &str) -> String {
        format!("{}:{{{mission}}}:cards", self.prefix)
    }

    /// Passes cards on to Redis: the queue agrees with them, other nodes hear of them. Ends when the
    /// feed does. Returns early never; a Redis that is away costs the cards, not the time.
    pub async fn relay(
        self,
        mut waiting: mpsc::Receiver<Relayed>,
        queue: Queue,
        redis: ConnectionManager,
    ) {
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

    /// Hears what other nodes changed, until the connection ends; `heard` gets each card.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn hear(
        &self,
        client: &redis::Client,
        heard: impl Fn(&Card),
    ) -> Result<(), redis::RedisError> {
        let mut subscription = client.get_async_pubsub().await?;
        subscription.psubscribe(self.channel("*")).await?;
        let mut messages = subscription.on_message();
        while let Some(message) = messages.next().await {
            let Ok(text) = message.get_payload::<String>() else {
                continue;
            };
            match serde_json::from_str::<Message>(&text) {
                Ok(message) if message.node != self.node => {
                    self.show(&message.card);
                    heard(&message.card);
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(
                        line = error.line(),
                        "a card from another node cannot be read"
                    );
                }
            }
        }
        Ok(())
    }
}

/// A card as it travels through Redis.
#[derive(serde::Serialize, serde::Deserialize)]
struct Message {
    node: Uuid,
    card: Card,
}
