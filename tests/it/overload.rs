//! More than the service can do: what is given up, in which order, and that no report is.

use crate::support::patience::until;
use crate::support::servers::Pair;
use crate::support::words::CRITICAL;
use crate::support::world::{World, minted};
use futures_util::future::join_all;
use msaada::case::{Post, Role};
use serde_json::{Value, json};
use sqlx::{PgPool, Postgres, Transaction};
use std::time::Duration;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A service whose database the story can lay its hands on.
async fn service(pair: &Pair) -> (World, PgPool) {
    let (world, pool) = World::on_pair(pair).await;
    world
        .staff("officer@dubai", Role::Officer, Post::Desk, "AE-DXB")
        .await;
    (world, pool)
}

async fn pressed(world: &World) -> Value {
    world.ready().await.1["pressed"].clone()
}

/// How many batches wait until they may write cases.
async fn blocked(pool: &PgPool) -> i64 {
    sqlx::query_scalar(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'
            and datname = current_database() and query like 'insert into cases%'",
    )
    .fetch_one(pool)
    .await
    .expect("a count")
}

/// Cases can be read and locked, and not written, until this is let go of.
async fn unwritable(pool: &PgPool) -> Transaction<'static, Postgres> {
    let mut hold = pool.begin().await.expect("a transaction");
    sqlx::query("lock table cases in share row exclusive mode")
        .execute(&mut *hold)
        .await
        .expect("the lock");
    hold
}

/// Reports, and waits for the answer beside the story.
fn say(world: &World, text: &str) -> JoinHandle<u16> {
    let (url, body) = (
        world.url("/api/v1/reports"),
        json!({"id": Uuid::new_v4(), "text": text}),
    );
    tokio::spawn(async move {
        let sent = reqwest::Client::new().post(url).json(&body).send().await;
        sent.expect("answers").status().as_u16()
    })
}

#[tokio::test]
async fn while_reports_wait_maps_and_lists_of_the_past_do_too_and_every_report_is_stored() {
    let pair = Pair::start().await;
    let (world, pool) = service(&pair).await;
    let desk = world.desk("officer@dubai").await;
    assert_eq!(desk.get("/api/v1/map").await.0, 200);
    assert_eq!(desk.get("/api/v1/cases?status=resolved").await.0, 200);

    let hold = unwritable(&pool).await;
    let mut answers = Vec::new();
    // Each worker has a batch that cannot be written, and one more report waits.
    for stuck in 1..=2 {
        answers.push(say(&world, "locked in, Deira Dubai"));
        until("a batch is stuck", async || blocked(&pool).await >= stuck).await;
    }
    answers.push(say(&world, "I lost my passport in Dubai"));
    until("looking back is refused", async || {
        pressed(&world).await == "analytics"
    })
    .await;
    for path in ["/api/v1/map", "/api/v1/cases?status=resolved"] {
        let (status, problem) = desk.get(path).await;
        assert_eq!(
            (status, &problem["type"]),
            (503, &json!("/problems/reports-first")),
            "{path}: {problem}"
        );
    }
    assert_eq!(desk.get("/api/v1/cases").await.0, 200, "the queue is shown");

    hold.rollback().await.expect("the lock is let go");
    for answer in answers {
        assert_eq!(answer.await.expect("no panic"), 201);
    }
    until("it is calm again", async || pressed(&world).await == "calm").await;
    assert_eq!(desk.get("/api/v1/map").await.0, 200);
    let stored: i64 = sqlx::query_scalar("select count(*) from sealed.reports")
        .fetch_one(&pool)
        .await
        .expect("a count");
    assert_eq!(stored, 3);
    world.end().await;
}

