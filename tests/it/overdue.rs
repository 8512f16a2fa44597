//! What an outage leaves behind, clocks that are wrong, and a Redis that forgot.

use crate::support::desk::Desk;
use crate::support::patience::{PATIENCE, until};
use crate::support::record::{first, log};
use crate::support::servers::Servers;
use crate::support::words::{CRITICAL, ROUTINE};
use crate::support::world::{World, minted, minutes, seconds};
use chrono::TimeDelta;
use msaada::case::{MissionCode, Priority, Waiting};
use msaada::feed::Feed;
use msaada::queue::Queue;
use msaada::reach::{Form, Reach};
use msaada::repair::Repair;
use msaada::simulator::{Faults, Mode};
use msaada::store::Since;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::collections::HashSet;
use uuid::Uuid;

/// As many more cases like the only one there is.
async fn copies(pool: &PgPool, count: usize) {
    let (ids, references) = minted(count);
    sqlx::query(
        "insert into cases
         select r.* from cases c, unnest($1::uuid[], $2::text[]) n (id, reference),
              jsonb_populate_record(c, jsonb_build_object('id', n.id, 'reference', n.reference)) r
         where c.id = (select id from cases limit 1)",
    )
    .bind(ids)
    .bind(references)
    .execute(pool)
    .await
    .expect("copies");
}

/// The first line of a case's log that says that a clock lapsed.
async fn lapsed(desk: &Desk, card: &Value) -> Value {
    let case = desk.opens(card).await;
    first(&case, "lapsed").clone()
}

#[tokio::test]
async fn overdue_work_is_handled_in_order_of_priority_and_its_case_says_how_late_it_was() {
    let world = World::start().await;
    let pool = world.pool().await;
    let question = world.says(ROUTINE).await["reference"].clone();
    let critical = world.says(CRITICAL).await["reference"].clone();
    // Neither is due before the clock goes on, and then the question has been for longer.
    let now = world.clock.now();
    sqlx::query("update cases set due_at = case priority when 3 then $1 else $2 end")
        .bind(now + seconds(30))
        .bind(now + seconds(45))
        .execute(&pool)
        .await
        .expect("as told");
    let mut tx = world.store.begin().await.expect("a transaction");
    let now = world.clock.now() + minutes(2);
    let first = world.store.lock_due(&mut tx, now, 1).await.expect("due");
    assert_eq!(json!(first[0].reference.as_str()), critical);
    // What it holds is free before the clocks look.
    msaada::store::commit(tx).await.expect("let go of");
    world.pass(minutes(2)).await;
    let text = world.phone_of("duty@dubai").got("2 cases overdue").await;
    let at = |reference: &Value| text.find(reference.as_str().expect("a reference"));
    assert!(at(&critical) < at(&question), "{text}");
    let mut desk = world.desk("officer@dubai").await;
    let card = desk
        .shows_case(&critical, "a lapse", |card| card["lapses"] == 1)
        .await;
    let late = lapsed(&desk, &card).await["detail"]["late_ms"].as_i64();
    assert!(
        late.is_some_and(|ms| (74_000..105_000).contains(&ms)),
        "{late:?}"
    );
    world.end().await;
}

#[tokio::test]
async fn thousands_of_overdue_cases_are_one_text_for_each_person() {
    let world = World::start().await;
    let pool = world.pool().await;
    world.says(CRITICAL).await;
    copies(&pool, 2_400).await;
    // One process by itself, so that it is known which texts it writes.
    let World { node, clock, .. } = world;
    let flow = node.flow.clone();
    node.kill();
    clock.pass(minutes(60));
    flow.tick().await.expect("a tick");
    let (lapses, log): (i64, i64) = sqlx::query_as(
        "select (select count(*) from cases where lapses = 1),
                (select count(*) from case_log where event = 'lapsed')",
    )
    .fetch_one(&pool)
    .await
    .expect("counts");
    assert_eq!((lapses, log), (2_401, 2_401));
    let texts: Vec<(String, bool)> = sqlx::query_as(
        "select m.body, o.next_at <= $1 from outbox o join sealed.messages m on m.id = o.message
         where o.state <> 'canceled' and m.audience = 'staff'",
    )
    .bind(clock.now())
    .fetch_all(&pool)
    .await
    .expect("texts");
    let [(text, goes_now)] = texts.as_slice() else {
        panic!("not one text but {texts:?}");
    };
    assert!(text.starts_with("2401 cases overdue: "), "{text}");
    assert!(text.contains("and 2397 more") && *goes_now, "{text}");
}

