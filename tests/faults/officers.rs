//! Those who act: they claim at the same moment on different nodes, go on with what they have, and
//! remember what they were answered.

use crate::desk::{Desk, id, version};
use crate::load::http;
use crate::nodes::Whereabouts;
use crate::plan::{Deed, Does};
use crate::record::Acted;
use crate::support::given::PASSWORD;
use crate::world::STAFF;
use chrono::{SubsecRound, TimeDelta};
use msaada::clock::Clock;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep_until};
use uuid::Uuid;

/// Cases that are still open in the end.
const LEFT_OPEN: usize = 5;
const BETWEEN_SWEEPS: Duration = Duration::from_millis(300);
const LONGEST_SWEEP: Duration = Duration::from_secs(20);

/// A responder who is signed in.
#[derive(Clone)]
pub(crate) struct Officer {
    pub(crate) id: Uuid,
    pub(crate) desk: Desk,
    node: Whereabouts,
    http: reqwest::Client,
    cookie: String,
}

impl Officer {
    /// Signs in at a node; her desk looks at that one first.
    pub(crate) async fn sign_in(number: usize, nodes: &[Whereabouts; 2]) -> Self {
        let http = http();
        let node = nodes[number % 2].clone();
        let url = node.url().expect("the node listens");
        let email = format!("{}.example", STAFF[number].0);
        let response = http
            .post(format!("{url}/api/v1/session"))
            .header("X-Msaada", "1")
            .timeout(Duration::from_secs(30))
            .json(&json!({"email": email, "password": PASSWORD}))
            .send()
            .await
            .expect("the service answers");
        assert_eq!(response.status(), 200);
        let cookie = response.headers()["set-cookie"].to_str().expect("a cookie");
        let cookie = cookie.split(';').next().expect("a name").to_owned();
        let me: Value = response.json().await.expect("JSON");
        Self {
            id: id(&me["responder"]),
            desk: Desk::new(number, cookie.clone(), nodes.clone()),
            node,
            http,
            cookie,
        }
    }

    /// Her own cases, or those of others, or those that wait: the most urgent first.
    fn cards(&self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let page = self.desk.page();
        let mut cards: Vec<Value> = page.cards.values().filter(|c| wanted(c)).cloned().collect();
        let urgency = |card: &Value| {
            let order = ["critical", "urgent", "serious", "routine"];
            let urgency = order.iter().position(|word| card["priority"] == *word);
            (urgency, card["opened_at"].to_string())
        };
        cards.sort_by_key(urgency);
        cards
    }

    async fn post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let url = self.node.url()?;
        let request = self.http.post(format!("{url}{path}")).json(body);
        let response = request
            .header("Cookie", &self.cookie)
            .header("X-Msaada", "1")
            .send()
            .await
            .ok()?;
        let status = response.status().as_u16();
        let body = response.bytes().await.ok()?;
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Some((status, body))
    }

    async fn does(&self, card: Value, act: &'static str, mut more: Value) -> Acted {
        let (case, seen) = (id(&card), version(&card));
        more["act"] = json!(act);
        more["version"] = json!(seen);
        let answer = self
            .post(&format!("/api/v1/cases/{case}/acts"), &more)
            .await;
        Acted {
            by: self.id,
            act,
            seen: Some((case, seen)),
            given: given(answer),
        }
    }

    async fn next(&self) -> Acted {
        let answer = self.post("/api/v1/missions/AE-DXB/next", &json!({})).await;
        Acted {
            by: self.id,
            act: "next",
            seen: None,
            given: given(answer),
        }
    }

    /// Goes on with a case of her own.
    async fn work(&self, chance: u64) -> Option<Acted> {
        let mine = json!(self.id);
        let cards = self.cards(|card| card["claimed_by"] == mine);
        let at = usize::try_from(chance % 7).expect("few") % cards.len().max(1);
        let card = cards.get(at)?.clone();
        Some(match chance / 7 % 11 {
            0 | 1 => self.does(card, "start", json!({})).await,
            2 => {
                let template = json!({"template": "received"});
                self.does(card, "message", template).await
            }
            3 => {
                self.does(card, "note", json!({"text": "called the sponsor"}))
                    .await
            }
            4 => self.does(card, "release", json!({})).await,
            5 | 6 => self.agree(card, chance / 77).await,
            7 if !card["hear_by"].is_null() => self.does(card, "end_agreement", json!({})).await,
            _ => {
                let how = json!({"outcome": "helped", "summary": "she is at the shelter"});
                self.does(card, "resolve", how).await
            }
        })
    }

    /// Agrees with the person on a word within seconds, once or every hour; most are silent.
    async fn agree(&self, card: Value, chance: u64) -> Acted {
        let ahead = TimeDelta::seconds(i64::try_from(1 + chance % 5).expect("few"));
        let hear_by = Clock::default().now().trunc_subsecs(0) + ahead;
        let every = (chance / 5).is_multiple_of(2).then_some(1);
        let word = json!({"hear_by": hear_by, "hear_every_h": every});
        self.does(card, "agree", word).await
    }

    /// Offers a case of her own, or one that waits.
    async fn offer(&self, chance: u64) -> Option<Acted> {
        let mine = json!(self.id);
        let wanted = |card: &Value| {
            let free = card["status"] == "waiting" || card["claimed_by"] == mine;
            free && card["mission"] == "AE-DXB" && card["offered_to"].is_null()
        };
        let cards = self.cards(wanted);
        let at = usize::try_from(chance % 5).expect("few") % cards.len().max(1);
        let card = cards.get(at)?.clone();
        let to = if (chance / 5).is_multiple_of(2) {
            "OM-MCT"
        } else {
            "KE-NBO"
        };
        let how = json!({"to": to, "reason": "she is on her way there"});
        Some(self.does(card, "transfer", how).await)
    }

    async fn withdraw(&self) -> Option<Acted> {
        let card = self.cards(is_offered).into_iter().next()?;
        Some(self.does(card, "withdraw", json!({})).await)
    }

    /// Accepts or refuses an offer; where there is none, goes on with a case of her own.
    async fn answer(&self, chance: u64) -> Option<Acted> {
        let Some(card) = self.cards(is_offered).into_iter().next() else {
            return self.work(chance).await;
        };
        Some(if (chance / 5).is_multiple_of(3) {
            let why = json!({"reason": "nobody is there"});
            self.does(card, "refuse", why).await
        } else {
            self.does(card, "accept", json!({})).await
        })
    }

    async fn take_over(&self) -> Option<Acted> {
        let mine = json!(self.id);
        let others = |card: &Value| !card["claimed_by"].is_null() && card["claimed_by"] != mine;
        let card = self.cards(others).into_iter().next()?;
        Some(
            self.does(card, "take_over", json!({"reason": "end of shift"}))
                .await,
        )
    }
}