#[tokio::test]
async fn one_report_that_cannot_be_stored_spoils_none_of_its_batch() {
    const BAD: usize = 7;
    let pair = Pair::start().await;
    let (world, pool) = service(&pair).await;
    let forbid = "alter table sealed.reports add constraint never check (text not like 'never%')";
    sqlx::raw_sql(forbid).execute(&pool).await.expect("a rule");
    let hold = unwritable(&pool).await;
    // Both workers have a batch; what comes now gathers, and goes in one.
    let mut before = Vec::new();
    for stuck in 1..=2 {
        before.push(say(&world, "locked in, Deira Dubai"));
        until("a batch is stuck", async || blocked(&pool).await >= stuck).await;
    }
    let gather = (0..20).map(|nth| {
        let begins = if nth == BAD { "never" } else { "please" };
        say(
            &world,
            &format!("{begins} {nth}: I lost my passport in Dubai"),
        )
    });
    let gather: Vec<_> = gather.collect();
    until("more has come", async || {
        pressed(&world).await == "analytics"
    })
    .await;
    hold.rollback().await.expect("the lock is let go");
    for answer in before {
        assert_eq!(answer.await.expect("no panic"), 201);
    }
    for (nth, answer) in gather.into_iter().enumerate() {
        let expected = if nth == BAD { 500 } else { 201 };
        assert_eq!(answer.await.expect("no panic"), expected, "report {nth}");
    }
    let stored: i64 = sqlx::query_scalar("select count(*) from sealed.reports")
        .fetch_one(&pool)
        .await
        .expect("a count");
    assert_eq!(stored, 21);
    world.end().await;
}

/// Cases that wait in Dubai, opened an hour ago.
async fn many_wait(pool: &PgPool, count: usize) {
    let (ids, references) = minted(count);
    sqlx::query(
        "insert into cases (id, reference, version, mission, policy, priority, for_whom, lang, channel,
                            status, since, due_at, level, lapses, opened_at, signs, tray, unread)
         select n.id, n.reference, 1, 'AE-DXB', p.id, 3, 'self', 'en', 'api', 'waiting',
                now(), now() + interval '4 hours', 0, 0, now() - interval '1 hour', '{}', false, 1
         from unnest($1::uuid[], $2::text[]) as n (id, reference),
              (select id from policies where kind is null and priority = 3 limit 1) as p",
    )
    .bind(ids)
    .bind(references)
    .execute(pool)
    .await
    .expect("cases");
}

#[tokio::test]
async fn with_more_open_than_a_desk_can_show_it_gets_the_most_urgent_and_is_told() {
    let pair = Pair::start().await;
    let (world, pool) = service(&pair).await;
    many_wait(&pool, 2_600).await;
    many_wait(&pool, 2_600).await;
    let worst = world.says(CRITICAL).await;
    let mut desk = world.desk("officer@dubai").await;
    assert!(desk.more, "more is open than was sent");
    assert_eq!(desk.cards.len(), 5_000);
    let first = desk.first.clone().expect("a card");
    assert_eq!(desk.cards[&first]["reference"], worst["reference"]);

    // Meanwhile, in two great strokes, all of those end that nobody has looked at.
    let url = world.url("");
    for _ in 0..2 {
        sqlx::query(
            "update cases set status = 'resolved', outcome = 'other', due_at = null,
                    version = version + 1, changed = pg_current_xact_id()::text::bigint
             where id in (select id from cases where priority = 3 and status = 'waiting' limit 2600)",
        )
        .execute(&pool)
        .await
        .expect("an update");
    }
    desk.reconnects(&url).await;
    assert!(!desk.more);
    let ended = desk
        .cards
        .values()
        .filter(|card| card["status"] == "resolved")
        .count();
    assert_eq!(
        ended, 5_200,
        "also what lies behind the first page of changes"
    );
    assert_eq!(desk.cards.len(), 5_201);
    world.end().await;
}

#[tokio::test]
async fn desks_that_open_together_are_sent_what_was_read_once_for_all_of_them() {
    const DESKS: usize = 6;
    let pair = Pair::start().await;
    let (world, pool) = service(&pair).await;
    many_wait(&pool, 300).await;
    let mut hold = pool.begin().await.expect("a transaction");
    sqlx::query("lock table cases in access exclusive mode")
        .execute(&mut *hold)
        .await
        .expect("the lock");
    let reading = async || -> i64 {
        sqlx::query_scalar(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock'
                and datname = current_database() and query like '%order by c.priority, c.opened_at, c.id%'",
        )
        .fetch_one(&pool)
        .await
        .expect("a count")
    };
    let looking = async {
        until("all desks listen", async || {
            world.node.flow.feed.desks() == DESKS
        })
        .await;
        until("one reads", async || reading().await == 1).await;
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        for _ in 0..10 {
            looks.tick().await;
            assert_eq!(reading().await, 1, "and no other");
        }
        hold.rollback().await.expect("the lock is let go");
    };
    let opening = (0..DESKS).map(|_| world.desk("officer@dubai"));
    let (desks, ()) = tokio::join!(join_all(opening), looking);
    for desk in &desks {
        assert_eq!(desk.cards.len(), 300);
    }
    world.end().await;
}
