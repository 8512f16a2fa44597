//! A desk: a responder signed in, listening to the feed.

use crate::support::given::PASSWORD;
use crate::support::patience::PATIENCE;
use crate::support::world::World;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A line that takes nothing for so long is taken to be full.
const STUCK: Duration = Duration::from_secs(1);

/// A responder's desk.
pub(crate) struct Desk {
    pub(super) url: String,
    pub(super) http: reqwest::Client,
    pub(super) cookie: String,
    socket: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    pub(crate) cards: HashMap<String, Value>,
    pub(crate) cursor: i64,
    /// Whether its alarm can be heard: then it says so of every critical case it shows.
    pub(crate) alarm: bool,
    /// Who else is beside the case that is open.
    pub(crate) beside: Vec<String>,
    /// Whether more is open than was sent.
    pub(crate) more: bool,
    /// The case that was sent first.
    pub(crate) first: Option<String>,
    /// Cases mentioned since the last hello.
    mentioned: HashSet<String>,
    /// Critical cases that were said to be shown.
    told: HashSet<String>,
    /// Frames that came while something else was waited for.
    passed: VecDeque<Value>,
}

impl Desk {
    /// Signs in and waits until everything that is open was shown.
    pub(crate) async fn open(url: &str, email: &str) -> Self {
        Self::open_with(url, email, true).await
    }

    /// Signs in at a desk whose alarm can be heard, or not.
    pub(crate) async fn open_with(url: &str, email: &str, alarm: bool) -> Self {
        let http = reqwest::Client::new();
        let response = http
            .post(format!("{url}/api/v1/session"))
            .header("X-Msaada", "1")
            .json(&json!({"email": email, "password": PASSWORD}))
            .send()
            .await
            .expect("the service answers");
        assert_eq!(response.status(), 200);
        let cookie = response.headers()["set-cookie"].to_str().expect("a cookie");
        let cookie = cookie
            .split(';')
            .next()
            .expect("a name and a value")
            .to_owned();
        let socket = connect(url, &cookie, None).await;
        let mut desk = Self {
            url: url.to_owned(),
            http,
            cookie,
            socket,
            cards: HashMap::new(),
            cursor: 0,
            alarm,
            beside: Vec::new(),
            more: false,
            first: None,
            mentioned: HashSet::new(),
            told: HashSet::new(),
            passed: VecDeque::new(),
        };
        desk.synced().await;
        desk
    }

    /// Loses its line, and comes back where it was.
    pub(crate) async fn reconnects(&mut self, url: &str) {
        url.clone_into(&mut self.url);
        self.socket = connect(url, &self.cookie, Some(self.cursor)).await;
        self.passed.clear();
        self.synced().await;
    }

    /// Waits until it is told to connect again, elsewhere.
    pub(crate) async fn is_told_to_reconnect(&mut self) {
        while self.frame().await["type"] != "reconnect" {}
    }

    /// Waits until its line is cut.
    pub(crate) async fn is_cut(&mut self) {
        let ends = async {
            while let Some(Ok(message)) = self.socket.next().await {
                if message.is_close() {
                    break;
                }
            }
        };
        let ended = tokio::time::timeout(PATIENCE, ends).await;
        ended.expect("the line is cut");
    }

    /// Puts bytes on its line as they are.
    pub(crate) async fn writes(&mut self, bytes: &[u8]) {
        let line = self.socket.get_mut();
        line.write_all(bytes).await.expect("the line is open");
        line.flush().await.expect("the line is open");
    }

    /// Asks again and again whether the line is good, and reads nothing, until no more is taken.
    pub(crate) async fn asks_and_does_not_read(&mut self) {
        let ask = [&[0x89, 0xfd, 0, 0, 0, 0][..], &[b'?'; 125]].concat();
        let asks = ask.repeat(100);
        let line = self.socket.get_mut();
        while let Ok(sent) = tokio::time::timeout(STUCK, line.write_all(&asks)).await {
            sent.expect("the line is open");
        }
    }

    /// Reads its line as it is, to its end: whoever is refused does not answer, nor close it.
    pub(crate) async fn reads_to_the_end(&mut self) -> Vec<u8> {
        let mut read = Vec::new();
        let line = self.socket.get_mut();
        let ended = tokio::time::timeout(PATIENCE, line.read_to_end(&mut read)).await;
        // What was sent and not taken breaks the line.
        let _ = ended.expect("the line ends");
        read
    }

    async fn synced(&mut self) {
        loop {
            let frame = self.frame().await;
            if frame["type"] == "synced" {
                self.cursor = frame["cursor"].as_i64().expect("a cursor");
                self.more = frame["more"] == true;
                // What a full sending does not mention has left the desk.
                let mentioned = &self.mentioned;
                self.cards.retain(|id, _| mentioned.contains(id));
                return;
            }
        }
    }

