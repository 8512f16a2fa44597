//! The provider's API, as far as the service uses it: send, list, look up.
//!
//! Requests are checked in the provider's order and refused with its codes, so that what passes here
//! passes there.

use super::carrier;
use super::faults::Mode;
use super::message::Message;
use super::network::{Network, Posted};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use subtle::ConstantTimeEq;

/// The longest body, in characters.
const MAX_BODY: usize = 1_600;
/// How long a silent gateway holds a request.
const SILENCE: std::time::Duration = std::time::Duration::from_mins(2);

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route(
            "/2010-04-01/Accounts/{account}/Messages.json",
            web::post().to(send),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages.json",
            web::get().to(list),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages/{sid}.json",
            web::get().to(one),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json",
            web::get().to(media),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages/{sid}/Media/{medium}",
            web::get().to(medium),
        )
        .route("/media/{sid}/{nth}", web::get().to(bytes));
}

/// A refusal in the provider's shape.
fn refusal(status: u16, code: u32, message: &str) -> HttpResponse {
    let status_code = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    HttpResponse::build(status_code).json(json!({
        "code": code,
        "message": message,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
        "status": status,
    }))
}

/// The refusal of who is not signed in to this account.
fn stranger(network: &Network, request: &HttpRequest, account: &str) -> Option<HttpResponse> {
    let expected = format!(
        "{}:{}",
        network.options.account_sid,
        network.options.auth_token.expose()
    );
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
        .and_then(|basic| STANDARD.decode(basic.trim()).ok())
        .unwrap_or_default();
    let right: bool = given.ct_eq(expected.as_bytes()).into();
    let welcome = right && account == network.options.account_sid;
    (!welcome).then(|| refusal(401, 20_003, "Authenticate"))
}

async fn send(
    network: web::Data<Network>,
    request: HttpRequest,
    account: web::Path<String>,
    form: web::Form<Vec<(String, String)>>,
) -> HttpResponse {
    if let Some(refusal) = stranger(&network, &request, &account) {
        return refusal;
    }
    let posted = match checked(&form) {
        Ok(posted) => posted,
        Err((code, message)) => return refusal(400, code, &message),
    };
    let (mode, code) = network.next_fault(&posted.phone);
    match mode {
        Mode::Failing => return refusal(500, 20_500, "Internal Server Error"),
        Mode::Busy => {
            let mut busy = refusal(429, 20_429, "Too Many Requests");
            let wait = header::HeaderValue::from_static("1");
            busy.headers_mut().insert(header::RETRY_AFTER, wait);
            return busy;
        }
        Mode::Silent => {
            tokio::time::sleep(SILENCE).await;
            return HttpResponse::GatewayTimeout().finish();
        }
        Mode::Lost => return cut("{}"),
        Mode::Error => {
            let code = code.unwrap_or(21_610);
            let status = match code {
                20_003 => 401,
                20_429 => 429,
                _ => 400,
            };
            return refusal(status, code, "The simulator was told to refuse this.");
        }
        Mode::Ok | Mode::Cut | Mode::Twice | Mode::Undelivered => {}
    }
    if !posted.whatsapp && network.is_opted_out(&posted.phone) {
        return refusal(400, 21_610, "Attempt to send to unsubscribed recipient");
    }
    let again = (mode == Mode::Twice).then(|| Posted {
        callback: None,
        ..posted.clone()
    });
    let message = network.posted(posted);
    let undelivered = (mode == Mode::Undelivered).then(|| code.unwrap_or(30_003));
    carrier::deliver(network.clone().into_inner(), message.clone(), undelivered);
    if let Some(again) = again {
        let copy = network.posted(again);
        carrier::deliver(network.clone().into_inner(), copy, None);
    }
    let body = message.as_provider(&account);
    if mode == Mode::Cut {
        return cut(&body.to_string());
    }
    HttpResponse::Created().json(body)
}

