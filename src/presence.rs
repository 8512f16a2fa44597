//! Who is at which desk now: which case is open there, whether somebody types, whether its alarm can
//! be heard.
//!
//! Nothing of it is kept: each desk says every ten seconds that it is there, every node remembers it
//! for half a minute, and other nodes hear of it through Redis. So a node that dies or a Redis that is
//! away costs no more than a name that is missing beside a case. It holds ids and the names of staff,
//! and must never hold anything of a case.

use crate::case::MissionCode;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use redis::aio::ConnectionManager;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{broadcast, mpsc};
use uuid::Uuid;

/// A desk that has said nothing for so long is not there.
const REMEMBERED: TimeDelta = TimeDelta::seconds(30);
/// Desks remembered at most; more are not told of.
const DESKS: usize = 20_000;
/// What may wait for Redis; beyond, it is told by the next word of the desk.
const WAITING: usize = 1_024;
/// Changes a slow listener may be behind; it looks again anyhow.
const BEHIND: usize = 1_024;

/// A desk, as it said of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Here {
    /// The desk: one window of one responder.
    pub desk: Uuid,
    /// Whose.
    pub responder: Uuid,
    /// The responder's name.
    pub name: String,
    /// The responder's mission.
    pub mission: MissionCode,
    /// The case that is open there.
    pub case: Option<Uuid>,
    /// Whether something is being typed into it.
    pub typing: bool,
    /// Whether its alarm can be heard.
    pub alarm: bool,
    /// Until when its alarm is muted.
    pub muted_until: Option<DateTime<Utc>>,
    /// When it said so.
    pub at: DateTime<Utc>,
}

/// Somebody beside a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Who.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// Whether she types.
    pub typing: bool,
}

/// What travels through Redis.
#[derive(Debug, Serialize, Deserialize)]
enum Word {
    Here(Here),
    Left(Uuid),
}

/// A word and the node it comes from.
#[derive(Debug, Serialize, Deserialize)]
pub struct Told {
    node: Uuid,
    word: Word,
}

/// Who is at which desk.
#[derive(Debug, Clone)]
pub struct Presence {
    node: Uuid,
    channel: String,
    desks: Arc<Mutex<HashMap<Uuid, Here>>>,
    moved: broadcast::Sender<Uuid>,
    relay: mpsc::Sender<Told>,
}

impl Presence {
    /// Nobody yet, and what is to be handed to the relay.
    #[must_use]
    pub fn new(prefix: &str) -> (Self, mpsc::Receiver<Told>) {
        let (moved, _) = broadcast::channel(BEHIND);
        let (relay, told) = mpsc::channel(WAITING);
        let presence = Self {
            node: Uuid::new_v4(),
            channel: format!("{prefix}:here"),
            desks: Arc::default(),
            moved,
            relay,
        };
        (presence, told)
    }

