//! Bad input gets a clear answer that says how to mend it, and loses nothing.

use crate::support::given::PASSWORD;
use crate::support::words::LOCKED_IN;
use crate::support::world::World;
use serde_json::{Value, json};

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("the service answers");
    let status = response.status().as_u16();
    let kind = response
        .headers()
        .get("content-type")
        .map(|kind| kind.to_str().expect("text").to_owned());
    let body = response.bytes().await.expect("a body");
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if status >= 400 {
        assert_eq!(
            kind.as_deref(),
            Some("application/problem+json"),
            "{status} {body}"
        );
        assert!(
            body["title"]
                .as_str()
                .is_some_and(|title| !title.is_empty()),
            "{body}"
        );
    }
    (status, body)
}

#[tokio::test]
async fn a_program_is_told_what_to_mend() {
    let world = World::start().await;
    let http = reqwest::Client::new();
    let reports = world.url("/api/v1/reports");
    let (status, _) = answer(http.post(&reports).body("{")).await;
    assert_eq!(status, 400);
    let (status, problem) = answer(http.post(&reports).json(&json!({"kind": "dire"}))).await;
    assert_eq!(status, 422);
    assert_eq!(problem["errors"][0]["field"], "id");
    let huge = "x".repeat(330 * 1024);
    let (status, _) = answer(http.post(&reports).body(huge)).await;
    assert_eq!(status, 413);
    for path in ["/api/v1/reports", "/channels/twilio/messages", "/report"] {
        let (status, problem) = answer(http.delete(world.url(path))).await;
        assert_eq!(
            (status, &problem["type"]),
            (405, &json!("/problems/wrong-method")),
            "{path}"
        );
    }
    let (status, problem) = answer(http.delete(world.url("/nowhere"))).await;
    assert_eq!(status, 404);
    assert!(
        problem["detail"].as_str().expect("why").contains("DELETE"),
        "{problem}"
    );
    let (status, _) = answer(http.get(world.url("/nowhere"))).await;
    assert_eq!(status, 404);
    world.end().await;
}

#[tokio::test]
async fn nobody_gets_in_without_a_session_and_no_other_site_acts_for_anybody() {
    let world = World::start().await;
    let http = reqwest::Client::new();
    let (status, _) = answer(http.get(world.url("/api/v1/cases"))).await;
    assert_eq!(status, 401);
    let wrong = json!({"email": "officer@dubai.example", "password": "wrong"});
    let sign_in = || {
        http.post(world.url("/api/v1/session"))
            .header("X-Msaada", "1")
    };
    let (status, _) = answer(sign_in().json(&wrong)).await;
    assert_eq!(status, 401);
    let (status, _) = answer(http.post(world.url("/api/v1/session")).json(&wrong)).await;
    assert_eq!(status, 403, "without X-Msaada");
    for _ in 0..9 {
        answer(sign_in().json(&wrong)).await;
    }
    let (status, _) = answer(sign_in().json(&wrong)).await;
    assert_eq!(status, 429);
    world.end().await;
}