/// Half an answer, and the connection goes.
fn cut(body: &str) -> HttpResponse {
    let half = web::Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
    let broken = futures_util::stream::iter([
        Ok(half),
        Err(std::io::Error::other("cut, as the simulator was told")),
    ]);
    HttpResponse::Created()
        .content_type("application/json")
        .streaming(broken)
}

/// The message, or the provider's code and words of what is wrong with it.
fn checked(form: &[(String, String)]) -> Result<Posted, (u32, String)> {
    let field = |name: &str| {
        form.iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    };
    let wrong = |code: u32, message: &str| Err((code, message.to_owned()));
    let Some(to) = field("To") else {
        return wrong(21_604, "A 'To' phone number is required.");
    };
    let (phone, whatsapp) = bare(to);
    if !is_e164(phone) {
        return Err((21_211, format!("Invalid 'To' Phone Number: {to}")));
    }
    let messaging_service = field("MessagingServiceSid").map(str::to_owned);
    let service = match (field("From"), &messaging_service) {
        (Some(from), _) => {
            let (from, from_whatsapp) = bare(from);
            let named = from.len() <= 11
                && from.chars().any(|c| c.is_ascii_alphabetic())
                && from.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
            if from_whatsapp != whatsapp {
                return wrong(63_007, "The 'From' and 'To' must be on the same channel.");
            }
            if !(is_e164(from) || named && !whatsapp) {
                return Err((21_212, format!("Invalid 'From' Phone Number: {from}")));
            }
            from.to_owned()
        }
        (None, Some(sid)) => sid.clone(),
        (None, None) => return wrong(21_603, "A 'From' phone number is required."),
    };
    let Some(text) = field("Body") else {
        return wrong(21_602, "Message body is required.");
    };
    if text.chars().count() > MAX_BODY {
        return wrong(
            21_617,
            "The concatenated message body exceeds the 1600 character limit.",
        );
    }
    let callback = field("StatusCallback").map(str::to_owned);
    if let Some(url) = &callback {
        let host = url.parse::<reqwest::Url>().ok();
        if host
            .as_ref()
            .and_then(|u| u.host_str())
            .is_none_or(|h| h.contains('_'))
        {
            return Err((
                21_609,
                format!("The 'StatusCallback' URL {url} is not valid."),
            ));
        }
    }
    Ok(Posted {
        phone: phone.to_owned(),
        service,
        text: text.to_owned(),
        whatsapp,
        callback,
        messaging_service,
    })
}

fn bare(address: &str) -> (&str, bool) {
    address
        .strip_prefix("whatsapp:")
        .map_or((address, false), |number| (number, true))
}

/// `+` and eight to fifteen digits, the first of them not zero.
pub(super) fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

async fn one(
    network: web::Data<Network>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (account, sid) = path.into_inner();
    if let Some(refusal) = stranger(&network, &request, &account) {
        return refusal;
    }
    network.message(&sid).map_or_else(
        || refusal(404, 20_404, "The requested resource was not found"),
        |message| HttpResponse::Ok().json(message.as_provider(&account)),
    )
}

/// The media of a message.
async fn media(
    network: web::Data<Network>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (account, sid) = path.into_inner();
    if let Some(refusal) = stranger(&network, &request, &account) {
        return refusal;
    }
    let Some(message) = network.message(&sid) else {
        return refusal(404, 20_404, "The requested resource was not found");
    };
    let list: Vec<_> = message
        .media
        .iter()
        .enumerate()
        .map(|(nth, medium)| {
            let uri = format!("{}.json", message.medium(&account, nth));
            json!({"content_type": medium.kind, "parent_sid": sid, "uri": uri})
        })
        .collect();
    HttpResponse::Ok().json(json!({"media_list": list, "page": 0}))
}

