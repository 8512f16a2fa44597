//! Cuts that nobody reports, and a primary that is lost: work goes on, and nothing is held for good.

use crate::support::patience::until;
use crate::support::servers::Pair;
use crate::support::wire::Wire;
use crate::support::words::{CRITICAL, ROUTINE};
use crate::support::world::{World, seconds};
use futures_util::future::join_all;
use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

const ROOM: u64 = 1 << 24;
/// After a cut is mended everything works within this, whatever was under way.
const MENDED: Duration = Duration::from_secs(15);

/// A service whose PostgreSQL and Redis are at the end of wires.
async fn wired(pair: &Pair) -> (World, Wire, Wire) {
    pair.database("story").await;
    let (store, redis) = (
        Wire::to(pair.postgres.socket()),
        Wire::to(pair.redis.socket()),
    );
    let world = World::on(
        &format!("postgres://msaada@127.0.0.1:{}/story", store.port),
        &format!("redis://127.0.0.1:{}", redis.port),
        "story",
    )
    .await;
    world.staff_dubai().await;
    let world = world.with_spool(ROOM);
    world.node.flow.read_standing().await.expect("standing");
    (world, store, redis)
}

#[tokio::test]
async fn postgresql_behind_a_cut_that_nobody_reports_holds_nothing_for_good() {
    let pair = Pair::durable().await;
    let (world, store, _redis) = wired(&pair).await;
    let first = world.says(CRITICAL).await;
    // Every place of the pool is in use, or idle, when the wire is cut.
    let flow = world.node.flow.clone();
    let all = world.settings().database_connections as usize;
    for answer in join_all((0..all).map(|_| flow.store.ping())).await {
        answer.expect("PostgreSQL answers");
    }
    let mut held = flow.store.begin().await.expect("a transaction");
    store.cut();
    let now = world.clock.now();
    let in_transaction = flow.store.lock_due(&mut held, now, 1);
    let under_way = join_all((0..all).map(|_| flow.store.ping()));
    let began = Instant::now();
    let reports = async {
        let (status, kept) = world
            .report(json!({"id": Uuid::new_v4(), "text": CRITICAL}))
            .await;
        assert_eq!(status, 202, "{kept}");
        assert!(
            began.elapsed() < Duration::from_secs(4),
            "{:?}",
            began.elapsed()
        );
        kept
    };
    let (pings, kept, locked) = tokio::join!(under_way, reports, in_transaction);
    println!(
        "everything under way was given up within {:?}",
        began.elapsed()
    );
    assert!(pings.iter().all(Result::is_err));
    assert!(locked.is_err_and(|error| error.is_away()));
    drop(held);
    assert!(began.elapsed() < MENDED);

    // Mended for new connections; the old ones stay silent for ever.
    store.lead_to(pair.postgres.socket());
    let mended = Instant::now();
    until("it is ready", async || {
        let ready = world.ready().await.1;
        ready["postgresql"] == "ok" && ready["spool"]["reports"] == 0
    })
    .await;
    until("every place in the pool is free again", async || {
        join_all((0..all).map(|_| flow.store.ping()))
            .await
            .iter()
            .all(Result::is_ok)
    })
    .await;
    println!(
        "all was right {:?} after the cut was mended",
        mended.elapsed()
    );
    assert!(mended.elapsed() < MENDED);
    let mut desk = world.desk("officer@dubai").await;
    for report in [&first, &kept] {
        desk.shows_case(&report["reference"], "it", |_| true).await;
    }
    world.clock.pass(seconds(61));
    world.phone_of("duty@dubai").got("").await;
    desk.shows_case(&first["reference"], "the lapse", |card| card["level"] == 1)
        .await;
    desk.shows_case(&kept["reference"], "the lapse", |card| card["level"] == 1)
        .await;
    let text = world.phone_of("duty@dubai");
    if text.count() > 1 {
        text.got("").await;
    }
    world.end().await;
}

#[tokio::test]
async fn redis_behind_a_cut_that_nobody_reports_holds_nothing_for_good() {
    let pair = Pair::start().await;
    let (world, _store, redis) = wired(&pair).await;
    let (other, url) = world.second_node();
    let mut here = world.desk("officer@dubai").await;
    let mut there = crate::support::desk::Desk::open(&url, "duty@dubai.example").await;
    there.gets(&world, ROUTINE).await;
    redis.cut();
    let began = Instant::now();
    let urgent = world.says(CRITICAL).await;
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    for desk in [&mut here, &mut there] {
        desk.shows_case(&urgent["reference"], "it", |_| true).await;
    }
    until("both nodes say that they are late", async || {
        world.node.flow.feed.delayed() && other.flow.feed.delayed()
    })
    .await;
    redis.lead_to(pair.redis.socket());
    let mended = Instant::now();
    until("nothing is late any more", async || {
        !world.node.flow.feed.delayed() && !other.flow.feed.delayed()
    })
    .await;
    println!(
        "nothing was late any more {:?} after the cut was mended",
        mended.elapsed()
    );
    assert!(
        mended.elapsed() < Duration::from_secs(2),
        "{:?}",
        mended.elapsed()
    );
    let (status, next) = there.post("/api/v1/missions/AE-DXB/next", &json!({})).await;
    assert_eq!(
        (status, &next["reference"]),
        (200, &urgent["reference"]),
        "{next}"
    );
    other.stop().await;
    world.end().await;
}

