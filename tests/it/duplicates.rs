//! Two reports of one trouble, and one case that is two: joined, related, parted, nothing lost.

use crate::support::passing::moment;
use crate::support::record::last;
use crate::support::words::{PLEA, URGENT};
use crate::support::world::World;
use serde_json::{Value, json};

fn count(case: &Value, what: &str) -> usize {
    case[what].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_joined_case_ends_as_a_duplicate_and_what_she_writes_later_reaches_the_other() {
    let world = World::start().await;
    let (worker, sister) = (world.phone("+254711000021"), world.phone("+254711000022"));
    let mut desk = world.desk("officer@dubai").await;
    let first = worker.texts(PLEA).await["reference"].clone();
    let second = sister
        .texts("my sister is locked in, Deira Dubai, they beat her with a knife right now")
        .await["reference"]
        .clone();
    worker.got("").await;
    sister.got("").await;
    let kept = desk.shows_case(&first, "the first", |_| true).await;
    let gone = desk.shows_case(&second, "the second", |_| true).await;
    let merge = json!({"into": kept["id"], "reason": "the sister of the same worker"});
    let gone = desk.does_by_now(&gone, "merge", merge).await;
    assert_eq!(
        (&gone["status"], &gone["merged_into"], &gone["due_at"]),
        (&json!("resolved"), &kept["id"], &Value::Null)
    );
    let kept = desk
        .shows_case(&first, "both", |card| card["unread"] == 2)
        .await;
    let case = desk.opens(&kept).await;
    assert_eq!((count(&case, "reports"), count(&case, "contacts")), (2, 2));
    assert_eq!(case["reports"][1]["joined_from"], second);
    assert_eq!(case["joined"][0]["reference"], second);
    assert_eq!(
        last(&case, "merged")["note"],
        "the sister of the same worker"
    );

    // What the sister writes now, and what she adds by her reference, reaches the one that goes on.
    let later = sister.texts("she is on the third floor").await;
    assert_eq!(
        (&later["joined"], &later["reference"]),
        (&json!(true), &first)
    );
    let kept = desk
        .shows_case(&first, "three reports", |card| card["unread"] == 3)
        .await;
    assert_eq!(kept["status"], "waiting");
    world.end().await;
}

#[tokio::test]
async fn joining_can_raise_the_one_that_goes_on_and_never_lower_it() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let calm = world.says("my madam has my passport, Deira Dubai").await["reference"].clone();
    let bad = world
        .says("ananipiga sasa hivi, anataka kuniua, niko Deira Dubai")
        .await["reference"]
        .clone();
    let into = desk.shows_case(&calm, "the calm one", |_| true).await;
    let from = desk.shows_case(&bad, "the bad one", |_| true).await;
    assert_eq!(from["priority"], "critical");
    desk.does(&from, "merge", json!({"into": into["id"]})).await;
    let raised = desk
        .shows_case(&calm, "critical now", |card| card["priority"] == "critical")
        .await;
    assert!(moment(&raised["due_at"]) < moment(&into["due_at"]));
    let other = desk.gets(&world, "my passport expired, Dubai").await;
    desk.does(&other, "merge", json!({"into": raised["id"]}))
        .await;
    let kept = desk
        .shows_case(&calm, "all three", |card| card["unread"] == 3)
        .await;
    assert_eq!(kept["priority"], "critical");
    let (status, problem) = desk
        .tries(&kept, "merge", json!({"into": other["id"]}))
        .await;
    assert_eq!(status, 422, "not into one that has ended: {problem}");
    world.end().await;
}

#[tokio::test]
async fn what_was_joined_by_mistake_is_parted_again_with_its_own_clock() {
    let world = World::start().await;
    let (one, two) = (world.phone("+254711000023"), world.phone("+254711000024"));
    let mut desk = world.desk("officer@dubai").await;
    let first = one.texts(PLEA).await["reference"].clone();
    let second = two.texts(PLEA).await["reference"].clone();
    one.got("").await;
    two.got("").await;
    let kept = desk.shows_case(&first, "the first", |_| true).await;
    let gone = desk.shows_case(&second, "the second", |_| true).await;
    desk.does_by_now(&gone, "merge", json!({"into": kept["id"]}))
        .await;
    let kept = desk
        .shows_case(&first, "both", |card| card["unread"] == 2)
        .await;
    let case = desk.opens(&kept).await;
    let kept = case["card"].clone();
    let report = &case["reports"][1]["id"];
    let opener = &case["reports"][0]["id"];
    let why = "another house, another worker";
    let first_part = json!({"report": opener, "reason": why});
    let (mut status, answer) = desk.tries(&kept, "split", first_part.clone()).await;
    if status == 409 {
        (status, _) = desk.tries(&answer["card"], "split", first_part).await;
    }
    assert_eq!(status, 422, "the report that opened a case is the case");
    let split = json!({"report": report, "reason": why});
    desk.does_by_now(&kept, "split", split).await;
    let back = desk
        .shows_case(&second, "waiting again", |card| card["status"] == "waiting")
        .await;
    assert_eq!(back["merged_into"], Value::Null);
    assert!(back["due_at"].is_string());
    let kept = desk
        .shows_case(&first, "the newest", |card| {
            card["version"] != kept["version"]
        })
        .await;
    let case = desk.opens(&kept).await;
    assert_eq!((count(&case, "reports"), count(&case, "contacts")), (1, 1));
    let later = two.texts("bado niko hapa").await;
    assert_eq!(later["reference"], second, "each has her own again");
    world.end().await;
}

