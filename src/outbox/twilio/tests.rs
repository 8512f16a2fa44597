//! What the client makes of a provider in good and bad health.

use super::*;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{basic_auth, body_string_contains, method, path, query_param},
};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const MESSAGES: &str = "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json";
const SID: &str = "SM00000000000000000000000000000001";

fn settings(api: String) -> Settings {
    Settings {
        api,
        account_sid: ACCOUNT.into(),
        auth_token: Sealed::new("secret".into()),
        from: "+254700000001".into(),
        whatsapp_from: None,
        status_callback: Some("https://m.example/channels/twilio/status".into()),
        timeout: Duration::from_millis(400),
        validity: None,
    }
}

fn client(api: String) -> Twilio {
    Twilio::new(settings(api)).expect("settings")
}

fn number() -> Sealed<String> {
    "+971501234567".to_owned().into()
}

fn words() -> Sealed<String> {
    "Asante, ujumbe wako umefika.".to_owned().into()
}

async fn sent(answer: ResponseTemplate) -> Sent {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(MESSAGES))
        .respond_with(answer)
        .mount(&server)
        .await;
    client(server.uri())
        .send(Uuid::nil(), Channel::Sms, &number(), &words())
        .await
}

fn refused(status: u16, code: u32) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({
        "code": code, "message": "…", "more_info": "…", "status": status,
    }))
}

#[actix_web::test]
async fn a_message_is_handed_over_as_the_provider_expects_it() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(MESSAGES))
        .and(basic_auth(ACCOUNT, "secret"))
        .and(body_string_contains("To=whatsapp%3A%2B971501234567"))
        .and(body_string_contains("From=whatsapp%3A%2B254700000001"))
        .and(body_string_contains(
            "StatusCallback=https%3A%2F%2Fm.example",
        ))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({
            "sid": SID, "status": "queued", "num_segments": "2", "error_code": null, "new": {},
        })))
        .expect(1)
        .mount(&server)
        .await;
    let sent = client(server.uri())
        .send(Uuid::nil(), Channel::Whatsapp, &number(), &words())
        .await;
    assert_eq!(
        sent,
        Sent::Accepted {
            sid: SID.into(),
            status: Status::Queued,
            parts: 2
        }
    );
}

#[actix_web::test]
async fn a_refusal_says_why_and_whether_for_good() {
    let opted_out = sent(refused(400, 21_610)).await;
    let trouble = Trouble::OptedOut;
    assert_eq!(
        opted_out,
        Sent::Rejected {
            trouble,
            is_final: true
        }
    );
    let credentials = sent(refused(401, 20_003)).await;
    let trouble = Trouble::Credentials;
    assert_eq!(
        credentials,
        Sent::Rejected {
            trouble,
            is_final: false
        }
    );
    let bare = sent(ResponseTemplate::new(404).set_body_string("<html>")).await;
    let trouble = Trouble::Other(404);
    assert_eq!(
        bare,
        Sent::Rejected {
            trouble,
            is_final: true
        }
    );
}

#[actix_web::test]
async fn too_many_requests_say_how_long_to_wait() {
    let limited = sent(refused(429, 20_429).insert_header("Retry-After", "7")).await;
    let retry_after = Some(Duration::from_secs(7));
    assert_eq!(limited, Sent::RateLimited { retry_after });
    let silent = sent(ResponseTemplate::new(429)).await;
    assert_eq!(silent, Sent::RateLimited { retry_after: None });
}

#[actix_web::test]
async fn a_failing_provider_has_sent_nothing() {
    for status in [500, 502, 503, 302] {
        assert_eq!(sent(ResponseTemplate::new(status)).await, Sent::Unavailable);
    }
    // Port 9 (discard) answers nobody here.
    let away = client("http://127.0.0.1:9".into());
    let sent = away
        .send(Uuid::nil(), Channel::Sms, &number(), &words())
        .await;
    assert_eq!(sent, Sent::Unavailable);
}

#[actix_web::test]
async fn a_request_that_left_without_an_answer_is_in_doubt() {
    let slow = ResponseTemplate::new(201).set_delay(Duration::from_secs(5));
    assert_eq!(sent(slow).await, Sent::Unknown);
    let garbled = ResponseTemplate::new(201).set_body_string("<html>");
    assert_eq!(sent(garbled).await, Sent::Unknown);
    let huge = ResponseTemplate::new(201).set_body_string("x".repeat(MAX_ANSWER + 1));
    assert_eq!(sent(huge).await, Sent::Unknown);
}

