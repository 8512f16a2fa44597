//! The desk, watched as a responder watches it: signed in, over the feed.
//!
//! Only what the feed shows counts as "on the desk". The feed may be lost and is taken up again;
//! how often is told, since figures with holes in them must say so.

use crate::case::Sealed;
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::StreamExt;
use reqwest::header;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_util::task::AbortOnDropHandle;

/// No frame for so long means that the feed is lost.
const SILENCE: Duration = Duration::from_secs(12);
/// Between two tries to take it up again.
const AGAIN: Duration = Duration::from_millis(500);
/// The most moments kept of one card; later ones are not needed to find the first.
const MOMENTS: usize = 256;

/// Why there is no desk to watch.
#[derive(Debug, thiserror::Error)]
pub enum NoDesk {
    /// It cannot be reached.
    #[error("{0} cannot be reached")]
    Away(String),
    /// It does not let us in.
    #[error("{to} answered {status} to signing in: check --email and --password")]
    Refused {
        /// The service.
        to: String,
        /// What it answered.
        status: u16,
    },
    /// The feed does not open.
    #[error("{to} answered {status} where the feed should open")]
    NoFeed {
        /// The service.
        to: String,
        /// What it answered.
        status: u16,
    },
}

/// What the desk has shown of one card.
#[derive(Debug, Clone, Default)]
struct Shown {
    moments: Vec<Instant>,
    version: i64,
    lapses: u64,
    grew: u64,
}

/// Everything the desk has shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    cards: HashMap<String, Shown>,
    /// How often the feed was lost.
    pub(super) lost: u32,
}

impl Seen {
    /// The first moment at or after `since` at which the desk showed this case.
    pub(super) fn after(&self, reference: &str, since: Instant) -> Option<Instant> {
        let shown = self.cards.get(reference)?;
        shown.moments.iter().copied().find(|at| *at >= since)
    }

    /// Clocks that lapsed, and on how many cards.
    pub(super) fn lapses(&self) -> (u64, usize) {
        let grew = self.cards.values().map(|shown| shown.grew);
        (grew.clone().sum(), grew.filter(|grew| *grew > 0).count())
    }

    fn note(&mut self, card: &Value, at: Instant) {
        let Some(reference) = card["reference"].as_str() else {
            return;
        };
        let version = card["version"].as_i64().unwrap_or_default();
        let lapses = card["lapses"].as_u64().unwrap_or_default();
        let is_new = !self.cards.contains_key(reference);
        let shown = self.cards.entry(reference.to_owned()).or_default();
        if !is_new && version <= shown.version {
            return;
        }
        // A card that was there before the drill brings its old lapses with it.
        if !is_new || version <= 1 {
            shown.grew += lapses.saturating_sub(shown.lapses);
        }
        (shown.version, shown.lapses) = (version, lapses);
        if shown.moments.len() < MOMENTS {
            shown.moments.push(at);
        }
    }
}

/// A desk that is being watched.
pub(super) struct Desk {
    seen: watch::Receiver<Seen>,
    _watch: AbortOnDropHandle<()>,
}

type Feed = WebSocketStream<reqwest::Upgraded>;

struct Door {
    http: reqwest::Client,
    to: String,
    origin: String,
    email: String,
    password: Sealed<String>,
}

impl Desk {
    /// Signs in and begins to watch.
    pub(super) async fn open(
        to: &str,
        origin: &str,
        email: &str,
        password: &Sealed<String>,
    ) -> Result<Self, NoDesk> {
        let to = to.trim_end_matches('/').to_owned();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .http1_only()
            .build()
            .map_err(|_| NoDesk::Away(to.clone()))?;
        let door = Door {
            http,
            to,
            origin: origin.trim_end_matches('/').to_owned(),
            email: email.to_owned(),
            password: password.clone(),
        };
        let cookie = door.sign_in().await?;
        let feed = door.feed(&cookie).await?;
        let (tell, seen) = watch::channel(Seen::default());
        let watch = tokio::spawn(listen(door, cookie, feed, tell));
        Ok(Self {
            seen,
            _watch: AbortOnDropHandle::new(watch),
        })
    }

