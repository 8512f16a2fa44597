//! A text that nobody got: somebody else is told at once, and nobody twice.

use crate::support::desk::Desk;
use crate::support::patience::until;
use crate::support::record::log;
use crate::support::words::{CRITICAL, PLEA};
use crate::support::world::{World, minutes, seconds};
use futures_util::future::join_all;
use msaada::case::{MissionCode, Post, Role};
use msaada::simulator::{Faults, Mode};
use msaada::store::NewResponder;
use serde_json::{Value, json};
use uuid::Uuid;

fn refused(to: &str, code: u32) -> Faults {
    Faults {
        mode: Mode::Error,
        code: Some(code),
        to: Some(to.to_owned()),
        ..Faults::default()
    }
}

fn undelivered(to: &str, code: u32) -> Faults {
    Faults {
        mode: Mode::Undelivered,
        ..refused(to, code)
    }
}

/// The lines of a case's log about texts that were lost.
async fn losses(desk: &Desk, card: &Value) -> Vec<Value> {
    let case = desk.opens(card).await;
    let lost = log(&case).filter(|line| line["detail"]["state"] == "failed");
    lost.map(|line| line["detail"].clone()).collect()
}

/// The same, as soon as there are any.
async fn lost(desk: &Desk, card: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    until("a loss is on record", async || {
        all = losses(desk, card).await;
        !all.is_empty()
    })
    .await;
    all
}

#[tokio::test]
async fn when_a_duty_officer_cannot_be_texted_the_next_rung_is_told_at_once_and_only_once() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (duty, head, centre) = (
        world.phone_of("duty@dubai"),
        world.phone_of("head@dubai"),
        world.phone_of("operator@centre"),
    );
    world.network.misbehave(refused(&duty.number, 21_614));
    let reference = desk.gets(&world, CRITICAL).await["reference"].clone();
    world.pass(seconds(60)).await;
    // Nobody heads the section: the next rung with somebody on it is the head of mission's.
    let text = head.got("not claimed").await;
    assert!(text.contains("level 3"), "{text}");
    let card = desk
        .shows_case(&reference, "level 3", |card| card["level"] == 3)
        .await;
    assert_eq!(card["lapses"], 1, "one clock lapsed, not two");
    assert_eq!(losses(&desk, &card).await[0]["next"], "next_level");
    // The clock that was planned before does not escalate it once more: she has her own minute.
    world.pass(seconds(50)).await;
    assert_eq!((head.count(), centre.count()), (1, 0));
    world.pass(seconds(10)).await;
    centre.got("not claimed").await;
    assert_eq!((duty.count(), head.count()), (0, 1));
    world.end().await;
}

#[tokio::test]
async fn a_phone_that_is_off_is_tried_once_more_and_then_the_next_rung_is_told() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (duty, head) = (world.phone_of("duty@dubai"), world.phone_of("head@dubai"));
    world.network.misbehave(undelivered(&duty.number, 30_003));
    let card = desk.gets(&world, CRITICAL).await;
    world.pass(seconds(60)).await;
    duty.got("not claimed").await;
    assert_eq!(lost(&desk, &card).await[0]["next"], "again");
    assert_eq!(head.count(), 0);
    world.pass(seconds(10)).await;
    duty.got("not claimed").await;
    head.got("not claimed").await;
    desk.shows_case(&card["reference"], "level 3", |card| {
        card["level"] == 3 && card["lapses"] == 1
    })
    .await;
    assert_eq!(duty.count(), 2, "once more, and no more");
    world.end().await;
}

#[tokio::test]
async fn where_two_stand_on_a_rung_and_one_of_them_was_told_nobody_else_is() {
    let world = World::start().await;
    world
        .staff("second@dubai", Role::Officer, Post::DutyOfficer, "AE-DXB")
        .await;
    let mut desk = world.desk("officer@dubai").await;
    let (duty, second) = (world.phone_of("duty@dubai"), world.phone_of("second@dubai"));
    world.network.misbehave(refused(&duty.number, 21_614));
    let card = desk.gets(&world, CRITICAL).await;
    world.pass(seconds(60)).await;
    second.got("not claimed").await;
    lost(&desk, &card).await;
    world.pass(seconds(30)).await;
    assert_eq!(world.phone_of("head@dubai").count(), 0);
    world.end().await;
}

#[tokio::test]
async fn where_nobody_is_above_the_desk_sees_that_nobody_was_told() {
    let world = World::empty().await;
    world.staff_dubai().await;
    let mut desk = world.desk("officer@dubai").await;
    let duty = world.phone_of("duty@dubai");
    world.network.misbehave(refused(&duty.number, 21_614));
    let reference = world.says(CRITICAL).await["reference"].clone();
    desk.shows_case(&reference, "the case", |card| card["unread"] == 1)
        .await;
    world.pass(seconds(60)).await;
    let card = desk
        .shows_case(&reference, "unread again", |card| card["unread"] == 2)
        .await;
    assert_eq!((&card["level"], &card["lapses"]), (&json!(1), &json!(1)));
    assert_eq!(losses(&desk, &card).await[0]["next"], Value::Null);
    world.end().await;
}

#[tokio::test]
async fn a_rung_whose_holder_has_no_number_or_wrote_stop_is_passed_over() {
    let world = World::start().await;
    let section = NewResponder {
        email: "section@dubai.example".to_owned(),
        name: "section@dubai".to_owned(),
        role: Role::Officer,
        post: Post::HeadOfSection,
        mission: "AE-DXB".parse::<MissionCode>().expect("a mission"),
        password_hash: None,
        phone: None,
        on_duty: true,
    };
    world
        .store
        .add_responder(&section, Uuid::new_v4(), world.clock.now())
        .await
        .expect("a responder");
    world.phone_of("duty@dubai").texts("STOP").await;
    world.node.flow.read_standing().await.expect("standing");
    let reference = world.says(CRITICAL).await["reference"].clone();
    world.pass(seconds(60)).await;
    world.phone_of("head@dubai").got("on no desk for").await;
    let mut desk = world.desk("officer@dubai").await;
    desk.shows_case(&reference, "level 3", |card| card["level"] == 3)
        .await;
    assert_eq!(world.phone_of("duty@dubai").count(), 0);
    world.end().await;
}