#[tokio::test]
async fn a_text_that_still_waits_is_told_together_with_the_next_one() {
    let world = World::start().await;
    let pool = world.pool().await;
    let mut desk = world.desk("officer@dubai").await;
    let duty = world.phone_of("duty@dubai");
    world.network.misbehave(Faults {
        mode: Mode::Failing,
        to: Some(duty.number.clone()),
        ..Faults::default()
    });
    let card = desk.gets(&world, CRITICAL).await;
    world.pass(seconds(60)).await;
    // It was tried, and its next try is far away.
    let later = "update outbox set next_at = next_at + interval '1 day'
                 where state = 'queued' and error is not null";
    until("it was tried", async || {
        let put_off = sqlx::query(later).execute(&pool).await;
        put_off.expect("as told").rows_affected() > 0
    })
    .await;
    world.network.misbehave(Faults::default());
    let second = desk.gets(&world, CRITICAL).await["reference"].clone();
    world.pass(seconds(60)).await;
    let text = duty.got("2 cases overdue").await;
    for reference in [&card["reference"], &second] {
        assert!(
            text.contains(reference.as_str().expect("a reference")),
            "{text}"
        );
    }
    world.phone_of("head@dubai").got("not claimed").await;
    assert_eq!(duty.count(), 1);
    let case = desk.opens(&card).await;
    let told_otherwise = log(&case).any(|line| {
        line["detail"]["error"] == "not sent: told together with later cases in one text"
    });
    assert!(told_otherwise, "{case}");
    world.end().await;
}

#[tokio::test]
async fn a_node_whose_wall_clock_is_stepped_fires_nothing_early_and_nothing_late() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (node, clock) = world.node_elsewhere(TimeDelta::zero());
    node.flow.agree_on_time().await.expect("agreed");
    let card = desk.gets(&world, CRITICAL).await;
    for step in [TimeDelta::hours(3), -TimeDelta::hours(7)] {
        clock.step(step);
        node.flow.tick().await.expect("a tick");
        node.flow.agree_on_time().await.expect("agreed");
        node.flow.tick().await.expect("a tick");
        assert!((clock.now() - world.clock.now()).abs() < seconds(5));
    }
    assert_eq!(desk.opens(&card).await["card"]["lapses"], 0);
    world.settled().await;
    assert_eq!(world.phone_of("duty@dubai").count(), 0);
    // The other node is gone: the one with the wrong wall clock fires in time.
    world.node.flow.let_go();
    world.clock.pass(seconds(60));
    node.flow.tick().await.expect("a tick");
    let card = desk
        .shows_case(&card["reference"], "a lapse", |card| card["lapses"] == 1)
        .await;
    assert_eq!(card["level"], 1);
    assert_eq!(lapsed(&desk, &card).await["detail"]["clock"], "claim");
    world.phone_of("duty@dubai").got("not claimed").await;
    node.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_node_whose_wall_clock_is_wrong_from_the_start_fires_nothing_early() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let reference = world.says(CRITICAL).await["reference"].clone();
    let (node, clock) = world.node_elsewhere(TimeDelta::hours(1));
    node.flow.tick().await.expect("a tick");
    assert!((clock.now() - world.clock.now()).abs() < seconds(5));
    let card = desk.shows_case(&reference, "the case", |_| true).await;
    assert_eq!(desk.opens(&card).await["card"]["lapses"], 0);
    world.settled().await;
    assert_eq!(world.phone_of("duty@dubai").count(), 0);
    node.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_process_stopped_in_the_middle_holds_a_clock_for_two_seconds_at_most() {
    let world = World::start().await;
    world.says(CRITICAL).await;
    let mut stopped = world.store.begin_moment().await.expect("a transaction");
    let at = world.clock.now() + seconds(60);
    let held = world
        .store
        .lock_due(&mut stopped, at, 1)
        .await
        .expect("due");
    assert_eq!(held.len(), 1);
    world.pass(seconds(60)).await;
    // No desk shows it: it went up when nobody had seen it.
    world.phone_of("duty@dubai").got("on no desk for").await;
    assert!(msaada::store::commit(stopped).await.is_err());
    world.end().await;
}

/// A queue that no node fills.
fn queue_of_its_own(redis: &str) -> (Queue, Reach, String) {
    let form: Form = redis.parse().expect("a URL");
    let reach = Reach::new(form);
    let prefix = format!("own{}", Uuid::new_v4().simple());
    (Queue::new(reach.clone(), &prefix), reach, prefix)
}

#[tokio::test]
async fn a_queue_that_is_not_whole_hands_out_nothing() {
    let servers = Servers::get().await;
    let (queue, mut redis, _) = queue_of_its_own(&servers.redis().0);
    let dubai: MissionCode = "AE-DXB".parse().expect("a mission");
    let now = msaada::clock::Clock::default().now();
    let routine = Waiting {
        id: Uuid::new_v4(),
        priority: Priority::Routine,
        opened_at: now,
    };
    let critical = Waiting {
        id: Uuid::new_v4(),
        priority: Priority::Critical,
        ..routine
    };
    let filling = queue.begin_filling(&dubai).await.expect("Redis answers");
    let filling = filling.expect("nobody else fills it");
    assert!(queue.fill(&filling, &[routine]).await.expect("filled"));
    assert_eq!(queue.take(&dubai, now).await.expect("Redis answers"), None);
    assert!(
        queue
            .begin_filling(&dubai)
            .await
            .expect("Redis answers")
            .is_none(),
        "two fill it"
    );
    assert!(queue.fill(&filling, &[critical]).await.expect("filled"));
    assert!(queue.end_filling(&filling, 7).await.expect("in use"));
    assert_eq!(
        queue.take(&dubai, now).await.expect("Redis answers"),
        Some(critical.id)
    );
    let marks = queue.right_up_to(std::slice::from_ref(&dubai)).await;
    assert_eq!(marks.expect("Redis answers"), [Some(7)]);
    let mut pipe = redis::pipe();
    let nowhere: MissionCode = "SA-RUH".parse().expect("a mission");
    queue.note_right_up_to(&mut pipe, &[dubai.clone(), nowhere.clone()], 9);
    pipe.query_async::<()>(&mut redis).await.expect("noted");
    let marks = queue.right_up_to(&[dubai, nowhere]).await;
    assert_eq!(marks.expect("Redis answers"), [Some(9), None]);
}