fn is_offered(card: &Value) -> bool {
    card["status"] == "offered"
}

fn given(answer: Option<(u16, Value)>) -> Option<(Uuid, i64)> {
    match answer {
        Some((200, card)) => Some((id(&card), version(&card))),
        _ => None,
    }
}

/// Does what is planned, each thing at its moment; what was answered.
/// Two of them are in Dubai, the third at the centre.
pub(crate) async fn act(began: Instant, officers: [Officer; 3], deeds: Vec<Deed>) -> Vec<Acted> {
    let mut doing = JoinSet::new();
    for deed in deeds {
        let officers = officers.clone();
        doing.spawn(async move {
            sleep_until(began + Duration::from_millis(deed.at_ms)).await;
            do_one(&officers, deed).await
        });
    }
    let mut acted = Vec::new();
    while let Some(done) = doing.join_next().await {
        acted.extend(done.expect("officers do not panic"));
    }
    acted
}

/// Ends most of what is still open, the most urgent first, so that the clocks of the rest leave a
/// moment in which nothing is under way. Whoever does it may end any case. Gives up after a while:
/// what is left is only more to look at.
pub(crate) async fn sweep(supervisor: &Officer) -> Vec<Acted> {
    let began = Instant::now();
    let mut acted = Vec::new();
    let mut again = interval(BETWEEN_SWEEPS);
    while began.elapsed() < LONGEST_SWEEP {
        again.tick().await;
        let open = supervisor.cards(|card| card["status"] != "resolved");
        if open.len() <= LEFT_OPEN {
            break;
        }
        let ended = open.len() - LEFT_OPEN;
        for card in open.into_iter().take(ended) {
            let outcome = if card["status"] == "waiting" {
                "not_a_plea"
            } else {
                "helped"
            };
            let how = json!({"outcome": outcome, "summary": "end of the exercise"});
            acted.push(supervisor.does(card, "resolve", how).await);
        }
    }
    acted
}

async fn do_one([one, two, centre]: &[Officer; 3], deed: Deed) -> Vec<Acted> {
    let who = if deed.who == 0 { one } else { two };
    match deed.does {
        Does::Race => {
            let free = |card: &Value| card["status"] == "waiting" && card["mission"] == "AE-DXB";
            let Some(card) = who.cards(free).into_iter().next() else {
                return Vec::new();
            };
            let (a, b) = tokio::join!(
                one.does(card.clone(), "claim", json!({})),
                two.does(card, "claim", json!({}))
            );
            vec![a, b]
        }
        Does::Next => {
            let (a, b) = tokio::join!(one.next(), two.next());
            vec![a, b]
        }
        Does::Work => who.work(deed.chance).await.into_iter().collect(),
        Does::TakeOver => who.take_over().await.into_iter().collect(),
        Does::Offer => who.offer(deed.chance).await.into_iter().collect(),
        Does::Answer if deed.chance.is_multiple_of(5) => who.withdraw().await.into_iter().collect(),
        Does::Answer => centre.answer(deed.chance).await.into_iter().collect(),
    }
}
