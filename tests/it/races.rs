//! Two at once: responders, nodes, deliveries.

use crate::support::words::{CRITICAL, LOCKED_IN, ROUTINE, URGENT};
use crate::support::world::World;
use serde_json::json;
use std::collections::HashSet;

#[tokio::test]
async fn of_two_officers_who_claim_the_same_case_on_two_nodes_one_gets_it() {
    let world = World::start().await;
    let (other, url) = world.second_node();
    let mut here = world.desk("officer@dubai").await;
    let mut there = crate::support::desk::Desk::open(&url, "duty@dubai.example").await;
    for _ in 0..10 {
        let report = world.says(URGENT).await;
        let mine = here
            .shows_case(&report["reference"], "here", |_| true)
            .await;
        let theirs = there
            .shows_case(&report["reference"], "there", |_| true)
            .await;
        let (one, two) = tokio::join!(
            here.tries(&mine, "claim", json!({})),
            there.tries(&theirs, "claim", json!({}))
        );
        let mut won = [one.0, two.0];
        won.sort_unstable();
        assert_eq!(won, [200, 409], "{one:?} {two:?}");
        let winner = if one.0 == 200 {
            "officer@dubai"
        } else {
            "duty@dubai"
        };
        for desk in [&mut here, &mut there] {
            let card = desk
                .shows_case(&report["reference"], "who has it", |card| {
                    card["status"] == "claimed"
                })
                .await;
            assert_eq!(card["claimed_by_name"], winner);
        }
    }
    other.stop().await;
    world.end().await;
}

#[tokio::test]
async fn next_gives_everybody_another_case_the_most_urgent_first() {
    let world = World::start().await;
    let (other, url) = world.second_node();
    let mut here = world.desk("officer@dubai").await;
    let there = crate::support::desk::Desk::open(&url, "duty@dubai.example").await;
    for _ in 0..5 {
        world.says(ROUTINE).await;
    }
    let urgent = here.gets(&world, CRITICAL).await;
    let path = "/api/v1/missions/AE-DXB/next";
    let (status, first) = here.post(path, &json!({})).await;
    assert_eq!((status, &first["reference"]), (200, &urgent["reference"]));
    let mut given = HashSet::new();
    for _ in 0..3 {
        let body = json!({});
        let (one, two) = tokio::join!(here.post(path, &body), there.post(path, &body));
        for (status, card) in [one, two] {
            match status {
                200 => assert!(given.insert(card["id"].to_string()), "given twice: {card}"),
                other => assert_eq!(other, 204),
            }
        }
    }
    assert_eq!(given.len(), 5);
    other.stop().await;
    world.end().await;
}

#[tokio::test]
async fn the_same_report_sent_many_times_at_once_is_one_report_with_one_answer() {
    let world = World::start().await;
    let body = json!({"id": uuid::Uuid::new_v4(), "text": LOCKED_IN});
    let answers = futures_util::future::join_all((0..20).map(|_| world.report(body.clone()))).await;
    let created = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(created, 1);
    let first = &answers[0].1;
    for (status, answer) in &answers {
        assert!([200, 201].contains(status));
        assert_eq!(
            (&answer["reference"], &answer["code"]),
            (&first["reference"], &first["code"])
        );
    }
    let mut other = body;
    other["text"] = json!("something else");
    let (status, problem) = world.report(other).await;
    assert_eq!(status, 409, "{problem}");
    world.end().await;
}

#[tokio::test]
async fn two_texts_of_one_person_at_the_same_moment_on_two_nodes_are_one_case() {
    let world = World::start().await;
    let (other, _) = world.second_node();
    let worker = world.phone("+254711000008");
    let (one, two) = tokio::join!(worker.texts("nisaidie niko Deira"), worker.texts("haraka"));
    assert_eq!(one["reference"], two["reference"]);
    worker.got("").await;
    other.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_clock_fires_once_whichever_of_two_nodes_is_faster() {
    let world = World::start().await;
    let (other, _) = world.second_node();
    let duty = world.phone_of("duty@dubai");
    for _ in 0..20 {
        world.says(CRITICAL).await;
    }
    world.clock.pass(crate::support::world::seconds(60));
    let (one, two) = tokio::join!(world.node.flow.tick(), other.flow.tick());
    one.expect("ticks");
    two.expect("ticks");
    world.node.flow.wakes.outbox.now();
    let mut told = 0;
    while told < 20 {
        let text = duty.got("").await;
        let bundled = text.split(' ').next().and_then(|n| n.parse::<usize>().ok());
        told += bundled.unwrap_or(1);
    }
    assert_eq!(told, 20);
    other.stop().await;
    world.end().await;
}
