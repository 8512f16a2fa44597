//! The auditor: what nobody did is noticed, here and outside.

use super::spool::{ROOM, all_taken_in, keeping, plea};
use crate::support::patience::until;
use crate::support::process::Process;
use crate::support::servers::Pair;
use crate::support::words::{CRITICAL, LOCKED_IN, ROUTINE};
use crate::support::world::{World, seconds};
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

/// An address outside that expects to hear that all is well.
async fn outside(status: u16) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(matchers::method("GET"))
        .and(matchers::path("/well/secret"))
        .respond_with(ResponseTemplate::new(status))
        .mount(&server)
        .await;
    server
}

async fn told(outside: &MockServer) -> usize {
    outside.received_requests().await.map_or(0, |all| all.len())
}

#[tokio::test]
async fn a_case_that_nobody_can_fire_is_reported_and_nobody_is_told_that_all_is_well() {
    let world = World::empty().await;
    let pool = world.pool().await;
    world.says(CRITICAL).await;
    let settings = world.settings().clone();
    world.end().await;

    // A transaction that hangs holds the case; its moment was a minute ago.
    let mut hung = pool.begin().await.expect("a transaction");
    sqlx::raw_sql("update cases set due_at = now() - interval '1 minute'")
        .execute(&pool)
        .await
        .expect("a case is overdue");
    let case: uuid::Uuid = sqlx::query_scalar("select id from cases for update")
        .fetch_one(&mut *hung)
        .await
        .expect("the case is held");

    let outside = outside(200).await;
    let url = format!("{}/well/secret", outside.uri());
    let process = Process::start(&settings, &["--deadman-url", &url]).await;
    until("the case is counted as overdue", async || {
        process.figure("msaada_audit_cases_overdue").await == Some(1.0)
    })
    .await;
    let ready = process.ready().await;
    assert_eq!(
        (
            &ready["status"],
            &ready["audit"]["status"],
            &ready["audit"]["found"]
        ),
        (&json!("ok"), &json!("findings"), &json!(1)),
        "{ready}"
    );
    assert_eq!(
        process.figure("msaada_audit_last_good_seconds").await,
        Some(0.0)
    );
    let looked = process.figure("msaada_audit_last_seconds").await;
    until("it looks again and again", async || {
        process.figure("msaada_audit_last_seconds").await > looked
    })
    .await;
    assert_eq!(told(&outside).await, 0);
    let log = process.log();
    let line = log
        .lines()
        .find(|line| line.contains("cases are due and nobody fired"));
    let line = line.expect("it is said in the log");
    assert!(
        line.contains("ERROR") && line.contains(&case.to_string()),
        "{line}"
    );

    hung.rollback().await.expect("it lets go");
    until("the clock fires and all is well", async || {
        process.figure("msaada_audit_cases_overdue").await == Some(0.0)
    })
    .await;
    until("outside hears of it", async || told(&outside).await > 0).await;
    assert_eq!(process.ready().await["audit"]["status"], "ok");
    assert!(process.figure("msaada_audit_last_good_seconds").await > Some(0.0));
    assert!(
        !process.log().contains("secret"),
        "the address outside is a secret"
    );
}

#[tokio::test]
async fn an_address_outside_that_does_not_answer_harms_nothing() {
    let world = World::empty().await;
    let outside = outside(500).await;
    let url = format!("{}/well/secret", outside.uri());
    let process = Process::start(world.settings(), &["--deadman-url", &url]).await;
    until("outside was asked", async || told(&outside).await > 1).await;
    assert_eq!(process.ready().await["audit"]["status"], "ok");
    let log = process.log();
    assert!(log.contains("could not be told that all is well"), "{log}");
    assert!(!log.contains("secret"), "the address outside is a secret");
    world.end().await;
}