fn row(n: u32, direction: &str, body: &str, at: &str) -> Value {
    json!({
        "sid": format!("SM{n:032x}"), "status": "delivered", "direction": direction,
        "from": "+254700000001", "to": "+971501234567", "body": body,
        "num_media": "0", "num_segments": "1", "error_code": null, "date_created": at,
    })
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

#[actix_web::test]
async fn a_message_in_doubt_is_found_by_number_words_and_time() {
    let server = MockServer::start().await;
    let said = words().into_inner();
    Mock::given(method("GET"))
        .and(query_param("To", "+971501234567"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "next_page_uri": null,
            "messages": [
                row(4, "outbound-api", "Someone is on it.", "Sun, 22 Nov 2026 04:00:09 +0000"),
                row(3, "outbound-api", &said, "Sun, 22 Nov 2026 04:00:05 +0000"),
                row(2, "inbound", &said, "Sun, 22 Nov 2026 04:00:04 +0000"),
                row(1, "outbound-api", &said, "Sun, 22 Nov 2026 01:00:00 +0000"),
            ],
        })))
        .mount(&server)
        .await;
    let client = client(server.uri());
    let to = number();
    let said = words();
    let find = |since| client.find_sent(Channel::Sms, &to, &said, at(since));
    let found = find("2026-11-22T04:00:00Z").await.expect("an answer");
    assert_eq!(found.expect("a message").sid, format!("SM{:032x}", 3));
    assert_eq!(find("2026-11-22T05:00:00Z").await, Ok(None));
}

#[actix_web::test]
async fn what_the_webhook_missed_is_read_page_by_page_oldest_first() {
    let server = MockServer::start().await;
    let page = |request: &Request| {
        let second = request.url.query().is_some_and(|q| q.contains("PageToken"));
        let whatsapp = request.url.query().is_some_and(|q| q.contains("whatsapp"));
        let body = match (whatsapp, second) {
            (true, _) => json!({"messages": [], "next_page_uri": null}),
            (_, false) => json!({
                "next_page_uri": format!("{MESSAGES}?Page=1&PageToken=PASM3"),
                "messages": [
                    row(3, "inbound", "niko Deira", "Sun, 22 Nov 2026 04:00:09 +0000"),
                    row(2, "outbound-api", "…", "Sun, 22 Nov 2026 04:00:08 +0000"),
                ],
            }),
            (_, true) => json!({
                "next_page_uri": format!("{MESSAGES}?Page=2&PageToken=PASM0"),
                "messages": [
                    row(1, "inbound", "nisaidie", "Sun, 22 Nov 2026 04:00:07 +0000"),
                    row(0, "inbound", "old", "Sat, 21 Nov 2026 04:00:07 +0000"),
                ],
            }),
        };
        ResponseTemplate::new(200).set_body_json(body)
    };
    Mock::given(method("GET"))
        .respond_with(page)
        .expect(3)
        .mount(&server)
        .await;
    let batch = client(server.uri())
        .received_since(at("2026-11-22T00:00:00Z"))
        .await
        .expect("an answer");
    let sids: Vec<&str> = batch.messages.iter().map(|m| m.sid.as_str()).collect();
    assert_eq!(sids, [format!("SM{:032x}", 1), format!("SM{:032x}", 3)]);
    assert!(!batch.cut);
    assert!(!format!("{batch:?}").contains("nisaidie"));
    let form = batch.messages[0].as_form();
    assert!(form.contains(&("Body".into(), "nisaidie".into())));
}

#[actix_web::test]
async fn our_credentials_do_not_follow_a_page_to_another_host() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "messages": [], "next_page_uri": "https://evil.example/2010-04-01/x",
        })))
        .mount(&server)
        .await;
    let asked = client(server.uri())
        .received_since(at("2026-11-22T00:00:00Z"))
        .await;
    assert_eq!(asked, Err(Unanswered::Unreadable));
}

#[test]
fn settings_that_cannot_work_are_told() {
    let wrong = |change: fn(&mut Settings)| {
        let mut settings = settings("https://api.twilio.com".into());
        change(&mut settings);
        Twilio::new(settings).err()
    };
    assert_eq!(wrong(|_| ()), None);
    assert_eq!(wrong(|s| s.api = "api.twilio.com".into()), Some(Wrong::Api));
    assert_eq!(
        wrong(|s| s.account_sid = "AC1".into()),
        Some(Wrong::Account)
    );
    assert_eq!(
        wrong(|s| s.status_callback = Some("https://my_host.example/x".into())),
        Some(Wrong::Callback)
    );
    assert_eq!(
        wrong(|s| s.validity = Some(Duration::from_secs(36_001))),
        Some(Wrong::Validity)
    );
}

#[test]
fn the_client_does_not_print_its_secrets() {
    let client = client("https://api.twilio.com".into());
    let printed = format!("{client:?} {:?}", settings(String::new()));
    assert!(!printed.contains("secret"));
}
