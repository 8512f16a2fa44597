//! A word that was agreed on: she said that she would write by then. If she does not, that is told by
//! itself, and never to her.

use crate::support::desk::Desk;
use crate::support::passing::moment;
use crate::support::phone::Phone;
use crate::support::world::{World, minutes, seconds};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde_json::{Value, json};

const PLEA: &str = "they have not paid my salary for three months, I am in Deira Dubai";

/// A worker who wrote, and her case in the hands of an officer who agrees with her on a word by then.
async fn agreed(world: &World, desk: &mut Desk, by: DateTime<Utc>) -> (Phone, Value) {
    let worker = world.phone("+254711000301");
    let reference = worker.texts(PLEA).await["reference"].clone();
    worker.got("").await;
    let card = desk.shows_case(&reference, "the case", |_| true).await;
    assert_eq!(card["priority"], "serious");
    let card = desk.does_by_now(&card, "claim", json!({})).await;
    let daily = json!({"hear_by": by, "hear_every_h": 24});
    let card = desk.does_by_now(&card, "agree", daily).await;
    assert_eq!(
        (
            &card["clock"],
            moment(&card["due_at"]),
            moment(&card["hear_by"])
        ),
        (&json!("word"), by, by)
    );
    (worker, card)
}

fn hours_from_now(world: &World, hours: i64) -> DateTime<Utc> {
    world.clock.now().trunc_subsecs(0) + minutes(60 * hours)
}

/// What is refused to this desk, by the case as it stands by now: a delivery may have been noted on it.
async fn refused(desk: &Desk, card: &Value, act: &str, more: Value) -> Value {
    let (mut status, mut problem) = desk.tries(card, act, more.clone()).await;
    if status == 409 {
        (status, problem) = desk.tries(&problem["card"].clone(), act, more).await;
    }
    assert_eq!(status, 422, "{problem}");
    problem
}

async fn lapses(desk: &Desk, card: &Value) -> Vec<Value> {
    let case = desk.opens(card).await;
    let log = case["log"].as_array().expect("a log");
    let lapsed = log.iter().filter(|line| line["event"] == "lapsed");
    lapsed.cloned().collect()
}

#[tokio::test]
async fn when_she_does_not_write_as_she_said_her_case_goes_up_in_that_moment_and_she_is_sent_nothing()
 {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (duty, by) = (world.phone_of("duty@dubai"), hours_from_now(&world, 2));
    let (worker, card) = agreed(&world, &mut desk, by).await;
    let sent = worker.count();
    world.pass_until_shortly_before(by).await;
    assert_eq!(duty.count(), 0, "nothing before its moment");
    assert!(lapses(&desk, &card).await.is_empty());
    world.pass_until(by + seconds(1)).await;
    let text = duty.got("URGENT").await;
    assert!(!text.contains("not claimed"), "{text}");
    assert!(text.contains("the agreed word did not come"), "{text}");
    let card = desk
        .shows_case(
            &card["reference"],
            "urgent, with the duty officer",
            |card| card["priority"] == "urgent" && card["level"] == 1,
        )
        .await;
    let tomorrow = by + TimeDelta::days(1);
    assert_eq!(
        moment(&card["hear_by"]),
        tomorrow,
        "the next evening stands"
    );
    assert_eq!(
        moment(&card["due_at"]),
        by + minutes(5),
        "from the planned moment"
    );
    let [lapse] = &lapses(&desk, &card).await[..] else {
        panic!("one moment, one lapse");
    };
    assert_eq!(lapse["detail"]["clock"], "word");
    assert_eq!(moment(&lapse["detail"]["planned"]), by);
    assert_eq!(
        worker.count(),
        sent,
        "whoever holds her telephone learns nothing"
    );
    desk.does_by_now(&card, "start", json!({})).await;
    world.end().await;
}

#[tokio::test]
async fn a_word_an_hour_before_is_the_word_of_that_evening_and_the_next_one_is_waited_for() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (duty, by) = (world.phone_of("duty@dubai"), hours_from_now(&world, 3));
    let (worker, card) = agreed(&world, &mut desk, by).await;
    let soon = worker.texts("asante sana").await;
    assert_eq!(soon["reference"], card["reference"]);
    let card = desk
        .shows_case(&card["reference"], "her thanks", |card| card["unread"] == 2)
        .await;
    assert_eq!(moment(&card["hear_by"]), by, "a thank you is not that word");
    world.pass_until(by - minutes(60)).await;
    worker.texts("niko salama").await;
    let tomorrow = by + TimeDelta::days(1);
    let card = desk
        .shows_case(&card["reference"], "the next evening", |card| {
            moment(&card["hear_by"]) == tomorrow
        })
        .await;
    assert_ne!(card["clock"], "word");
    world.pass_until(by + minutes(1)).await;
    assert!(lapses(&desk, &card).await.is_empty());
    assert_eq!(duty.count(), 0);
    let case = desk.opens(&card).await;
    let log = case["log"].as_array().expect("a log");
    let heard = log.iter().rfind(|line| line["event"] == "joined");
    assert_eq!(moment(&heard.expect("on record")["detail"]["hear_by"]), by);
    world.end().await;
}