#[tokio::test]
async fn a_redis_that_comes_back_older_than_it_went_is_told_what_it_forgot() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let first = world.says(CRITICAL).await["reference"].clone();
    let (queue, mut redis, prefix) = queue_of_its_own(&world.settings().redis_url);
    let (feed, _cards) = Feed::new(Uuid::new_v4(), &prefix);
    let mut repair = Repair::new(world.store.clone(), feed, queue.clone(), redis.clone());
    repair.step().await.expect("filled");
    let dubai: MissionCode = "AE-DXB".parse().expect("a mission");
    assert_eq!(queue.count(&dubai).await.expect("Redis answers"), 1);
    let mark = queue.right_up_to(std::slice::from_ref(&dubai)).await;
    let mark = mark.expect("Redis answers")[0].expect("a mark");
    let second = world.says(CRITICAL).await["reference"].clone();
    let card = desk.shows_case(&first, "the first", |_| true).await;
    desk.does(&card, "claim", json!({})).await;
    let second = desk.shows_case(&second, "the second", |_| true).await;
    repair.step().await.expect("a round");
    let key = |name: &str| format!("{prefix}:{{AE-DXB}}:{name}");
    let id = |card: &Value| card["id"].as_str().expect("an id").to_owned();
    assert_eq!(queue.count(&dubai).await.expect("Redis answers"), 1);
    // As it was before.
    redis::pipe()
        .zadd(key("waiting"), id(&card), 1)
        .zrem(key("waiting"), id(&second))
        .set(key("filled"), mark)
        .query_async::<()>(&mut redis)
        .await
        .expect("older");
    // A round reads what every transaction of the server has ended with, also those of other stories.
    let told = async {
        loop {
            repair.step().await.expect("a round");
            let waiting: Vec<String> = redis::cmd("ZRANGE")
                .arg(&[&key("waiting"), "0", "-1"])
                .query_async(&mut redis)
                .await
                .expect("Redis answers");
            if waiting == [id(&second)] {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, told)
        .await
        .expect("the queue is told what it forgot");
    let taken = queue.take(&dubai, world.clock.now()).await;
    assert_eq!(json!(taken.expect("Redis answers")), second["id"]);
    assert_eq!(queue.count(&dubai).await.expect("Redis answers"), 1);
    world.end().await;
}

#[tokio::test]
async fn a_queue_that_holds_too_many_for_long_is_filled_anew() {
    let world = World::start().await;
    world.says(CRITICAL).await;
    let (queue, mut redis, prefix) = queue_of_its_own(&world.settings().redis_url);
    let (feed, _cards) = Feed::new(Uuid::new_v4(), &prefix);
    let mut repair = Repair::new(world.store.clone(), feed, queue.clone(), redis.clone());
    repair.step().await.expect("filled");
    let dubai: MissionCode = "AE-DXB".parse().expect("a mission");
    redis::cmd("ZADD")
        .arg(format!("{prefix}:{{AE-DXB}}:waiting"))
        .arg(1)
        .arg(Uuid::new_v4().to_string())
        .query_async::<()>(&mut redis)
        .await
        .expect("a case that is not there");
    let mut rounds = 0;
    while queue.count(&dubai).await.expect("Redis answers") != 1 {
        repair.step().await.expect("a round");
        rounds += 1;
        assert!(rounds < 1_000, "nobody counts");
    }
    world.end().await;
}

#[tokio::test]
async fn what_one_transaction_changed_is_read_to_its_end_however_much_it_is() {
    let world = World::start().await;
    let pool = world.pool().await;
    world.says(CRITICAL).await;
    // In one transaction, and of the same number.
    copies(&pool, 11_000).await;
    let first: i64 = sqlx::query_scalar("select min(changed) from cases")
        .fetch_one(&pool)
        .await
        .expect("a transaction");
    let mut since = Since::from(first);
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let page = world.store.changes_since(since).await.expect("a page");
        let new = page
            .cases
            .iter()
            .filter(|case| seen.insert(case.id))
            .count();
        assert_eq!(new, page.cases.len(), "nothing is read twice");
        since = page.cursor;
        if !page.more {
            break;
        }
    }
    assert_eq!(seen.len(), 11_001);
    assert!(since.changed > first);
    world.end().await;
}
