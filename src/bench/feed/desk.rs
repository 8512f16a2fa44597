//! One desk that sees everything, and how long it waits for each report's card.

use super::socket::Socket;
use crate::bench::figures::Samples;
use crate::bench::intake::{Connection, Reports};
use crate::bench::node::{Node, ours};
use crate::bench::{Ground, NotRun};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Connections that send reports.
const CONNECTIONS: usize = 16;
/// How long after the last answer a frame may come.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// What a desk saw.
pub(super) struct Seen {
    /// From a report's answer, which follows its commit, to its frame.
    pub after_answer: Samples,
    /// From the sending of a report to its frame.
    pub after_sending: Samples,
    /// The last card's frame.
    pub frame: Vec<u8>,
}

/// Makes somebody who sees all missions, and signs her in; the cookie.
pub(super) async fn sign_in(ground: &Ground, node: &Node) -> Result<String, NotRun> {
    let email = "bench@centre.example";
    let who = ["--email", email, "--name", "Bench", "--mission", "KE-NBO"];
    let add = ["responder", "add", "--role", "operator", "--post", "desk"];
    let said = ours(&ground.scratch, &[add, who].concat())?;
    let password = said.split_whitespace().last().unwrap_or_default();
    let answer = reqwest::Client::new()
        .post(format!("http://{}/api/v1/session", node.address))
        .header("X-Msaada", "1")
        .json(&json!({"email": email, "password": password}))
        .send()
        .await?
        .error_for_status()?;
    let cookie = answer.headers().get("set-cookie");
    let cookie = cookie.and_then(|cookie| cookie.to_str().ok()?.split(';').next());
    cookie
        .map(str::to_owned)
        .ok_or_else(|| NotRun::Wrong("signing in gave no cookie".to_owned()))
}

/// When things happened, by the reference of their report.
type Moments = RefCell<HashMap<String, Instant>>;

/// Sends reports at a rate while a desk listens.
pub(super) async fn watch(
    ground: &Ground,
    node: &Node,
    cookie: &str,
    rate: f64,
    lasts: Duration,
) -> Result<Seen, NotRun> {
    let mut socket = Socket::open(node.address, "/api/v1/feed", cookie).await?;
    let shown = Rc::new(Moments::default());
    let last = Rc::new(RefCell::new(Vec::new()));
    let (noted, kept) = (shown.clone(), last.clone());
    let listening = actix_web::rt::spawn(async move {
        while let Ok(Some(frame)) = socket.next().await {
            let now = Instant::now();
            if let Some(reference) = reference_of(frame) {
                noted.borrow_mut().entry(reference).or_insert(now);
                *kept.borrow_mut() = frame.to_vec();
            }
        }
    });
    let answered = RefCell::new(HashMap::new());
    let next = Cell::new(0_u32);
    let began = Instant::now();
    let senders = (0..CONNECTIONS).map(|at| {
        let reports = Reports::new(ground.seed, (7 << 16) + at as u64);
        send(node, reports, began, (rate, lasts), &next, &answered)
    });
    for sent in futures_util::future::join_all(senders).await {
        sent?;
    }
    let all = answered.borrow().len();
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    let ended = Instant::now();
    while shown.borrow().len() < all && ended.elapsed() < LAST_LOOK {
        looks.tick().await;
    }
    listening.abort();
    let shown = shown.borrow();
    let (mut after_answer, mut after_sending) = (Vec::new(), Vec::new());
    for (reference, (sent, answer)) in answered.borrow().iter() {
        let Some(frame) = shown.get(reference) else {
            return Err(NotRun::Wrong(format!(
                "{all} reports were stored and the desk was shown {}",
                shown.len()
            )));
        };
        // A frame may come before the answer: both leave after the commit.
        after_answer.push(frame.saturating_duration_since(*answer));
        after_sending.push(frame.saturating_duration_since(*sent));
    }
    let frame = last.borrow().clone();
    Ok(Seen {
        after_answer: Samples::of(after_answer),
        after_sending: Samples::of(after_sending),
        frame,
    })
}

async fn send(
    node: &Node,
    mut reports: Reports,
    began: Instant,
    (rate, lasts): (f64, Duration),
    next: &Cell<u32>,
    answered: &RefCell<HashMap<String, (Instant, Instant)>>,
) -> Result<(), NotRun> {
    let mut connection = Connection::open(node.address).await?;
    loop {
        let number = next.replace(next.get() + 1);
        let due = began + Duration::from_secs_f64(f64::from(number) / rate);
        if due.duration_since(began) >= lasts {
            return Ok(());
        }
        tokio::time::sleep_until(due.into()).await;
        let status = connection.send(&reports.request()).await?;
        let now = Instant::now();
        let answer: Value = serde_json::from_slice(connection.body()).unwrap_or_default();
        let Some(reference) = answer["reference"].as_str().filter(|_| status == 201) else {
            return Err(NotRun::Wrong(format!(
                "a report was answered with {status}"
            )));
        };
        answered
            .borrow_mut()
            .insert(reference.to_owned(), (due, now));
    }
}

/// The reference of a card's frame, found without reading all of it.
fn reference_of(frame: &[u8]) -> Option<String> {
    if !frame.starts_with(b"{\"type\":\"card\"") {
        return None;
    }
    let name = b"\"reference\":\"";
    let at = memchr::memmem::find(frame, name)? + name.len();
    let length = memchr::memchr(b'"', &frame[at..])?;
    Some(String::from_utf8_lossy(&frame[at..at + length]).into_owned())
}
