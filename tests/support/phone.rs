//! A phone: it texts the service, and what it gets is expected or fails the story.

use crate::support::patience::PATIENCE;
use msaada::simulator::{self, Direction, Message};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// The texts that a story waited for, by the provider's id.
pub(super) type Expected = Arc<Mutex<HashSet<String>>>;

/// The number of a responder: one of its own for each address.
pub(super) fn number_of(email: &str) -> String {
    let sum: u32 = email
        .bytes()
        .fold(7, |sum, byte| sum.wrapping_mul(31) + u32::from(byte));
    format!("+2547{:08}", sum % 100_000_000)
}

/// A phone in somebody's hand.
pub(crate) struct Phone {
    pub(crate) number: String,
    pub(super) network: Arc<simulator::Running>,
    pub(super) expected: Expected,
}

impl Phone {
    /// Texts the service; the webhook's answer.
    pub(crate) async fn texts(&self, text: &str) -> Value {
        self.sends(json!({"text": text})).await
    }

    /// Sends with anything a phone can send along.
    pub(crate) async fn sends(&self, body: Value) -> Value {
        let response = reqwest::Client::new()
            .post(format!(
                "{}/phones/{}/text",
                self.network.url(),
                self.number
            ))
            .json(&body)
            .send()
            .await
            .expect("the phones answer");
        let body: Value = response.json().await.expect("JSON");
        body["webhook"].clone()
    }

    /// Waits for a text that holds these words, one that was not expected before.
    pub(crate) async fn got(&self, words: &str) -> String {
        let mut news = self.network.listen();
        tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(message) = self.find(words) {
                    self.expected
                        .lock()
                        .expect("not poisoned")
                        .insert(message.sid);
                    return message.text.clone();
                }
                news.recv().await.ok();
            }
        })
        .await
        .unwrap_or_else(|_| panic!("the phone got no text with {words:?}: {:?}", self.all()))
    }

    /// How many texts it has got so far.
    pub(crate) fn count(&self) -> usize {
        self.all().len()
    }

    fn find(&self, words: &str) -> Option<Message> {
        let expected = self.expected.lock().expect("not poisoned");
        self.network
            .messages(&self.number)
            .into_iter()
            .filter(|m| m.direction == Direction::ToPhone && !expected.contains(&m.sid))
            .find(|m| m.text.contains(words))
    }

    fn all(&self) -> Vec<String> {
        self.network
            .messages(&self.number)
            .into_iter()
            .filter(|m| m.direction == Direction::ToPhone)
            .map(|m| m.text.clone())
            .collect()
    }
}
