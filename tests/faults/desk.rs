//! A desk that looks: it keeps what a browser's page keeps, remembers every card it was shown, and
//! comes back, to either node, whenever its line ends.

use crate::nodes::Whereabouts;
use crate::record::Shown;
use futures_util::StreamExt;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{interval, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use uuid::Uuid;

/// A line that is silent for longer has ended; a beat comes every five seconds.
const SILENCE: Duration = Duration::from_secs(7);
const CONNECT: Duration = Duration::from_secs(2);
const BETWEEN: Duration = Duration::from_millis(200);

/// What a desk shows, and what it was shown.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) cards: HashMap<Uuid, Value>,
    pub(crate) shown: Vec<Shown>,
    /// How often a line was opened.
    pub(crate) lines: u32,
}

/// A desk.
#[derive(Clone)]
pub(crate) struct Desk {
    number: usize,
    cookie: String,
    nodes: [Whereabouts; 2],
    page: Arc<Mutex<Page>>,
}

impl Desk {
    pub(crate) fn new(number: usize, cookie: String, nodes: [Whereabouts; 2]) -> Self {
        Self {
            number,
            cookie,
            nodes,
            page: Arc::default(),
        }
    }

    pub(crate) fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks until it is dropped.
    pub(crate) async fn look(self) {
        let mut node = self.number % 2;
        let mut cursor = None;
        let mut again = interval(BETWEEN);
        loop {
            again.tick().await;
            if let Some(url) = self.nodes[node].url() {
                self.line(&url, &mut cursor).await;
            }
            node = 1 - node;
        }
    }

    /// One line, until it ends.
    async fn line(&self, url: &str, cursor: &mut Option<i64>) {
        let query = cursor.map_or_else(String::new, |cursor| format!("?cursor={cursor}"));
        let url = format!("{}/api/v1/feed{query}", url.replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("a request");
        let cookie = self.cookie.parse().expect("a header");
        request.headers_mut().insert("Cookie", cookie);
        let connecting = timeout(CONNECT, tokio_tungstenite::connect_async(request)).await;
        let Ok(Ok((mut socket, _))) = connecting else {
            return;
        };
        self.page().lines += 1;
        // What a full sending mentions; none outside of one.
        let mut mentioned: Option<HashSet<Uuid>> = None;
        while let Ok(Some(Ok(message))) = timeout(SILENCE, socket.next()).await {
            let Message::Text(text) = message else {
                continue;
            };
            let frame: Value = serde_json::from_str(&text).expect("a frame is JSON");
            match frame["type"].as_str() {
                Some("hello") => mentioned = Some(HashSet::new()),
                Some("card") => self.show(&frame["card"], mentioned.as_mut()),
                Some("gone") => {
                    let id = id(&frame);
                    self.page().cards.remove(&id);
                }
                Some("synced") => {
                    *cursor = frame["cursor"].as_i64();
                    if let Some(mentioned) = mentioned.take() {
                        self.page().cards.retain(|id, _| mentioned.contains(id));
                    }
                }
                Some("reconnect") => return,
                _ => {}
            }
        }
    }

    fn show(&self, card: &Value, mentioned: Option<&mut HashSet<Uuid>>) {
        let (case, version) = (id(card), version(card));
        let mut page = self.page();
        let had = page.cards.get(&case).map(self::version);
        page.shown.push(Shown {
            desk: self.number,
            case,
            version,
            card: card.to_string(),
            whole: mentioned.is_some(),
            had,
        });
        if had.is_none_or(|had| had < version) {
            page.cards.insert(case, card.clone());
        }
        if let Some(mentioned) = mentioned {
            mentioned.insert(case);
        }
    }
}

pub(crate) fn id(card: &Value) -> Uuid {
    let id = card["id"].as_str().unwrap_or_default();
    id.parse().expect("a card has an id")
}

pub(crate) fn version(card: &Value) -> i64 {
    card["version"].as_i64().expect("a card has a version")
}
