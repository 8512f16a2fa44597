//! What the gateway and the service do not know of each other for a while.

use crate::support::carrier::{carrier, carrier_to_nobody};
use crate::support::desk::Desk;
use crate::support::patience::until;
use crate::support::words::PLEA;
use crate::support::world::{World, minutes, seconds};
use msaada::simulator::{Callbacks, Faults, Mode};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

/// Waits until the newest text of a case is in this state.
async fn is_texted(desk: &Desk, card: &Value, state: &str) {
    desk.texted(card, state, |text| text["state"] == state)
        .await;
}

#[tokio::test]
async fn a_text_that_came_while_nobody_answered_is_taken_in_and_answered_once() {
    let mut world = World::start().await;
    // Port 9 (discard): nobody is there.
    world.network.serve("http://127.0.0.1:9", &world.url(""));
    let worker = world.phone("+254711000031");
    assert_eq!(worker.texts(PLEA).await["status"], 0);
    let written = world.clock.now();
    for asked in 0..2 {
        world.clock.pass(minutes(1));
        world = world.restart();
        let mut desk = world.desk("officer@dubai").await;
        let card = desk.shows("her case", |card| card["country"] == "AE").await;
        let case = desk.opens(&card).await;
        assert_eq!(case["reports"].as_array().map(Vec::len), Some(1));
        assert_eq!(case["reports"][0]["text"], PLEA);
        // Her clock runs from when she wrote, not from when she was found.
        let opened = card["opened_at"].as_str().expect("a time");
        let opened: chrono::DateTime<chrono::Utc> = opened.parse().expect("a time");
        assert!(opened <= written, "{opened} is after {written}");
        if asked == 0 {
            worker.got("Asante").await;
        }
    }
    // Her next text goes the usual way, into the same case.
    assert_eq!(worker.texts("bado niko hapa").await["joined"], true);
    assert_eq!(worker.count(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_message_told_again_with_more_in_it_is_one_report() {
    let mut world = World::start().await;
    world.network.serve("http://127.0.0.1:9", &world.url(""));
    let worker = world.phone("+254711000037");
    let here = json!({"text": PLEA, "whatsapp": true, "lat": 25.2711, "lon": 55.3075});
    assert_eq!(worker.sends(here).await["status"], 0);
    let sid = world.network.messages(&worker.number)[0].sid.clone();
    // The list of the provider tells the words; the webhook, repeated late, the position too.
    world.clock.pass(minutes(1));
    world = world.restart();
    worker.got("Asante").await;
    let again = format!("{}/messages/{sid}/again", world.network.url());
    let told = reqwest::Client::new().post(&again).send().await;
    let told: Value = told.expect("an answer").json().await.expect("JSON");
    assert_eq!(told["webhook"]["status"], 200);
    let mut desk = world.desk("officer@dubai").await;
    let placed = |card: &Value| card["place"]["radius_m"] == 1_100 && card["version"] == 3;
    let card = desk.shows("her place", placed).await;
    let case = desk.opens(&card).await;
    assert_eq!(case["reports"].as_array().map(Vec::len), Some(1));
    assert_eq!(case["place"]["source"], "pin");
    let (_, exact) = desk.exact_place(&card).await;
    assert_eq!(
        (&exact["lat"], &exact["lon"]),
        (&json!(25.2711), &json!(55.3075))
    );
    // Told a third time, it changes nothing.
    let again = reqwest::Client::new().post(again).send().await;
    let again: Value = again.expect("an answer").json().await.expect("JSON");
    assert_eq!(again["webhook"]["status"], 200);
    assert_eq!(desk.opens(&card).await["card"]["version"], card["version"]);
    world.end().await;
}

#[tokio::test]
async fn a_message_in_doubt_is_asked_about_and_never_sent_twice() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000032");
    world.network.misbehave(Faults {
        mode: Mode::Cut,
        count: Some(1),
        to: Some(worker.number.clone()),
        callbacks: Callbacks::None,
        ..Faults::default()
    });
    let answer = worker.texts(PLEA).await;
    worker.got("Asante").await;
    let card = desk
        .shows_case(&answer["reference"], "the case", |_| true)
        .await;
    is_texted(&desk, &card, "unknown").await;
    world.pass(seconds(5)).await;
    is_texted(&desk, &card, "delivered").await;
    assert_eq!(worker.count(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_request_that_hangs_holds_up_nobody_else() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let hung = world.phone("+254711000033");
    world.network.misbehave(Faults {
        mode: Mode::Silent,
        to: Some(hung.number.clone()),
        ..Faults::default()
    });
    let answer = hung.texts(PLEA).await;
    let card = desk
        .shows_case(&answer["reference"], "the case", |_| true)
        .await;
    is_texted(&desk, &card, "sending").await;
    let other = world.phone("+254711000034");
    other.texts(PLEA).await;
    other.got("Asante").await;
    assert_eq!(desk.outgoing(&card).await[0]["state"], "sending");
    world.end().await;
}

#[tokio::test]
async fn a_stop_that_only_the_carrier_heard_is_heard_from_the_carrier() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000035");
    world.network.misbehave(Faults {
        mode: Mode::Error,
        code: Some(21_610),
        to: Some(worker.number.clone()),
        ..Faults::default()
    });
    let answer = worker.texts(PLEA).await;
    let card = desk
        .shows_case(&answer["reference"], "a failure noted", |card| {
            card["version"] == 2
        })
        .await;
    assert_eq!(desk.opens(&card).await["contact"]["opted_out"], true);
    world.end().await;
}

#[tokio::test]
async fn a_message_of_which_nothing_was_heard_is_asked_about() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    world.network.misbehave(Faults {
        callbacks: Callbacks::None,
        ..Faults::default()
    });
    let worker = world.phone("+254711000036");
    let answer = worker.texts(PLEA).await;
    worker.got("Asante").await;
    let card = desk
        .shows_case(&answer["reference"], "the case", |_| true)
        .await;
    is_texted(&desk, &card, "sent").await;
    world.clock.pass(minutes(2));
    // A node that starts asks at once; one that runs, once a minute.
    let world = world.restart();
    let mut desk = world.desk("officer@dubai").await;
    let card = desk
        .shows_case(&answer["reference"], "the delivery", |card| {
            card["version"] == 2
        })
        .await;
    assert_eq!(desk.opens(&card).await["messages"][1]["state"], "delivered");
    world.end().await;
}

#[tokio::test]
async fn that_the_provider_does_not_have_a_message_is_believed_the_third_time_after_a_minute() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let pool = world.pool().await;
    let worker = world.phone("+254711000038");
    world.network.misbehave(Faults {
        mode: Mode::Silent,
        to: Some(worker.number.clone()),
        ..Faults::default()
    });
    let answer = worker.texts(PLEA).await;
    let card = desk
        .shows_case(&answer["reference"], "the case", |_| true)
        .await;
    let card = desk.does(&card, "claim", json!({})).await;
    is_texted(&desk, &card, "sending").await;
    world.network.misbehave(Faults::default());
    // The process dies with the request; another finds the message when its lease is over.
    let world = world.restart();
    world.pass(seconds(60)).await;
    for asked in 1..3_i16 {
        until("it was asked about", async || {
            asked_so_far(&pool).await == asked
        })
        .await;
        assert_eq!(worker.count(), 0, "asked {asked} times");
        world.pass(seconds(30)).await;
    }
    worker.got("Asante").await;
    assert_eq!(worker.count(), 1);
    world.end().await;
}

async fn asked_so_far(pool: &PgPool) -> i16 {
    sqlx::query_scalar("select max(asked) from outbox")
        .fetch_one(pool)
        .await
        .expect("a count")
}

#[tokio::test]
async fn a_question_that_hangs_holds_up_no_text() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let pool = world.pool().await;
    world.network.misbehave(Faults {
        mode: Mode::Failing,
        ..Faults::default()
    });
    let (doubtful, waiting) = ("+254711000039", "+254711000040");
    for number in [doubtful, waiting] {
        let answer = world.phone(number).texts(PLEA).await;
        let card = desk
            .shows_case(&answer["reference"], "the case", |_| true)
            .await;
        desk.texted(&card, "it was refused", |text| !text["error"].is_null())
            .await;
    }
    let (store, clock) = world.left_behind();
    for (number, state, wait) in [(doubtful, "unknown", 0), (waiting, "queued", 40)] {
        sqlx::query(
            "update outbox set state = $2, next_at = $3
             where message in (select id from sealed.messages where number = $1)",
        )
        .bind(number)
        .bind(state)
        .bind(clock.now() + seconds(wait))
        .execute(&pool)
        .await
        .expect("as told");
    }
    // A provider that takes requests and never answers.
    let provider = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let carrier = carrier(store, &provider);
    let heard = async {
        let (question, _held) = hears(&provider).await;
        clock.pass(seconds(40));
        carrier.wake.now();
        let (text, _held_too) = hears(&provider).await;
        (question, text)
    };
    tokio::select! {
        _ = carrier.step(|| clock.now()) => {
            panic!("the round ended before the text went out");
        }
        heard = heard => assert_eq!(heard, ("GET ".to_owned(), "POST".to_owned())),
    }
}

