//! Who is at which desk now: which case is open there, whether somebody types, whether its alarm can
//! be heard.
//!
//! Nothing of it is kept: each desk says every ten seconds that it is there, every node remembers it
//! for half a minute, and other nodes hear of it through Redis. So a node that dies or a Redis that is
//! away costs no more than a name that is missing beside a case. It holds ids and the names of staff,
//! and must never hold anything of a case.

use crate::case::MissionCode;
use crate::reach::Reach;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

/// A desk that has said nothing for so long is not there.
const REMEMBERED: TimeDelta = TimeDelta::seconds(30);
/// Desks remembered at most; more are not told of.
const DESKS: usize = 20_000;
/// What may wait for Redis; beyond, it is told by the next word of the desk.
const WAITING: usize = 1_024;

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
    known: Arc<Mutex<Known>>,
    relay: mpsc::Sender<Told>,
}

#[derive(Debug, Default)]
struct Known {
    desks: HashMap<Uuid, Here>,
    /// The desks beside each case.
    cases: HashMap<Uuid, HashSet<Uuid>>,
    /// Desks of this node that have a case open, and what rings at them.
    watching: HashMap<Uuid, HashMap<Uuid, Arc<Notify>>>,
}

impl Presence {
    /// Nobody yet, and what is to be handed to the relay.
    #[must_use]
    pub fn new(prefix: &str) -> (Self, mpsc::Receiver<Told>) {
        let (relay, told) = mpsc::channel(WAITING);
        let presence = Self {
            node: Uuid::new_v4(),
            channel: format!("{prefix}:here"),
            known: Arc::default(),
            relay,
        };
        (presence, told)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A desk of this node turns from one case to another: its bell rings when somebody comes to that,
    /// leaves it, or begins or ceases to type.
    pub fn watches(
        &self,
        desk: Uuid,
        bell: &Arc<Notify>,
        (from, to): (Option<Uuid>, Option<Uuid>),
    ) {
        let mut known = self.known();
        if let Some(from) = from
            && let Some(beside) = known.watching.get_mut(&from)
        {
            beside.remove(&desk);
            if beside.is_empty() {
                known.watching.remove(&from);
            }
        }
        if let Some(to) = to {
            let beside = known.watching.entry(to).or_default();
            beside.insert(desk, bell.clone());
        }
    }

    /// A desk of this node says what it shows.
    pub fn says(&self, here: Here) {
        self.pass_on(Word::Here(here.clone()));
        self.known().take(here);
    }

    /// A desk of this node is closed.
    pub fn leaves(&self, desk: Uuid) {
        self.pass_on(Word::Left(desk));
        self.known().forget(desk);
    }

    /// Who else is beside a case, each once, by name.
    #[must_use]
    pub fn beside(&self, case: Uuid, but: Uuid, now: DateTime<Utc>) -> Vec<Person> {
        let known = self.known();
        let mut people: BTreeMap<(&str, Uuid), bool> = BTreeMap::new();
        let desks = known.cases.get(&case).into_iter().flatten();
        for here in desks.filter_map(|desk| known.desks.get(desk)) {
            if here.is_there(now) && here.responder != but {
                *people.entry((&here.name, here.responder)).or_default() |= here.typing;
            }
        }
        people
            .into_iter()
            .map(|((name, id), typing)| Person {
                id,
                name: name.to_owned(),
                typing,
            })
            .collect()
    }

    /// Every desk that is there.
    #[must_use]
    pub fn here(&self, now: DateTime<Utc>) -> Vec<Here> {
        let known = self.known();
        let there = known.desks.values().filter(|here| here.is_there(now));
        there.cloned().collect()
    }

    fn pass_on(&self, word: Word) {
        let node = self.node;
        let _ = self.relay.try_send(Told { node, word });
    }

    /// Passes on to other nodes what desks of this one say. Ends when nobody says anything any more;
    /// what a Redis that is away does not take is said again by the desk.
    pub async fn relay(self, mut told: mpsc::Receiver<Told>, redis: Reach) {
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
    pub async fn hear(&self, redis: &Reach) -> Result<(), redis::RedisError> {
        let own = format!("{}:beat:{}", self.channel, self.node);
        let each = |text: &[u8]| match serde_json::from_slice::<Told>(text) {
            Ok(told) if told.node == self.node => {}
            Ok(told) => match told.word {
                Word::Here(here) => self.known().take(here),
                Word::Left(desk) => self.known().forget(desk),
            },
            Err(error) => tracing::warn!(
                line = error.line(),
                "what another node says of its desks cannot be read"
            ),
        };
        redis.hear(&self.channel, &own, each).await
    }
}

impl Here {
    fn is_there(&self, now: DateTime<Utc>) -> bool {
        self.at > now - REMEMBERED
    }
}

impl Known {
    fn take(&mut self, here: Here) {
        if self.desks.len() >= DESKS && !self.desks.contains_key(&here.desk) {
            let gone: Vec<Uuid> = self
                .desks
                .values()
                .filter(|known| !known.is_there(here.at))
                .map(|known| known.desk)
                .collect();
            for desk in gone {
                self.forget(desk);
            }
            if self.desks.len() >= DESKS {
                return;
            }
        }
        let (desk, case, typing) = (here.desk, here.case, here.typing);
        let before = self.desks.insert(desk, here);
        let was = before.as_ref().and_then(|before| before.case);
        if was != case {
            self.leave(desk, was);
        }
        if let Some(case) = case {
            self.cases.entry(case).or_default().insert(desk);
            if was != Some(case) || before.is_some_and(|before| before.typing != typing) {
                self.ring(case);
            }
        }
    }

    fn forget(&mut self, desk: Uuid) {
        if let Some(left) = self.desks.remove(&desk) {
            self.leave(desk, left.case);
        }
    }

    fn leave(&mut self, desk: Uuid, case: Option<Uuid>) {
        let Some(case) = case else { return };
        if let Some(beside) = self.cases.get_mut(&case) {
            beside.remove(&desk);
            if beside.is_empty() {
                self.cases.remove(&case);
            }
        }
        self.ring(case);
    }

    fn ring(&self, case: Uuid) {
        for bell in self
            .watching
            .get(&case)
            .into_iter()
            .flat_map(HashMap::values)
        {
            bell.notify_one();
        }
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

    #[tokio::test]
    async fn a_bell_rings_at_those_beside_the_case_and_nowhere_else() {
        use futures_util::FutureExt;
        let (presence, _told) = Presence::new("t");
        let (beside, elsewhere) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let case = |id| Some(Uuid::from_u128(id));
        presence.watches(Uuid::from_u128(5), &beside, (None, case(9)));
        presence.watches(Uuid::from_u128(6), &elsewhere, (None, case(8)));
        let rang = || beside.notified().now_or_never().is_some();
        presence.says(here(1, 7, Some(9), false));
        assert!(rang(), "somebody came");
        presence.says(here(1, 7, Some(9), false));
        assert!(!rang(), "nothing that anybody would see");
        presence.says(here(1, 7, Some(9), true));
        assert!(rang(), "she types");
        presence.says(here(1, 7, Some(8), false));
        assert!(rang(), "she left");
        assert!(elsewhere.notified().now_or_never().is_some());
        presence.watches(Uuid::from_u128(5), &beside, (case(9), None));
        presence.says(here(2, 7, Some(9), false));
        assert!(!rang(), "nobody looks any more");
    }
}
