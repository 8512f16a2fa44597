//! A big screen has an account of its own, which shows how things stand and may do nothing else.

use crate::support::words::{CRITICAL, LOCKED_IN};
use crate::support::world::{World, seconds};
use msaada::case::{Post, Role};
use serde_json::{Value, json};

/// What `/wall` asks for, and what shows who is signed in.
const OPEN: [&str; 4] = [
    "/api/v1/session",
    "/api/v1/missions",
    "/api/v1/map",
    "/api/v1/map/tiles",
];
/// What anybody may ask for, who is signed in as nobody.
const PUBLIC: [&str; 3] = ["/api/v1/reports", "/api/v1/reports/{id}", "/api/v1/session"];

async fn with_wall() -> World {
    let world = World::start().await;
    world
        .staff("wall@dubai", Role::Wall, Post::Desk, "AE-DXB")
        .await;
    world
}

#[tokio::test]
async fn a_wall_is_fed_and_everything_else_is_forbidden_to_it() {
    let world = with_wall().await;
    let mut wall = world.mute_desk("wall@dubai").await;
    let card = wall.gets(&world, LOCKED_IN).await;
    let (_, document) = wall.get("/api/v1/openapi.json").await;
    let mut forbidden = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let at = path.replace("{id}", card["id"].as_str().expect("an id"));
        let at = at.replace("{code}", "AE-DXB").replace("{attachment}", "x");
        if methods.get("get").is_some() && !PUBLIC[..2].contains(&path.as_str()) {
            let (status, body) = wall.get(&at).await;
            let expected = if OPEN.contains(&path.as_str()) {
                200
            } else {
                403
            };
            if status != expected {
                // It may stumble over a question left out; it is let in nowhere.
                assert!(
                    expected == 403 && matches!(status, 400 | 404 | 422),
                    "{path}: {status} {body}"
                );
            } else if status == 403 {
                forbidden += 1;
            }
        }
        if methods.get("post").is_some() && !PUBLIC.contains(&path.as_str()) {
            let (status, body) = wall.post(&at, &json!({})).await;
            assert!((400..500).contains(&status), "{path}: {status} {body}");
        }
    }
    assert!(forbidden >= 6, "{forbidden} addresses were tried");
    let path = format!("/api/v1/cases/{}", card["id"].as_str().expect("an id"));
    assert_eq!(wall.get(&path).await.0, 403);
    assert_eq!(wall.tries(&card, "claim", json!({})).await.0, 403);
    let next = wall.post("/api/v1/missions/AE-DXB/next", &Value::Null);
    assert_eq!(next.await.0, 403);
    let call = json!({"id": uuid::Uuid::new_v4(), "text": "a call"});
    assert_eq!(wall.post("/api/v1/calls", &call).await.0, 403);
    let duty = json!({"on_duty": true});
    assert_eq!(wall.put("/api/v1/session/duty", &duty).await.0, 403);
    world.end().await;
}

#[tokio::test]
async fn what_only_a_wall_shows_is_on_no_desk_and_nobody_is_told_that_a_wall_is_there() {
    let world = with_wall().await;
    let mut wall = world.mute_desk("wall@dubai").await;
    let mut desk = world.mute_desk("officer@dubai").await;
    let card = wall.gets(&world, CRITICAL).await;
    desk.shows_case(&card["reference"], "the case", |_| true)
        .await;
    // Whoever makes a wall say that it shows the case, and looks at it, is not heard.
    wall.says(json!({"type": "here", "case": card["id"], "typing": true, "alarm": true}))
        .await;
    wall.says(json!({"type": "saw", "id": card["id"]})).await;
    world.pass(seconds(16)).await;
    world.phone_of("duty@dubai").got("on no desk for").await;
    let (_, colleagues) = desk.get("/api/v1/colleagues").await;
    let names: Vec<&str> = colleagues["colleagues"]
        .as_array()
        .expect("colleagues")
        .iter()
        .map(|one| one["name"].as_str().expect("a name"))
        .collect();
    assert!(
        names.contains(&"officer@dubai") && !names.contains(&"wall@dubai"),
        "{names:?}"
    );
    world.end().await;
}

#[tokio::test]
async fn a_wall_stays_signed_in_while_a_desk_must_sign_in_again() {
    let world = with_wall().await;
    let wall = world.desk("wall@dubai").await;
    let desk = world.mute_desk("officer@dubai").await;
    world.pass(seconds(13 * 3_600)).await;
    assert_eq!(desk.get("/api/v1/missions").await.0, 401);
    assert_eq!(wall.get("/api/v1/missions").await.0, 200);
    world.pass(seconds(30 * 86_400)).await;
    assert_eq!(wall.get("/api/v1/missions").await.0, 401);
    world.end().await;
}