#[tokio::test]
async fn a_text_that_is_tried_in_vain_for_minutes_is_stuck_although_its_next_try_lies_ahead() {
    let world = World::empty().await;
    let pool = world.pool().await;
    let worker = world.phone("+254711000043");
    worker.texts(LOCKED_IN).await;
    worker.got("Thank you").await;
    let (store, clock) = world.left_behind();
    let now = clock.now();
    // How often it was tried, and seconds from now: written, last handed over, to be tried.
    for (state, attempts, [created, taken, next], stuck) in [
        ("queued", 8, [-360, -60, 240], 1),
        ("queued", 0, [-360, -360, 240], 0),
        ("queued", 8, [-60, -1, 240], 0),
        ("queued", 0, [-360, -360, -301], 1),
        ("unknown", 1, [-360, -301, 15], 1),
        ("unknown", 1, [-360, -60, 15], 0),
        ("sending", 8, [-360, -1, 60], 1),
        ("sending", 1, [-360, -1, 60], 0),
    ] {
        sqlx::query(
            "update outbox set state = $1, attempts = $2, created_at = $3, taken_at = $4, next_at = $5",
        )
        .bind(state)
        .bind(attempts)
        .bind(now + seconds(created))
        .bind(now + seconds(taken))
        .bind(now + seconds(next))
        .execute(&pool)
        .await
        .expect("it is made so");
        let (late, unsent) = (now - seconds(15), now - seconds(300));
        let found = store.stalled(now, late, unsent, 10).await.expect("rows");
        assert_eq!(found.unsent.len(), stuck, "{state} {attempts} {next}");
    }
}

#[tokio::test]
async fn what_becomes_of_texts_is_counted_from_the_start() {
    let world = World::empty().await;
    let process = Process::start(world.settings(), &[]).await;
    for became in [
        "sent",
        "retry",
        "unknown",
        "failed",
        "canceled",
        "undelivered",
    ] {
        let name = format!("msaada_messages_total{{became=\"{became}\"}}");
        assert_eq!(process.figure(&name).await, Some(0.0), "{became}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_text_that_nobody_can_send_is_counted_as_stuck_until_somebody_can() {
    let world = World::empty().await;
    let pool = world.pool().await;
    let worker = world.phone("+254711000044");
    worker.texts(LOCKED_IN).await;
    worker.got("Thank you").await;
    let settings = world.settings().clone();
    world.end().await;

    // A transaction that hangs holds it; it should have left six minutes ago.
    let mut hung = pool.begin().await.expect("a transaction");
    sqlx::raw_sql(
        "update outbox set state = 'queued', next_at = now() - interval '6 minutes', rank = 0,
                provider_sid = null, sent_at = null, settled_at = null, lease = null",
    )
    .execute(&pool)
    .await
    .expect("a text waits");
    let case: uuid::Uuid = sqlx::query_scalar("select case_id from outbox for update")
        .fetch_one(&mut *hung)
        .await
        .expect("the text is held");
    let process = Process::start(&settings, &[]).await;
    until("the text is counted as stuck", async || {
        process.figure("msaada_audit_messages_stuck").await == Some(1.0)
    })
    .await;
    let ready = process.ready().await;
    assert_eq!(ready["audit"]["status"], "findings", "{ready}");
    let log = process.log();
    let line = log.lines().find(|line| line.contains("messages are stuck"));
    let line = line.expect("it is said in the log");
    assert!(
        line.contains("ERROR") && line.contains(&case.to_string()),
        "{line}"
    );
    hung.rollback().await.expect("it lets go");
    until("it is stuck no more", async || {
        process.figure("msaada_audit_messages_stuck").await == Some(0.0)
    })
    .await;
}

#[tokio::test]
async fn a_report_that_grows_old_on_the_disk_is_found_by_the_auditor() {
    let pair = Pair::start().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    // PostgreSQL is there, and takes no report.
    let rename = async |sql: &'static str| {
        sqlx::raw_sql(sql).execute(&pool).await.expect("renamed");
    };
    rename("alter table sealed.reports rename to elsewhere").await;
    let (status, _) = world.report(plea(ROUTINE)).await;
    assert_eq!(status, 202);
    let audit = async || world.ready().await.1["audit"]["status"].clone();
    until("the auditor has looked", async || audit().await == "ok").await;
    world.clock.pass(seconds(61));
    until("it finds the report", async || audit().await == "findings").await;
    rename("alter table sealed.elsewhere rename to reports").await;
    all_taken_in(&world, &pool, 1).await;
    until("nothing is wrong any more", async || audit().await == "ok").await;
    world.end().await;
}

#[tokio::test]
async fn an_auditor_that_gets_no_answer_is_said_to_have_stopped_until_it_goes_on() {
    let pair = Pair::start().await;
    let (world, _) = keeping(&pair, ROOM).await;
    let audit = async || world.ready().await.1["audit"]["status"].clone();
    until("the auditor has looked", async || audit().await == "ok").await;
    pair.postgres.freeze();
    world.clock.pass(seconds(31));
    until("it has stopped", async || audit().await == "stopped").await;
    pair.postgres.thaw();
    until("it goes on", async || audit().await == "ok").await;
    world.end().await;
}
