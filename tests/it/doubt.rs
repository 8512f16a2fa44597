//! What the gateway and the service do not know of each other for a while.

use crate::support::world::{World, minutes, seconds};
use msaada::simulator::{Callbacks, Faults, Mode};
use serde_json::{Value, json};

const PLEA: &str = "nisaidie, niko Deira, madam amenifungia ndani";

#[tokio::test]
async fn a_text_that_came_while_nobody_answered_is_taken_in_and_answered_once() {
    let mut world = World::start().await;
    // Port 9 (discard): nobody is there.
    world.network.serve("http://127.0.0.1:9", &world.url(""));
    let worker = world.phone("+254711000031");
    assert_eq!(worker.texts(PLEA).await["status"], 0);
    for asked in 0..2 {
        world.clock.pass(minutes(1));
        world = world.restart();
        let mut desk = world.desk("officer@dubai").await;
        let card = desk.shows("her case", |card| card["country"] == "AE").await;
        let case = desk.opens(&card).await;
        assert_eq!(case["reports"].as_array().map(Vec::len), Some(1));
        assert_eq!(case["reports"][0]["text"], PLEA);
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
    let told = reqwest::Client::new().post(again).send().await;
    let told: Value = told.expect("an answer").json().await.expect("JSON");
    assert_eq!(told["webhook"]["status"], 200);
    let mut desk = world.desk("officer@dubai").await;
    let card = desk.shows("her case", |card| card["country"] == "AE").await;
    let case = desk.opens(&card).await;
    assert_eq!(case["reports"].as_array().map(Vec::len), Some(1));
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
    let state = async |word: &str| {
        let case: Value = desk.opens(&card).await;
        case["messages"][1]["state"] == word
    };
    while !state("unknown").await {
        tokio::task::yield_now().await;
    }
    world.pass(seconds(5)).await;
    while !state("delivered").await {
        tokio::task::yield_now().await;
    }
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
    let state = async || desk.opens(&card).await["messages"][1]["state"].clone();
    while state().await != "sending" {
        tokio::task::yield_now().await;
    }
    let other = world.phone("+254711000034");
    other.texts(PLEA).await;
    other.got("Asante").await;
    assert_eq!(state().await, "sending");
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
    while desk.opens(&card).await["messages"][1]["state"] != "sent" {
        tokio::task::yield_now().await;
    }
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
