//! The public figures tell what was played, and nothing that should be hidden.

use crate::support::desk::Desk;
use crate::support::patience::PATIENCE;
use crate::support::world::{World, seconds};
use msaada::case::{Post, Role};
use serde_json::{Value, json};

async fn get(world: &World, path: &str) -> String {
    let response = reqwest::get(world.url(path))
        .await
        .expect("the service answers");
    assert_eq!(response.status(), 200);
    response.text().await.expect("a page")
}

/// Waits until the step has counted what is expected: what another transaction may still change is
/// counted by a later one.
async fn counted(world: &World, line: &str) -> String {
    let wait = async {
        loop {
            let now = world.clock.now();
            world.store.count_accounts(now).await.expect("counted");
            // Past what a node may keep.
            world.clock.pass(seconds(31));
            let csv = get(world, "/accountability.csv").await;
            if csv.lines().any(|told| told == line) {
                return csv;
            }
        }
    };
    let last = tokio::time::timeout(PATIENCE, wait).await;
    match last {
        Ok(csv) => csv,
        Err(late) => panic!(
            "{line} is not told ({late}): {}",
            get(world, "/accountability.csv").await
        ),
    }
}

async fn claims(desk: &mut Desk, reference: &Value) -> Value {
    let card = desk.shows_case(reference, "the case", |_| true).await;
    desk.does(&card, "claim", json!({})).await
}

#[tokio::test]
async fn the_figures_are_those_of_what_was_played() {
    let world = World::start().await;
    world
        .staff("officer@riyadh", Role::Officer, Post::Desk, "SA-RUH")
        .await;
    let mut desk = world.desk("officer@dubai").await;
    let mut cases = Vec::new();
    for _ in 0..6 {
        cases.push(
            world
                .says("My employer took my passport, I am in Deira, Dubai")
                .await,
        );
    }
    for _ in 0..3 {
        world
            .says("My employer took my passport, I am in Riyadh")
            .await;
    }
    // Claimed after 10, 20, … 60 seconds; worked on 5 seconds later, five of them ended then.
    let month = world.clock.now().format("%Y-%m").to_string();
    let began = world.clock.now();
    for (nth, report) in cases.iter().enumerate() {
        let nth = i64::try_from(nth).expect("few");
        world
            .clock
            .pass(began + seconds(10 * (nth + 1)) - world.clock.now());
        let card = claims(&mut desk, &report["reference"]).await;
        world.clock.pass(seconds(5));
        let card = desk.does(&card, "start", json!({})).await;
        if nth < 5 {
            let done = json!({"outcome": "helped", "summary": "the passport is back"});
            desk.does(&card, "resolve", done).await;
        }
    }
    let csv = counted_about(&world, &month).await;
    let line = csv
        .lines()
        .find(|line| line.starts_with("AE-DXB"))
        .expect("Dubai");
    let told: Vec<&str> = line.split(',').collect();
    assert_eq!(told[2], "6", "{line}");
    assert_eq!(
        (told[3], told[4]),
        ("", ""),
        "one is open, so both are hidden: {line}"
    );
    let near = |at: usize, expected: f64| {
        let time: f64 = told[at].parse().expect("seconds");
        assert!((time - expected).abs() <= 6.0, "{expected} at {at}: {line}");
    };
    near(5, 35.0);
    near(6, 55.0);
    near(7, 40.0);
    near(8, 60.0);
    near(9, 35.0);
    near(10, 51.0);
    assert_eq!(told[11], "0", "no deadline was missed: {line}");
    let riyadh = csv
        .lines()
        .find(|line| line.starts_with("SA-RUH"))
        .expect("Riyadh");
    assert_eq!(
        riyadh,
        format!("SA-RUH,{month},,,,,,,,,,,opened;closed;open;lapses;claim;first_action;resolution")
    );
    assert!(
        !csv.contains("ALL,"),
        "the sum would tell how many Riyadh has: {csv}"
    );
    let page = get(&world, "/accountability?lang=sw").await;
    assert!(
        page.contains("AE-DXB") && page.contains("chini ya 5"),
        "{page}"
    );
    assert!(page.len() < 30_000, "{} bytes", page.len());
    world.end().await;
}

/// The figures, once all nine cases are in them.
async fn counted_about(world: &World, month: &str) -> String {
    let hidden =
        format!("SA-RUH,{month},,,,,,,,,,,opened;closed;open;lapses;claim;first_action;resolution");
    let wait = async {
        loop {
            let csv = counted(world, &hidden).await;
            let dubai = csv
                .lines()
                .find(|line| line.starts_with("AE-DXB"))
                .unwrap_or_default();
            let told: Vec<&str> = dubai.split(',').collect();
            if told.get(2) == Some(&"6") && told.get(10).is_some_and(|time| !time.is_empty()) {
                return csv;
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("all were counted")
}

#[tokio::test]
async fn what_nobody_has_taken_up_yet_was_not_taken_up_at_once() {
    let world = World::start().await;
    for _ in 0..6 {
        world
            .says("My employer took my passport, I am in Deira, Dubai")
            .await;
    }
    let month = world.clock.now().format("%Y-%m").to_string();
    counted(
        &world,
        &format!("AE-DXB,{month},6,0,6,,,,,,,0,claim;first_action;resolution"),
    )
    .await;
    world.end().await;
}
