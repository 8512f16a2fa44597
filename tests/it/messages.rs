//! What is said to a person, and what is not.

use crate::support::desk::Desk;
use crate::support::patience::until;
use crate::support::record::{first, log};
use crate::support::words::{CRITICAL, PLEA};
use crate::support::world::{World, seconds};
use msaada::simulator::{Callbacks, Faults, Mode};
use serde_json::{Value, json};

/// A case that an officer has claimed, after its acknowledgement arrived.
async fn claimed(world: &World, desk: &mut Desk, number: &str) -> Value {
    let worker = world.phone(number);
    let answer = worker.texts(PLEA).await;
    worker.got("Asante").await;
    let card = desk
        .shows_case(&answer["reference"], "the delivery noted", |card| {
            card["version"] == 2
        })
        .await;
    desk.does(&card, "claim", json!({})).await
}

#[tokio::test]
async fn words_that_could_betray_her_are_refused_unless_a_reason_is_typed() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let card = claimed(&world, &mut desk, "+254711000002").await;
    let telling = json!({"text": "The Kenya embassy has your case, call +971 4 000 0000"});
    let (status, problem) = desk.tries(&card, "message", telling.clone()).await;
    assert_eq!(
        (status, &problem["why"]),
        (422, &json!("not_neutral")),
        "{problem}"
    );
    assert!(!problem["found"].as_array().expect("where").is_empty());
    let mut despite = telling;
    despite["override"] = json!("she asked for it in a call a minute ago");
    let card = desk.does(&card, "message", despite).await;
    world.phone("+254711000002").got("embassy").await;
    let case = desk.opens(&card).await;
    let noted = first(&case, "message");
    assert_eq!(noted["note"], "she asked for it in a call a minute ago");
    assert_eq!(noted["detail"]["despite"], "not_neutral");
    world.end().await;
}

#[tokio::test]
async fn who_will_contact_us_is_not_texted_and_every_clock_still_runs() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (_, receipt) = world
        .report(json!({"id": uuid::Uuid::new_v4(), "text": PLEA,
            "contact": {"phone": "+254711000003", "safe": "i_will_contact_you"}}))
        .await;
    let card = desk
        .shows_case(&receipt["reference"], "the case", |_| true)
        .await;
    assert_ne!(card["due_at"], Value::Null);
    let card = desk.does(&card, "claim", json!({})).await;
    let (status, problem) = desk
        .tries(&card, "message", json!({"template": "ask_safe"}))
        .await;
    assert_eq!(
        (status, &problem["why"]),
        (422, &json!("i_will_contact_you"))
    );
    world.end().await;
}

#[tokio::test]
async fn stop_silences_us_keeps_the_case_open_and_is_seen() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let card = claimed(&world, &mut desk, "+254711000004").await;
    let worker = world.phone("+254711000004");
    let answer = worker.texts("STOP").await;
    assert_eq!(answer["joined"], true);
    let card = desk
        .shows_case(&card["reference"], "two unread", |card| card["unread"] == 2)
        .await;
    assert_ne!(card["status"], "resolved");
    let (status, problem) = desk
        .tries(
            &card,
            "message",
            json!({"text": "hello", "override": "I must reach her today"}),
        )
        .await;
    assert_eq!(
        (status, &problem["why"]),
        (422, &json!("opted_out")),
        "{problem}"
    );
    assert_eq!(desk.opens(&card).await["contact"]["opted_out"], true);
    world.end().await;
}

#[tokio::test]
async fn a_text_that_cannot_be_sent_says_so_on_its_case() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    world.network.misbehave(Faults {
        mode: Mode::Error,
        code: Some(21_614),
        ..Faults::default()
    });
    let answer = world.phone("+254711000005").texts(PLEA).await;
    let card = desk
        .shows_case(&answer["reference"], "a failure noted", |card| {
            card["version"] == 2
        })
        .await;
    let message = desk.opens(&card).await["messages"][1].clone();
    assert_eq!(message["state"], "failed");
    assert!(
        message["error"].as_str().expect("why").len() > 10,
        "{message}"
    );
    world.end().await;
}

#[tokio::test]
async fn a_gateway_that_is_down_for_a_while_loses_nothing() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    world.network.misbehave(Faults {
        mode: Mode::Failing,
        ..Faults::default()
    });
    let worker = world.phone("+254711000006");
    let answer = worker.texts(PLEA).await;
    let card = desk
        .shows_case(&answer["reference"], "the case", |_| true)
        .await;
    waits_for_another_try(&desk, &card).await;
    world.network.misbehave(Faults::default());
    world.pass(seconds(10)).await;
    worker.got("Asante").await;
    world.end().await;
}