    /// The next frame. Where it is a critical case that waits, the desk says that it shows it and
    /// waits until that is noted.
    async fn frame(&mut self) -> Value {
        let frame = match self.passed.pop_front() {
            Some(frame) => frame,
            None => self.next_frame().await,
        };
        let card = &frame["card"];
        let cries = card["priority"] == "critical"
            && card["status"] == "waiting"
            && card["tray"] == false
            && card["level"] == 0;
        let id = card["id"].as_str().unwrap_or_default().to_owned();
        // A desk that was told to go elsewhere says nothing here any more.
        let ends = self.passed.iter().any(|next| next["type"] == "reconnect");
        if self.alarm && cries && !ends && self.told.insert(id.clone()) {
            self.says(json!({"type": "saw", "id": id})).await;
            let noted = json!({"type": "noted", "id": id});
            loop {
                let next = self.next_frame().await;
                if next == noted {
                    break;
                }
                let ends = next["type"] == "reconnect";
                self.passed.push_back(next);
                if ends {
                    break;
                }
            }
        }
        frame
    }

    /// Says something of itself over its feed.
    pub(crate) async fn says(&mut self, what: Value) {
        self.says_text(what.to_string()).await;
    }

    /// Says this.
    pub(crate) async fn says_text(&mut self, what: String) {
        self.socket
            .send(Message::text(what))
            .await
            .expect("the line is open");
    }

    /// Waits until what it said was heard.
    pub(crate) async fn is_noted(&mut self) {
        while self.next_frame().await["type"] != "noted" {}
    }

    /// Says that it is there, with a case open, and perhaps typing.
    pub(crate) async fn is_here(&mut self, card: &Value, typing: bool) {
        let alarm = self.alarm;
        self.says(json!({"type": "here", "case": card["id"], "typing": typing, "alarm": alarm}))
            .await;
    }

    /// Waits until these people are beside the open case; `…` after a name: she types.
    pub(crate) async fn sees_beside(&mut self, people: &[&str]) {
        let wait = async {
            while self.beside != people {
                self.frame().await;
            }
        };
        let seen = tokio::time::timeout(PATIENCE, wait).await.is_ok();
        assert!(
            seen,
            "beside the case are {:?}, not {people:?}",
            self.beside
        );
    }

    /// The next frame; a card replaces one of a lower version, as desks do.
    async fn next_frame(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next())
                .await
                .expect("a frame in time")
                .expect("the line is open")
                .expect("a frame");
            let Message::Text(text) = message else {
                continue;
            };
            let frame: Value = serde_json::from_str(&text).expect("JSON");
            match frame["type"].as_str() {
                Some("card") => {
                    let card = frame["card"].clone();
                    let id = card["id"].as_str().expect("an id").to_owned();
                    self.mentioned.insert(id.clone());
                    self.first.get_or_insert_with(|| id.clone());
                    let known = self.cards.get(&id).and_then(|c| c["version"].as_i64());
                    if known.is_none_or(|known| known < card["version"].as_i64().expect("version"))
                    {
                        self.cards.insert(id, card);
                    }
                }
                Some("hello") => {
                    self.mentioned.clear();
                    self.first = None;
                }
                Some("here") => {
                    let people = frame["people"].as_array().into_iter().flatten();
                    self.beside = people
                        .map(|one| {
                            let name = one["name"].as_str().unwrap_or_default();
                            let typing = if one["typing"] == true { "…" } else { "" };
                            format!("{name}{typing}")
                        })
                        .collect();
                }
                Some("gone") => {
                    self.cards.remove(frame["id"].as_str().expect("an id"));
                }
                _ => {}
            }
            return frame;
        }
    }

    /// Waits until a card is as it should be.
    pub(crate) async fn shows(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                if let Some(card) = self.cards.values().find(|card| is(card)) {
                    return card.clone();
                }
                self.frame().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("the desk does not show {what}"))
    }

    /// Waits until the case of this reference is as it should be.
    pub(crate) async fn shows_case(
        &mut self,
        reference: &Value,
        what: &str,
        is: impl Fn(&Value) -> bool,
    ) -> Value {
        self.shows(what, |card| card["reference"] == *reference && is(card))
            .await
    }

    /// Somebody says this; waits until this desk shows the case of it.
    pub(crate) async fn gets(&mut self, world: &World, text: &str) -> Value {
        let reference = world.says(text).await["reference"].clone();
        self.shows_case(&reference, "what was said", |_| true).await
    }

    /// Waits until the case of this reference has left the desk.
    pub(crate) async fn loses(&mut self, reference: &Value) {
        while self
            .cards
            .values()
            .any(|card| card["reference"] == *reference)
        {
            self.frame().await;
        }
    }
}

async fn connect(
    url: &str,
    cookie: &str,
    cursor: Option<i64>,
) -> WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>> {
    let url = url.replacen("http", "ws", 1);
    let query = cursor.map_or_else(String::new, |cursor| format!("?cursor={cursor}"));
    let mut request = format!("{url}/api/v1/feed{query}")
        .into_client_request()
        .expect("a request");
    request
        .headers_mut()
        .insert("Cookie", cookie.parse().expect("a header"));
    tokio_tungstenite::connect_async(request)
        .await
        .expect("the feed opens")
        .0
}
