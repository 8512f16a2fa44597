//! A drill against a small service that answers as the real one does, and stumbles.

use super::deliver::{Delivered, Gate};
use super::*;
use crate::case::Channel;
use crate::intake::twilio::signature::Tokens;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, cookie::Cookie, web};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::broadcast;

const PUBLIC: &str = "https://msaada.example";

struct Stub {
    /// Requests to turn away before taking any.
    stumbles: AtomicUsize,
    taken: std::sync::Mutex<BTreeSet<String>>,
    cards: broadcast::Sender<String>,
}

impl Stub {
    fn stumble(&self) -> bool {
        let less = |n: usize| n.checked_sub(1);
        self.stumbles
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
            .is_ok()
    }

    fn take(&self, id: &str) -> String {
        self.taken.lock().expect("no panic").insert(id.to_owned());
        let reference = format!("R-{id}");
        let card =
            json!({"type": "card", "card": {"reference": reference, "version": 1, "lapses": 1}});
        let _ = self.cards.send(card.to_string());
        reference
    }
}

async fn message(
    stub: web::Data<Stub>,
    request: HttpRequest,
    form: web::Form<Vec<(String, String)>>,
) -> HttpResponse {
    let tokens: Tokens = "secret".parse().expect("a token");
    let header = request
        .headers()
        .get("X-Twilio-Signature")
        .expect("a signature");
    let url = format!("{PUBLIC}{}", request.uri());
    if !tokens.signed(&url, &form, header.to_str().expect("text")) {
        return HttpResponse::Forbidden().finish();
    }
    if stub.stumble() {
        return HttpResponse::ServiceUnavailable().finish();
    }
    let sid = form
        .iter()
        .find(|(k, _)| k == "MessageSid")
        .expect("an id")
        .1
        .clone();
    HttpResponse::Ok()
        .insert_header(("X-Msaada-Reference", stub.take(&sid)))
        .insert_header(("X-Msaada-Joined", "false"))
        .body("<Response/>")
}

async fn report(stub: web::Data<Stub>, report: web::Json<Value>) -> HttpResponse {
    let id = report["id"].as_str().expect("an id");
    HttpResponse::Created().json(json!({"reference": stub.take(id)}))
}

async fn session(request: HttpRequest, who: web::Json<Value>) -> HttpResponse {
    assert!(request.headers().contains_key("X-Msaada"));
    if who["password"] != "right" {
        return HttpResponse::Unauthorized().finish();
    }
    HttpResponse::Ok()
        .cookie(Cookie::new("msaada", "key"))
        .json(json!({}))
}

async fn feed(
    stub: web::Data<Stub>,
    request: HttpRequest,
    body: web::Payload,
) -> actix_web::Result<HttpResponse> {
    assert!(request.cookie("msaada").is_some_and(|c| c.value() == "key"));
    let (response, mut session, _) = actix_ws::handle(&request, body)?;
    let mut cards = stub.cards.subscribe();
    actix_web::rt::spawn(async move {
        while let Ok(card) = cards.recv().await {
            if session.text(card).await.is_err() {
                break;
            }
        }
    });
    Ok(response)
}

struct Service {
    url: String,
    stub: web::Data<Stub>,
}

fn service(stumbles: usize) -> Service {
    service_at("127.0.0.1:0", stumbles)
}

fn service_at(address: &str, stumbles: usize) -> Service {
    let stub = web::Data::new(Stub {
        stumbles: AtomicUsize::new(stumbles),
        taken: std::sync::Mutex::default(),
        cards: broadcast::channel(64).0,
    });
    let data = stub.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .route("/channels/twilio/messages", web::post().to(message))
            .route("/api/v1/reports", web::post().to(report))
            .route("/api/v1/session", web::post().to(session))
            .route("/api/v1/feed", web::get().to(feed))
    })
    .workers(1)
    .disable_signals()
    .bind(address)
    .expect("a free port");
    let url = format!("http://{}", server.addrs()[0]);
    tokio::spawn(server.run());
    Service { url, stub }
}

fn gate(url: &str, token: &str) -> Gate {
    Gate {
        http: deliver::client().expect("a client"),
        to: url.to_owned(),
        public_url: PUBLIC.into(),
        account_sid: "AC00000000000000000000000000000000".into(),
        token: Sealed::new(token.into()),
        number: "+254700000001".into(),
        run: "tried".into(),
        patience: Duration::from_secs(20),
    }
}

