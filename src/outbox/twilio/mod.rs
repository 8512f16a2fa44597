//! The gateway: Twilio's API for texts and WhatsApp, or anything that speaks it.
//!
//! The provider has no idempotency key, so the answers are told apart by one question: may the
//! message have left? A refusal and a connection that never came about are safe to try again; a
//! request that left and got no readable answer is [`Sent::Unknown`], and the provider is asked
//! ([`Twilio::find_sent`]) before anything is said twice. This must never log a number or a body,
//! follow a redirect with our credentials, or retry by itself: the outbox does, and keeps count.

mod answer;
mod list;
mod media;

pub use list::{Batch, Listed};
pub use media::Fetched;

use crate::case::{Channel, Sealed};
use crate::outbox::delivery::{Status, Trouble};
use base64::Engine;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use std::borrow::Cow;
use std::time::Duration;
use uuid::Uuid;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// The most that is read of an answer to a message, in bytes.
const MAX_ANSWER: usize = 64 * 1024;
/// What a message is written as.
const FORM: &str = "application/x-www-form-urlencoded";

/// What the client needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Base of the API, `https://api.twilio.com` unless a simulator stands in.
    pub api: String,
    /// The account: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The auth token.
    pub auth_token: Sealed<String>,
    /// Our sender: a number in E.164, or a messaging service (`MG…`).
    pub from: String,
    /// Our WhatsApp sender in E.164 where it is not `from`.
    pub whatsapp_from: Option<String>,
    /// Where states are reported to; its host must hold no underscore.
    pub status_callback: Option<String>,
    /// How long a whole request may take; 10 s is usual.
    pub timeout: Duration,
    /// How long the provider may go on trying, 1 s to 36,000 s; its own default where none.
    pub validity: Option<Duration>,
}

/// Settings that cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The base of the API.
    #[error("the API's base must be a URL such as https://api.twilio.com")]
    Api,
    /// The account.
    #[error("the account must be AC followed by 32 hexadecimal digits")]
    Account,
    /// The status callback.
    #[error("the status callback must be a URL without an underscore in its host's name")]
    Callback,
    /// The time a message may take.
    #[error("the validity must lie between 1 s and 36,000 s")]
    Validity,
    /// TLS could not be set up.
    #[error("the system's certificates could not be read")]
    Tls,
}

/// What came of handing a message over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The provider has it.
    Accepted {
        /// Its id there.
        sid: String,
        /// Its state.
        status: Status,
        /// Parts on the air, as the provider counts.
        parts: u32,
    },
    /// The provider refuses it; nothing was sent.
    Rejected {
        /// Why.
        trouble: Trouble,
        /// Whether the same message would be refused again.
        is_final: bool,
    },
    /// Too many requests; nothing was sent.
    RateLimited {
        /// How long to wait, where the provider says so; at most an hour.
        retry_after: Option<Duration>,
    },
    /// The provider is away or failing; nothing was sent.
    Unavailable,
    /// It may have been sent: ask before sending again.
    Unknown,
}

/// Why a question to the provider got no answer. Asking again does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Too many requests, a failure over there, or no connection.
    #[error("the message service is away")]
    Unavailable,
    /// Our credentials are refused.
    #[error("the message service refuses our credentials")]
    Credentials,
    /// The answer is not what its documentation says.
    #[error("the message service's answer cannot be read")]
    Unreadable,
}

/// The client. Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Twilio {
    http: reqwest::Client,
    settings: Settings,
    messages: reqwest::Url,
    said: Said,
}

/// What is the same in every request that hands a message over: written once.
#[derive(Clone)]
struct Said {
    authorization: HeaderValue,
    /// The senders of texts and of WhatsApp, as fields of the form.
    text: String,
    whatsapp: String,
    /// Where states are reported to, up to the message's id.
    callback: Option<String>,
    validity: String,
}

impl std::fmt::Debug for Twilio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Twilio").finish_non_exhaustive()
    }
}

