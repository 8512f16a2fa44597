//! A report's whole way, from a few words on a phone to a resolved case.

use crate::support::record::first;
use crate::support::words::URGENT;
use crate::support::world::World;
use msaada::case::Point;
use serde_json::json;

const PLEA: &str = "nisaidie, niko Deira, madam amenifungia ndani na amechukua passport";

#[tokio::test]
async fn a_worker_in_deira_is_seen_answered_and_helped() {
    let world = World::start().await;
    let worker = world.phone("+254711000001");
    let mut desk = world.desk("officer@dubai").await;

    worker.texts(PLEA).await;
    let card = desk
        .shows("the case", |card| card["mission"] == "AE-DXB")
        .await;
    assert!(["critical", "urgent"].contains(&card["priority"].as_str().expect("priority")));
    assert_eq!(card["kind"], "distress");
    assert_eq!(card["status"], "waiting");
    let receipt = worker.got("").await;
    assert!(receipt.starts_with("Asante"), "in her language: {receipt}");

    let case = desk.opens(&card).await;
    assert_eq!(case["reports"][0]["text"], PLEA);
    let told: Vec<&str> = case["reports"][0]["evidence"]
        .as_array()
        .expect("evidence")
        .iter()
        .map(|span| span["text"].as_str().expect("words"))
        .collect();
    assert!(told.iter().any(|words| words.contains("Deira")), "{told:?}");
    assert!(
        told.iter().any(|words| words.contains("amenifungia")),
        "{told:?}"
    );

    let card = desk
        .shows_case(&card["reference"], "the newest card", |_| true)
        .await;
    let card = desk.does_by_now(&card, "claim", json!({})).await;
    let card = desk
        .does_by_now(&card, "message", json!({"template": "on_it"}))
        .await;
    assert_eq!(card["status"], "in_progress");
    let reply = worker.got("").await;
    for word in ["ubalozi", "kesi", "passport", "http", "Kenya", "Msaada"] {
        assert!(!reply.contains(word), "a neutral reply: {reply}");
    }

    let card = desk
        .does_by_now(
            &card,
            "resolve",
            json!({"outcome": "helped", "summary": "Brought to the shelter by the police."}),
        )
        .await;
    assert_eq!(card["status"], "resolved");
    assert_eq!(card["due_at"], serde_json::Value::Null);
    world.end().await;
}

#[tokio::test]
async fn a_later_text_joins_the_open_case_and_can_only_raise_it() {
    let world = World::start().await;
    let worker = world.phone("+971501234567");
    let mut desk = world.desk("operator@centre").await;
    let first = worker
        .texts("habari, niko Dubai, mshahara hawajanilipa miezi mitatu")
        .await;
    assert_eq!(first["joined"], false);
    worker.got("").await;
    let second = worker
        .texts("ananipiga sasa hivi anataka kuniua nisaidie")
        .await;
    assert_eq!(second["joined"], true);
    assert_eq!(first["reference"], second["reference"]);
    let card = desk
        .shows_case(&first["reference"], "two reports, critical", |card| {
            card["unread"] == 2 && card["priority"] == "critical"
        })
        .await;
    let third = worker.texts("asante").await;
    assert_eq!(third["joined"], true);
    desk.shows_case(&card["reference"], "still critical", |card| {
        card["unread"] == 3 && card["priority"] == "critical"
    })
    .await;
    assert_eq!(
        desk.opens(&card).await["reports"].as_array().map(Vec::len),
        Some(3)
    );
    world.end().await;
}

#[tokio::test]
async fn what_cannot_be_placed_goes_to_the_response_centre_until_words_place_it() {
    let world = World::start().await;
    let sister = world.phone("+254722000001");
    let mut centre = world.desk("operator@centre").await;
    let mut dubai = world.desk("officer@dubai").await;
    let answer = sister.texts("help my sister she is locked in").await;
    sister.got("").await;
    let card = centre
        .shows_case(&answer["reference"], "the case", |_| true)
        .await;
    assert_eq!(card["mission"], "KE-NBO");
    sister.texts("she is in Sharjah").await;
    dubai
        .shows_case(&answer["reference"], "the case, now theirs", |card| {
            card["mission"] == "AE-DXB"
        })
        .await;
    world.end().await;
}

