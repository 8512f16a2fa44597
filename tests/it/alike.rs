//! What only a person decides: cases that may be about one person, and what a later text suggests.

use crate::support::world::World;
use serde_json::{Value, json};
use uuid::Uuid;

fn reasons(case: &Value, reference: &Value) -> Vec<String> {
    let found = case["alike"].as_array().expect("suggestions").iter();
    found
        .filter(|other| other["reference"] == *reference)
        .flat_map(|other| other["reasons"].as_array().expect("reasons"))
        .map(|reason| reason.as_str().expect("a word").to_owned())
        .collect()
}

#[tokio::test]
async fn a_missing_person_meets_the_detention_of_the_same_name_in_another_script() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (_, missing) = world
        .report(json!({"id": Uuid::new_v4(), "kind": "missing_person",
            "text": "We cannot reach our brother, he worked in Deira Dubai. Phone is off for a week",
            "subject": {"name": "Mohamed Barasa"}}))
        .await;
    let (_, held) = world
        .report(json!({"id": Uuid::new_v4(), "kind": "detention",
            "text": "عندنا موقوف كيني في ديرة دبي", "subject": {"name": "محمد باراسا"}}))
        .await;
    let (_, other) = world
        .report(json!({"id": Uuid::new_v4(), "kind": "detention",
            "text": "My friend Peter was arrested in Deira Dubai", "subject": {"name": "Peter Otieno"}}))
        .await;
    let card = desk
        .shows_case(&missing["reference"], "the missing person", |_| true)
        .await;
    desk.shows_case(&held["reference"], "the detention", |_| true)
        .await;
    let case = desk.opens(&card).await;
    let why = reasons(&case, &held["reference"]);
    assert!(
        ["name", "kind", "time"]
            .iter()
            .all(|r| why.contains(&(*r).to_owned())),
        "{case}"
    );
    assert!(reasons(&case, &other["reference"]).is_empty());
    // Suggested, never done: both wait on their own.
    assert_eq!(case["card"]["status"], "waiting");
    assert_eq!(case["reports"].as_array().expect("reports").len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_later_text_says_more_finely_where_she_is_and_raises_the_case_by_itself() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000061");
    let first = worker
        .texts("niko Dubai, bosi amechukua passport yangu na hanilipi")
        .await;
    let card = desk
        .shows_case(&first["reference"], "the case", |_| true)
        .await;
    worker.got("Asante").await;
    assert_eq!(desk.opens(&card).await["place"]["level"], "city");
    worker
        .texts("niko Deira, ameshika kisu anasema ataniua leo")
        .await;
    let card = desk
        .shows_case(&first["reference"], "critical", |card| {
            card["priority"] == "critical"
        })
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(case["place"]["level"], "district", "{}", case["place"]);
    assert_eq!(case["card"]["kind"], "distress");
    world.end().await;
}

#[tokio::test]
async fn no_problem_here_lowers_nothing_and_is_only_suggested() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000062");
    let first = worker
        .texts("help me, he has a knife and wants to kill me, I am in Deira Dubai")
        .await;
    let before = desk
        .shows_case(&first["reference"], "the case", |_| true)
        .await;
    worker.got("Thank you").await;
    worker
        .texts("thank you so much, I arrived home safely, God bless")
        .await;
    let after = desk
        .shows_case(&first["reference"], "both texts and the delivery", |card| {
            card["unread"] == 2 && card["version"] == 3
        })
        .await;
    assert_eq!(after["priority"], before["priority"]);
    assert_ne!(after["status"], "resolved");
    let case = desk.opens(&after).await;
    let says: Vec<&Value> = case["suggestions"]
        .as_array()
        .expect("suggestions")
        .iter()
        .map(|s| &s["says"])
        .collect();
    assert_eq!(says, [&json!("over")], "{case}");
    // Whoever acts has read it.
    let card = desk.does(&after, "claim", json!({})).await;
    assert_eq!(desk.opens(&card).await["suggestions"], json!([]));
    world.end().await;
}
