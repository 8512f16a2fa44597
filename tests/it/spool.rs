//! While PostgreSQL is away, reports are kept on disk, and taken in when it returns.

use crate::support::desk::Desk;
use crate::support::page::reference;
use crate::support::patience::until;
use crate::support::process::Process;
use crate::support::record::first;
use crate::support::servers::Pair;
use crate::support::words::{CRITICAL, LOCKED_IN};
use crate::support::world::{World, seconds};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

pub(super) const ROOM: u64 = 1 << 24;

/// A service with a spool, and the pool of its database.
pub(super) async fn keeping(pair: &Pair, room: u64) -> (World, PgPool) {
    let (world, pool) = World::on_pair(pair).await;
    world.staff_dubai().await;
    let world = world.with_spool(room);
    world.node.flow.read_standing().await.expect("standing");
    (world, pool)
}

pub(super) fn plea(text: &str) -> Value {
    json!({"id": Uuid::new_v4(), "text": text})
}

/// The words of every report in the store, as they stand in the order of their arrival.
pub(super) async fn stored(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("select text from sealed.reports order by received_at, id")
        .fetch_all(pool)
        .await
        .expect("reports")
}

pub(super) async fn cases(pool: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from cases")
        .fetch_one(pool)
        .await
        .expect("cases")
}

/// Waits until so many reports are in the store and nothing is kept any more.
pub(super) async fn all_taken_in(world: &World, pool: &PgPool, count: usize) -> Vec<String> {
    let mut reports = Vec::new();
    until("all reports are taken in", async || {
        reports = stored(pool).await;
        reports.len() >= count && world.ready().await.1["spool"]["reports"] == 0
    })
    .await;
    reports
}

#[tokio::test]
async fn without_postgresql_a_report_is_kept_and_its_reference_and_code_stand() {
    let mut pair = Pair::durable().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    world.says("before, I am locked in, Deira Dubai").await;
    pair.postgres.kill();
    let body = plea(CRITICAL);
    let (status, kept) = world.report(body.clone()).await;
    assert_eq!(
        (status, &kept["status"]),
        (202, &json!("received")),
        "{kept}"
    );
    let (status, again) = world.report(body.clone()).await;
    assert_eq!(
        (status, &again["reference"], &again["code"]),
        (202, &kept["reference"], &kept["code"])
    );
    let (status, health) = world.ready().await;
    assert_eq!(
        (status, &health["status"], &health["spool"]["reports"]),
        (200, &json!("spooling"), &json!(2)),
        "{health}"
    );
    // Nobody came meanwhile; the clock ran all the same.
    world.clock.pass(seconds(61));
    pair.postgres.restart().await;
    let reports = all_taken_in(&world, &pool, 2).await;
    assert_eq!(reports, ["before, I am locked in, Deira Dubai", CRITICAL]);
    assert_eq!(cases(&pool).await, 2);

    let (status, known) = world.report(body).await;
    assert_eq!(status, 200);
    for field in ["reference", "code", "received_at"] {
        assert_eq!(known[field], kept[field], "{field}");
    }
    world.phone_of("duty@dubai").got("").await;
    let mut desk = world.desk("officer@dubai").await;
    let card = desk
        .shows_case(&kept["reference"], "the lapse", |card| card["level"] == 1)
        .await;
    assert_eq!(card["opened_at"], kept["received_at"]);
    let case = desk.opens(&card).await;
    let opened = first(&case, "opened");
    assert!(
        opened["detail"]["spooled_s"]
            .as_i64()
            .is_some_and(|s| s >= 61)
    );
    world.end().await;
}