#[tokio::test]
async fn whom_strangers_keep_out_a_supervisor_lets_in_at_once() {
    let world = World::start().await;
    let http = reqwest::Client::new();
    let tries = async |from: &str, password: &str, word: Option<&str>| {
        let body = json!({"email": "officer@dubai.example", "password": password, "way_in": word});
        let sent = http.post(world.url("/api/v1/session")).json(&body);
        let sent = sent.header("X-Msaada", "1").header("X-Forwarded-For", from);
        sent.send().await.expect("an answer")
    };
    for n in 0..100 {
        let from = format!("192.0.2.{}", n / 10);
        assert_eq!(tries(&from, "wrong", None).await.status(), 401);
    }
    let refused = tries("192.0.2.99", PASSWORD, None).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let refused: Value = refused.json().await.expect("JSON");
    let why = refused["detail"].as_str().expect("why");
    assert!(why.contains("ask a supervisor"), "{why}");
    let way_in = "/api/v1/session/way-in";
    let hers = json!({"email": "Officer@dubai.example"});
    // Another officer cannot, nor can a supervisor for another mission's people.
    let colleague = world.desk("duty@dubai").await;
    assert_eq!(colleague.post(way_in, &hers).await.0, 403);
    let supervisor = world.desk("head@dubai").await;
    for others in ["operator@centre.example", "nobody@dubai.example"] {
        let others = json!({"email": others});
        assert_eq!(supervisor.post(way_in, &others).await.0, 404);
    }
    let (status, given) = supervisor.post(way_in, &hers).await;
    assert_eq!(status, 200, "{given}");
    let typed = given["word"].as_str().expect("a word").to_lowercase();
    let is_wrong = tries("192.0.2.99", PASSWORD, Some("2222-2222")).await;
    assert_eq!(is_wrong.status(), 429);
    let guessed = tries("192.0.2.99", "wrong", Some(&typed)).await;
    assert_eq!(guessed.status(), 401, "the word alone opens nothing");
    assert_eq!(
        tries("192.0.2.99", PASSWORD, Some(&typed)).await.status(),
        200
    );
    for _ in 0..10 {
        tries("192.0.2.99", "wrong", Some(&typed)).await;
    }
    let guessed = tries("192.0.2.99", PASSWORD, Some(&typed)).await;
    assert_eq!(guessed.status(), 429, "nor does it let anybody guess");
    world.end().await;
}

#[tokio::test]
async fn a_session_that_has_ended_is_told_so() {
    let world = World::start().await;
    let desk = world.desk("officer@dubai").await;
    world.clock.pass(chrono::TimeDelta::hours(13));
    let (status, problem) = desk.get("/api/v1/cases").await;
    assert_eq!(
        (status, &problem["type"]),
        (401, &json!("/problems/signed-out"))
    );
    world.end().await;
}

#[tokio::test]
async fn a_webhook_nobody_signed_is_refused() {
    let world = World::start().await;
    let http = reqwest::Client::new();
    let form = [
        ("MessageSid", "SM00000000000000000000000000000001"),
        ("From", "+971501234567"),
        ("Body", "nisaidie"),
    ];
    let url = world.url("/channels/twilio/messages");
    let (status, _) = answer(http.post(&url).form(&form)).await;
    assert_eq!(status, 403);
    let forged = http
        .post(&url)
        .header("X-Twilio-Signature", "bm90IGl0")
        .form(&form);
    let (status, _) = answer(forged).await;
    assert_eq!(status, 403);
    world.end().await;
}

#[tokio::test]
async fn acts_that_cannot_be_done_say_why() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(LOCKED_IN).await;
    let (status, problem) = desk.tries(&card, "start", json!({})).await;
    assert_eq!(status, 422);
    assert!(
        problem["detail"]
            .as_str()
            .expect("why")
            .contains("claim it first"),
        "{problem}"
    );
    let (status, problem) = desk.tries(&card, "dance", json!({})).await;
    assert_eq!(status, 422, "{problem}");
    let (status, problem) = desk
        .tries(
            &card,
            "transfer",
            json!({"to": "ZZ-ZZZ", "reason": "there"}),
        )
        .await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("to"))
    );
    let (status, problem) = desk
        .tries(&card, "locate", json!({"lat": 99, "lon": 0}))
        .await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("lat"))
    );
    let mut stale = card.clone();
    desk.does(&card, "claim", json!({})).await;
    stale["version"] = json!(1);
    let (status, problem) = desk.tries(&stale, "note", json!({"text": "hm"})).await;
    assert_eq!(
        (status, &problem["card"]["status"]),
        (409, &json!("claimed"))
    );
    let (status, _) = desk.get("/api/v1/cases/not-an-id").await;
    assert_eq!(status, 404);
    let (status, _) = desk
        .get("/api/v1/cases/0191b2f0-0000-7000-8000-000000000001")
        .await;
    assert_eq!(status, 404);
    world.end().await;
}

