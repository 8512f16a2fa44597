//! What carries messages: to phones with a report of each state, and from phones to the webhook.
//!
//! Like the provider, it does not try a webhook again: what the service did not take is found only
//! in the list.

use super::faults::{Callbacks, Mode};
use super::message::Message;
use super::network::Network;
use crate::intake::twilio::signature;
use crate::outbox::delivery::Status;
use std::sync::Arc;

/// How late a late report of a state is.
const LATE: std::time::Duration = std::time::Duration::from_secs(2);
/// The path of the service's webhook for messages.
pub(super) const MESSAGES: &str = "/channels/twilio/messages";

/// Takes a message to its phone in the background, and reports its states.
pub(super) fn deliver(network: Arc<Network>, message: Message, undelivered: Option<u32>) {
    tokio::spawn(async move {
        let callbacks = network.faults().callbacks;
        let last = if undelivered.is_some() {
            Status::Undelivered
        } else {
            Status::Delivered
        };
        let mut reports = Vec::new();
        for status in [Status::Queued, Status::Sent, last] {
            if status != Status::Queued {
                tokio::time::sleep(network.options.pace).await;
            }
            let code = undelivered.filter(|_| status == last);
            network.change(&message.sid, |message| {
                message.status = status;
                message.error_code = code;
            });
            match callbacks {
                Callbacks::Ordered => report(&network, &message, status, code).await,
                Callbacks::Duplicated => {
                    report(&network, &message, status, code).await;
                    report(&network, &message, status, code).await;
                }
                Callbacks::Late => {
                    let (network, message) = (network.clone(), message.clone());
                    tokio::spawn(async move {
                        tokio::time::sleep(LATE).await;
                        report(&network, &message, status, code).await;
                    });
                }
                Callbacks::Reversed => reports.push((status, code)),
                Callbacks::None => {}
            }
        }
        for (status, code) in reports.into_iter().rev() {
            report(&network, &message, status, code).await;
        }
    });
}

/// Tells the service a state.
async fn report(network: &Network, message: &Message, status: Status, code: Option<u32>) {
    let Some(callback) = &message.callback else {
        return;
    };
    let (from, to) = message.ends();
    let mut form = vec![
        ("ApiVersion", "2010-04-01".to_owned()),
        ("AccountSid", network.options.account_sid.clone()),
        ("From", from),
        ("To", to),
        ("MessageSid", message.sid.clone()),
        ("SmsSid", message.sid.clone()),
        ("MessageStatus", status.to_string()),
        ("SmsStatus", status.to_string()),
    ];
    form.extend(code.map(|code| ("ErrorCode", code.to_string())));
    let answer = post(network, callback, &form).await;
    if answer.status != 200 && answer.status != 204 {
        tracing::warn!(
            status = answer.status,
            "the service did not take the state of a message"
        );
    }
}

/// What the service answered.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(super) struct Answer {
    /// The HTTP status; 0 where the service was not reached.
    pub(super) status: u16,
    /// The answer's body, at most 4,000 characters of it.
    pub(super) body: String,
    /// The case's reference, where the service tells it.
    pub(super) reference: Option<String>,
    /// Whether the message joined a case that was open.
    pub(super) joined: Option<bool>,
}

/// Takes what a phone wrote to the service.
pub(super) async fn hand_in(network: &Network, message: &Message) -> Answer {
    let (from, to) = message.ends();
    let sid = message.sid.clone();
    let mut form = vec![
        ("ToCountry", String::new()),
        ("SmsMessageSid", sid.clone()),
        ("NumMedia", message.media.len().to_string()),
        ("SmsSid", sid.clone()),
        ("SmsStatus", "received".to_owned()),
        ("Body", message.text.clone()),
        ("To", to),
        ("NumSegments", message.parts.to_string()),
        ("MessageSid", sid),
        ("AccountSid", network.options.account_sid.clone()),
        ("From", from),
        ("ApiVersion", "2010-04-01".to_owned()),
    ];
    if message.whatsapp {
        let digits = message.phone.trim_start_matches('+').to_owned();
        form.push(("WaId", digits));
        form.push(("ProfileName", "Simulated phone".to_owned()));
    }
    if let Some((lat, lon)) = message.pin {
        form.push(("Latitude", lat.to_string()));
        form.push(("Longitude", lon.to_string()));
    }
    let account = &network.options.account_sid;
    let names: Vec<_> = (0..message.media.len())
        .map(|n| (format!("MediaUrl{n}"), format!("MediaContentType{n}")))
        .collect();
    for (nth, (medium, (url, kind))) in message.media.iter().zip(&names).enumerate() {
        let path = message.medium(account, nth);
        form.push((url.as_str(), format!("{}{path}", network.own_url())));
        form.push((kind.as_str(), medium.kind.clone()));
    }
    let url = format!("{}{MESSAGES}", network.service().public_url);
    let (mode, _) = if network.faults().mode == Mode::Twice {
        network.next_fault(&message.phone)
    } else {
        (Mode::Ok, None)
    };
    if mode == Mode::Twice {
        post(network, &url, &form).await;
    }
    let answer = post(network, &url, &form).await;
    network.change(&message.sid, |message| {
        message.webhook_status = Some(answer.status);
    });
    answer
}

/// Posts a signed form to a public URL of the service, by the way the service is reached here.
async fn post(network: &Network, public: &str, form: &[(&str, String)]) -> Answer {
    let service = network.service();
    let way = public.strip_prefix(&service.public_url).map_or_else(
        || public.to_owned(),
        |rest| format!("{}{rest}", service.webhook),
    );
    let pairs: Vec<(String, String)> = form
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let token = pairs
        .iter()
        .find(|(name, _)| name == "MessageSid")
        .map_or("", |(_, sid)| sid.as_str());
    let header = signature::sign(&network.options.auth_token, public, &pairs);
    let sent = network
        .http
        .post(way)
        .header("X-Twilio-Signature", header)
        .header("User-Agent", "TwilioProxy/1.1")
        .header("I-Twilio-Idempotency-Token", token)
        .form(&pairs)
        .send()
        .await;
    let Ok(response) = sent else {
        return Answer::default();
    };
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    Answer {
        status: response.status().as_u16(),
        reference: header("X-Msaada-Reference"),
        joined: header("X-Msaada-Joined").map(|value| value == "true"),
        body: response
            .text()
            .await
            .unwrap_or_default()
            .chars()
            .take(4_000)
            .collect(),
    }
}