#[tokio::test]
async fn callbacks_that_come_backwards_or_twice_do_no_harm() {
    for callbacks in [Callbacks::Reversed, Callbacks::Duplicated] {
        let world = World::start().await;
        let mut desk = world.desk("officer@dubai").await;
        world.network.misbehave(Faults {
            callbacks,
            ..Faults::default()
        });
        let worker = world.phone("+254711000007");
        let answer = worker.texts(PLEA).await;
        worker.got("Asante").await;
        let card = desk
            .shows_case(&answer["reference"], "the delivery", |card| {
                card["version"] == 2
            })
            .await;
        assert_eq!(desk.opens(&card).await["messages"][1]["state"], "delivered");
        world.end().await;
    }
}

/// Waits until the gateway refused the newest text of a case, so that it waits for another try.
async fn waits_for_another_try(desk: &Desk, card: &Value) {
    desk.texted(card, "it was refused", |text| !text["error"].is_null())
        .await;
}

fn down(to: &str) -> Faults {
    Faults {
        mode: Mode::Failing,
        to: Some(to.to_owned()),
        ..Faults::default()
    }
}

/// Waits until the log of a case says that a text was canceled, and why.
async fn canceled(desk: &Desk, card: &Value) -> Value {
    let mut why = Value::Null;
    until("a text was canceled", async || {
        let case = desk.opens(card).await;
        let line = log(&case).find(|line| line["detail"]["state"] == "canceled");
        why = line.map_or(Value::Null, |line| line["detail"]["error"].clone());
        line.is_some()
    })
    .await;
    why
}

#[tokio::test]
async fn a_text_that_waited_for_the_gateway_is_not_sent_after_stop() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000008");
    world.network.misbehave(down(&worker.number));
    let answer = worker.texts(PLEA).await;
    let card = desk
        .shows_case(&answer["reference"], "the case", |_| true)
        .await;
    waits_for_another_try(&desk, &card).await;
    assert_eq!(worker.texts("STOP").await["joined"], true);
    world.network.misbehave(Faults::default());
    world.pass(seconds(10)).await;
    assert_eq!(
        canceled(&desk, &card).await,
        "not sent: the person does not want to be written to"
    );
    assert_eq!(desk.outgoing(&card).await[0]["state"], "canceled");
    assert_eq!(worker.count(), 0);
    world.end().await;
}

#[tokio::test]
async fn who_asks_for_silence_gets_only_what_was_written_knowing_that() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000009");
    let card = claimed(&world, &mut desk, &worker.number).await;
    world.network.misbehave(down(&worker.number));
    let card = desk
        .does(&card, "message", json!({"template": "ask_safe"}))
        .await;
    waits_for_another_try(&desk, &card).await;
    let never = json!({"contact": "never", "from_hour": null, "to_hour": null, "note": null});
    let card = desk.does(&card, "safe_contact", never).await;
    let despite = json!({"text": "hello again", "override": "her sister says she wants an answer"});
    let card = desk.does(&card, "message", despite).await;
    waits_for_another_try(&desk, &card).await;
    world.network.misbehave(Faults::default());
    world.pass(seconds(10)).await;
    worker.got("hello again").await;
    canceled(&desk, &card).await;
    assert_eq!(desk.outgoing(&card).await[1]["state"], "canceled");
    assert_eq!(worker.count(), 2);
    world.end().await;
}

#[tokio::test]
async fn a_text_to_staff_that_waited_is_not_sent_when_somebody_has_acted() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let duty = world.phone_of("duty@dubai");
    world.network.misbehave(down(&duty.number));
    let plea = CRITICAL;
    let reference = desk.gets(&world, plea).await["reference"].clone();
    world.pass(seconds(60)).await;
    let card = desk
        .shows_case(&reference, "a lapse", |card| card["lapses"] == 1)
        .await;
    let pool = world.pool().await;
    let tried = "select exists (select from outbox where error is not null)";
    until("it was tried", async || {
        let tried = sqlx::query_scalar(tried).fetch_one(&pool).await;
        tried.expect("an answer")
    })
    .await;
    let card = desk.does(&card, "claim", json!({})).await;
    world.network.misbehave(Faults::default());
    world.pass(seconds(10)).await;
    assert_eq!(canceled(&desk, &card).await, "not sent: somebody has acted");
    assert_eq!(duty.count(), 0);
    world.end().await;
}
