//! What every other story relies on.

use crate::support::servers::{Pair, Servers};
use redis::AsyncCommands;

#[tokio::test]
async fn every_story_has_a_database_and_a_prefix_of_its_own() {
    let servers = Servers::get().await;
    let (first_url, first) = servers.database().await;
    let (second_url, second) = servers.database().await;
    assert_ne!(first_url, second_url);
    sqlx::raw_sql("create table seen (n int)")
        .execute(&first)
        .await
        .expect("a table in the first");
    sqlx::raw_sql("create table seen (n int)")
        .execute(&second)
        .await
        .expect("the second does not have it yet");
    assert_ne!(servers.redis().1, servers.redis().1);
}

#[tokio::test]
async fn a_killed_database_comes_back_with_what_it_had_and_redis_comes_back_empty() {
    let mut pair = Pair::durable().await;
    let (_, pool) = pair.database("kept").await;
    sqlx::raw_sql("create table kept (n int); insert into kept values (7)")
        .execute(&pool)
        .await
        .expect("a row is written");
    let client = redis::Client::open(pair.redis_url()).expect("a URL of Redis");
    let mut redis = client
        .get_multiplexed_async_connection()
        .await
        .expect("Redis answers");
    let () = redis.set("kept", 7).await.expect("a key is written");

    pair.postgres.kill();
    pair.redis.stop();
    pair.postgres.restart().await;
    pair.redis.restart().await;

    let kept: i32 = sqlx::query_scalar("select n from kept")
        .fetch_one(&pool)
        .await
        .expect("the row is there");
    assert_eq!(kept, 7);
    let mut redis = client
        .get_multiplexed_async_connection()
        .await
        .expect("Redis answers");
    let gone: Option<i32> = redis.get("kept").await.expect("Redis is empty");
    assert_eq!(gone, None);
}

#[tokio::test]
async fn a_database_that_is_stopped_in_order_ends_in_order() {
    let mut pair = Pair::durable().await;
    let (_, pool) = pair.database("written").await;
    sqlx::raw_sql("create table written as select n from generate_series(1, 100000) n")
        .execute(&pool)
        .await
        .expect("there is something to be put in order");
    pair.postgres.stop();
    let log = pair.postgres.log();
    assert!(log.contains("received fast shutdown request"), "{log}");
    assert!(log.contains("database system is shut down"), "{log}");
    assert!(
        !log.contains("received immediate shutdown request"),
        "{log}"
    );
}

#[tokio::test]
async fn a_frozen_server_answers_nothing_until_it_is_thawed() {
    let pair = Pair::start().await;
    let (_, pool) = pair.database("frozen").await;
    sqlx::raw_sql("select 1")
        .execute(&pool)
        .await
        .expect("it answers");
    pair.postgres.freeze();
    let mut asked = Box::pin(sqlx::raw_sql("select 1").execute(&pool));
    let patience = std::time::Duration::from_millis(300);
    let silent = tokio::time::timeout(patience, &mut asked).await;
    pair.postgres.thaw();
    assert!(silent.is_err(), "a frozen server must not answer");
    asked.await.expect("it answers again");
}