#[tokio::test]
async fn an_officer_sees_the_cases_of_her_mission_and_the_centre_sees_all() {
    let world = World::start().await;
    let mut dubai = world.desk("officer@dubai").await;
    let mut centre = world.desk("operator@centre").await;
    let here = world.says(URGENT).await;
    let there = world.says("I am locked in a house in Riyadh").await;
    centre
        .shows_case(&here["reference"], "Dubai's", |_| true)
        .await;
    let theirs = centre
        .shows_case(&there["reference"], "Riyadh's", |_| true)
        .await;
    dubai
        .shows_case(&here["reference"], "its own", |_| true)
        .await;
    assert!(
        !dubai
            .cards
            .values()
            .any(|card| card["reference"] == there["reference"])
    );
    let id = theirs["id"].as_str().expect("an id");
    let (status, _) = dubai.get(&format!("/api/v1/cases/{id}")).await;
    assert_eq!(status, 404, "not told apart from a case that is not there");
    world.phone_of("operator@centre").got("SA-RUH: new").await;
    world.end().await;
}

#[tokio::test]
async fn a_case_that_is_transferred_leaves_one_desk_and_comes_to_another() {
    let world = World::start().await;
    let mut dubai = world.desk("officer@dubai").await;
    let mut riyadh = world.riyadh().await;
    let card = dubai
        .gets(&world, "my madam took my passport, I am in Deira Dubai")
        .await;
    dubai
        .does(
            &card,
            "transfer",
            json!({"to": "SA-RUH", "reason": "she was moved"}),
        )
        .await;
    let card = riyadh
        .shows_case(&card["reference"], "the case", |_| true)
        .await;
    let card = riyadh.does(&card, "accept", json!({})).await;
    dubai.loses(&card["reference"]).await;
    let case = riyadh.opens(&card).await;
    let offered = first(&case, "offered");
    assert_eq!(offered["note"], "she was moved");
    assert_eq!(offered["by"], "officer@dubai");
    let transferred = first(&case, "transferred");
    assert_eq!(transferred["by"], "officer@riyadh");
    assert_eq!(
        transferred["detail"],
        json!({"from": "AE-DXB", "to": "SA-RUH"})
    );
    world.end().await;
}

#[tokio::test]
async fn every_read_of_a_case_is_on_record() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(URGENT).await;
    desk.opens(&card).await;
    desk.exact_place(&card).await;
    let log = desk.opens(&card).await["log"].to_string();
    assert!(
        log.contains("\"read\"") && log.contains("\"read_exact_place\""),
        "{log}"
    );
    world.end().await;
}

