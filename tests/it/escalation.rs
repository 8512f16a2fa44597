//! Clocks and ladder: nobody acts, and somebody else is told, until somebody does.

use crate::support::desk::Desk;
use crate::support::passing::moment;
use crate::support::record::log;
use crate::support::words::{CRITICAL, ROUTINE};
use crate::support::world::{World, minutes, seconds};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// When the clocks of a case lapsed, as its log tells.
async fn lapses(desk: &Desk, card: &Value) -> Vec<DateTime<Utc>> {
    let case = desk.opens(card).await;
    let lapsed = log(&case).filter(|line| line["event"] == "lapsed");
    lapsed.map(|line| moment(&line["at"])).collect()
}

#[tokio::test]
async fn an_unclaimed_case_climbs_the_ladder_until_somebody_takes_it() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (duty, head, centre) = (
        world.phone_of("duty@dubai"),
        world.phone_of("head@dubai"),
        world.phone_of("operator@centre"),
    );
    let card = desk.gets(&world, CRITICAL).await;
    assert_eq!(
        (&card["level"], &card["priority"]),
        (&json!(0), &json!("critical"))
    );

    let due = moment(&card["due_at"]);
    assert_eq!(due - moment(&card["opened_at"]), seconds(60));
    world.pass_until_shortly_before(due).await;
    assert_eq!(duty.count(), 0, "nothing before its moment");
    assert!(lapses(&desk, &card).await.is_empty());
    // Half a second is too short for a slow machine to look in, and for a lapse to be noted in.
    world.pass_until(due - TimeDelta::milliseconds(500)).await;
    world.pass(seconds(1)).await;
    let [lapsed] = lapses(&desk, &card).await[..] else {
        panic!("one clock lapses once");
    };
    assert!(lapsed >= due, "{} too early", due - lapsed);
    let text = duty.got("not claimed").await;
    assert!(
        text.contains(card["reference"].as_str().expect("a reference")),
        "{text}"
    );
    desk.shows_case(&card["reference"], "level 1", |card| {
        card["level"] == 1 && card["lapses"] == 1
    })
    .await;

    world.pass(seconds(60)).await;
    head.got("not claimed").await;
    let card = desk
        .shows_case(
            &card["reference"],
            "level 3: nobody heads the section",
            |card| card["level"] == 3,
        )
        .await;

    world.pass(seconds(60)).await;
    centre.got("not claimed").await;
    // The duty line is not staffed: the last rung that reaches somebody repeats.
    world.pass(seconds(60)).await;
    centre.got("not claimed").await;

    let now = desk
        .shows_case(&card["reference"], "four lapses", |card| {
            card["lapses"] == 4
        })
        .await;
    assert!(now["version"].as_i64() > card["version"].as_i64());
    let claimed = desk.does(&now, "claim", json!({})).await;
    assert_eq!(
        (&claimed["level"], &claimed["lapses"]),
        (&json!(0), &json!(0))
    );
    world.pass(seconds(120)).await;
    world.end().await;
}

#[tokio::test]
async fn a_claim_without_action_and_work_without_a_sign_of_life_escalate_too() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let duty = world.phone_of("duty@dubai");
    let card = desk.gets(&world, CRITICAL).await;
    let card = desk.does(&card, "claim", json!({})).await;
    assert_eq!(card["clock"], "first_action");
    world.pass(minutes(5)).await;
    duty.got("claimed, no action").await;
    let card = desk
        .shows_case(&card["reference"], "lapsed", |card| card["lapses"] == 1)
        .await;
    let card = desk.does(&card, "start", json!({})).await;
    assert_eq!(
        (&card["clock"], &card["lapses"]),
        (&json!("check_in"), &json!(0))
    );
    world.pass(minutes(14)).await;
    assert_eq!(duty.count(), 1);
    assert_eq!(lapses(&desk, &card).await.len(), 1);
    world.pass(minutes(1)).await;
    duty.got("nothing done for 15 min").await;
    world.end().await;
}

#[tokio::test]
async fn a_case_for_a_mission_where_nobody_is_on_duty_starts_where_somebody_is() {
    let world = World::start().await;
    let mut centre = world.desk("operator@centre").await;
    let card = centre
        .gets(&world, "I am locked in a house in Muscat")
        .await;
    assert_eq!(
        (&card["mission"], &card["level"]),
        (&json!("OM-MCT"), &json!(4))
    );
    world.phone_of("operator@centre").got("OM-MCT: new").await;
    world.end().await;
}

#[tokio::test]
async fn one_who_goes_off_duty_is_passed_over() {
    let world = World::start().await;
    let duty_desk = world.desk("duty@dubai").await;
    let head = world.phone_of("head@dubai");
    let (status, me) = duty_desk
        .put("/api/v1/session/duty", &json!({"on_duty": false}))
        .await;
    assert_eq!((status, &me["on_duty"]), (200, &json!(false)));
    world.says(CRITICAL).await;
    world.pass(seconds(60)).await;
    head.got("on no desk for").await;
    assert_eq!(world.phone_of("duty@dubai").count(), 0);
    world.end().await;
}

#[tokio::test]
async fn after_an_outage_each_clock_fires_once_and_each_phone_gets_one_text() {
    let world = World::start().await;
    let duty = world.phone_of("duty@dubai");
    for _ in 0..3 {
        world.says(CRITICAL).await;
    }
    world.pass(minutes(60)).await;
    let text = duty.got("3 cases overdue").await;
    assert!(text.contains("critical"), "{text}");
    world.pass(seconds(50)).await;
    assert_eq!((duty.count(), world.phone_of("head@dubai").count()), (1, 0));
    world.end().await;
}

#[tokio::test]
async fn raising_a_priority_brings_the_clock_nearer_and_the_case_keeps_its_edition() {
    let world = World::start().await;
    let mut desk = world.desk("operator@centre").await;
    let card = desk.gets(&world, ROUTINE).await;
    assert_eq!(card["priority"], "routine");
    let raised = desk
        .does(
            &card,
            "reprioritise",
            json!({"priority": "critical", "reason": "she was crying"}),
        )
        .await;
    let due = |card: &Value| moment(&card["due_at"]);
    assert!(due(&raised) - world.clock.now() <= seconds(60));
    assert!(due(&card) - world.clock.now() > minutes(200));
    let (status, problem) = desk
        .tries(
            &raised,
            "reprioritise",
            json!({"priority": "routine", "reason": "  "}),
        )
        .await;
    assert_eq!(status, 422, "no reason, no change: {problem}");
    world.end().await;
}
