//! The phones: their page, what is written on them, and what arrives.

use super::carrier::{self, Answer};
use super::gateway::is_e164;
use super::message::{Direction, Medium};
use super::network::{Network, Written};
use actix_web::{HttpResponse, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// The longest text a phone can write, in characters.
const MAX_TEXT: usize = 1_600;
/// The most that goes with one message.
const MEDIA: usize = 10;
/// How often a page is told that the line still stands.
const BEAT: Duration = Duration::from_secs(15);

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(page))
        .route("/phones.css", web::get().to(style))
        .route("/phones.js", web::get().to(script))
        .route("/phones", web::get().to(all))
        .route("/phones", web::post().to(add))
        .route("/phones/{number}/text", web::post().to(text))
        .route("/phones/{number}/messages", web::get().to(messages))
        .route("/messages", web::get().to(since))
        .route("/messages/{sid}/again", web::post().to(again))
        .route("/events", web::get().to(events));
}

async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((
            "Content-Security-Policy",
            "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
        ))
        .body(include_str!("page/phones.html"))
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .body(include_str!("page/phones.css"))
}

async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .body(include_str!("page/phones.js"))
}

/// What is wrong with a request, in one sentence.
fn wrong(sentence: &str) -> HttpResponse {
    HttpResponse::UnprocessableEntity()
        .content_type("application/problem+json")
        .body(
            json!({"type": "about:blank", "title": sentence, "status": 422, "detail": sentence})
                .to_string(),
        )
}

const NO_NUMBER: &str = "A phone's number is written +254700000001: a plus and 8 to 15 digits.";

/// A number as typed: spaces and dashes do no harm.
fn number(typed: &str) -> Option<String> {
    let plain: String = typed
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '\u{a0}'))
        .collect();
    is_e164(&plain).then_some(plain)
}

async fn all(network: web::Data<Network>) -> HttpResponse {
    let phones: Vec<_> = network
        .phones()
        .into_iter()
        .map(|(number, opted_out)| json!({"number": number, "opted_out": opted_out}))
        .collect();
    HttpResponse::Ok().json(json!({"phones": phones, "service": network.options.number}))
}

#[derive(serde::Deserialize)]
struct Phone {
    number: String,
}

async fn add(network: web::Data<Network>, phone: web::Json<Phone>) -> HttpResponse {
    let Some(number) = number(&phone.number) else {
        return wrong(NO_NUMBER);
    };
    network.add_phone(&number);
    HttpResponse::Created().json(json!({"number": number}))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    text: Option<String>,
    #[serde(default)]
    whatsapp: bool,
    lat: Option<f64>,
    lon: Option<f64>,
    #[serde(default)]
    media: Vec<Picked>,
}

/// A picture or recording as the page sends it.
#[derive(serde::Deserialize)]
struct Picked {
    #[serde(rename = "type")]
    kind: String,
    base64: String,
}

#[derive(serde::Serialize)]
struct HandedIn {
    sid: String,
    webhook: Answer,
}

async fn text(
    network: web::Data<Network>,
    phone: web::Path<String>,
    typed: web::Json<Typed>,
) -> HttpResponse {
    let Some(phone) = number(&phone) else {
        return wrong(NO_NUMBER);
    };
    let typed = typed.into_inner();
    let pin = match (typed.lat, typed.lon) {
        (Some(lat), Some(lon)) if lat.abs() <= 90.0 && lon.abs() <= 180.0 => Some((lat, lon)),
        (None, None) => None,
        _ => return wrong("A position has lat (-90 to 90) and lon (-180 to 180), in degrees."),
    };
    if pin.is_some() && !typed.whatsapp {
        return wrong("Only WhatsApp shares a position; a text message cannot.");
    }
    let words = typed.text.unwrap_or_default();
    if words.chars().count() > MAX_TEXT {
        return wrong("A text has at most 1,600 characters.");
    }
    let media: Option<Vec<Medium>> = typed
        .media
        .into_iter()
        .take(MEDIA)
        .map(|one| {
            let bytes = STANDARD.decode(one.base64).ok()?.into();
            let kind = one.kind;
            Some(Medium { kind, bytes })
        })
        .collect();
    let Some(media) = media else {
        return wrong("A picture is sent as base64.");
    };
    if words.is_empty() && pin.is_none() && media.is_empty() {
        return wrong("Write something, or share a position.");
    }
    let message = network.written(Written {
        phone,
        text: words,
        whatsapp: typed.whatsapp,
        pin,
        media,
    });
    let webhook = carrier::hand_in(&network, &message).await;
    HttpResponse::Accepted().json(HandedIn {
        sid: message.sid,
        webhook,
    })
}

/// Hands a message in once more, as a network that repeats itself does.
async fn again(network: web::Data<Network>, sid: web::Path<String>) -> HttpResponse {
    match network.message(&sid) {
        Some(message) if message.direction == Direction::FromPhone => {
            let webhook = carrier::hand_in(&network, &message).await;
            let sid = message.sid;
            HttpResponse::Accepted().json(HandedIn { sid, webhook })
        }
        _ => wrong("No phone has written a message with this id."),
    }
}

async fn messages(network: web::Data<Network>, phone: web::Path<String>) -> HttpResponse {
    let Some(phone) = number(&phone) else {
        return wrong(NO_NUMBER);
    };
    let (messages, older) = network.of_phone(&phone);
    HttpResponse::Ok().json(json!({"messages": messages, "older_forgotten": older}))
}

#[derive(serde::Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn since(network: web::Data<Network>, query: web::Query<Since>) -> HttpResponse {
    let (messages, next, forgotten) = network.since(query.since);
    HttpResponse::Ok().json(json!({"messages": messages, "next": next, "forgotten": forgotten}))
}

/// Server-sent events: every new or changed message as `message`; `again` where the page fell behind
/// and must read everything afresh.
async fn events(network: web::Data<Network>) -> HttpResponse {
    let changes = network.listen();
    let stream = futures_util::stream::unfold(changes, |mut changes| async move {
        let frame = match tokio::time::timeout(BEAT, changes.recv()).await {
            Err(_) => ": still here\n\n".to_owned(),
            Ok(Ok(message)) => {
                let json = serde_json::to_string(&message).unwrap_or_default();
                format!("event: message\ndata: {json}\n\n")
            }
            Ok(Err(RecvError::Lagged(_))) => "event: again\ndata: {}\n\n".to_owned(),
            Ok(Err(RecvError::Closed)) => return None,
        };
        Some((
            Ok::<_, std::convert::Infallible>(web::Bytes::from(frame)),
            changes,
        ))
    });
    let hello = futures_util::stream::iter([Ok(web::Bytes::from_static(b": hello\n\n"))]);
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(futures_util::StreamExt::chain(hello, stream))
}
