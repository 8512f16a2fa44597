//! The simulator, driven by the service's own client and a webhook that checks signatures.

use super::*;
use crate::case::{Carrier, Channel};
use crate::intake::twilio::{inbound, signature::Tokens, status};
use crate::outbox::delivery::{Status, Trouble};
use crate::outbox::twilio::{Sent, Settings, Twilio};
use actix_web::{HttpRequest, HttpResponse};
use chrono::DateTime;
use serde_json::{Value, json};
use tokio::sync::mpsc;

mod memory;
mod shape;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const PHONE: &str = "+971501234567";
const PUBLIC: &str = "https://msaada.example";

type Form = Vec<(String, String)>;

/// A service that only checks signatures and notes what it is told.
struct Desk {
    told: mpsc::UnboundedReceiver<(String, Form)>,
    server: actix_web::dev::ServerHandle,
}

impl Desk {
    async fn hears(&mut self) -> (String, Form) {
        let heard = tokio::time::timeout(Duration::from_secs(10), self.told.recv()).await;
        heard
            .expect("something within ten seconds")
            .expect("a service")
    }

    async fn hears_state(&mut self) -> (String, Status) {
        let (path, form) = self.hears().await;
        assert_eq!(path, "/channels/twilio/status");
        let callback = status::read(&form).expect("a callback");
        (callback.sid, callback.status.expect("a known state"))
    }
}

async fn webhook(
    request: HttpRequest,
    form: web::Form<Form>,
    notes: web::Data<mpsc::UnboundedSender<(String, Form)>>,
) -> HttpResponse {
    let tokens: Tokens = "secret".parse().expect("a token");
    let header = request.headers().get("X-Twilio-Signature");
    let header = header.and_then(|h| h.to_str().ok()).unwrap_or_default();
    let url = format!("{PUBLIC}{}", request.uri());
    if !tokens.signed(&url, &form, header) {
        return HttpResponse::Forbidden().finish();
    }
    notes
        .send((request.path().to_owned(), form.into_inner()))
        .expect("a test");
    HttpResponse::Ok()
        .insert_header(("X-Msaada-Reference", "4F7K-92MX-Q1TA"))
        .insert_header(("X-Msaada-Joined", "false"))
        .body("<Response/>")
}

fn options() -> Options {
    Options {
        listen: "127.0.0.1:0".into(),
        webhook: "http://127.0.0.1:9".into(),
        public_url: PUBLIC.into(),
        account_sid: ACCOUNT.into(),
        auth_token: Sealed::new("secret".into()),
        number: "+254700000001".into(),
        pace: Duration::ZERO,
        clock: Clock::default(),
    }
}

fn started() -> (Running, Desk) {
    let phones = start(options()).expect("phones");
    let (notes, told) = mpsc::unbounded_channel();
    let notes = web::Data::new(notes);
    let app = move || {
        App::new()
            .app_data(notes.clone())
            .default_service(web::post().to(webhook))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .expect("a free port");
    let addr = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    phones.serve(&format!("http://{addr}"), PUBLIC);
    let desk = Desk {
        told,
        server: handle,
    };
    (phones, desk)
}

fn client(phones: &Running) -> Twilio {
    Twilio::new(Settings {
        api: phones.url(),
        account_sid: ACCOUNT.into(),
        auth_token: Sealed::new("secret".into()),
        from: "+254700000001".into(),
        whatsapp_from: None,
        status_callback: Some(format!("{PUBLIC}/channels/twilio/status")),
        timeout: Duration::from_millis(700),
        validity: None,
    })
    .expect("settings")
}

async fn send(client: &Twilio, body: &str) -> Sent {
    let body = Sealed::new(body.to_owned());
    client
        .send(
            uuid::Uuid::nil(),
            Channel::Sms,
            &Sealed::new(PHONE.to_owned()),
            &body,
        )
        .await
}

fn sid(sent: Sent) -> String {
    match sent {
        Sent::Accepted { sid, .. } => sid,
        other => panic!("{other:?}"),
    }
}

async fn writes(phones: &Running, what: Value) -> Value {
    let url = format!("{}/phones/{PHONE}/text", phones.url());
    let answer = reqwest::Client::new().post(url).json(&what).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 202);
    answer.json().await.expect("JSON")
}