    /// Watches until all wanted cards were shown, or time is up, and tells what was seen.
    pub(super) async fn look_until(&self, wanted: &[(String, Instant)], most: Duration) -> Seen {
        let all = |seen: &Seen| {
            let shown = |(reference, since): &(String, Instant)| seen.after(reference, *since);
            wanted.iter().all(|one| shown(one).is_some())
        };
        let mut seen = self.seen.clone();
        // Whatever was seen by then is told.
        let _ = tokio::time::timeout(most, seen.wait_for(all)).await;
        seen.borrow().clone()
    }
}

impl Door {
    async fn sign_in(&self) -> Result<String, NoDesk> {
        let response = self
            .http
            .post(format!("{}/api/v1/session", self.to))
            .header("X-Msaada", "1")
            .timeout(Duration::from_secs(15))
            .json(&json!({"email": self.email, "password": self.password.expose()}))
            .send()
            .await
            .map_err(|_| NoDesk::Away(self.to.clone()))?;
        let status = response.status().as_u16();
        let cookies = response.headers().get_all(header::SET_COOKIE).iter();
        let session = cookies
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .find(|pair| pair.starts_with("msaada="))
            .map(str::to_owned);
        session.ok_or_else(|| NoDesk::Refused {
            to: self.to.clone(),
            status,
        })
    }

    async fn feed(&self, cookie: &str) -> Result<Feed, NoDesk> {
        let key = STANDARD.encode(rand::random::<[u8; 16]>());
        let opening = self
            .http
            .get(format!("{}/api/v1/feed", self.to))
            .header(header::COOKIE, cookie)
            .header(header::ORIGIN, &self.origin)
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, key)
            .send();
        let away = || NoDesk::Away(self.to.clone());
        let response = tokio::time::timeout(Duration::from_secs(15), opening)
            .await
            .map_err(|_| away())?
            .map_err(|_| away())?;
        let status = response.status().as_u16();
        if status != 101 {
            return Err(NoDesk::NoFeed {
                to: self.to.clone(),
                status,
            });
        }
        let upgraded = response.upgrade().await.map_err(|_| away())?;
        Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await)
    }
}

/// Notes what the feed shows; takes it up again whenever it is lost.
async fn listen(door: Door, mut cookie: String, mut feed: Feed, seen: watch::Sender<Seen>) {
    loop {
        while let Ok(Some(Ok(frame))) = tokio::time::timeout(SILENCE, feed.next()).await {
            let Message::Text(text) = frame else {
                continue;
            };
            let frame: Value = serde_json::from_str(&text).unwrap_or_default();
            match frame["type"].as_str() {
                Some("card") => {
                    seen.send_modify(|seen| seen.note(&frame["card"], Instant::now()));
                }
                Some("reconnect") => break,
                _ => {}
            }
        }
        seen.send_modify(|seen| seen.lost += 1);
        feed = loop {
            tokio::time::sleep(AGAIN).await;
            match door.feed(&cookie).await {
                Ok(feed) => break feed,
                Err(NoDesk::NoFeed { .. }) => {
                    if let Ok(fresh) = door.sign_in().await {
                        cookie = fresh;
                    }
                }
                Err(_) => {}
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_counts_from_the_first_frame_after_its_report() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let mut seen = Seen::default();
        let card = |version: i64| json!({"reference": "R", "version": version, "lapses": 0});
        seen.note(&card(1), at(10));
        seen.note(&card(1), at(20));
        seen.note(&card(2), at(50));
        assert_eq!(seen.after("R", at(0)), Some(at(10)));
        assert_eq!(seen.after("R", at(15)), Some(at(50)));
        assert_eq!(seen.after("R", at(60)), None);
        assert_eq!(seen.after("S", at(0)), None);
    }

    #[test]
    fn lapses_count_as_they_grow_and_not_when_they_were_there_before() {
        let mut seen = Seen::default();
        let now = Instant::now();
        for (reference, version, lapses) in [
            ("old", 9, 4),
            ("old", 10, 5),
            ("new", 1, 0),
            ("new", 2, 1),
            ("new", 3, 0),
            ("new", 4, 1),
        ] {
            seen.note(
                &json!({"reference": reference, "version": version, "lapses": lapses}),
                now,
            );
        }
        assert_eq!(seen.lapses(), (3, 2));
    }
}
