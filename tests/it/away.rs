//! When something is away: Redis, PostgreSQL, the node itself.

use crate::support::patience::until;
use crate::support::process::Process;
use crate::support::servers::Pair;
use crate::support::words::{CRITICAL, LOCKED_IN, ROUTINE};
use crate::support::world::{World, seconds};
use msaada::case::MissionCode;
use serde_json::json;

async fn staffed(pair: &Pair) -> World {
    let (world, _) = World::on_pair(pair).await;
    world.staff_dubai().await;
    world
}

#[tokio::test]
async fn without_redis_intake_claims_and_clocks_go_on() {
    let mut pair = Pair::start().await;
    let world = staffed(&pair).await;
    let mut desk = world.desk("officer@dubai").await;
    pair.redis.kill();
    let card = desk.gets(&world, CRITICAL).await;
    world.pass(seconds(60)).await;
    world.phone_of("duty@dubai").got("not claimed").await;
    desk.shows_case(&card["reference"], "the lapse", |card| card["level"] == 1)
        .await;
    let (status, next) = desk.post("/api/v1/missions/AE-DXB/next", &json!({})).await;
    assert_eq!(
        (status, &next["status"]),
        (200, &json!("claimed")),
        "{next}"
    );
    let (_, ready) = world.ready().await;
    assert_eq!(
        (&ready["redis"], &ready["status"]),
        (&json!("away"), &json!("degraded"))
    );

    let waiting = world.says(CRITICAL).await;
    pair.redis.restart().await;
    desk.shows_case(&waiting["reference"], "the second", |_| true)
        .await;
    let (status, next) = desk.post("/api/v1/missions/AE-DXB/next", &json!({})).await;
    assert_eq!((status, &next["reference"]), (200, &waiting["reference"]));
    world.end().await;
}

#[tokio::test]
async fn without_postgresql_and_a_spool_nothing_is_pretended_and_with_it_all_goes_on() {
    let mut pair = Pair::durable().await;
    let world = staffed(&pair).await;
    let kept = world.says(CRITICAL).await;
    pair.postgres.kill();
    let id = uuid::Uuid::new_v4();
    let body = json!({"id": id, "text": LOCKED_IN});
    let (status, problem) = world.report(body.clone()).await;
    assert_eq!(
        (status, &problem["type"]),
        (503, &json!("/problems/store-away")),
        "{problem}"
    );
    let (status, ready) = world.ready().await;
    assert_eq!((status, &ready["postgresql"]), (503, &json!("away")));
    pair.postgres.restart().await;
    let (status, _) = world.report(body).await;
    assert_eq!(status, 201);
    let mut desk = world.desk("officer@dubai").await;
    desk.shows_case(&kept["reference"], "what was kept", |_| true)
        .await;
    world.end().await;
}

#[tokio::test]
async fn a_killed_node_loses_no_acknowledged_report_and_no_clock() {
    let world = World::start().await;
    let mut references = Vec::new();
    for _ in 0..30 {
        references.push(world.says(CRITICAL).await["reference"].clone());
    }
    let world = world.restart();
    world.pass(seconds(75)).await;
    world.phone_of("duty@dubai").got("30 cases overdue").await;
    let mut desk = world.desk("officer@dubai").await;
    for reference in &references {
        desk.shows_case(reference, "kept and lapsed once", |card| {
            card["lapses"] == 1
        })
        .await;
    }
    world.end().await;
}

#[tokio::test]
async fn a_desk_that_lost_its_line_is_told_everything_it_missed() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let mut other = world.desk("duty@dubai").await;
    let first = world.says(LOCKED_IN).await;
    let second = world
        .says("my madam took my passport, I am in Deira Dubai")
        .await;
    desk.shows_case(&first["reference"], "the first", |_| true)
        .await;
    let moved = desk
        .shows_case(&second["reference"], "the second", |_| true)
        .await;
    let (node, url) = world.second_node();
    let mut elsewhere = crate::support::desk::Desk::open(&url, "officer@dubai.example").await;
    other
        .shows_case(&second["reference"], "the second", |_| true)
        .await;
    let moved = other
        .does(
            &moved,
            "transfer",
            json!({"to": "SA-RUH", "reason": "she is in Riyadh"}),
        )
        .await;
    let centre = world.desk("operator@centre").await;
    centre.does(&moved, "accept", json!({})).await;
    let third = world.says("I am locked in, Sharjah").await;
    desk.reconnects(&url).await;
    assert!(
        desk.cards
            .values()
            .any(|card| card["reference"] == third["reference"])
    );
    assert!(
        !desk
            .cards
            .values()
            .any(|card| card["reference"] == second["reference"])
    );
    elsewhere.loses(&second["reference"]).await;
    node.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_queue_that_was_flushed_is_filled_anew_by_itself() {
    let pair = Pair::start().await;
    let world = staffed(&pair).await;
    let mut desk = world.desk("officer@dubai").await;
    for _ in 0..3 {
        world.says(ROUTINE).await;
    }
    let urgent = world.says(CRITICAL).await;
    desk.shows_case(&urgent["reference"], "the urgent one", |_| true)
        .await;
    let dubai: MissionCode = "AE-DXB".parse().expect("a mission");
    let queue = world.node.flow.queue.clone();
    let filled = async || {
        let marks = queue.right_up_to(std::slice::from_ref(&dubai)).await;
        let filled = marks.is_ok_and(|marks| marks[0].is_some());
        filled && queue.count(&dubai).await.ok() == Some(4)
    };
    until("the queue holds what waits", async || filled().await).await;
    let client = redis::Client::open(pair.redis_url()).expect("a URL");
    let mut redis = client
        .get_multiplexed_async_connection()
        .await
        .expect("Redis answers");
    redis::cmd("FLUSHALL")
        .query_async::<()>(&mut redis)
        .await
        .expect("flushed");
    until("the queue is right again", async || filled().await).await;
    let first = queue
        .take(&dubai, world.clock.now())
        .await
        .expect("Redis answers");
    let card = desk
        .shows_case(&urgent["reference"], "the urgent one", |_| true)
        .await;
    assert_eq!(first.map(|id| json!(id)), Some(card["id"].clone()));
    world.end().await;
}