#[tokio::test]
async fn what_somebody_else_writes_whose_case_was_joined_to_hers_is_not_her_word() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let by = hours_from_now(&world, 2);
    let (_, card) = agreed(&world, &mut desk, by).await;
    let brother = world.phone("+254711000302");
    let reference = brother
        .texts("my sister has not been paid for three months, she is in Deira Dubai")
        .await["reference"]
        .clone();
    brother.got("").await;
    let gone = desk.shows_case(&reference, "his case", |_| true).await;
    desk.does_by_now(&gone, "merge", json!({"into": card["id"]}))
        .await;
    let card = desk
        .shows_case(&card["reference"], "both", |card| card["unread"] == 2)
        .await;
    assert_eq!(moment(&card["hear_by"]), by);
    world.pass_until(by - minutes(10)).await;
    let more = brother.texts("any news of my sister?").await;
    assert_eq!(more["reference"], card["reference"], "it goes on there");
    let card = desk
        .shows_case(&card["reference"], "his question", |card| {
            card["unread"] == 3
        })
        .await;
    assert_eq!(moment(&card["hear_by"]), by, "she has not written");
    desk.does_by_now(&card, "end_agreement", json!({})).await;
    world.end().await;
}

#[tokio::test]
async fn what_cannot_be_agreed_on_is_refused_with_how_to_mend_it_and_what_ended_stays_ended() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (_, card) = agreed(&world, &mut desk, hours_from_now(&world, 2)).await;
    let now = world.clock.now();
    for (words, field, why) in [
        (
            json!({"hear_by": now - minutes(1)}),
            "hear_by",
            "still to come",
        ),
        (
            json!({"hear_by": now + TimeDelta::days(31)}),
            "hear_by",
            "thirty days",
        ),
        (
            json!({"hear_by": now + minutes(60), "hear_every_h": 0}),
            "hear_every_h",
            "from 1 to 168",
        ),
    ] {
        let problem = refused(&desk, &card, "agree", words).await;
        assert_eq!(problem["errors"][0]["field"], field);
        let said = problem["errors"][0]["message"]
            .as_str()
            .expect("a sentence");
        assert!(said.contains(why), "{said}");
    }
    let other = world.desk("duty@dubai").await;
    let problem = refused(&other, &card, "end_agreement", json!({})).await;
    let said = problem["detail"].as_str().expect("a sentence");
    assert!(said.contains("only who has claimed this case"), "{said}");
    let resolve = json!({"outcome": "helped", "summary": "Paid."});
    let card = desk.does_by_now(&card, "resolve", resolve).await;
    assert_eq!(
        (&card["hear_by"], &card["due_at"]),
        (&Value::Null, &Value::Null)
    );
    let card = desk
        .does(&card, "reopen", json!({"reason": "not paid after all"}))
        .await;
    assert_eq!(
        card["hear_by"],
        Value::Null,
        "what ended does not come back"
    );
    let card = desk.does(&card, "claim", json!({})).await;
    let problem = refused(&desk, &card, "end_agreement", json!({})).await;
    let said = problem["detail"].as_str().expect("a sentence");
    assert!(said.contains("no word is agreed on"), "{said}");
    world.end().await;
}

#[tokio::test]
async fn a_case_that_is_given_back_and_shown_on_a_desk_is_still_due_by_the_word() {
    let world = World::start().await;
    let mut early = world.desk("officer@dubai").await;
    let duty = world.phone_of("duty@dubai");
    let words = "ananipiga sasa hivi anataka kuniua, niko Deira Dubai";
    let reference = world.says(words).await["reference"].clone();
    let card = early.shows_case(&reference, "the case", |_| true).await;
    let card = early.does(&card, "claim", json!({})).await;
    let by = world.clock.now().trunc_subsecs(0) + seconds(50);
    let card = early.does(&card, "agree", json!({"hear_by": by})).await;
    let card = early.does(&card, "release", json!({})).await;
    assert_eq!(moment(&card["due_at"]), by, "sooner than the claim clock");
    let (status, _) = early.tries(&card, "end_agreement", json!({})).await;
    assert_eq!(status, 422, "she has not got it any more");
    // It tells that it shows the case: nothing goes up for want of a desk.
    let _late = world.desk("head@dubai").await;
    world.pass_until_shortly_before(by).await;
    assert!(lapses(&early, &card).await.is_empty());
    world.pass_until(by + seconds(1)).await;
    duty.got("CRITICAL").await;
    let [lapse] = &lapses(&early, &card).await[..] else {
        panic!("one moment, one lapse");
    };
    assert_eq!(lapse["detail"]["clock"], "word");
    let card = early
        .shows_case(&reference, "nothing is waited for", |card| {
            card["lapses"] == 1
        })
        .await;
    assert_eq!(
        (&card["hear_by"], moment(&card["due_at"])),
        (&Value::Null, by + seconds(60))
    );
    world.end().await;
}