#[actix_web::test]
async fn a_text_reaches_the_service_signed_and_an_answer_reaches_the_phone() {
    let (phones, mut desk) = started();
    let handed_in = writes(&phones, json!({"text": "nisaidie, niko Deira"})).await;
    assert_eq!(handed_in["webhook"]["status"], 200);
    assert_eq!(handed_in["webhook"]["reference"], "4F7K-92MX-Q1TA");
    assert_eq!(handed_in["webhook"]["joined"], false);
    let (path, form) = desk.hears().await;
    assert_eq!(path, "/channels/twilio/messages");
    let inbound = inbound::read(&form, DateTime::UNIX_EPOCH).expect("a message");
    assert_eq!(inbound.report.text.expose(), "nisaidie, niko Deira");
    assert_eq!(
        inbound.report.provider_id.as_deref(),
        handed_in["sid"].as_str()
    );

    let sid = sid(send(&client(&phones), "Asante.").await);
    for status in [Status::Queued, Status::Sent, Status::Delivered] {
        assert_eq!(desk.hears_state().await, (sid.clone(), status));
    }
    let asked = client(&phones).look_up(&sid).await.expect("an answer");
    assert_eq!(asked.and_then(|m| m.status), Some(Status::Delivered));
    let unknown = format!("SM{:032x}", 7);
    assert_eq!(client(&phones).look_up(&unknown).await, Ok(None));
    let messages = phones.messages(PHONE);
    let texts: Vec<&str> = messages.iter().map(|m| m.text.as_str()).collect();
    assert_eq!(texts, ["nisaidie, niko Deira", "Asante."]);
    assert_eq!(messages[1].status, Status::Delivered);
    desk.server.stop(false).await;
}

#[actix_web::test]
async fn a_position_comes_by_whatsapp() {
    let (phones, mut desk) = started();
    writes(
        &phones,
        json!({"whatsapp": true, "lat": 25.2711, "lon": 55.3075}),
    )
    .await;
    let (_, form) = desk.hears().await;
    let report = inbound::read(&form, DateTime::UNIX_EPOCH)
        .expect("a message")
        .report;
    assert_eq!(report.channel, Channel::Whatsapp);
    assert!(report.pin.is_some());
}

#[actix_web::test]
async fn after_stop_nothing_is_sent_until_start() {
    let (phones, mut desk) = started();
    let client = client(&phones);
    writes(&phones, json!({"text": "Stop"})).await;
    let (_, form) = desk.hears().await;
    let stop = inbound::read(&form, DateTime::UNIX_EPOCH).expect("a message");
    assert_eq!(stop.report.carrier, Some(Carrier::Stop));
    let trouble = Trouble::OptedOut;
    assert_eq!(
        send(&client, "Asante.").await,
        Sent::Rejected {
            trouble,
            is_final: true
        }
    );
    writes(&phones, json!({"text": "START"})).await;
    assert!(matches!(
        send(&client, "Asante.").await,
        Sent::Accepted { .. }
    ));
}

#[actix_web::test]
async fn a_cut_answer_leaves_a_doubt_that_asking_removes() {
    let (phones, _desk) = started();
    let client = client(&phones);
    let since = Clock::default().now();
    let to = Sealed::new(PHONE.to_owned());
    let find = async |body: &str| {
        let body = Sealed::new(body.to_owned());
        let found = client.find_sent(Channel::Sms, &to, &body, since).await;
        found.expect("an answer").map(|listed| listed.sid)
    };
    phones.misbehave(Faults {
        mode: Mode::Cut,
        count: Some(1),
        ..Faults::default()
    });
    assert_eq!(send(&client, "cut").await, Sent::Unknown);
    assert_eq!(
        find("cut").await,
        Some(phones.messages(PHONE)[0].sid.clone())
    );
    phones.misbehave(Faults {
        mode: Mode::Silent,
        count: Some(1),
        ..Faults::default()
    });
    assert_eq!(send(&client, "silent").await, Sent::Unknown);
    assert_eq!(find("silent").await, None);
}

