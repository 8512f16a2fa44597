//! Pictures that people send from a telephone: each is fetched from the provider, and kept.

use super::photographs::{JPEG, PNG, holds, names};
use crate::support::record::log;
use crate::support::world::{World, seconds};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use msaada::intake::twilio::{media, missed};
use msaada::simulator::{Faults, Mode};
use serde_json::{Value, json};
use uuid::Uuid;

fn picture(bytes: &[u8]) -> Value {
    json!({"type": "image/jpeg", "base64": STANDARD.encode(bytes)})
}

#[tokio::test]
async fn a_picture_from_a_telephone_is_fetched_from_the_provider_and_kept() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let phone = world.phone("+971501234567");
    let sent = phone
        .sends(json!({
            "text": "nimefungiwa ndani niko Deira", "whatsapp": true,
            "media": [picture(JPEG), picture(PNG)],
        }))
        .await;
    phone.got("").await;
    let case = holds(&mut desk, &sent["reference"], 2).await;
    assert_eq!(names(&case), ["file.jpg", "file.png"]);
    let card = desk.shows_case(&sent["reference"], "it", |_| true).await;
    let files = case["attachments"].as_array().expect("attachments");
    let jpeg = files.iter().find(|file| file["kind"] == "image/jpeg");
    let file = jpeg.expect("the first")["id"].as_str().expect("an id");
    let id = card["id"].as_str().expect("an id");
    let (_, bytes) = desk
        .fetches(&format!("/api/v1/cases/{id}/attachments/{file}"))
        .await;
    assert_eq!(bytes, JPEG);
    // What is no picture is not kept, and its case says so.
    phone
        .sends(json!({"text": "", "whatsapp": true, "media": [picture(b"MZ\x90\0")]}))
        .await;
    loop {
        let card = desk.shows_case(&sent["reference"], "it", |_| true).await;
        let case = desk.opens(&card).await;
        let lost = json!({"lost": "kind"});
        if log(&case).any(|line| line["detail"] == lost) {
            break;
        }
        let version = card["version"].clone();
        desk.shows_case(&sent["reference"], "a newer one", |card| {
            card["version"] != version
        })
        .await;
    }
    world.end().await;
}

#[tokio::test]
async fn whatever_a_program_calls_media_holds_up_nobodys_pictures() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    for media in [
        json!("x"),
        json!(null),
        json!({"url": 1}),
        json!([1, {"url": []}]),
    ] {
        let (status, _) = world
            .report(json!({"id": Uuid::new_v4(), "text": "passport", "details": {"media": media}}))
            .await;
        assert_eq!(status, 201);
    }
    let phone = world.phone("+971501234569");
    let sent = phone
        .sends(json!({
            "text": "nimefungiwa ndani niko Deira", "whatsapp": true, "media": [picture(JPEG)],
        }))
        .await;
    phone.got("").await;
    let case = holds(&mut desk, &sent["reference"], 1).await;
    assert_eq!(names(&case), ["file.jpg"]);
    world.end().await;
}

#[tokio::test]
async fn a_picture_is_fetched_although_the_provider_fails_at_first() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let phone = world.phone("+971501234568");
    let whatsapp = json!({"text": "niko Deira nisaidie", "whatsapp": true});
    let sent = phone.sends(whatsapp).await;
    phone.got("").await;
    world.network.misbehave(Faults {
        mode: Mode::Failing,
        ..Faults::default()
    });
    phone
        .sends(json!({"text": "", "whatsapp": true, "media": [picture(JPEG)]}))
        .await;
    let gateway = world.gateway();
    let fetching = media::Fetching::default();
    let fetch = || async {
        world.clock.pass(seconds(30));
        fetching
            .round(&world.node.flow, &gateway)
            .await
            .expect("the store answers");
    };
    let mut card = Value::Null;
    for _ in 0..6 {
        fetch().await;
        card = desk
            .shows_case(&sent["reference"], "it", |card| card["unread"] == 2)
            .await;
        assert_eq!(names(&desk.opens(&card).await), Vec::<&str>::new());
    }
    world.network.misbehave(Faults::default());
    for _ in 0..20 {
        fetch().await;
        if !names(&desk.opens(&card).await).is_empty() {
            world.end().await;
            return;
        }
    }
    panic!("it was never fetched");
}

#[tokio::test]
async fn a_picture_whose_webhook_never_came_is_fetched_when_the_message_is_asked_for() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let public = world.url("");
    // Nobody hears the webhook.
    world.network.serve("http://127.0.0.1:1", &public);
    let phone = world.phone("+971501234569");
    phone
        .sends(json!({"text": "niko Deira nisaidie", "whatsapp": true, "media": [picture(JPEG), picture(PNG)]}))
        .await;
    world.network.serve(&public, &public);
    world.clock.pass(seconds(40));
    let gateway = world.gateway();
    missed::Missed::default()
        .step(&world.node.flow, &gateway)
        .await
        .expect("the provider answers");
    world.node.flow.wakes.media.now();
    let card = desk.shows("the missed message", |_| true).await;
    phone.got("").await;
    let case = holds(&mut desk, &card["reference"], 2).await;
    assert_eq!(case["reports"].as_array().expect("reports").len(), 1);
    world.end().await;
}
