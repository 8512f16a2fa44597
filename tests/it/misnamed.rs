//! A program that names or writes something as we do not loses nothing of what it sent, and is told
//! what to mend.

use crate::support::world::World;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn a_plea_under_other_names_is_heard_seen_whole_and_its_program_told_how_to_call_each() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let sent = json!({
        "id": Uuid::new_v4(),
        "message": "nisaidie, madam amenifungia ndani, Deira Dubai",
        "phone": "+971501234567",
        "case_worker": "Amina of Tumaini",
        "contact": {"email": "rose@example.org"},
    });
    let (status, answer) = world.report(sent.clone()).await;
    assert_eq!(status, 201, "{answer}");
    let told = |field: &str| {
        let notes = answer["not_understood"].as_array().expect("notes");
        let note = notes.iter().find(|note| note["field"] == field);
        let message = note.and_then(|note| note["message"].as_str());
        message.unwrap_or_else(|| panic!("{field} is told: {answer}"))
    };
    assert!(told("message").contains("call it text"));
    assert!(told("phone").contains("contact.phone"));
    assert!(told("case_worker").contains("kept with the report"));
    assert!(told("contact.email").contains("kept with the report"));
    assert!(!answer.to_string().contains("Amina"), "no word is repeated");
    let card = desk
        .shows_case(&answer["reference"], "her plea", |_| true)
        .await;
    assert_eq!(card["kind"], "distress", "it was understood");
    let case = desk.opens(&card).await;
    let report = &case["reports"][0];
    assert_eq!(report["text"], sent["message"]);
    assert_eq!(report["details"]["case_worker"], "Amina of Tumaini");
    assert_eq!(report["details"]["contact.email"], "rose@example.org");
    assert!(
        case["contact"].to_string().contains("971501234567"),
        "{case}"
    );
    // The same id again is the same report, and gets the same answer.
    let (status, again) = world.report(sent).await;
    assert_eq!(status, 200);
    for field in ["reference", "code", "not_understood"] {
        assert_eq!(again[field], answer[field]);
    }
    // What is well formed is told nothing.
    let well = world.says("nisaidie, niko Deira Dubai").await;
    assert_eq!(well["not_understood"], Value::Null);
    world.end().await;
}

#[tokio::test]
async fn of_words_sent_twice_under_one_name_none_is_dropped() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let id = Uuid::new_v4();
    let body = format!(
        r#"{{"id":"{id}","text":"nisaidie, niko Deira Dubai","text":"madam amenifungia ndani"}}"#
    );
    let sent = reqwest::Client::new().post(world.url("/api/v1/reports"));
    let sent = sent.body(body).send().await.expect("an answer");
    assert_eq!(sent.status(), 201);
    let answer: Value = sent.json().await.expect("JSON");
    assert_eq!(answer["not_understood"][0]["field"], "text");
    let card = desk
        .shows_case(&answer["reference"], "the case", |_| true)
        .await;
    assert_eq!(
        desk.opens(&card).await["reports"][0]["text"],
        "nisaidie, niko Deira Dubai\nmadam amenifungia ndani"
    );
    world.end().await;
}

#[tokio::test]
async fn the_longest_text_is_taken_however_its_characters_are_written() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let places = "Deira Dubai, ";
    for (escaped, plain) in [("\\u0627", "\u{627}"), ("\\ud83d\\ude00", "\u{1f600}")] {
        let much = 20_000 - places.len();
        let body = format!(
            r#"{{"id":"{}","text":"{places}{}"}}"#,
            Uuid::new_v4(),
            escaped.repeat(much)
        );
        let sent = reqwest::Client::new().post(world.url("/api/v1/reports"));
        let sent = sent.body(body).send().await.expect("an answer");
        assert_eq!(sent.status(), 201);
        let answer: Value = sent.json().await.expect("JSON");
        let card = desk
            .shows_case(&answer["reference"], "the case", |_| true)
            .await;
        let case = desk.opens(&card).await;
        let text = case["reports"][0]["text"].as_str().expect("text");
        assert!(*text == places.to_owned() + &plain.repeat(much));
    }
    world.end().await;
}

#[tokio::test]
async fn a_body_of_another_type_is_told_which_types_are_read_and_a_report_that_can_be_read_is_taken()
 {
    let world = World::start().await;
    let http = reqwest::Client::new();
    let report = format!(r#"{{"id":"{}","text":"niko Deira Dubai"}}"#, Uuid::new_v4());
    let form = "application/x-www-form-urlencoded";
    let post = async |path: &str, kind: &str, body: &str| {
        let sent = http.post(world.url(path)).header("Content-Type", kind);
        let sent = sent.header("X-Msaada", "1").body(body.to_owned());
        let answer = sent.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.expect("JSON"))
    };
    // What `curl -d` calls it.
    let (status, _) = post("/api/v1/reports", form, &report).await;
    assert_eq!(status, 201);
    for (path, kind, body, accepted) in [
        ("/api/v1/reports", form, "text=nisaidie", "application/json"),
        ("/api/v1/reports", "text/xml", "<plea/>", "application/json"),
        ("/api/v1/session", "text/plain", "{}", "application/json"),
        ("/channels/twilio/messages", "application/json", "{}", form),
    ] {
        let (status, problem) = post(path, kind, body).await;
        assert_eq!(status, 415, "{path}: {problem}");
        assert_eq!(problem["accepts"][0], accepted, "{path}");
        let why = problem["detail"].as_str().expect("why");
        assert!(why.contains(accepted), "{path}: {why}");
    }
    let (status, _) = post("/api/v1/reports", "application/json", "<plea/>").await;
    assert_eq!(status, 400);
    world.end().await;
}