fn lines(channels: &[Channel]) -> Vec<script::Line> {
    let line = |(n, channel): (usize, &Channel)| script::Line {
        id: n.to_string(),
        channel: *channel,
        from: Sealed::new(format!("+25470000001{n}")),
        text: Sealed::new("nisaidie".into()),
        at: 0.0,
    };
    channels.iter().enumerate().map(line).collect()
}

#[actix_web::test]
async fn every_message_is_acknowledged_though_the_service_stumbles() {
    let service = service(3);
    let all = [Channel::Sms, Channel::Whatsapp, Channel::Web];
    let desk = desk::Desk::open(
        &service.url,
        PUBLIC,
        "a@b.example",
        &Sealed::new("right".into()),
    )
    .await;
    let desk = desk.expect("a desk");
    let (played, unsent) = play(lines(&all), 1.0, Arc::new(gate(&service.url, "secret"))).await;
    let mut summary = table::Summary::of(&played, unsent);
    let seen = desk.look_until(&wanted(&played), LAST_LOOK).await;
    summary.add_desk(&played, &seen);
    assert!(summary.all_acknowledged());
    assert_eq!(service.stub.taken.lock().expect("no panic").len(), 3);
    let told = serde_json::to_value(&summary).expect("JSON");
    assert_eq!(told["handed_over_again"], 3);
    assert_eq!(
        (&told["desk"]["shown"], &told["desk"]["clocks_lapsed"]),
        (&json!(3), &json!(3))
    );
    assert!(told["desk"]["p99_ms"].as_f64().is_some_and(|ms| ms > 0.0));
}

#[actix_web::test]
async fn a_refusal_that_will_not_change_is_not_tried_again() {
    let service = service(0);
    let (played, _) = play(
        lines(&[Channel::Sms]),
        1.0,
        Arc::new(gate(&service.url, "wrong")),
    )
    .await;
    let why = "the service answered 403".to_owned();
    assert_eq!(played[0].outcome, Delivered::Lost { why, tries: 1 });
}

#[actix_web::test]
async fn the_same_run_sends_the_same_messages() {
    let service = service(0);
    for _ in 0..2 {
        play(
            lines(&[Channel::Sms, Channel::Web]),
            1.0,
            Arc::new(gate(&service.url, "secret")),
        )
        .await;
    }
    assert_eq!(service.stub.taken.lock().expect("no panic").len(), 2);
}

#[actix_web::test]
async fn a_wrong_password_is_told() {
    let service = service(0);
    let desk = desk::Desk::open(
        &service.url,
        PUBLIC,
        "a@b.example",
        &Sealed::new("wrong".into()),
    )
    .await;
    let told = desk.err().expect("a refusal").to_string();
    assert!(
        told.contains("401") && told.contains("--password"),
        "{told}"
    );
}

#[actix_web::test]
async fn a_message_waits_for_a_service_that_was_killed_and_comes_back() {
    // A port that was free a moment ago, and that nobody answers on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = port.local_addr().expect("an address").to_string();
    drop(port);
    let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let gate = gate(&format!("http://{address}"), "secret");
    let delivery = tokio::spawn(async move {
        let line = &lines(&[Channel::Sms])[0];
        gate.deliver(line, |trouble| told.send(trouble).expect("a test"))
            .await
    });
    let trouble = hears.recv().await.expect("a trouble");
    assert!(trouble.contains("not there"), "{trouble}");
    let service = service_at(&address, 0);
    let delivered = delivery.await.expect("no panic");
    assert!(
        matches!(delivered, Delivered::Acknowledged { tries: 2.., .. }),
        "{delivered:?}"
    );
    assert_eq!(service.stub.taken.lock().expect("no panic").len(), 1);
}

#[test]
fn a_drill_stays_on_this_machine_unless_told_otherwise() {
    for here in [
        "http://127.0.0.1:8080",
        "http://localhost/",
        "http://[::1]:8080",
        "http://0.0.0.0:1",
    ] {
        assert!(is_here(here), "{here}");
    }
    for away in [
        "https://msaada.example",
        "http://10.0.0.7:8080",
        "http://localhost.example",
        "here",
    ] {
        assert!(!is_here(away), "{away}");
    }
}