/// The next request: its method's first four letters, and the line it came on.
async fn hears(provider: &TcpListener) -> (String, TcpStream) {
    let (mut line, _) = provider.accept().await.expect("a line");
    let mut method = [0; 4];
    line.read_exact(&mut method).await.expect("a request");
    (String::from_utf8_lossy(&method).into_owned(), line)
}

#[tokio::test]
async fn without_a_gateway_doubt_ends_and_no_round_follows_another_without_a_pause() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let pool = world.pool().await;
    let worker = world.phone("+254711000041");
    let answer = worker.texts(PLEA).await;
    worker.got("Asante").await;
    desk.shows_case(&answer["reference"], "the delivery", |card| {
        card["version"] == 2
    })
    .await;
    let (store, clock) = world.left_behind();
    sqlx::query("update outbox set state = 'sending', next_at = $1")
        .bind(clock.now())
        .execute(&pool)
        .await
        .expect("as told");
    let carrier = carrier_to_nobody(store);
    let round = async || carrier.step(|| clock.now()).await.expect("a round");
    // While another process holds the message, it is due and cannot be taken.
    let mut other = pool.begin().await.expect("a transaction");
    sqlx::query("select from outbox for update")
        .execute(&mut *other)
        .await
        .expect("held");
    assert_eq!(round().await, Some(Duration::from_millis(50)));
    other.rollback().await.expect("let go");
    assert_eq!(round().await, None);
    let state: String = sqlx::query_scalar("select state from outbox")
        .fetch_one(&pool)
        .await
        .expect("a state");
    assert_eq!(state, "failed");
}