#[tokio::test]
async fn what_a_carrier_does_not_deliver_goes_by_the_next_channel_the_person_allows() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000051");
    world.network.misbehave(Faults {
        count: Some(1),
        ..undelivered(&worker.number, 30_007)
    });
    let (_, receipt) = world
        .report(json!({"id": Uuid::new_v4(), "text": "nisaidie, niko Deira",
            "contact": {"phone": worker.number, "safe": "any"}}))
        .await;
    worker.got("Asante").await;
    worker.got("Asante").await;
    let card = desk
        .shows_case(&receipt["reference"], "the delivery", |card| {
            card["version"] == 3
        })
        .await;
    assert_eq!(card["unread"], 1, "she got it: nothing to be alarmed about");
    let case = desk.opens(&card).await;
    let said: Vec<_> = case["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .filter(|m| m["direction"] == "out")
        .map(|m| (m["channel"].clone(), m["state"].clone()))
        .collect();
    let expected = [("sms", "failed"), ("whatsapp", "delivered")];
    assert_eq!(said, expected.map(|(c, s)| (json!(c), json!(s))));
    world.end().await;
}

#[tokio::test]
async fn who_wrote_by_text_is_not_answered_elsewhere_and_her_case_shows_it_loudly() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000052");
    world.network.misbehave(undelivered(&worker.number, 30_008));
    let answer = worker.texts("nisaidie, niko Deira").await;
    worker.got("Asante").await;
    let reference = answer["reference"].clone();
    desk.shows_case(&reference, "one more try", |card| card["version"] == 2)
        .await;
    world.pass(minutes(2)).await;
    worker.got("Asante").await;
    let card = desk
        .shows_case(&reference, "the loss", |card| card["unread"] == 2)
        .await;
    let next: Vec<Value> = losses(&desk, &card)
        .await
        .iter()
        .map(|l| l["next"].clone())
        .collect();
    assert_eq!(next, [json!("again"), Value::Null]);
    world.end().await;
}

#[tokio::test]
async fn a_failed_text_stays_failed_whatever_is_told_of_it_later() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000053");
    world.network.misbehave(undelivered(&worker.number, 30_005));
    let answer = worker.texts("nisaidie, niko Deira").await;
    worker.got("Asante").await;
    let card = desk
        .shows_case(&answer["reference"], "the loss", |card| card["unread"] == 2)
        .await;
    let message = desk.opens(&card).await["messages"][1].clone();
    let id: Uuid = message["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("an id");
    let sid = world.network.messages(&worker.number)[1].sid.clone();
    for told in [
        ("delivered", 6),
        ("delivered", 7),
        ("sent", 4),
        ("failed", 6),
    ] {
        let changed = world
            .store
            .delivery(id, &sid, told, None, world.clock.now())
            .await
            .expect("the store");
        assert_eq!(changed, None, "{told:?}");
    }
    assert_eq!(desk.opens(&card).await["messages"][1]["state"], "failed");
    world.end().await;
}

#[tokio::test]
async fn a_bundle_is_not_sent_once_all_its_cases_are_in_somebodys_hands() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let duty = world.phone_of("duty@dubai");
    world.network.misbehave(Faults {
        mode: Mode::Failing,
        to: Some(duty.number.clone()),
        ..Faults::default()
    });
    let mut references = Vec::new();
    for _ in 0..3 {
        references.push(world.says(CRITICAL).await["reference"].clone());
    }
    world.pass(seconds(60)).await;
    let mut cards = Vec::new();
    for reference in &references {
        let lapsed = |card: &Value| card["lapses"] == 1;
        cards.push(desk.shows_case(reference, "a lapse", lapsed).await);
    }
    for card in &cards {
        desk.does(card, "claim", json!({})).await;
    }
    world.network.misbehave(Faults::default());
    world.pass(seconds(10)).await;
    until("the bundle is withdrawn", async || {
        let cases = join_all(cards.iter().map(|card| desk.opens(card))).await;
        let mut lines = cases.iter().flat_map(log);
        lines.any(|line| line["detail"]["error"] == "not sent: somebody has acted")
    })
    .await;
    assert_eq!(duty.count(), 0);
    world.end().await;
}

#[tokio::test]
async fn a_lost_text_is_followed_up_where_only_one_connection_is_left() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000061");
    world.network.misbehave(Faults {
        mode: Mode::Busy,
        ..Faults::default()
    });
    let answer = worker.texts(PLEA).await;
    let reference = &answer["reference"];
    let before = desk.shows_case(reference, "the case", |_| true).await;
    let flow = world.node.flow.clone();
    // Three are kept for taking reports in, and three for the clocks and the outbox.
    let left = world.settings().database_connections - 6 - 1;
    let mut held = Vec::new();
    for _ in 0..left {
        held.push(flow.store.begin().await.expect("a transaction"));
    }
    world.network.misbehave(refused(&worker.number, 21_614));
    world.clock.pass(seconds(30));
    flow.wakes.outbox.now();
    let unread = before["unread"].as_u64().expect("a number");
    desk.shows_case(reference, "that nobody was reached", |card| {
        card["unread"] == unread + 1
    })
    .await;
    drop(held);
    world.end().await;
}