#[tokio::test]
async fn odd_characters_are_kept_as_they_came() {
    let world = World::start().await;
    let mut desk = world.desk("operator@centre").await;
    let odd = "<script>alert(1)</script> \u{202e}noitanitsed\u{202c} 😢 '; drop table cases; --";
    let card = desk.gets(&world, odd).await;
    assert_eq!(desk.opens(&card).await["reports"][0]["text"], odd);
    let card = desk.gets(&world, "help\u{0}me").await;
    assert_eq!(
        desk.opens(&card).await["reports"][0]["text"],
        "help\u{fffd}me"
    );
    world.end().await;
}

#[tokio::test]
async fn what_holds_no_word_that_can_be_stored_is_asked_for_one() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(LOCKED_IN).await;
    let card = desk.does(&card, "claim", json!({})).await;
    for (act, more) in [
        ("note", json!({"text": "\0"})),
        ("message", json!({"text": " \0 "})),
        (
            "task",
            json!({"title": "\0", "due_at": "2040-01-01T00:00:00Z"}),
        ),
        ("call", json!({"outcome": "reached", "note": "\0"})),
        (
            "reprioritise",
            json!({"priority": "serious", "reason": "\0\0"}),
        ),
        ("transfer", json!({"to": "SA-RUH", "reason": "\0"})),
        ("resolve", json!({"outcome": "helped", "summary": "\0"})),
    ] {
        let (status, problem) = desk.tries(&card, act, more).await;
        assert_eq!(status, 422, "{act}: {problem}");
        assert!(
            problem["detail"]
                .as_str()
                .expect("why")
                .contains("must not be empty"),
            "{act}: {problem}"
        );
    }
    let (status, problem) = desk.post("/api/v1/handovers", &json!({"note": "\0"})).await;
    assert!((400..500).contains(&status), "{status} {problem}");
    let card = desk
        .does(&card, "note", json!({"text": "she\0 called"}))
        .await;
    let case = desk.opens(&card).await;
    assert!(case.to_string().contains("she called"), "{case}");
    world.end().await;
}

#[tokio::test]
async fn two_cases_that_cannot_be_paired_name_the_field_that_the_act_has() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(LOCKED_IN).await;
    let nobody = uuid::Uuid::new_v4();
    for (act, field) in [("merge", "into"), ("link", "to")] {
        let (status, problem) = desk
            .tries(
                &card,
                act,
                json!({field: nobody, "reason": "the same woman"}),
            )
            .await;
        assert_eq!(
            (status, &problem["errors"][0]["field"]),
            (422, &json!(field)),
            "{act}: {problem}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn a_report_with_half_a_character_is_taken_in() {
    let world = World::start().await;
    let http = reqwest::Client::new();
    let id = uuid::Uuid::new_v4();
    let body = format!(r#"{{"id":"{id}","text":"locked in, Deira Dubai \ud83d"}}"#);
    let sent = http.post(world.url("/api/v1/reports")).body(body);
    let (status, answer) = answer(sent).await;
    assert_eq!(status, 201, "{answer}");
    world.end().await;
}

#[tokio::test]
async fn what_is_wrong_with_an_act_is_said_in_words_of_the_interface() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(LOCKED_IN).await;
    let path = format!("/api/v1/cases/{}/acts", card["id"].as_str().expect("an id"));
    let version = &card["version"];
    for body in [
        json!([]),
        json!("claim"),
        json!({"act": "claim", "version": "one"}),
        json!({"act": "claim", "version": 1.5}),
        json!({"act": "note", "version": version, "text": 5}),
        json!({"act": "safe_contact", "version": version, "contact": "any",
            "from_hour": 300, "to_hour": 1}),
        json!({"act": "locate", "version": version, "lat": "north", "lon": 1}),
    ] {
        let (status, problem) = desk.post(&path, &body).await;
        assert_eq!(status, 422, "{body}: {problem}");
        let why = problem["detail"].as_str().expect("why");
        for inner in ["struct", "ActBody", "u8", "i64", "f64", "enum"] {
            assert!(!why.contains(inner), "{body}: {why}");
        }
    }
    world.end().await;
}
