//! A node that is told to stop, and the texts it had taken: none is sent twice, and none waits for a
//! lease to run out.

use crate::support::carrier::carrier;
use crate::support::patience::until;
use crate::support::words::PLEA;
use crate::support::world::World;
use chrono::{DateTime, Utc};
use msaada::clock::Clock;
use msaada::simulator::{Faults, Mode};
use msaada::store::Store;
use sqlx::PgPool;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const NUMBER: &str = "+254711000031";
/// The provider's answer to a text it takes.
const TAKEN: &str = r#"{"sid": "SM00000000000000000000000000000001", "status": "queued"}"#;

/// The state of the only text, how often it was tried, and in how many seconds it is looked at again.
async fn text(pool: &PgPool, now: DateTime<Utc>) -> (String, i16, Option<f64>) {
    let text =
        "select case when state = 'queued' and lease is not null then 'sending' else state end,
                       attempts, extract(epoch from next_at - $1)::float8 from outbox";
    sqlx::query_as(text)
        .bind(now)
        .fetch_one(pool)
        .await
        .expect("one text")
}

/// A text that waits, and nobody who sends it.
async fn waiting() -> (Store, Clock, PgPool) {
    let world = World::start().await;
    let worker = world.phone(NUMBER);
    worker.texts(PLEA).await;
    worker.got("Asante").await;
    let pool = world.pool().await;
    let World {
        node, store, clock, ..
    } = world;
    node.stop().await;
    sqlx::query(
        "update outbox set state = 'queued', next_at = $1, attempts = 0, rank = 0, lease = null,
                provider_sid = null, sent_at = null, settled_at = null",
    )
    .bind(clock.now())
    .execute(&pool)
    .await
    .expect("as told");
    (store, clock, pool)
}

#[tokio::test]
async fn what_was_taken_and_not_handed_over_is_given_back_and_that_was_no_try() {
    let (store, clock, pool) = waiting().await;
    let provider = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let carrier = carrier(store, &provider);
    let stop = carrier.stop.clone();
    // It is told to stop when the round has begun, and takes the text all the same.
    let now = || {
        stop.cancel();
        clock.now()
    };
    assert_eq!(carrier.step(now).await.expect("a round"), None);
    let (state, attempts, wait) = text(&pool, clock.now()).await;
    assert_eq!((state.as_str(), attempts), ("queued", 0));
    assert!(wait.is_some_and(|wait| wait <= 0.0), "{wait:?}");
    let called = tokio::time::timeout(Duration::from_millis(100), provider.accept()).await;
    assert!(called.is_err(), "the provider heard of it");
}

#[tokio::test]
async fn an_answer_that_comes_while_a_node_stops_is_recorded() {
    let (store, clock, pool) = waiting().await;
    let provider = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let carrier = carrier(store, &provider);
    let stop = carrier.stop.clone();
    let answering = async {
        let (mut line, _) = provider.accept().await.expect("a line");
        let mut some = [0; 4];
        line.read_exact(&mut some).await.expect("a request");
        stop.cancel();
        let answer = format!(
            "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{TAKEN}",
            TAKEN.len()
        );
        line.write_all(answer.as_bytes()).await.expect("an answer");
        line
    };
    let (round, _line) = tokio::join!(carrier.step(|| clock.now()), answering);
    assert_eq!(round.expect("a round"), None);
    assert_eq!(text(&pool, clock.now()).await, ("sent".to_owned(), 1, None));
}

#[tokio::test]
async fn what_is_not_answered_when_a_node_stops_is_in_doubt_at_once_and_not_after_a_minute() {
    let (store, clock, pool) = waiting().await;
    let provider = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let carrier = carrier(store, &provider);
    let stop = carrier.stop.clone();
    let silent = async {
        let (mut line, _) = provider.accept().await.expect("a line");
        let mut some = [0; 4];
        line.read_exact(&mut some).await.expect("a request");
        stop.cancel();
        (line, Instant::now())
    };
    let (round, (_line, told)) = tokio::join!(carrier.step(|| clock.now()), silent);
    assert_eq!(round.expect("a round"), None);
    println!("it ended after {:?}", told.elapsed());
    assert!(told.elapsed() < Duration::from_millis(4_500));
    let (state, attempts, wait) = text(&pool, clock.now()).await;
    assert_eq!((state.as_str(), attempts), ("unknown", 1));
    assert!(wait.is_some_and(|wait| wait <= 6.0), "{wait:?}");
}

#[tokio::test]
async fn a_node_that_stops_holds_no_text_although_the_gateway_is_silent() {
    let world = World::start().await;
    let pool = world.pool().await;
    world.network.misbehave(Faults {
        mode: Mode::Silent,
        ..Faults::default()
    });
    world.phone(NUMBER).texts(PLEA).await;
    let clock = world.clock.clone();
    until("it is taken", async || {
        text(&pool, clock.now()).await.0 == "sending"
    })
    .await;
    let began = Instant::now();
    world.node.stop().await;
    println!("it was gone after {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(5));
    // Given back where it was not handed over yet.
    let (state, _, wait) = text(&pool, clock.now()).await;
    assert!(matches!(state.as_str(), "queued" | "unknown"), "{state}");
    assert!(wait.is_some_and(|wait| wait <= 6.0), "{wait:?}");
}
