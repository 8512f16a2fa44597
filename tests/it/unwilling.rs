//! The ways in which a PostgreSQL that is there can take nothing: reports are kept on disk in each, and
//! taken in when it is well.

use super::spool::{ROOM, all_taken_in, cases, keeping, plea, set_aside, stored};
use crate::support::patience::{PATIENCE, until};
use crate::support::servers::Pair;
use crate::support::words::CRITICAL;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use std::time::{Duration, Instant};

#[tokio::test]
async fn while_the_schema_is_not_ready_everything_waits_and_nothing_is_set_aside() {
    let pair = Pair::start().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    let rename = async |sql: &'static str| {
        sqlx::raw_sql(sql).execute(&pool).await.expect("renamed");
    };
    rename("alter table sealed.reports rename to elsewhere").await;
    for n in 0..3 {
        let (status, _) = world
            .report(plea(&format!("{n}, I am locked in, Deira Dubai")))
            .await;
        assert_eq!(status, 202);
    }
    assert!(world.node.flow.drain().await.is_err());
    rename("alter table sealed.elsewhere rename to reports").await;
    let reports = all_taken_in(&world, &pool, 3).await;
    assert_eq!((reports.len(), set_aside(&world)), (3, 0));
    world.end().await;
}

/// Ends every connection to PostgreSQL but those that hold its places.
const SENT_AWAY: &str = "
    select count(pg_terminate_backend(pid)) from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> 'holder'";

#[tokio::test]
async fn a_postgresql_that_lets_nobody_in_is_away_and_reports_are_kept() {
    let pair = Pair::start().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    world.says("before, I am locked in, Deira Dubai").await;
    let mut inside = PgConnection::connect(&pair.postgres.url("postgres"))
        .await
        .expect("PostgreSQL answers");
    for sql in ["alter role msaada nologin", SENT_AWAY] {
        sqlx::raw_sql(sql)
            .execute(&mut inside)
            .await
            .expect("as told");
    }
    let (status, kept) = world.report(plea(CRITICAL)).await;
    assert_eq!(status, 202, "{kept}");
    let (status, health) = world.ready().await;
    assert_eq!(
        (status, &health["status"]),
        (200, &json!("spooling")),
        "{health}"
    );
    let sql = "alter role msaada login";
    sqlx::raw_sql(sql)
        .execute(&mut inside)
        .await
        .expect("as told");
    all_taken_in(&world, &pool, 2).await;
    let mut desk = world.desk("officer@dubai").await;
    desk.shows_case(&kept["reference"], "what was kept", |_| true)
        .await;
    world.end().await;
}

#[tokio::test]
async fn a_postgresql_without_a_place_for_one_more_connection_is_away_and_reports_are_kept() {
    let pair = Pair::with(&["max_connections=40"]).await;
    let (world, pool) = keeping(&pair, ROOM).await;
    let url = pair.postgres.url("postgres") + "&application_name=holder";
    // Others come in whenever one of the service's goes: until all places are held.
    let mut held = vec![PgConnection::connect(&url).await.expect("a place")];
    until("every place is held", async || {
        let sent: i64 = sqlx::query_scalar(SENT_AWAY)
            .fetch_one(&mut held[0])
            .await
            .expect("as told");
        while let Ok(one) = PgConnection::connect(&url).await {
            held.push(one);
        }
        sent == 0
    })
    .await;
    let (status, kept) = world.report(plea(CRITICAL)).await;
    assert_eq!(status, 202, "{kept}");
    drop(held);
    all_taken_in(&world, &pool, 1).await;
    let mut desk = world.desk("officer@dubai").await;
    desk.shows_case(&kept["reference"], "what was kept", |_| true)
        .await;
    world.end().await;
}

#[tokio::test]
async fn a_postgresql_that_hangs_is_waited_for_two_seconds_and_no_longer() {
    let pair = Pair::durable().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    world.says("before, I am locked in, Deira Dubai").await;
    pair.postgres.freeze();
    let began = Instant::now();
    let (status, kept) = world.report(plea(CRITICAL)).await;
    let first = began.elapsed();
    let again = Instant::now();
    let (next, _) = world.report(plea("and I am locked in, Deira Dubai")).await;
    let second = again.elapsed();
    pair.postgres.thaw();
    assert_eq!((status, next), (202, 202), "{kept}");
    assert!(first < Duration::from_secs(3), "{first:?}");
    assert!(second < Duration::from_secs(1), "{second:?}");
    // The one that hung is stored by now as well; it is one report all the same.
    all_taken_in(&world, &pool, 3).await;
    let mut desk = world.desk("officer@dubai").await;
    desk.shows_case(&kept["reference"], "what was kept", |card| {
        card["unread"] == 1
    })
    .await;
    assert_eq!((stored(&pool).await.len(), cases(&pool).await), (3, 3));
    world.end().await;
}

#[tokio::test]
async fn a_postgresql_that_only_reads_counts_as_away() {
    let pair = Pair::start().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    let only_reads = async |on: &'static str| {
        let set = match on {
            "on" => "alter system set default_transaction_read_only = on",
            _ => "alter system set default_transaction_read_only = off",
        };
        let mut connection = pool.acquire().await.expect("a connection");
        sqlx::raw_sql("set session characteristics as transaction read write")
            .execute(&mut *connection)
            .await
            .expect("this session writes");
        for sql in [set, "select pg_reload_conf()"] {
            sqlx::raw_sql(sql)
                .execute(&mut *connection)
                .await
                .expect("the setting holds");
        }
    };
    only_reads("on").await;
    let wait = async { while world.report(plea(CRITICAL)).await.0 != 202 {} };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("it is kept");
    only_reads("off").await;
    let count = stored(&pool).await.len() + 1;
    all_taken_in(&world, &pool, count).await;
    assert_eq!(i64::try_from(count).expect("few"), cases(&pool).await);
    world.end().await;
}