#[actix_web::test]
async fn it_misbehaves_as_it_is_told() {
    let (phones, mut desk) = started();
    let client = client(&phones);
    let fault = |mode, code| Faults {
        mode,
        code,
        count: Some(1),
        ..Faults::default()
    };
    phones.misbehave(fault(Mode::Failing, None));
    assert_eq!(send(&client, "a").await, Sent::Unavailable);
    phones.misbehave(fault(Mode::Busy, None));
    let retry_after = Some(Duration::from_secs(1));
    assert_eq!(send(&client, "a").await, Sent::RateLimited { retry_after });
    phones.misbehave(fault(Mode::Error, Some(21_612)));
    let trouble = Trouble::Unroutable;
    assert_eq!(
        send(&client, "a").await,
        Sent::Rejected {
            trouble,
            is_final: true
        }
    );
    assert_eq!(phones.messages(PHONE), []);
    phones.misbehave(fault(Mode::Undelivered, Some(30_003)));
    sid(send(&client, "a").await);
    let last = loop {
        let (_, form) = desk.hears().await;
        let callback = status::read(&form).expect("a callback");
        if callback.trouble.is_some() {
            break callback;
        }
    };
    assert_eq!(
        (last.status, last.trouble),
        (Some(Status::Undelivered), Some(Trouble::Unreachable))
    );
}

#[actix_web::test]
async fn states_can_be_told_in_the_wrong_order() {
    let (phones, mut desk) = started();
    phones.misbehave(Faults {
        callbacks: Callbacks::Reversed,
        ..Faults::default()
    });
    sid(send(&client(&phones), "a").await);
    let mut state = Status::Queued;
    for expected in [Status::Delivered, Status::Sent, Status::Queued] {
        let (_, heard) = desk.hears_state().await;
        assert_eq!(heard, expected);
        state = state.after(heard);
    }
    assert_eq!(state, Status::Delivered);
}

#[actix_web::test]
async fn what_the_webhook_did_not_take_is_in_the_list() {
    let (phones, desk) = started();
    desk.server.stop(false).await;
    let since = Clock::default().now();
    let handed_in = writes(&phones, json!({"text": "niko Deira"})).await;
    assert_eq!(handed_in["webhook"]["status"], 0);
    let batch = client(&phones)
        .received_since(since)
        .await
        .expect("an answer");
    let sids: Vec<&str> = batch.messages.iter().map(|m| m.sid.as_str()).collect();
    assert_eq!(sids, [handed_in["sid"].as_str().expect("an id")]);
}

#[actix_web::test]
async fn a_page_that_is_open_sees_texts_arrive() {
    let (phones, _desk) = started();
    let events = reqwest::get(format!("{}/events", phones.url())).await;
    let mut events = events.expect("events");
    let mut heard = String::new();
    while !heard.contains("hello") {
        let chunk = events.chunk().await.expect("a line").expect("more");
        heard.push_str(&String::from_utf8_lossy(&chunk));
    }
    sid(send(&client(&phones), "Asante.").await);
    while !heard.contains(r#""status":"delivered""#) {
        let chunk = tokio::time::timeout(Duration::from_secs(10), events.chunk()).await;
        let chunk = chunk.expect("in time").expect("a line").expect("more");
        heard.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(heard.contains("event: message") && heard.contains("Asante."));
}

#[actix_web::test]
async fn what_a_phone_cannot_do_is_told_in_a_sentence() {
    let (phones, _desk) = started();
    let http = reqwest::Client::new();
    let long = "a".repeat(1_601);
    for (number, what) in [
        ("0712", json!({"text": "a"})),
        (PHONE, json!({"text": ""})),
        (PHONE, json!({"text": long})),
        (PHONE, json!({"lat": 25.0, "lon": 55.0})),
        (PHONE, json!({"lat": 95.0, "lon": 55.0, "whatsapp": true})),
        (PHONE, json!({"lat": 25.0, "whatsapp": true})),
    ] {
        let url = format!("{}/phones/{number}/text", phones.url());
        let answer = http.post(url).json(&what).send().await.expect("an answer");
        assert_eq!(answer.status(), 422, "{what}");
        let problem: Value = answer.json().await.expect("JSON");
        assert!(problem["detail"].as_str().is_some_and(|d| d.ends_with('.')));
    }
}

#[actix_web::test]
async fn a_message_sent_twice_by_the_network_is_one_message() {
    let (phones, mut desk) = started();
    let twice = Faults {
        mode: Mode::Twice,
        count: Some(1),
        ..Faults::default()
    };
    phones.misbehave(twice);
    writes(&phones, json!({"text": "nisaidie"})).await;
    let ids = [desk.hears().await.1, desk.hears().await.1].map(|form| {
        let inbound = inbound::read(&form, DateTime::UNIX_EPOCH).expect("a message");
        inbound.report.id
    });
    assert_eq!(ids[0], ids[1]);
}
