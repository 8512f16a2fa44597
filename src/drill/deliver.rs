//! Handing one message over, as often as it takes.

use super::script::Line;
use crate::case::{Channel, Sealed};
use crate::intake::twilio::signature;
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::time::Instant;

/// How long one try may take: as long as the provider waits.
const TRY: Duration = Duration::from_secs(15);
/// The first wait between two tries; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest.
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// Where messages go in.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) http: reqwest::Client,
    pub(super) to: String,
    pub(super) public_url: String,
    pub(super) account_sid: String,
    pub(super) token: Sealed<String>,
    pub(super) number: String,
    pub(super) run: String,
    pub(super) patience: Duration,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Delivered {
    /// The service has it.
    Acknowledged {
        /// The case's reference, where the answer told it.
        reference: Option<String>,
        /// Whether it joined a case that was open.
        joined: bool,
        /// Whether the service put it aside until its store returns.
        spooled: bool,
        /// How often it was handed over.
        tries: u32,
    },
    /// It was never acknowledged.
    Lost {
        /// The last trouble.
        why: String,
        /// How often it was handed over.
        tries: u32,
    },
}

/// Why a try failed.
enum Trouble {
    /// Worth another try.
    Passing(String),
    /// The answer will stay the same.
    Lasting(String),
}

pub(super) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .timeout(TRY)
        .redirect(reqwest::redirect::Policy::none())
        .build()
}

impl Gate {
    /// Hands a message over until it is acknowledged, refused for good, or patience ends.
    pub(super) async fn deliver(&self, line: &Line, tell: impl Fn(String)) -> Delivered {
        let until = Instant::now() + self.patience;
        let mut wait = FIRST_WAIT;
        let mut tries = 0;
        loop {
            tries += 1;
            let why = match self.once(line, tries).await {
                Ok(acknowledged) => return acknowledged,
                Err(Trouble::Lasting(why)) => return Delivered::Lost { why, tries },
                Err(Trouble::Passing(why)) => why,
            };
            if Instant::now() + wait > until {
                return Delivered::Lost { why, tries };
            }
            tell(format!("{why}; handing over again"));
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn once(&self, line: &Line, tries: u32) -> Result<Delivered, Trouble> {
        let request = if line.channel.is_conversation() {
            self.webhook(line)
        } else {
            self.form(line)
        };
        let response = request.send().await.map_err(|error| {
            Trouble::Passing(if error.is_connect() {
                "the service is not there".to_owned()
            } else if error.is_timeout() {
                "the service did not answer in time".to_owned()
            } else {
                "the connection broke".to_owned()
            })
        })?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (reference, joined) = (header("X-Msaada-Reference"), header("X-Msaada-Joined"));
        match status {
            200..300 => {}
            408 | 425 | 429 | 500.. => {
                return Err(Trouble::Passing(format!("the service answered {status}")));
            }
            _ => return Err(Trouble::Lasting(format!("the service answered {status}"))),
        }
        // An answer that breaks off is none: the service may have died before it committed.
        let body = response
            .bytes()
            .await
            .map_err(|_| Trouble::Passing("the answer broke off".to_owned()))?;
        let told: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Delivered::Acknowledged {
            reference: reference.or_else(|| told["reference"].as_str().map(str::to_owned)),
            joined: joined.as_deref() == Some("true"),
            spooled: status == 202,
            tries,
        })
    }

    fn webhook(&self, line: &Line) -> reqwest::RequestBuilder {
        let address = |number: &str| match line.channel {
            Channel::Whatsapp => format!("whatsapp:{number}"),
            _ => number.to_owned(),
        };
        let sid = self.sid(line);
        let form = [
            ("MessageSid", sid.clone()),
            ("SmsMessageSid", sid.clone()),
            ("SmsSid", sid.clone()),
            ("SmsStatus", "received".to_owned()),
            ("AccountSid", self.account_sid.clone()),
            ("From", address(line.from.expose())),
            ("To", address(&self.number)),
            ("Body", line.text.expose().clone()),
            ("NumMedia", "0".to_owned()),
            ("NumSegments", "1".to_owned()),
            ("ApiVersion", "2010-04-01".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        let path = "/channels/twilio/messages";
        let signature = signature::sign(&self.token, &format!("{}{path}", self.public_url), &form);
        self.http
            .post(format!("{}{path}", self.to))
            .header("X-Twilio-Signature", signature)
            .header("I-Twilio-Idempotency-Token", sid)
            .form(&form)
    }

    fn form(&self, line: &Line) -> reqwest::RequestBuilder {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.hash(line)[..16]);
        let mut report = serde_json::json!({
            "id": uuid::Builder::from_custom_bytes(bytes).into_uuid(),
            "text": line.text.expose(),
        });
        if !line.from.expose().is_empty() {
            report["contact"] = serde_json::json!({ "phone": line.from.expose() });
        }
        self.http
            .post(format!("{}/api/v1/reports", self.to))
            .json(&report)
    }

    /// The provider's id of a line: the same at every try of this run.
    fn sid(&self, line: &Line) -> String {
        use std::fmt::Write;
        let mut sid = String::from("SM");
        for byte in &self.hash(line)[..16] {
            write!(sid, "{byte:02x}").expect("a string takes every write");
        }
        sid
    }

    fn hash(&self, line: &Line) -> [u8; 32] {
        let text = format!("drill\n{}\n{}", self.run, line.id);
        Sha256::digest(text.as_bytes()).into()
    }
}