#[tokio::test]
async fn texts_while_it_is_away_are_one_case_in_order_and_acknowledged_once() {
    let mut pair = Pair::durable().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    let worker = world.phone("+971501234567");
    pair.postgres.kill();
    for text in ["nisaidie niko Deira", "amenifungia ndani"] {
        let answer = worker.texts(text).await;
        assert_eq!(answer["status"], 200, "{answer}");
        assert!(
            answer["body"].as_str().expect("TwiML").contains("Response"),
            "{answer}"
        );
        assert_eq!(answer["reference"], Value::Null, "not known yet");
    }
    pair.postgres.restart().await;
    worker.texts("haraka").await;
    let reports = all_taken_in(&world, &pool, 3).await;
    assert_eq!(
        reports,
        ["nisaidie niko Deira", "amenifungia ndani", "haraka"]
    );
    assert_eq!(cases(&pool).await, 1);
    worker.got("").await;
    world.end().await;
}

#[tokio::test]
async fn a_form_is_answered_with_its_receipt() {
    let mut pair = Pair::durable().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    pair.postgres.kill();
    let id = Uuid::new_v4().to_string();
    // The button is pressed twice.
    let mut references = Vec::new();
    for _ in 0..2 {
        let response = reqwest::Client::new()
            .post(world.url("/report"))
            .form(&[("id", id.as_str()), ("text", "Nimefungiwa ndani, Deira")])
            .send()
            .await
            .expect("answers");
        assert_eq!(response.status(), 200);
        let page = response.text().await.expect("a page");
        references.push(reference(&page).to_owned());
    }
    assert_eq!(references[0], references[1]);
    pair.postgres.restart().await;
    all_taken_in(&world, &pool, 1).await;
    let mut desk = world.desk("officer@dubai").await;
    desk.shows_case(&json!(references[0]), "what was kept", |_| true)
        .await;
    assert_eq!((stored(&pool).await.len(), cases(&pool).await), (1, 1));
    world.end().await;
}

#[tokio::test]
async fn other_words_under_an_id_that_was_acknowledged_are_added_to_its_case() {
    let mut pair = Pair::durable().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    pair.postgres.kill();
    let mut body = plea(LOCKED_IN);
    let (_, first) = world.report(body.clone()).await;
    body["text"] = json!("I am locked in, Deira Dubai, and he beats me");
    let (status, second) = world.report(body.clone()).await;
    assert_eq!(
        (status, &second["reference"]),
        (202, &first["reference"]),
        "{second}"
    );
    pair.postgres.restart().await;
    all_taken_in(&world, &pool, 2).await;
    let mut desk = world.desk("officer@dubai").await;
    desk.shows_case(&first["reference"], "both", |card| card["unread"] == 2)
        .await;
    assert_eq!((stored(&pool).await.len(), cases(&pool).await), (2, 1));
    world.end().await;
}

#[tokio::test]
async fn a_report_that_can_never_be_stored_is_set_aside_and_the_others_go_on() {
    let mut pair = Pair::durable().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    let forbid = "alter table sealed.reports add constraint never check (text not like '1%')";
    sqlx::raw_sql(forbid).execute(&pool).await.expect("a rule");
    pair.postgres.kill();
    for n in 0..3 {
        let (status, _) = world
            .report(plea(&format!("{n}, I am locked in, Deira Dubai")))
            .await;
        assert_eq!(status, 202);
    }
    pair.postgres.restart().await;
    let reports = all_taken_in(&world, &pool, 2).await;
    let numbers: String = reports.iter().map(|text| &text[..1]).collect();
    assert_eq!((numbers.as_str(), set_aside(&world)), ("02", 1));
    world.end().await;
}

/// Files that were set aside.
pub(super) fn set_aside(world: &World) -> usize {
    let folder = world.settings().spool_dir.as_ref().expect("a spool");
    std::fs::read_dir(folder.join("set-aside"))
        .expect("the folder")
        .count()
}

