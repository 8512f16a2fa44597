//! What a person chose and told stays true when her case is joined to another, and when it is parted
//! from it again.

use crate::support::desk::Desk;
use crate::support::words::{LOCKED_IN, PLEA};
use crate::support::world::World;
use serde_json::{Value, json};
use uuid::Uuid;

const NUMBER: &str = "+254711000101";

/// A report of this number by the form, with this choice; its card.
async fn reported(world: &World, desk: &mut Desk, text: &str, safe: &str) -> Value {
    let contact = json!({"phone": NUMBER, "safe": safe});
    let report = json!({"id": Uuid::new_v4(), "text": text, "contact": contact});
    let (status, receipt) = world.report(report).await;
    assert_eq!(status, 201, "{receipt}");
    desk.shows_case(&receipt["reference"], "the case", |_| true)
        .await
}

async fn choice(desk: &Desk, card: &Value) -> Value {
    desk.opens(card).await["contact"]["safe"]["contact"].clone()
}

async fn joined(desk: &mut Desk, gone: &Value, kept: &Value) -> Value {
    desk.does_by_now(gone, "merge", json!({"into": kept["id"]}))
        .await;
    desk.shows_case(&kept["reference"], "both", |card| card["unread"] == 2)
        .await
}

#[tokio::test]
async fn who_asked_not_to_be_contacted_in_one_of_two_reports_is_not_texted_for_the_other() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone(NUMBER);
    let told = worker.texts(PLEA).await["reference"].clone();
    worker.got("Asante").await;
    let kept = desk.shows_case(&told, "the case", |_| true).await;
    let gone = reported(&world, &mut desk, "locked in, Deira Dubai", "never").await;
    let kept = joined(&mut desk, &gone, &kept).await;
    assert_eq!(choice(&desk, &kept).await, "never");
    let kept = desk.does_by_now(&kept, "claim", json!({})).await;
    let (status, problem) = desk
        .tries(&kept, "message", json!({"template": "ask_safe"}))
        .await;
    assert_eq!(
        (status, &problem["why"]),
        (422, &json!("never")),
        "{problem}"
    );
    world.end().await;
}

#[tokio::test]
async fn what_she_chose_while_two_cases_were_one_holds_in_both_when_they_are_parted() {
    let world = World::start().await;
    let (mut desk, kept) = world.officer_gets(PLEA).await;
    let gone = reported(&world, &mut desk, "locked in, Deira Dubai", "any").await;
    world.phone(NUMBER).got("").await;
    let kept = joined(&mut desk, &gone, &kept).await;
    let never = json!({"contact": "never", "note": "her employer reads her phone"});
    let kept = desk.does_by_now(&kept, "safe_contact", never).await;
    let case = desk.opens(&kept).await;
    let report = case["reports"]
        .as_array()
        .and_then(|reports| reports.iter().find(|one| one["joined_from"].is_string()))
        .expect("hers")["id"]
        .clone();
    let split = json!({"report": report, "reason": "another house"});
    desk.does_by_now(&kept, "split", split).await;
    let back = desk
        .shows_case(&gone["reference"], "waiting again", |card| {
            card["status"] == "waiting"
        })
        .await;
    assert_eq!(choice(&desk, &back).await, "never");
    world.end().await;
}

#[tokio::test]
async fn the_hours_she_gave_on_the_form_hold_when_she_writes_and_when_her_cases_are_joined() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone(NUMBER);
    let contact = json!({"phone": NUMBER, "safe": "never", "from_hour": 9, "to_hour": 17});
    let report =
        json!({"id": Uuid::new_v4(), "text": "locked in, Deira Dubai", "contact": contact});
    let (_, receipt) = world.report(report).await;
    let typed = desk
        .shows_case(&receipt["reference"], "by the form", |_| true)
        .await;
    let reference = worker.texts(PLEA).await["reference"].clone();
    let wrote = desk.shows_case(&reference, "by text", |_| true).await;
    let hours = async |desk: &Desk, card: &Value| {
        let safe = desk.opens(card).await["contact"]["safe"].clone();
        (safe["from_hour"].clone(), safe["to_hour"].clone())
    };
    assert_ne!(typed["id"], wrote["id"]);
    assert_eq!(hours(&desk, &wrote).await, (json!(9), json!(17)));
    let kept = joined(&mut desk, &typed, &wrote).await;
    assert_eq!(hours(&desk, &kept).await, (json!(9), json!(17)));
    assert_eq!(choice(&desk, &kept).await, "never");
    world.end().await;
}

#[tokio::test]
async fn what_was_joined_is_parted_where_it_was_joined_and_not_reopened() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let one = world.says(PLEA).await["reference"].clone();
    let two = world.says(LOCKED_IN).await["reference"].clone();
    let kept = desk.shows_case(&one, "the first", |_| true).await;
    let gone = desk.shows_case(&two, "the second", |_| true).await;
    let gone = desk
        .does_by_now(&gone, "merge", json!({"into": kept["id"]}))
        .await;
    let acts = desk.opens(&gone).await["acts"].clone();
    assert!(!acts.to_string().contains("reopen"), "{acts}");
    let (status, problem) = desk
        .tries(&gone, "reopen", json!({"reason": "it is another house"}))
        .await;
    assert_eq!(status, 422, "{problem}");
    assert!(problem["detail"].to_string().contains("split"), "{problem}");
    world.end().await;
}

#[tokio::test]
async fn a_place_told_in_one_report_is_known_in_the_case_it_is_joined_to_and_in_the_one_split_off()
{
    let world = World::start().await;
    let mut desk = world.desk("operator@centre").await;
    let worker = world.phone(NUMBER);
    let first = worker.texts("nisaidie, wamenifungia ndani ya nyumba").await["reference"].clone();
    worker.got("Asante").await;
    let kept = desk.shows_case(&first, "without a place", |_| true).await;
    let gone = desk.gets(&world, LOCKED_IN).await;
    let kept = joined(&mut desk, &gone, &kept).await;
    assert_eq!(kept["country"], "AE");
    let (status, place) = desk.exact_place(&kept).await;
    assert_eq!((status, place["lat"].is_number()), (200, true), "{place}");

    worker
        .texts("my friend Rose died in the hospital in Sharjah")
        .await;
    let kept = desk
        .shows_case(&first, "three reports", |card| card["unread"] == 3)
        .await;
    let case = desk.opens(&kept).await;
    let report = case["reports"]
        .as_array()
        .and_then(|reports| {
            reports
                .iter()
                .find(|one| one["text"].to_string().contains("Rose"))
        })
        .expect("the third")["id"]
        .clone();
    let split = json!({"report": report, "reason": "that is about her friend"});
    desk.does_by_now(&kept, "split", split).await;
    let own = desk
        .shows("the friend's case", |card| card["kind"] == "death")
        .await;
    let (status, place) = desk.exact_place(&own).await;
    assert_eq!((status, place["lat"].is_number()), (200, true), "{place}");
    world.end().await;
}