/// A medium: the provider answers with where its bytes lie, which needs no credentials.
async fn medium(
    network: web::Data<Network>,
    request: HttpRequest,
    path: web::Path<(String, String, String)>,
) -> HttpResponse {
    let (account, sid, medium) = path.into_inner();
    if let Some(refusal) = stranger(&network, &request, &account) {
        return refusal;
    }
    let (mode, _) = match network.message(&sid) {
        Some(message) if network.faults().mode == Mode::Failing => {
            network.next_fault(&message.phone)
        }
        Some(_) => (Mode::Ok, None),
        None => return refusal(404, 20_404, "The requested resource was not found"),
    };
    if mode == Mode::Failing {
        return refusal(500, 20_500, "Internal Server Error");
    }
    let nth = medium.get(2..4).unwrap_or_default();
    HttpResponse::TemporaryRedirect()
        .insert_header((header::LOCATION, format!("/media/{sid}/{nth}")))
        .finish()
}

async fn bytes(
    network: web::Data<Network>,
    request: HttpRequest,
    path: web::Path<(String, usize)>,
) -> HttpResponse {
    let (sid, nth) = path.into_inner();
    // Where the bytes lie, somebody else's credentials are a mistake.
    if request.headers().contains_key(header::AUTHORIZATION) {
        return refusal(400, 20_001, "Credentials do not belong here");
    }
    let message = network.message(&sid);
    let medium = message.and_then(|message| message.media.into_iter().nth(nth));
    medium.map_or_else(
        || refusal(404, 20_404, "The requested resource was not found"),
        |medium| {
            HttpResponse::Ok()
                .content_type(medium.kind)
                .body(medium.bytes.to_vec())
        },
    )
}

async fn list(
    network: web::Data<Network>,
    request: HttpRequest,
    account: web::Path<String>,
    query: web::Query<Vec<(String, String)>>,
) -> HttpResponse {
    if let Some(refusal) = stranger(&network, &request, &account) {
        return refusal;
    }
    let field = |name: &str| {
        query
            .iter()
            .find(|(k, _)| k == name)
            .map(|(_, v)| v.as_str())
    };
    let number = |name, default: usize| field(name).and_then(|n| n.parse().ok()).unwrap_or(default);
    let size = number("PageSize", 50).clamp(1, 1_000);
    let page = number("Page", 0);
    let fits = |message: &Message| {
        let (from, to) = message.ends();
        // The day a message left, as the provider's filter has it; a waiting one has none.
        let day = message.as_provider("")["date_sent"]
            .as_str()
            .map(|_| message.at.format("%Y-%m-%d").to_string());
        let by_day = |name: &str, fits: fn(&str, &str) -> bool| {
            field(name).is_none_or(|asked| {
                let asked = asked.get(..10).unwrap_or(asked);
                day.as_deref().is_some_and(|day| fits(day, asked))
            })
        };
        field("To").is_none_or(|asked| asked == to)
            && field("From").is_none_or(|asked| asked == from)
            && by_day("DateSent>", |day, asked| day >= asked)
            && by_day("DateSent<", |day, asked| day <= asked)
            && by_day("DateSent", |day, asked| day == asked)
    };
    let all = network.list(fits);
    let shown: Vec<&Message> = all.iter().skip(page * size).take(size).collect();
    let uri = |page: usize| {
        let mut filters: Vec<(String, String)> = query
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "Page" | "PageSize" | "PageToken"))
            .cloned()
            .collect();
        filters.push(("PageSize".into(), size.to_string()));
        filters.push(("Page".into(), page.to_string()));
        let query = serde_urlencoded::to_string(filters).unwrap_or_default();
        format!("/2010-04-01/Accounts/{account}/Messages.json?{query}")
    };
    let more = all.len() > (page + 1) * size;
    HttpResponse::Ok().json(json!({
        "end": (page * size + shown.len()).saturating_sub(1),
        "first_page_uri": uri(0),
        "messages": shown.iter().map(|m| m.as_provider(&account)).collect::<Vec<_>>(),
        "next_page_uri": more.then(|| uri(page + 1)),
        "page": page,
        "page_size": size,
        "previous_page_uri": page.checked_sub(1).map(uri),
        "start": page * size,
        "uri": uri(page),
    }))
}
