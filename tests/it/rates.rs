//! How fast we speak, to whom, and at which hour.

use crate::support::words::PLEA;
use crate::support::world::{World, minutes, seconds};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use msaada::case::{Channel, Lang, Post, Priority, Role};
use msaada::clock::Clock;
use msaada::simulator::{Faults, Mode};
use msaada::store::{Store, Written, commit};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// A case to hang texts on, of a report without a number.
async fn case(world: &World) -> Uuid {
    let reference = world.says("nisaidie, niko Deira").await["reference"].clone();
    let reference = reference.as_str().expect("a reference");
    let found = world.store.case_by_reference(reference).await;
    found.expect("the store").expect("a case").id
}

/// A case to hang texts on, and nobody who sends them.
async fn left_behind() -> (Uuid, Store, Clock) {
    let world = World::empty().await;
    let case = case(&world).await;
    let (store, clock) = world.left_behind();
    (case, store, clock)
}

fn text(case_id: Uuid, number: &str, words: &str, priority: Priority) -> Written {
    Written {
        id: Uuid::new_v4(),
        case_id,
        to_staff: false,
        channel: Channel::Sms,
        number: number.to_owned().into(),
        body: words.to_owned().into(),
        template: None,
        lang: Lang::English,
        by: None,
        priority,
        about: Vec::new(),
        beyond: 0,
        follows: None,
        not_before: None,
    }
}

async fn write(store: &Store, texts: &[Written], now: DateTime<Utc>) {
    let mut tx = store.begin().await.expect("a transaction");
    store
        .write_messages(&mut tx, texts, now)
        .await
        .expect("written");
    commit(tx).await.expect("committed");
}

async fn taken(store: &Store, now: DateTime<Utc>) -> Vec<String> {
    let taken = store
        .take_outgoing(uuid::Uuid::new_v4(), now, 100, 100)
        .await
        .expect("taken");
    let numbers = taken.messages.iter().map(|m| m.number.expose().clone());
    numbers.collect()
}

/// `n` texts to as many phones of a country.
fn to_many(case: Uuid, beginning: &str, n: u32, priority: Priority) -> Vec<Written> {
    (0..n)
        .map(|n| text(case, &format!("{beginning}{n:07}"), "hello", priority))
        .collect()
}

#[tokio::test]
async fn a_sender_keeps_to_its_rate_to_each_country_however_many_nodes_send() {
    let (case, store, clock) = left_behind().await;
    let now = clock.now();
    write(&store, &to_many(case, "+25471", 30, Priority::Routine), now).await;
    write(&store, &to_many(case, "+1202", 5, Priority::Routine), now).await;
    let other = store.clone();
    let mut to_kenya = 0;
    let mut to_america = 0;
    for tenth in 0..20 {
        let moment = now + TimeDelta::milliseconds(100 * tenth);
        for node in [&store, &other] {
            for number in taken(node, moment).await {
                *(if number.starts_with("+1") {
                    &mut to_america
                } else {
                    &mut to_kenya
                }) += 1;
            }
        }
    }
    // Ten a second and three at once at first; one a second.
    assert_eq!((to_kenya, to_america), (22, 2));
}

#[tokio::test]
async fn a_critical_text_leaves_at_once_where_the_rate_is_used_up_by_routine_ones() {
    let (case, store, clock) = left_behind().await;
    let now = clock.now();
    write(
        &store,
        &to_many(case, "+25471", 500, Priority::Routine),
        now,
    )
    .await;
    assert_eq!(taken(&store, now).await.len(), 3);
    assert_eq!(taken(&store, now).await.len(), 0);
    let urgent = text(case, "+254722000000", "now", Priority::Critical);
    write(&store, &[urgent], now).await;
    assert_eq!(taken(&store, now).await, ["+254722000000"]);
    // What it used up is missing to the others afterwards.
    let soon = now + TimeDelta::milliseconds(100);
    assert_eq!(taken(&store, soon).await.len(), 0);
}

#[tokio::test]
async fn when_the_provider_asks_to_slow_down_the_whole_sender_does_and_no_other() {
    let (case, store, clock) = left_behind().await;
    let now = clock.now();
    let mut texts = to_many(case, "+25471", 2, Priority::Critical);
    texts.extend(to_many(case, "+1202", 1, Priority::Critical));
    texts[1].channel = Channel::Whatsapp;
    write(&store, &texts, now).await;
    let asked = store.slow_down(Channel::Sms, Duration::from_secs(3), now);
    asked.await.expect("slowed down");
    let (before, after) = (now + seconds(2), now + seconds(3));
    assert_eq!(taken(&store, before).await, ["+254710000001"]);
    let next = store.next_outgoing(true, false).await.expect("a moment");
    assert_eq!(next, Some(after), "and nobody asks in vain until then");
    assert_eq!(taken(&store, after).await.len(), 2);
}