    /// Listens for cases beside which somebody came, went, or began or ceased to type.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Uuid> {
        self.moved.subscribe()
    }

    /// A desk of this node says what it shows.
    pub fn says(&self, here: Here) {
        self.pass_on(Word::Here(here.clone()));
        self.take(here);
    }

    /// A desk of this node is closed.
    pub fn leaves(&self, desk: Uuid) {
        self.pass_on(Word::Left(desk));
        self.forget(desk);
    }

    /// Who else is beside a case, each once, by name.
    #[must_use]
    pub fn beside(&self, case: Uuid, but: Uuid, now: DateTime<Utc>) -> Vec<Person> {
        let mut people: BTreeMap<(String, Uuid), bool> = BTreeMap::new();
        for here in self.here(now) {
            if here.case == Some(case) && here.responder != but {
                *people.entry((here.name, here.responder)).or_default() |= here.typing;
            }
        }
        people
            .into_iter()
            .map(|((name, id), typing)| Person { id, name, typing })
            .collect()
    }

    /// Every desk that is there.
    #[must_use]
    pub fn here(&self, now: DateTime<Utc>) -> Vec<Here> {
        self.desks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .filter(|here| here.at > now - REMEMBERED)
            .cloned()
            .collect()
    }

    fn take(&self, here: Here) {
        let case = here.case;
        let before = {
            let mut desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
            if desks.len() >= DESKS {
                desks.retain(|_, known| known.at > here.at - REMEMBERED);
            }
            if desks.len() >= DESKS && !desks.contains_key(&here.desk) {
                return;
            }
            let typing = here.typing;
            desks
                .insert(here.desk, here)
                .map(|before| (before.case, before.typing == typing))
        };
        match before {
            Some((was, same_hand)) if was == case && same_hand => {}
            Some((was, _)) => self.tell_of([was, case]),
            None => self.tell_of([case, None]),
        }
    }

    fn forget(&self, desk: Uuid) {
        let left = self
            .desks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&desk);
        if let Some(left) = left {
            self.tell_of([left.case, None]);
        }
    }

    fn tell_of(&self, cases: [Option<Uuid>; 2]) {
        for case in cases.into_iter().flatten() {
            // An error means that nobody listens.
            let _ = self.moved.send(case);
        }
    }

    fn pass_on(&self, word: Word) {
        let node = self.node;
        let _ = self.relay.try_send(Told { node, word });
    }

    /// Passes on to other nodes what desks of this one say. Ends when nobody says anything any more;
    /// what a Redis that is away does not take is said again by the desk.
    pub async fn relay(self, mut told: mpsc::Receiver<Told>, redis: ConnectionManager) {
        while let Some(told) = told.recv().await {
            let Ok(text) = serde_json::to_string(&told) else {
                continue;
            };
            let _ = redis::cmd("PUBLISH")
                .arg(&self.channel)
                .arg(text)
                .query_async::<()>(&mut redis.clone())
                .await;
        }
    }

    /// Hears who is at the desks of other nodes, until the connection ends.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn hear(&self, client: &redis::Client) -> Result<(), redis::RedisError> {
        let mut subscription = client.get_async_pubsub().await?;
        subscription.subscribe(&self.channel).await?;
        let mut messages = subscription.on_message();
        while let Some(message) = messages.next().await {
            let Ok(text) = message.get_payload::<String>() else {
                continue;
            };
            match serde_json::from_str::<Told>(&text) {
                Ok(told) if told.node == self.node => {}
                Ok(told) => match told.word {
                    Word::Here(here) => self.take(here),
                    Word::Left(desk) => self.forget(desk),
                },
                Err(error) => tracing::warn!(
                    line = error.line(),
                    "what another node says of its desks cannot be read"
                ),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(desk: u128, responder: u128, case: Option<u128>, typing: bool) -> Here {
        Here {
            desk: Uuid::from_u128(desk),
            responder: Uuid::from_u128(responder),
            name: format!("responder {responder}"),
            mission: MissionCode::centre(),
            case: case.map(Uuid::from_u128),
            typing,
            alarm: true,
            muted_until: None,
            at: now(),
        }
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T03:00:00Z".parse().expect("a time")
    }

    #[test]
    fn somebody_with_two_windows_is_one_person_and_types_if_she_does_in_either() {
        let (presence, _told) = Presence::new("t");
        let case = Uuid::from_u128(9);
        presence.says(here(1, 7, Some(9), false));
        presence.says(here(2, 7, Some(9), true));
        presence.says(here(3, 8, Some(9), false));
        let people = presence.beside(case, Uuid::from_u128(8), now());
        assert_eq!(people.len(), 1);
        assert!(people[0].typing);
    }

    #[test]
    fn who_says_nothing_for_half_a_minute_or_closes_the_desk_is_not_there() {
        let (presence, _told) = Presence::new("t");
        presence.says(here(1, 7, Some(9), false));
        assert_eq!(presence.here(now() + TimeDelta::seconds(29)).len(), 1);
        assert_eq!(presence.here(now() + TimeDelta::seconds(30)).len(), 0);
        presence.leaves(Uuid::from_u128(1));
        assert_eq!(presence.here(now()).len(), 0);
    }

    #[test]
    fn only_what_others_would_see_is_told_of() {
        let (presence, _told) = Presence::new("t");
        let mut moved = presence.listen();
        presence.says(here(1, 7, Some(9), false));
        presence.says(here(1, 7, Some(9), false));
        presence.says(here(1, 7, Some(9), true));
        presence.says(here(1, 7, None, false));
        let mut told = 0;
        while moved.try_recv().is_ok() {
            told += 1;
        }
        assert_eq!(told, 3, "came, types, left");
    }
}