/// Sends reports until it is told to stop; what was acknowledged.
async fn stream(url: String, sender: usize, enough: Arc<AtomicBool>) -> Vec<(u16, String)> {
    let http = reqwest::Client::new();
    let mut acknowledged = Vec::new();
    for n in 0.. {
        if enough.load(Ordering::Relaxed) {
            break;
        }
        let text = format!("{sender}.{n}, I am locked in, Deira Dubai");
        let body = json!({"id": Uuid::new_v4(), "text": text});
        let sent = http
            .post(&url)
            .json(&body)
            .send()
            .await
            .expect("the service answers");
        let status = sent.status().as_u16();
        assert!([201, 202].contains(&status), "{status}");
        acknowledged.push((status, text));
    }
    acknowledged
}

async fn run(pool: &PgPool, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(pool)
        .await
        .expect("it runs");
}

#[tokio::test]
async fn when_the_primary_of_postgresql_dies_the_replica_has_all_that_was_acknowledged_once() {
    let mut pair = Pair::durable().await;
    let (world, store, _redis) = wired(&pair).await;
    let replica = pair.postgres.replica().await;
    let primary = PgPoolOptions::new()
        .connect_lazy(&pair.postgres.url("postgres"))
        .expect("a URL");
    run(
        &primary,
        "alter system set synchronous_standby_names = '*'".to_owned(),
    )
    .await;
    run(&primary, "select pg_reload_conf()".to_owned()).await;
    until("the replica is waited for", async || {
        let state: Result<Option<String>, _> =
            sqlx::query_scalar("select sync_state from pg_stat_replication")
                .fetch_optional(&primary)
                .await;
        state.ok().flatten().as_deref() == Some("sync")
    })
    .await;
    let urgent = world.says(CRITICAL).await;
    let enough = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            let url = world.url("/api/v1/reports");
            tokio::spawn(stream(url, sender, enough.clone()))
        })
        .collect();
    let promoted = PgPoolOptions::new()
        .connect_lazy(&replica.url("story"))
        .expect("a URL");
    let count = async || -> i64 {
        sqlx::query_scalar("select count(*) from sealed.reports")
            .fetch_one(&promoted)
            .await
            .expect("reports")
    };
    until("reports stream in", async || count().await > 100).await;

    pair.postgres.kill();
    until("reports are kept on the disk", async || {
        world.ready().await.1["spool"]["reports"].as_u64() > Some(20)
    })
    .await;
    run(&promoted, "select pg_promote()".to_owned()).await;
    store.lead_to(replica.socket());
    let switched = Instant::now();
    until("it is the primary", async || {
        world.ready().await.1["postgresql"] == "ok"
    })
    .await;
    let before = count().await;
    until("reports stream in again", async || {
        count().await > before + 100
    })
    .await;
    enough.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for sender in senders {
        acknowledged.extend(sender.await.expect("a sender"));
    }
    until("everything is taken in", async || {
        world.ready().await.1["spool"]["reports"] == 0
    })
    .await;
    println!(
        "everything was taken in {:?} after the switch",
        switched.elapsed()
    );

    let mut stored: Vec<String> = sqlx::query_scalar("select text from sealed.reports")
        .fetch_all(&promoted)
        .await
        .expect("reports");
    let kept = acknowledged
        .iter()
        .filter(|(status, _)| *status == 202)
        .count();
    println!(
        "{} reports were acknowledged, {kept} of them from the disk",
        acknowledged.len()
    );
    assert!(kept > 20);
    let mut expected: Vec<String> = acknowledged.into_iter().map(|(_, text)| text).collect();
    expected.push(CRITICAL.to_owned());
    stored.sort_unstable();
    expected.sort_unstable();
    assert_eq!(
        stored, expected,
        "each that was acknowledged is there, verbatim, once"
    );

    let mut desk = world.desk("officer@dubai").await;
    world.clock.pass(seconds(61));
    desk.shows_case(&urgent["reference"], "the lapse", |card| card["level"] == 1)
        .await;
    world.phone_of("duty@dubai").got("").await;
    promoted.close().await;
    world.end().await;
}