impl Twilio {
    /// A client.
    ///
    /// # Errors
    /// [`Wrong`] settings.
    pub fn new(settings: Settings) -> Result<Self, Wrong> {
        let messages = messages_url(&settings.api, &settings.account_sid)?;
        if let Some(callback) = &settings.status_callback {
            let url: reqwest::Url = callback.parse().map_err(|_| Wrong::Callback)?;
            if url.host_str().is_none_or(|host| host.contains('_')) {
                return Err(Wrong::Callback);
            }
        }
        if settings
            .validity
            .is_some_and(|v| !(1..=36_000).contains(&v.as_secs()))
        {
            return Err(Wrong::Validity);
        }
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT.min(settings.timeout))
            .timeout(settings.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| Wrong::Tls)?;
        let said = Said::of(&settings)?;
        Ok(Self {
            http,
            settings,
            messages,
            said,
        })
    }

    /// Hands a message over. Whether it may be said at all has been decided before. `id`
    /// is ours: it comes back in the address of every status callback, so that one that overtakes
    /// the answer to this request finds its message all the same.
    pub async fn send(
        &self,
        id: Uuid,
        channel: Channel,
        to: &Sealed<String>,
        body: &Sealed<String>,
    ) -> Sent {
        let request = self
            .http
            .post(self.messages.clone())
            .header(AUTHORIZATION, self.said.authorization.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static(FORM))
            .body(self.said.form(id, channel, to, body));
        match request.send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                let wait = answer::retry_after(response.headers());
                match limited(response, MAX_ANSWER).await {
                    Some(bytes) => answer::read(status, wait, &bytes),
                    None => answer::unread(status, wait),
                }
            }
            Err(error) if error.is_connect() || error.is_builder() => Sent::Unavailable,
            Err(_) => Sent::Unknown,
        }
    }

    fn sender(&self, channel: Channel) -> &str {
        self.settings.sender(channel)
    }
}

impl Settings {
    fn sender(&self, channel: Channel) -> &str {
        match (&self.whatsapp_from, channel) {
            (Some(from), Channel::Whatsapp) => from,
            _ => &self.from,
        }
    }
}

impl Said {
    fn of(settings: &Settings) -> Result<Self, Wrong> {
        let pair = format!(
            "{}:{}",
            settings.account_sid,
            settings.auth_token.expose().as_str()
        );
        let pair = base64::engine::general_purpose::STANDARD.encode(pair);
        let mut authorization =
            HeaderValue::try_from(format!("Basic {pair}")).map_err(|_| Wrong::Account)?;
        authorization.set_sensitive(true);
        let sender = |channel| {
            let from = settings.sender(channel);
            if from.starts_with("MG") {
                field("MessagingServiceSid", from)
            } else {
                field("From", &address(channel, from))
            }
        };
        let callback = settings.status_callback.as_ref();
        let validity = settings.validity.map(|v| v.as_secs().to_string());
        Ok(Self {
            authorization,
            text: sender(Channel::Sms),
            whatsapp: sender(Channel::Whatsapp),
            callback: callback.map(|url| field("StatusCallback", &format!("{url}?message="))),
            validity: validity.map_or_else(String::new, |v| field("ValidityPeriod", &v)),
        })
    }

    fn form(
        &self,
        id: Uuid,
        channel: Channel,
        to: &Sealed<String>,
        body: &Sealed<String>,
    ) -> String {
        let mut form = encoded("To", &address(channel, to.expose()));
        form.push_str(&field("Body", body.expose()));
        form.push_str(match channel {
            Channel::Whatsapp => &self.whatsapp,
            _ => &self.text,
        });
        if let Some(callback) = &self.callback {
            form.push_str(callback);
            form.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
        }
        form.push_str(&self.validity);
        form
    }
}

/// A field of a form that is not the first.
fn field(name: &str, value: &str) -> String {
    format!("&{}", encoded(name, value))
}

fn encoded(name: &str, value: &str) -> String {
    serde_urlencoded::to_string([(name, value)]).expect("two words are a field")
}

fn messages_url(api: &str, account: &str) -> Result<reqwest::Url, Wrong> {
    let hex = account.strip_prefix("AC").ok_or(Wrong::Account)?;
    if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Wrong::Account);
    }
    let base = api.trim_end_matches('/');
    let url: reqwest::Url = format!("{base}/2010-04-01/Accounts/{account}/Messages.json")
        .parse()
        .map_err(|_| Wrong::Api)?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err(Wrong::Api)
    }
}

/// A number as the provider addresses it on a channel.
fn address(channel: Channel, number: &str) -> Cow<'_, str> {
    match channel {
        Channel::Whatsapp => format!("whatsapp:{number}").into(),
        _ => number.into(),
    }
}

/// A body of at most `most` bytes; none where it is longer or breaks off.
async fn limited(mut response: reqwest::Response, most: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if bytes.len() + chunk.len() > most {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