#[tokio::test]
async fn a_card_holds_no_name_number_word_or_exact_place() {
    let world = World::start().await;
    let worker = world.phone("+971509876543");
    let mut desk = world.desk("officer@dubai").await;
    worker
        .sends(
            json!({"text": "naitwa Achieng nisaidie nimefungiwa", "lat": 25.2697, "lon": 55.3095,
                      "whatsapp": true}),
        )
        .await;
    worker.got("").await;
    let card = desk
        .shows("the case", |card| card["channel"] == "whatsapp")
        .await;
    let text = card.to_string();
    for secret in ["Achieng", "971509876543", "nimefungiwa"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let degrees = |name: &str| card["place"][name].as_f64().expect("degrees");
    let shown = Point::new(degrees("lat"), degrees("lon")).expect("on earth");
    let exact = Point::new(25.2697, 55.3095).expect("on earth");
    let moved = shown.metres_to(exact);
    assert!((250.0..1_100.0).contains(&moved), "moved by {moved} m");
    let (_, exact) = desk.exact_place(&card).await;
    assert_eq!(exact["lat"], 25.2697);
    world.end().await;
}

#[tokio::test]
async fn an_operator_enters_a_call() {
    let world = World::start().await;
    let mut desk = world.desk("operator@centre").await;
    let (status, call) = desk
        .post(
            "/api/v1/calls",
            &json!({"id": uuid::Uuid::new_v4(), "text": "caller's brother was arrested in Doha",
                    "kind": "detention", "contact": {"phone": "0722 000 111 (ask for Rose)"}}),
        )
        .await;
    assert_eq!(status, 201, "{call}");
    let card = desk
        .shows_case(&call["reference"], "the call", |_| true)
        .await;
    assert_eq!(
        (&card["channel"], &card["mission"]),
        (&json!("phone"), &json!("QA-DOH"))
    );
    let case = desk.opens(&card).await;
    assert_eq!(case["contact"]["number"], "0722 000 111 (ask for Rose)");
    assert_eq!(case["contact"]["valid"], false);
    assert_eq!(
        case["reports"][0]["details"]["entered_by"],
        "operator@centre"
    );
    // Nobody is on duty in Doha: the rung where somebody is learns of it at once.
    world.phone_of("operator@centre").got("QA-DOH: new").await;
    world.end().await;
}

#[tokio::test]
async fn who_writes_into_a_case_that_was_closed_opens_it_again() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let report = world.says(URGENT).await;
    let card = desk
        .shows_case(&report["reference"], "the case", |_| true)
        .await;
    let card = desk.does(&card, "claim", json!({})).await;
    desk.does(
        &card,
        "resolve",
        json!({"outcome": "helped", "summary": "She is out."}),
    )
    .await;
    let back = [
        (
            "reference",
            report["reference"].as_str().expect("a reference"),
        ),
        ("code", report["code"].as_str().expect("a code")),
        ("text", "he is back, he beats me, help"),
        ("now", "worse"),
    ];
    let response = reqwest::Client::new()
        .post(world.url("/track"))
        .form(&back)
        .send()
        .await
        .expect("the service answers");
    assert_eq!(response.status(), 200);
    desk.shows_case(&report["reference"], "open again", |card| {
        card["status"] == "waiting" && card["due_at"] != serde_json::Value::Null
    })
    .await;
    world.end().await;
}

#[tokio::test]
async fn an_act_that_changes_nothing_moves_no_clock() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(URGENT).await;
    let same = json!({"priority": card["priority"], "reason": "to win time"});
    assert_eq!(desk.tries(&card, "reprioritise", same).await.0, 422);
    let card = desk.does(&card, "claim", json!({})).await;
    assert_eq!(desk.tries(&card, "claim", json!({})).await.0, 422);
    let mine = json!({"reason": "to win time"});
    assert_eq!(desk.tries(&card, "take_over", mine).await.0, 422);
    let now = desk.opens(&card).await["card"].clone();
    assert_eq!(
        (&now["due_at"], &now["version"]),
        (&card["due_at"], &card["version"])
    );
    world.end().await;
}

#[tokio::test]
async fn a_place_everybody_knows_does_not_give_a_sealed_one_away() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (_, report) = world
        .report(json!({"id": uuid::Uuid::new_v4(), "text": "I am locked in",
                       "place": {"lat": 25.2654, "lon": 55.3098}}))
        .await;
    let card = desk
        .shows_case(&report["reference"], "the case", |_| true)
        .await;
    let moved = |card: &serde_json::Value, lat: f64, lon: f64| {
        let place = &card["place"];
        (
            place["lat"].as_f64().expect("lat") - lat,
            place["lon"].as_f64().expect("lon") - lon,
        )
    };
    let sealed = moved(&card, 25.2654, 55.3098);
    let known = desk
        .does(&card, "locate", json!({"lat": 25.0, "lon": 55.3}))
        .await;
    let told = moved(&known, 25.0, 55.3);
    assert!((sealed.0 - told.0).abs() + (sealed.1 - told.1).abs() > 1e-4);
    world.end().await;
}
