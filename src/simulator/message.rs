//! A message in the simulator, and the two shapes it is shown in: the provider's and the page's.

use crate::outbox::delivery::Status;
use crate::outbox::parts;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A phone wrote it.
    FromPhone,
    /// The service wrote it.
    ToPhone,
}

/// A picture or recording that goes with a message.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Medium {
    /// The type it is said to have.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(skip)]
    pub(super) bytes: std::sync::Arc<[u8]>,
}

/// A message. (Its words are made up: the simulator is for trying, not for people.)
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Message {
    /// Its number in this simulator; rises with every message and every change of one.
    pub seq: u64,
    /// The provider's id.
    pub sid: String,
    /// Which way it goes.
    pub direction: Direction,
    /// The phone.
    pub phone: String,
    /// The service's sender.
    pub service: String,
    /// The words.
    pub text: String,
    /// Whether it is WhatsApp.
    pub whatsapp: bool,
    /// A shared position: degrees north and east.
    pub pin: Option<(f64, f64)>,
    /// What goes with it.
    pub media: Vec<Medium>,
    /// Parts on the air.
    pub parts: usize,
    /// Its state.
    pub status: Status,
    /// Why it failed.
    pub error_code: Option<u32>,
    /// What the service's webhook answered to it: an HTTP status, 0 where it was not reached.
    pub webhook_status: Option<u16>,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// When its state last changed.
    pub updated_at: DateTime<Utc>,
    /// Where its states are reported.
    #[serde(skip)]
    pub callback: Option<String>,
    #[serde(skip)]
    pub(super) messaging_service: Option<String>,
}

impl Message {
    /// The ends of the message as the provider writes them: from, to.
    pub(super) fn ends(&self) -> (String, String) {
        let address = |number: &str| {
            if self.whatsapp {
                format!("whatsapp:{number}")
            } else {
                number.to_owned()
            }
        };
        match self.direction {
            Direction::FromPhone => (address(&self.phone), address(&self.service)),
            Direction::ToPhone => (address(&self.service), address(&self.phone)),
        }
    }

    /// The path of one of its media at the provider.
    pub(super) fn medium(&self, account: &str, nth: usize) -> String {
        let sid = &self.sid;
        let hex = sid.get(4..).unwrap_or_default();
        format!("/2010-04-01/Accounts/{account}/Messages/{sid}/Media/ME{nth:02}{hex}")
    }

    /// The provider's JSON of a message.
    pub(super) fn as_provider(&self, account: &str) -> Value {
        let (from, to) = self.ends();
        let uri = format!("/2010-04-01/Accounts/{account}/Messages/{}", self.sid);
        let has_left = !matches!(
            self.status,
            Status::Queued | Status::Accepted | Status::Failed
        );
        json!({
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": self.text,
            "date_created": rfc2822(self.at),
            "date_sent": has_left.then(|| rfc2822(self.at)),
            "date_updated": rfc2822(self.updated_at),
            "direction": match self.direction {
                Direction::FromPhone => "inbound",
                Direction::ToPhone => "outbound-api",
            },
            "error_code": self.error_code,
            "error_message": Value::Null,
            "from": from,
            "messaging_service_sid": self.messaging_service,
            "num_media": self.media.len().to_string(),
            "num_segments": self.parts.to_string(),
            "price": Value::Null,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": { "media": format!("{uri}/Media.json") },
            "to": to,
            "uri": format!("{uri}.json"),
        })
    }
}

/// Parts of a text; WhatsApp has none.
pub(super) fn parts_of(text: &str, whatsapp: bool) -> usize {
    if whatsapp { 1 } else { parts::of(text).parts }
}

fn rfc2822(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
