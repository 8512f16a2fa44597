//! Whence a contact rule came is shown, and what anybody could have chosen with a number does not
//! silence what the number itself asks for.

use crate::support::words::PLEA;
use crate::support::world::World;
use serde_json::{Value, json};
use uuid::Uuid;

/// A case that anybody opened with her number, in which she is never to be contacted.
async fn silenced(world: &World, number: &str) -> Value {
    let report = json!({"id": Uuid::new_v4(), "text": "I have a question about a passport, Deira Dubai",
        "contact": {"phone": number, "safe": "never"}});
    let (status, receipt) = world.report(report).await;
    assert_eq!(status, 201);
    receipt["reference"].clone()
}

#[tokio::test]
async fn a_stranger_who_silences_her_number_does_not_silence_her_when_she_asks_to_be_called() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000131");
    let his = silenced(&world, &worker.number).await;
    let hers = worker.texts(&format!("{PLEA}. Nipigieni tafadhali")).await;
    worker.got("Asante").await;
    let card = desk
        .shows_case(&hers["reference"], "her case", |_| true)
        .await;
    let contact = desk.opens(&card).await["contact"].clone();
    assert_eq!(contact["safe"]["contact"], "reply_only", "{contact}");
    assert_eq!(contact["safe"]["whence"]["on"], "sms");
    // The responder sees all the same what the other case says, and whence.
    let other = &contact["other"];
    assert_eq!(
        (
            &other["contact"],
            &other["whence"]["on"],
            &other["whence"]["case"]
        ),
        (&json!("never"), &json!("api"), &his),
        "{contact}"
    );
    world.end().await;
}

#[tokio::test]
async fn a_rule_from_another_case_is_kept_and_shown_with_its_source_until_she_asks_for_something_else()
 {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000132");
    let his = silenced(&world, &worker.number).await;
    let hers = worker.texts(PLEA).await["reference"].clone();
    let card = desk.shows_case(&hers, "her case", |_| true).await;
    let safe = desk.opens(&card).await["contact"]["safe"].clone();
    assert_eq!(safe["contact"], "never");
    assert_eq!(
        (&safe["whence"]["on"], &safe["whence"]["case"]),
        (&json!("api"), &his),
        "{safe}"
    );
    worker.texts("Please call me on this number").await;
    let card = desk
        .shows_case(&hers, "what she asks", |card| card["unread"] == 2)
        .await;
    let safe = desk.opens(&card).await["contact"]["safe"].clone();
    assert_eq!(
        (
            &safe["contact"],
            &safe["whence"]["on"],
            &safe["whence"]["elsewhere"]
        ),
        (&json!("reply_only"), &json!("sms"), &json!(false)),
        "{safe}"
    );
    // A responder answers without a reason.
    let card = desk.does_by_now(&card, "claim", json!({})).await;
    desk.does_by_now(&card, "message", json!({"template": "ask_place"}))
        .await;
    worker.got("").await;
    world.end().await;
}

#[tokio::test]
async fn what_a_responder_wrote_down_holds_whatever_is_texted_from_the_number() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000133");
    let hers = worker.texts(PLEA).await["reference"].clone();
    worker.got("Asante").await;
    let card = desk.shows_case(&hers, "her case", |_| true).await;
    let card = desk.does_by_now(&card, "claim", json!({})).await;
    let rule = json!({"contact": "never", "note": "her employer has the telephone"});
    desk.does_by_now(&card, "safe_contact", rule).await;
    worker.texts("Please call me").await;
    let card = desk
        .shows_case(&hers, "the text", |card| card["unread"] != 0)
        .await;
    let safe = desk.opens(&card).await["contact"]["safe"].clone();
    assert_eq!(
        (&safe["contact"], &safe["whence"]["on"]),
        (&json!("never"), &json!("desk")),
        "{safe}"
    );
    world.end().await;
}

#[tokio::test]
async fn what_she_told_an_operator_later_outweighs_what_was_typed_with_her_number() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let operator = world.mute_desk("operator@centre").await;
    let worker = world.phone("+254711000134");
    silenced(&world, &worker.number).await;
    let call = json!({"id": Uuid::new_v4(), "text": "She asks about her passport, Deira Dubai",
        "contact": {"phone": worker.number, "safe": "any"}});
    let (status, taken) = operator.post("/api/v1/calls", &call).await;
    assert_eq!(status, 201, "{taken}");
    worker.got("").await;
    let card = desk
        .shows_case(&taken["reference"], "the call", |_| true)
        .await;
    let whence = desk.opens(&card).await["contact"]["safe"]["whence"].clone();
    assert_eq!(whence["on"], "phone");
    let card = desk.does_by_now(&card, "claim", json!({})).await;
    // Her next text joins that case, and nothing silences it.
    let text = worker.texts("bado niko ndani").await;
    assert_eq!(text["reference"], taken["reference"]);
    desk.does_by_now(&card, "message", json!({"template": "ask_place"}))
        .await;
    worker.got("").await;
    world.end().await;
}