#[tokio::test]
async fn hundreds_of_texts_to_one_phone_delay_nobody_else() {
    let world = World::empty().await;
    let case = case(&world).await;
    let (busy, other) = (world.phone("+254711000061"), world.phone("+254711000062"));
    let mut texts: Vec<Written> = (0..300)
        .map(|n| text(case, &busy.number, &format!("hello {n}"), Priority::Routine))
        .collect();
    texts.push(text(case, &other.number, "to you", Priority::Routine));
    write(&world.store, &texts, world.clock.now()).await;
    world.node.flow.wakes.outbox.now();
    other.got("to you").await;
    let so_far = busy.count();
    assert!(so_far < 20, "{so_far} of 300 went first");
    world.node.kill();
}

#[tokio::test]
async fn a_number_that_somebody_typed_gets_one_text_a_day() {
    let world = World::empty().await;
    let stranger = world.phone("+254711000063");
    let typed = async || {
        let contact = json!({"phone": stranger.number, "safe": "any"});
        let report =
            json!({"id": Uuid::new_v4(), "text": "nisaidie, niko Deira", "contact": contact});
        let (status, _) = world.report(report).await;
        assert_eq!(status, 201);
    };
    let all = futures_util::future::join_all((0..5).map(|_| typed()));
    all.await;
    stranger.got("Asante").await;
    world.pass(minutes(24 * 60 - 1)).await;
    typed().await;
    world.pass(minutes(2)).await;
    typed().await;
    stranger.got("Asante").await;
    assert_eq!(stranger.count(), 2);
    world.end().await;
}

#[tokio::test]
async fn stop_that_arrives_after_a_text_was_taken_still_holds_it_back() {
    let (case, store, clock) = left_behind().await;
    let now = clock.now();
    let texts = to_many(case, "+25471", 2, Priority::Routine);
    write(&store, &texts, now).await;
    let taken = store
        .take_outgoing(uuid::Uuid::new_v4(), now, 100, 100)
        .await
        .expect("taken");
    assert_eq!(taken.messages.len(), 2);
    let mut tx = store.begin().await.expect("a transaction");
    let number = texts[1].number.expose();
    let heard = store.set_opt_out(&mut tx, number, true, now).await;
    heard.expect("heard");
    commit(tx).await.expect("committed");
    let unwanted = store.unwanted_by_now(&taken.messages).await;
    let unwanted = unwanted.expect("known");
    assert_eq!(unwanted, [texts[1].id]);
}

#[tokio::test]
async fn a_text_that_waited_keeps_to_her_hours_where_she_is() {
    let world = World::empty().await;
    world
        .staff("officer@centre", Role::Officer, Post::Desk, "KE-NBO")
        .await;
    let mut desk = world.desk("officer@centre").await;
    let worker = world.phone("+254711000064");
    let answer = worker.texts(PLEA).await;
    worker.got("Asante").await;
    let card = desk
        .shows_case(&answer["reference"], "the delivery", |card| {
            card["version"] == 2
        })
        .await;
    // Her number is Kenyan, and she is in the Emirates.
    assert_eq!(card["country"], "AE");
    let card = desk.does(&card, "claim", json!({})).await;
    world.network.misbehave(Faults {
        mode: Mode::Failing,
        to: Some(worker.number.clone()),
        ..Faults::default()
    });
    let card = desk
        .does(&card, "message", json!({"template": "ask_safe"}))
        .await;
    desk.texted(&card, "it was refused", |text| !text["error"].is_null())
        .await;
    // From the second full hour in Dubai from now, for an hour.
    let hour = world
        .clock
        .now()
        .with_timezone(&chrono_tz::Asia::Dubai)
        .hour();
    let (from, to) = ((hour + 2) % 24, (hour + 3) % 24);
    let hours = json!({"contact": "any", "from_hour": from, "to_hour": to, "note": null});
    desk.does(&card, "safe_contact", hours).await;
    world.network.misbehave(Faults::default());
    world.pass(seconds(10)).await;
    desk.texted(&card, "it waits for her hours", |text| {
        text["error"] == "waits for the hours the person gave"
    })
    .await;
    assert_eq!(worker.count(), 1);
    let minute = i64::from(world.clock.now().minute());
    world.pass(minutes(120 - minute)).await;
    worker.got("").await;
    assert_eq!(worker.count(), 2);
    world.end().await;
}