#[tokio::test]
async fn a_service_that_starts_without_redis_works_and_is_right_once_it_is_there() {
    let mut pair = Pair::start().await;
    pair.redis.stop();
    let world = staffed(&pair).await;
    let (other, url) = world.second_node();
    let mut desk = world.desk("officer@dubai").await;
    let mut there = crate::support::desk::Desk::open(&url, "duty@dubai.example").await;
    let routine = world.says(ROUTINE).await;
    let urgent = world.says(CRITICAL).await;
    for desk in [&mut desk, &mut there] {
        for report in [&routine, &urgent] {
            desk.shows_case(&report["reference"], "it", |_| true).await;
        }
    }
    let next = "/api/v1/missions/AE-DXB/next";
    let (status, card) = there.post(next, &json!({})).await;
    assert_eq!((status, &card["reference"]), (200, &urgent["reference"]));
    pair.redis.restart().await;
    let began = std::time::Instant::now();
    let (dubai, clock) = (
        "AE-DXB".parse::<MissionCode>().expect("a mission"),
        &world.clock,
    );
    until("the queue holds what waits", async || {
        other.flow.queue.count(&dubai).await.ok() == Some(1) && !other.flow.feed.delayed()
    })
    .await;
    println!("all was right {:?} after Redis was there", began.elapsed());
    assert!(
        began.elapsed() < std::time::Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    let first = other
        .flow
        .queue
        .take(&dubai, clock.now())
        .await
        .expect("Redis answers");
    let card = desk.shows_case(&routine["reference"], "it", |_| true).await;
    assert_eq!(first.map(|id| json!(id)), Some(card["id"].clone()));
    other.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_redis_that_hangs_keeps_nobody_waiting_and_is_right_once_it_goes_on() {
    let pair = Pair::start().await;
    let world = staffed(&pair).await;
    let mut desk = world.desk("officer@dubai").await;
    desk.gets(&world, ROUTINE).await;
    pair.redis.freeze();
    let began = std::time::Instant::now();
    let urgent = desk.gets(&world, CRITICAL).await;
    let (status, card) = desk.post("/api/v1/missions/AE-DXB/next", &json!({})).await;
    assert_eq!((status, &card["reference"]), (200, &urgent["reference"]));
    println!(
        "a report and a claim took {:?} beside a Redis that hangs",
        began.elapsed()
    );
    assert!(
        began.elapsed() < std::time::Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    until("it is told that desks are delayed", async || {
        world.node.flow.feed.delayed()
    })
    .await;
    pair.redis.thaw();
    let began = std::time::Instant::now();
    let dubai: MissionCode = "AE-DXB".parse().expect("a mission");
    until("the queue holds what waits", async || {
        world.node.flow.queue.count(&dubai).await.ok() == Some(1) && !world.node.flow.feed.delayed()
    })
    .await;
    println!("all was right {:?} after it went on", began.elapsed());
    assert!(
        began.elapsed() < std::time::Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    world.end().await;
}

#[tokio::test]
async fn whoever_is_turned_away_is_counted_once_whatever_the_reason() {
    let mut pair = Pair::durable().await;
    let world = staffed(&pair).await;
    let mut settings = world.settings().clone();
    let without = Process::start(&settings, &[]).await;
    let folder = std::env::temp_dir().join(format!("msaada-{}", uuid::Uuid::new_v4()));
    settings.spool_dir = Some(folder);
    let full = Process::start(&settings, &["--spool-max-bytes", "1"]).await;
    pair.postgres.kill();
    for (node, reason) in [(&without, "no_spool"), (&full, "full")] {
        let body = json!({"id": uuid::Uuid::new_v4(), "text": LOCKED_IN});
        let answer = reqwest::Client::new()
            .post(format!("{}/api/v1/reports", node.url))
            .json(&body)
            .send()
            .await
            .expect("answers");
        assert_eq!(answer.status(), 503, "{reason}");
        for counted in ["no_spool", "full", "disk", "slow", "closed"] {
            let name = format!("msaada_spool_refused_total{{reason=\"{counted}\"}}");
            let times = if counted == reason { 1.0 } else { 0.0 };
            assert_eq!(node.figure(&name).await, Some(times), "{reason}: {counted}");
        }
    }
    pair.postgres.restart().await;
    world.end().await;
}