#[tokio::test]
async fn what_a_killed_node_had_kept_is_taken_in_after_its_restart() {
    let mut pair = Pair::durable().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    pair.postgres.kill();
    let mut references = Vec::new();
    for n in 0..5 {
        let (status, kept) = world
            .report(plea(&format!("{n}, I am locked in, Deira Dubai")))
            .await;
        assert_eq!(status, 202, "{kept}");
        references.push(kept["reference"].clone());
    }
    let world = world.restart();
    pair.postgres.restart().await;
    let reports = all_taken_in(&world, &pool, 5).await;
    let numbers: String = reports.iter().map(|text| &text[..1]).collect();
    assert_eq!(numbers, "01234");
    let mut desk = world.desk("officer@dubai").await;
    for reference in &references {
        desk.shows_case(reference, "what was kept", |_| true).await;
    }
    world.end().await;
}

#[tokio::test]
async fn a_full_spool_says_so_and_loses_nothing_it_acknowledged() {
    let mut pair = Pair::durable().await;
    let (world, pool) = keeping(&pair, 3_000).await;
    pair.postgres.kill();
    let mut acknowledged = Vec::new();
    let mut refused = None;
    for n in 0..30 {
        let body = plea(&format!("{n:02}, I am locked in, Deira Dubai"));
        let response = reqwest::Client::new()
            .post(world.url("/api/v1/reports"))
            .json(&body)
            .send()
            .await
            .expect("answers");
        match response.status().as_u16() {
            202 => acknowledged.push(body["text"].as_str().expect("words").to_owned()),
            503 => {
                assert!(response.headers().contains_key("retry-after"));
                refused = Some(body);
            }
            other => panic!("{other}"),
        }
    }
    let refused = refused.expect("a limit of 3,000 bytes is reached");
    assert!(acknowledged.len() > 2, "{}", acknowledged.len());
    pair.postgres.restart().await;
    let reports = all_taken_in(&world, &pool, acknowledged.len()).await;
    assert_eq!(reports, acknowledged);
    assert_eq!(world.report(refused).await.0, 201);
    world.end().await;
}

#[tokio::test]
async fn kill_9_while_reports_stream_in_loses_none_that_was_acknowledged() {
    let mut pair = Pair::durable().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    // The process has the folder; the world's own node lets go of it.
    world.node.flow.let_go();
    pair.postgres.kill();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut process = Process::start(world.settings(), &[]).await;
        let http = reqwest::Client::new();
        let url = format!("{}/api/v1/reports", process.url);
        let (told, mut tells) = tokio::sync::mpsc::unbounded_channel();
        for sender in 0..8 {
            let (http, url, told) = (http.clone(), url.clone(), told.clone());
            tokio::spawn(async move {
                for n in 0.. {
                    let text = format!("{round}.{sender}.{n}, I am locked in, Deira Dubai");
                    let sent = http.post(&url).json(&plea(&text)).send().await;
                    let Ok(response) = sent else { return };
                    assert_eq!(response.status(), 202);
                    let Ok(kept) = response.json::<Value>().await else {
                        return;
                    };
                    let _ = told.send((kept["reference"].clone(), text));
                }
            });
        }
        drop(told);
        for _ in 0..100 {
            acknowledged.push(tells.recv().await.expect("it acknowledges"));
        }
        process.kill();
        while let Some(one) = tells.recv().await {
            acknowledged.push(one);
        }
    }
    pair.postgres.restart().await;
    let process = Process::start(world.settings(), &[]).await;
    until("everything is taken in", async || {
        let health = process.ready().await;
        health["postgresql"] == "ok" && health["spool"]["reports"] == 0
    })
    .await;
    let reports = stored(&pool).await;
    for (_, text) in &acknowledged {
        assert_eq!(reports.iter().filter(|r| *r == text).count(), 1, "{text}");
    }
    let mut desk = Desk::open(&process.url, "officer@dubai.example").await;
    for (reference, _) in acknowledged.iter().step_by(40) {
        desk.shows_case(reference, "what was kept", |_| true).await;
    }
    drop(process);
    world.end().await;
}