#[tokio::test]
async fn a_report_that_joined_a_case_can_become_a_case_of_its_own() {
    let world = World::start().await;
    let worker = world.phone("+254711000025");
    let mut desk = world.desk("officer@dubai").await;
    let first = worker.texts(PLEA).await["reference"].clone();
    worker.got("").await;
    worker
        .texts("my friend Rose died in the hospital in Sharjah")
        .await;
    let card = desk
        .shows_case(&first, "two reports", |card| card["unread"] == 2)
        .await;
    let case = desk.opens(&card).await;
    let report = &case["reports"][1]["id"];
    let split = json!({"report": report, "reason": "that is about her friend"});
    desk.does_by_now(&card, "split", split).await;
    let own = desk
        .shows("the friend's case", |card| card["kind"] == "death")
        .await;
    assert_eq!(
        (&own["status"], &own["mission"], &own["unread"]),
        (&json!("waiting"), &json!("AE-DXB"), &json!(1))
    );
    let theirs = desk.opens(&own).await;
    assert_eq!(theirs["reports"][0]["id"], *report);
    assert_eq!(last(&theirs, "opened")["detail"]["from"], first);
    assert_eq!(theirs["contact"]["number"], "+254711000025");
    let case = desk.opens(&card).await;
    assert_eq!(count(&case, "reports"), 1);
    assert_eq!(last(&case, "split")["note"], "that is about her friend");
    world.end().await;
}

#[tokio::test]
async fn related_cases_name_each_other_and_why() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let one = world.says(PLEA).await["reference"].clone();
    let two = world.says(URGENT).await["reference"].clone();
    let card = desk.shows_case(&one, "the first", |_| true).await;
    let other = desk.shows_case(&two, "the second", |_| true).await;
    let why = json!({"to": other["id"], "reason": "the same agent brought both"});
    let card = desk.does(&card, "link", why.clone()).await;
    let (status, _) = desk.tries(&card, "link", why).await;
    assert_eq!(status, 422, "once is enough");
    let other = desk
        .shows_case(&two, "told", |now| now["version"] != other["version"])
        .await;
    for (card, reference) in [(&card, &two), (&other, &one)] {
        let case = desk.opens(card).await;
        assert_eq!(case["related"][0]["reference"], *reference);
        assert_eq!(last(&case, "linked")["note"], "the same agent brought both");
    }
    let no = json!({"to": other["id"], "reason": "another agent after all"});
    let card = desk.does(&card, "unlink", no).await;
    assert_eq!(count(&desk.opens(&card).await, "related"), 0);
    world.end().await;
}

#[tokio::test]
async fn two_officers_who_join_the_same_cases_at_once_lose_nothing() {
    let world = World::start().await;
    let mut here = world.desk("officer@dubai").await;
    let there = world.desk("duty@dubai").await;
    let one = world.says(PLEA).await["reference"].clone();
    let two = world.says(URGENT).await["reference"].clone();
    let card = here.shows_case(&one, "the first", |_| true).await;
    let other = here.shows_case(&two, "the second", |_| true).await;
    let (a, b) = tokio::join!(
        here.tries(&card, "merge", json!({"into": other["id"]})),
        there.tries(&other, "merge", json!({"into": card["id"]}))
    );
    let mut answers = [a.0, b.0];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409], "{a:?} {b:?}");
    let kept = here
        .shows("the one that goes on", |card| {
            card["status"] == "waiting" && card["unread"] == 2
        })
        .await;
    assert_eq!(count(&here.opens(&kept).await, "reports"), 2);
    world.end().await;
}
