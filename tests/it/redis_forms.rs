//! Redis as Sentinel and as Cluster: work goes on while a server dies, and all is right soon after.

use crate::support::desk::Desk;
use crate::support::patience::{PATIENCE, until};
use crate::support::redis_forms::{Cluster, RedisForm, Sentinel};
use crate::support::servers::Servers;
use crate::support::words::{CRITICAL, ROUTINE};
use crate::support::world::{World, seconds};
use msaada::case::{MissionCode, Post, Role};
use msaada::service::Running;
use serde_json::json;
use std::time::{Duration, Instant};

const NEXT: &str = "/api/v1/missions/AE-DXB/next";
/// Queue and feed are right again within this after a promotion.
const RIGHT_AGAIN: Duration = Duration::from_secs(2);

fn dubai() -> MissionCode {
    "AE-DXB".parse().expect("a mission")
}

async fn staffed(form: &impl RedisForm) -> World {
    let (database, _) = Servers::get().await.database().await;
    let world = World::on(&database, &form.url(), "story").await;
    world.staff_dubai().await;
    world
        .staff("riyadh@riyadh", Role::Officer, Post::Desk, "SA-RUH")
        .await;
    world
}

/// Waits until the queue of this node holds so many cases of Dubai and of Riyadh.
async fn queued(node: &Running, waiting: [i64; 2]) {
    let queue = &node.flow.queue;
    let riyadh = "SA-RUH".parse().expect("a mission");
    until("the queue holds what waits", async || {
        [
            queue.count(&dubai()).await.ok(),
            queue.count(&riyadh).await.ok(),
        ] == waiting.map(Some)
    })
    .await;
}

async fn a_report_goes_through_to_another_node(form: impl RedisForm) {
    let world = staffed(&form).await;
    let (other, url) = world.second_node();
    until("both nodes listen", async || {
        form.listeners(usize::MAX).await == 4
    })
    .await;
    let mut here = world.desk("officer@dubai").await;
    let mut there = Desk::open(&url, "duty@dubai.example").await;
    let routine = world.says(ROUTINE).await;
    let urgent = world.says(CRITICAL).await;
    world.says("I am locked in a house in Riyadh").await;
    for desk in [&mut here, &mut there] {
        for report in [&routine, &urgent] {
            desk.shows_case(&report["reference"], "the case", |_| true)
                .await;
        }
    }
    queued(&other, [2, 1]).await;
    let card = &here.shows_case(&urgent["reference"], "it", |_| true).await;
    // Nobody asks PostgreSQL for the next one: the queue itself hands it out, most urgent first.
    let now = world.clock.now();
    let first = other
        .flow
        .queue
        .take(&dubai(), now)
        .await
        .expect("Redis answers");
    assert_eq!(first.map(|id| json!(id)), Some(card["id"].clone()));
    let (status, next) = there.post(NEXT, &json!({})).await;
    assert_eq!(
        (status, &next["reference"]),
        (200, &routine["reference"]),
        "{next}"
    );
    here.shows_case(&routine["reference"], "who has it", |card| {
        card["status"] == "claimed"
    })
    .await;
    assert!(!world.node.flow.feed.delayed() && !other.flow.feed.delayed());
    other.stop().await;
    world.end().await;
}

#[tokio::test]
async fn with_sentinel_a_report_goes_through_to_another_node() {
    a_report_goes_through_to_another_node(Sentinel::start().await).await;
}

#[tokio::test]
async fn with_cluster_a_report_goes_through_to_another_node() {
    a_report_goes_through_to_another_node(Cluster::start().await).await;
}

/// How a server is lost.
#[derive(Clone, Copy)]
enum Lost {
    Killed,
    Hanging,
}

async fn the_primary_is_lost(mut form: impl RedisForm, how: Lost) {
    let world = staffed(&form).await;
    let (other, url) = world.second_node();
    let mut here = world.desk("officer@dubai").await;
    let mut there = Desk::open(&url, "duty@dubai.example").await;
    let first = world.says(ROUTINE).await;
    let second = world.says("nimeporwa passport yangu Dubai").await;
    world.says("I am locked in a house in Riyadh").await;
    here.shows_case(&first["reference"], "the first", |_| true)
        .await;
    queued(&world.node, [2, 1]).await;
    let primary = form.primary_of(&dubai(), None).await.expect("a primary");
    match how {
        Lost::Killed => form.kill(primary),
        Lost::Hanging => form.freeze(primary),
    }
    let lost = Instant::now();

    // Meanwhile: intake, claims and clocks.
    let urgent = world.says(CRITICAL).await;
    assert!(
        lost.elapsed() < Duration::from_secs(1),
        "intake waited for Redis"
    );
    for desk in [&mut here, &mut there] {
        desk.shows_case(&urgent["reference"], "it", |_| true).await;
    }
    let card = here.shows_case(&second["reference"], "it", |_| true).await;
    here.does(&card, "claim", json!({})).await;
    there
        .shows_case(&second["reference"], "the claim", |card| {
            card["status"] == "claimed"
        })
        .await;
    world.pass(seconds(61)).await;
    world.phone_of("duty@dubai").got("not claimed").await;
    println!(
        "intake, claim and clock went on within {:?}",
        lost.elapsed()
    );

    until("another is promoted", async || {
        form.primary_of(&dubai(), Some(primary)).await.is_some()
    })
    .await;
    let promoted = Instant::now();
    println!("promoted after {:?}", lost.elapsed());
    queued(&world.node, [2, 1]).await;
    queued(&other, [2, 1]).await;
    println!("the queue was right {:?} after that", promoted.elapsed());
    until("both nodes listen", async || {
        form.listeners(primary).await == 4
    })
    .await;
    println!("both nodes listened {:?} after that", promoted.elapsed());
    until("no node says that it is late", async || {
        !world.node.flow.feed.delayed() && !other.flow.feed.delayed()
    })
    .await;
    let took = promoted.elapsed();
    println!("nothing was late any more {took:?} after that");
    assert!(
        took < RIGHT_AGAIN,
        "queue and feed were right only after {took:?}"
    );

    let (status, next) = there.post(NEXT, &json!({})).await;
    assert_eq!(
        (status, &next["reference"]),
        (200, &urgent["reference"]),
        "{next}"
    );
    here.shows_case(&urgent["reference"], "who has it", |card| {
        card["status"] == "claimed"
    })
    .await;
    tokio::time::timeout(PATIENCE, other.stop())
        .await
        .expect("it stops");
    world.end().await;
}

#[tokio::test]
async fn when_the_primary_dies_sentinel_promotes_and_all_is_right_within_two_seconds() {
    the_primary_is_lost(Sentinel::start().await, Lost::Killed).await;
}

#[tokio::test]
async fn when_the_primary_hangs_sentinel_promotes_and_all_is_right_within_two_seconds() {
    the_primary_is_lost(Sentinel::start().await, Lost::Hanging).await;
}

#[tokio::test]
async fn when_a_primary_dies_the_cluster_promotes_and_all_is_right_within_two_seconds() {
    the_primary_is_lost(Cluster::start().await, Lost::Killed).await;
}

#[tokio::test]
async fn when_a_primary_hangs_the_cluster_promotes_and_all_is_right_within_two_seconds() {
    the_primary_is_lost(Cluster::start().await, Lost::Hanging).await;
}
