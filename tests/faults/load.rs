//! Those who report: each tries until it is acknowledged, with the same id, first at one node and then
//! at the other, as a provider or a program does; and each remembers what it was told.

use crate::nodes::Whereabouts;
use crate::plan::Says;
use crate::record::{Acknowledged, Said};
use crate::support::given::{ACCOUNT, OURS, TOKEN};
use crate::world::PUBLIC;
use msaada::intake::twilio::signature;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep_until};
use uuid::Uuid;

/// How long an answer is waited for. The provider waits 15 s.
const PATIENCE: Duration = Duration::from_secs(6);
/// The wait between two tries.
const BETWEEN: Duration = Duration::from_millis(200);
const MESSAGES: &str = "/channels/twilio/messages";

/// Somebody who reports.
pub(crate) struct Speaker {
    pub(crate) nodes: [Whereabouts; 2],
    pub(crate) http: reqwest::Client,
    /// Nobody tries any longer when this is told.
    pub(crate) enough: watch::Receiver<bool>,
}

/// A client that gives up on a node that hangs.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(1))
        .timeout(PATIENCE)
        .no_proxy()
        .build()
        .expect("a client")
}

/// A phone's number.
pub(crate) fn number(phone: usize) -> String {
    format!("+25472200000{phone}")
}

impl Speaker {
    /// Says these one after the other, each at its moment and not before the one in front of it was
    /// acknowledged.
    pub(crate) async fn says(mut self, began: Instant, words: Vec<Says>) -> Vec<Said> {
        let mut said = Vec::new();
        for one in words {
            sleep_until(began + Duration::from_millis(one.at_ms)).await;
            said.push(self.say(one).await);
        }
        said
    }

    async fn say(&mut self, words: Says) -> Said {
        let mut said = Said {
            id: match words.phone {
                Some(_) => format!("SM{}", Uuid::new_v4().simple()),
                None => Uuid::new_v4().to_string(),
            },
            phone: words.phone.map(number),
            text: words.text,
            tries: 0,
            acknowledged: None,
            refused: None,
        };
        let mut node = words.node;
        let mut again = interval(BETWEEN);
        loop {
            tokio::select! {
                biased;
                _ = self.enough.wait_for(|enough| *enough) => return said,
                _ = again.tick() => {}
            }
            said.tries += 1;
            if let Some(url) = self.nodes[node].url() {
                match self.send(&url, &said).await {
                    Some((status @ 200..=202, reference)) => {
                        said.acknowledged = Some(Acknowledged { status, reference });
                        return said;
                    }
                    Some((status @ 400..=499, _)) => {
                        said.refused = Some(status);
                        return said;
                    }
                    _ => {}
                }
            }
            node = 1 - node;
        }
    }

    /// The answer's status, and the reference where it is told.
    async fn send(&self, url: &str, said: &Said) -> Option<(u16, Option<String>)> {
        let Some(phone) = &said.phone else {
            let body = json!({"id": said.id, "text": said.text});
            let request = self.http.post(format!("{url}/api/v1/reports")).json(&body);
            let response = request.send().await.ok()?;
            let status = response.status().as_u16();
            // Without a whole answer nobody was told anything.
            let body: Value = response.json().await.ok()?;
            return Some((status, body["reference"].as_str().map(str::to_owned)));
        };
        let form: Vec<(String, String)> = [
            ("MessageSid", said.id.as_str()),
            ("AccountSid", ACCOUNT),
            ("From", phone),
            ("To", OURS),
            ("Body", &said.text),
            ("NumMedia", "0"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let public = format!("{PUBLIC}{MESSAGES}");
        let header = signature::sign(&TOKEN.to_owned().into(), &public, &form);
        let request = self.http.post(format!("{url}{MESSAGES}")).form(&form);
        let response = request
            .header("X-Twilio-Signature", header)
            .send()
            .await
            .ok()?;
        let status = response.status().as_u16();
        let reference = response.headers().get("X-Msaada-Reference");
        let reference = reference.and_then(|value| value.to_str().ok().map(str::to_owned));
        response.bytes().await.ok()?;
        Some((status, reference))
    }
}
