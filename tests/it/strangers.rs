//! A number that somebody left may be anybody's: an employer can report with the number of the woman
//! he holds. What she writes is hers.

use crate::support::words::PLEA;
use crate::support::world::{World, seconds};
use serde_json::{Value, json};
use uuid::Uuid;

/// Whether anything was written to the person of a case.
fn is_answered(case: &Value) -> bool {
    let messages = case["messages"].as_array().expect("messages");
    messages.iter().any(|message| message["direction"] == "out")
}

/// A report with a number that is only said to be the sender's own.
async fn left(world: &World, number: &str, safe: &str) -> Value {
    let report = json!({"id": Uuid::new_v4(), "text": "I have a question about a passport, Deira Dubai",
        "contact": {"phone": number, "safe": safe}});
    let (status, receipt) = world.report(report).await;
    assert_eq!(status, 201);
    receipt
}

#[tokio::test]
async fn what_she_texts_joins_no_case_that_somebody_else_opened_with_her_number() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000121");
    let his = left(&world, &worker.number, "any").await;
    worker.got("").await;
    let hers = worker.texts(PLEA).await;
    assert_eq!(hers["joined"], false);
    assert_ne!(hers["reference"], his["reference"]);
    worker.got("Asante").await;
    // He silences his case, and hers is none of it.
    let form = [
        ("reference", his["reference"].as_str().expect("one")),
        ("code", his["code"].as_str().expect("one")),
        ("safe", "i_will_contact_you"),
    ];
    let page = reqwest::Client::new().post(world.url("/track")).form(&form);
    assert_eq!(page.send().await.expect("an answer").status(), 200);
    let card = desk
        .shows_case(&hers["reference"], "her case", |card| card["version"] == 2)
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(case["contact"]["safe"]["contact"], "reply_only");
    let alike = &case["alike"][0];
    assert_eq!(alike["reference"], his["reference"], "it is suggested");
    assert!(
        alike["reasons"]
            .as_array()
            .expect("why")
            .contains(&json!("number"))
    );
    // What she writes next stays with what she wrote.
    let more = worker.texts("bado niko ndani").await;
    assert_eq!(more["reference"], hers["reference"]);
    world.end().await;
}

#[tokio::test]
async fn her_answer_to_a_responder_joins_the_case_in_which_she_was_asked() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000122");
    let receipt = left(&world, &worker.number, "any").await;
    worker.got("").await;
    let card = desk
        .shows_case(&receipt["reference"], "the delivery", |card| {
            card["version"] == 2
        })
        .await;
    let card = desk.does(&card, "claim", json!({})).await;
    desk.does(&card, "message", json!({"template": "ask_place"}))
        .await;
    worker.got("").await;
    let answer = worker.texts("niko Sharjah").await;
    assert_eq!(
        (&answer["joined"], &answer["reference"]),
        (&json!(true), &receipt["reference"])
    );
    world.end().await;
}

#[tokio::test]
async fn who_asked_not_to_be_contacted_gets_no_answer_when_her_telephone_writes() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000123");
    left(&world, &worker.number, "i_will_contact_you").await;
    let hers = worker.texts(PLEA).await;
    assert_eq!(hers["joined"], false);
    let card = desk
        .shows_case(&hers["reference"], "her case", |card| {
            card["priority"] != "routine"
        })
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(case["contact"]["safe"]["contact"], "i_will_contact_you");
    world.pass(seconds(30)).await;
    assert_eq!(worker.count(), 0, "nothing was sent");
    world.end().await;
}

#[tokio::test]
async fn what_a_responder_joined_stays_joined_for_what_she_texts_later() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000124");
    let first = left(&world, &worker.number, "reply_only").await["reference"].clone();
    let second = worker.texts(PLEA).await["reference"].clone();
    worker.got("Asante").await;
    let kept = desk.shows_case(&first, "the first", |_| true).await;
    let gone = desk
        .shows_case(&second, "the second", |card| card["version"] == 2)
        .await;
    let merge = json!({"into": kept["id"], "reason": "the same woman, by her own words"});
    desk.does(&gone, "merge", merge).await;
    let later = worker.texts("bado niko ndani").await;
    assert_eq!(
        (&later["joined"], &later["reference"]),
        (&json!(true), &first)
    );
    world.end().await;
}

#[tokio::test]
async fn never_that_was_left_with_her_number_holds_back_the_acknowledgement_too() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+971505550001");
    left(&world, &worker.number, "never").await;
    let hers = worker.texts("nisaidie, niko Deira, niko hapa Dubai").await;
    assert_eq!(hers["joined"], false);
    let card = desk
        .shows_case(&hers["reference"], "her case", |_| true)
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(case["contact"]["safe"]["contact"], "never");
    assert!(!is_answered(&case), "nothing is even written: {case}");
    world.end().await;
}

#[tokio::test]
async fn hours_that_were_left_with_her_number_hold_for_the_acknowledgement_too() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+971505550003");
    // An hour that is not this one, where she is.
    let hour = (world.clock.now() + chrono::TimeDelta::hours(4 + 6))
        .format("%-H")
        .to_string();
    let from: u8 = hour.parse().expect("an hour");
    let report = json!({"id": Uuid::new_v4(), "text": "I have a question about a passport, Deira Dubai",
        "contact": {"phone": worker.number, "safe": "reply_only",
            "from_hour": from, "to_hour": (from + 1) % 24}});
    let (status, _) = world.report(report).await;
    assert_eq!(status, 201);
    let hers = worker.texts(PLEA).await;
    let card = desk
        .shows_case(&hers["reference"], "her case", |_| true)
        .await;
    let case = desk.opens(&card).await;
    assert!(!is_answered(&case), "{case}");
    world.end().await;
}

#[tokio::test]
async fn who_types_many_numbers_has_no_more_of_them_texted_than_an_hour_bears() {
    let world = World::start().await;
    let costly = ["+979123456789", "+882161234567", "+19005550001"];
    let many: Vec<String> = (0..70).map(|n| format!("+2547220{n:05}")).collect();
    let typed = |number: String| {
        let world = &world;
        async move {
            let text = format!("I am locked in, Deira Dubai {number}");
            let report = json!({"id": Uuid::new_v4(), "text": text,
                "contact": {"phone": number, "safe": "any"}});
            let (status, answer) = world.report(report).await;
            assert_eq!(status, 201, "nobody is refused: {answer}");
        }
    };
    let numbers = many.into_iter().chain(costly.map(str::to_owned));
    let reports = numbers.map(typed);
    futures_util::future::join_all(reports).await;
    let pool = world.pool().await;
    let written = async || {
        let numbers = "select number from sealed.messages where template = 'received'";
        sqlx::query_scalar::<_, String>(numbers)
            .fetch_all(&pool)
            .await
            .expect("what was written")
    };
    let texted = written().await;
    assert!(
        !costly
            .iter()
            .any(|number| texted.contains(&(*number).to_owned()))
    );
    assert_eq!(texted.len(), 60, "an hour's worth for one country");
    // A number that writes itself is answered as ever.
    let worker = world.phone("+254722000999");
    worker.texts(PLEA).await;
    assert!(written().await.contains(&worker.number));
    world.node.kill();
}
