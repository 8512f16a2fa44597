//! Words that were agreed with somebody, and what she or a responder chose about being contacted, hold
//! for her, whatever case what she writes next becomes part of, and whoever else uses her number.

use crate::support::desk::Desk;
use crate::support::phone::Phone;
use crate::support::words::PLEA;
use crate::support::world::{World, seconds};
use serde_json::{Value, json};
use uuid::Uuid;

/// A report with her number, by somebody who says that she may be contacted.
async fn left(world: &World, number: &str) -> Value {
    let report = json!({"id": Uuid::new_v4(), "text": "I have a question about a passport, Deira Dubai",
        "contact": {"phone": number, "safe": "any"}});
    let (status, receipt) = world.report(report).await;
    assert_eq!(status, 201);
    receipt
}

/// A case from the web, and on its sheet the words a responder agreed with her.
async fn agreed(world: &World, desk: &mut Desk, worker: &Phone) -> Value {
    let receipt = left(world, &worker.number).await;
    worker.got("").await;
    let card = desk
        .shows_case(&receipt["reference"], "the delivery", |card| {
            card["version"] == 2
        })
        .await;
    let card = desk.does(&card, "claim", json!({})).await;
    let words = json!({"answers": {"danger_word": "Shangazi Rose", "exit_word": "mandazi"}});
    desk.does(&card, "sheet", words).await
}

#[tokio::test]
async fn the_word_for_danger_is_heard_where_her_text_opens_a_case_of_its_own() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000151");
    let first = agreed(&world, &mut desk, &worker).await;
    let hers = worker.texts("habari za shangazi rose, Deira Dubai?").await;
    assert_eq!(hers["joined"], false);
    let card = desk
        .shows_case(&hers["reference"], "the alarm", |card| {
            card["priority"] == "critical"
        })
        .await;
    // It is answered as any first text is.
    worker.got("").await;
    let case = desk.opens(&card).await;
    assert_eq!(case["log"][0]["detail"]["danger_word"], true, "{case}");
    // The word that ends it reaches every case of hers.
    worker.texts("bei ya mandazi Deira Dubai ni ngapi").await;
    desk.shows_case(&hers["reference"], "her word", |card| card["unread"] == 1)
        .await;
    let case = desk.opens(&first).await;
    assert_eq!(
        case["contact"]["safe"]["contact"], "i_will_contact_you",
        "{case}"
    );
    world.end().await;
}

#[tokio::test]
async fn the_word_for_danger_is_heard_among_characters_nobody_sees_and_in_a_name_a_note_or_a_place()
{
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000154");
    agreed(&world, &mut desk, &worker).await;
    let hers = worker
        .texts("habari za\u{200b}shan\u{200d}gazi\u{feff} rose, Deira Dubai?")
        .await;
    desk.shows_case(&hers["reference"], "the alarm", |card| {
        card["priority"] == "critical"
    })
    .await;
    worker.got("").await;
    // On the page of the case in which it was agreed.
    let other = world
        .says("I have a question about a passport, Deira Dubai")
        .await;
    let card = desk
        .shows_case(&other["reference"], "a case", |_| true)
        .await;
    let card = desk.does(&card, "claim", json!({})).await;
    let words = json!({"answers": {"danger_word": "Shangazi Rose"}});
    desk.does(&card, "sheet", words).await;
    let fields = ["contact_note", "name", "place"];
    for field in fields {
        let form = [
            ("reference", other["reference"].as_str().expect("one")),
            ("code", other["code"].as_str().expect("one")),
            (field, "Shangazi\u{200b} Rose"),
        ];
        let page = reqwest::Client::new().post(world.url("/track")).form(&form);
        assert_eq!(page.send().await.expect("an answer").status(), 200);
    }
    let card = desk
        .shows_case(&other["reference"], "the alarm", |card| {
            card["priority"] == "critical"
        })
        .await;
    let case = desk.opens(&card).await;
    let log = case["log"].as_array().expect("a log").iter();
    let heard = log.filter(|entry| entry["detail"]["danger_word"] == true);
    assert_eq!(heard.count(), fields.len(), "{case}");
    world.end().await;
}

#[tokio::test]
async fn the_word_that_ends_a_conversation_is_answered_by_nothing_where_it_opens_a_case() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000152");
    agreed(&world, &mut desk, &worker).await;
    let so_far = worker.count();
    let hers = worker.texts("bei ya mandazi Deira Dubai ni ngapi").await;
    assert_eq!(hers["joined"], false);
    let card = desk
        .shows_case(&hers["reference"], "her word", |_| true)
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(case["contact"]["safe"]["contact"], "i_will_contact_you");
    world.pass(seconds(30)).await;
    assert_eq!(worker.count(), so_far, "nothing was sent");
    world.end().await;
}

#[tokio::test]
async fn a_number_that_must_not_be_written_to_is_not_freed_by_a_report_with_it_nor_by_the_page() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000153");
    let hers = worker.texts(PLEA).await;
    worker.got("Asante").await;
    let card = desk
        .shows_case(&hers["reference"], "her case", |card| card["version"] == 2)
        .await;
    let card = desk.does(&card, "claim", json!({})).await;
    desk.does(&card, "safe_contact", json!({"contact": "never"}))
        .await;
    let so_far = worker.count();
    let his = left(&world, &worker.number).await;
    let card = desk
        .shows_case(&his["reference"], "his case", |_| true)
        .await;
    let safe = async |desk: &mut Desk| {
        desk.opens(&card).await["contact"]["safe"]["contact"]
            .as_str()
            .map(ToOwned::to_owned)
    };
    assert_eq!(safe(&mut desk).await.as_deref(), Some("never"));
    // Nor by whoever holds the reference and its code.
    let form = [
        ("reference", his["reference"].as_str().expect("one")),
        ("code", his["code"].as_str().expect("one")),
        ("safe", "any"),
    ];
    let page = reqwest::Client::new().post(world.url("/track")).form(&form);
    assert_eq!(page.send().await.expect("an answer").status(), 200);
    assert_eq!(safe(&mut desk).await.as_deref(), Some("never"));
    world.pass(seconds(30)).await;
    assert_eq!(worker.count(), so_far, "nothing was sent");
    world.end().await;
}
