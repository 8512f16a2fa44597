//! The crisis map: exact counts, areas, and who may see what.

use crate::support::desk::Desk;
use crate::support::world::World;
use msaada::case::{Post, Role};
use serde_json::{Value, json};
use uuid::Uuid;

/// People who send their position: so many, around a point.
async fn people(world: &World, count: usize, (lat, lon): (f64, f64), text: &str) {
    for nth in 0..count {
        let apart = f64::from(u32::try_from(nth).expect("few")) * 0.003;
        let (status, body) = world
            .report(json!({
                "id": Uuid::new_v4(), "text": text,
                "place": {"lat": lat + apart, "lon": lon, "radius_m": 50},
            }))
            .await;
        assert_eq!(status, 201, "{body}");
    }
}

async fn seen(desk: &Desk, query: &str) -> Value {
    let (status, body) = desk.get(&format!("/api/v1/map?{query}")).await;
    assert_eq!(status, 200, "{body}");
    body
}

fn counted(view: &Value) -> i64 {
    let features = view["features"].as_array().expect("features");
    let own = features
        .iter()
        .filter(|one| one["properties"]["elsewhere"] != true);
    own.map(|one| one["properties"]["count"].as_i64().expect("a count"))
        .sum()
}

#[tokio::test]
async fn the_map_counts_every_case_at_every_zoom_and_none_that_ended() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    people(&world, 12, (25.27, 55.31), "I am locked in the house").await;
    let (status, one) = world
        .report(json!({
            "id": Uuid::new_v4(), "kind": "death", "text": "My brother died here",
            "place": {"lat": 25.2, "lon": 55.3},
        }))
        .await;
    assert_eq!(status, 201, "{one}");
    for zoom in 0..16 {
        let view = seen(&desk, &format!("zoom={zoom}&bbox=54,24,57,27")).await;
        assert_eq!((counted(&view), &view["total"]), (13, &json!(13)), "{zoom}");
    }
    let view = seen(&desk, "bbox=0,0,10,10").await;
    assert_eq!(view["total"], 0, "nobody there");
    let view = seen(&desk, "kind=death,medical").await;
    assert_eq!(view["total"], 1);
    assert_eq!(
        view["features"][0]["properties"]["reference"],
        one["reference"]
    );
    let card = desk
        .shows_case(&one["reference"], "the death", |_| true)
        .await;
    let card = desk.does(&card, "claim", json!({})).await;
    desk.does(
        &card,
        "resolve",
        json!({"outcome": "referred", "summary": "all arranged"}),
    )
    .await;
    let view = seen(&desk, "").await;
    assert_eq!(view["total"], 12, "as of the moment it is asked for");
    assert_eq!(seen(&desk, "status=all").await["total"], 13);
    assert_eq!(seen(&desk, "status=resolved").await["total"], 1);
    assert_eq!(view["times"]["counts"].as_array().expect("bars").len(), 1);
    let (status, problem) = desk.get("/api/v1/map?status=asleep").await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("status"))
    );
    world.end().await;
}

#[tokio::test]
async fn an_area_drawn_on_the_map_lists_its_cases_and_exports_them_coarse() {
    let world = World::start().await;
    let desk = world.desk("officer@dubai").await;
    people(&world, 3, (25.27, 55.31), "I am locked in the house").await;
    people(&world, 2, (25.34, 55.42), "They took my passport").await;
    let around = "polygon=55.2,25.2;55.36,25.2;55.36,25.31;55.2,25.31";
    let (status, area) = desk.get(&format!("/api/v1/map/area?{around}")).await;
    assert_eq!(status, 200, "{area}");
    assert_eq!(
        (&area["total"], area["cases"].as_array().map(Vec::len)),
        (&json!(3), Some(3))
    );
    let (status, area) = desk.get("/api/v1/map/area?circle=25.34,55.42,4000").await;
    assert_eq!((status, &area["total"]), (200, &json!(2)), "{area}");
    let (_, file) = desk
        .get(&format!("/api/v1/map/area?{around}&format=geojson"))
        .await;
    let features = file["features"].as_array().expect("features");
    assert_eq!(features.len(), 3);
    for feature in features {
        let at = feature["geometry"]["coordinates"]
            .as_array()
            .expect("a point");
        let exact = [(25.27, 55.31), (25.273, 55.31), (25.276, 55.31)];
        let bare = |(lat, lon)| at[0] == json!(lon) && at[1] == json!(lat);
        assert!(
            !exact.into_iter().any(bare),
            "the exact place left: {feature}"
        );
    }
    let csv = desk
        .reads(&format!("/api/v1/map/area?{around}&format=csv"))
        .await;
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(csv.starts_with("reference,mission,kind,priority,status,opened_at,"));
    let (status, _) = desk.get("/api/v1/map/area?polygon=1,2;3,4").await;
    assert_eq!(status, 422);
    world.end().await;
}

#[tokio::test]
async fn a_mission_sees_its_own_cases_and_of_others_only_cells_of_five_and_more() {
    let world = World::start().await;
    world
        .staff("officer@riyadh", Role::Officer, Post::Desk, "SA-RUH")
        .await;
    world
        .staff("officer@jeddah", Role::Officer, Post::Desk, "SA-JED")
        .await;
    people(&world, 6, (24.7, 46.7), "Nisaidie, nimefungiwa ndani").await;
    people(&world, 4, (21.48, 39.19), "Nisaidie, nimefungiwa ndani").await;
    let dubai = world.desk("officer@dubai").await;
    let riyadh = world.desk("officer@riyadh").await;
    let centre = world.desk("operator@centre").await;
    assert_eq!(seen(&dubai, "").await["total"], 0);
    assert_eq!(seen(&riyadh, "").await["total"], 6);
    assert_eq!(seen(&centre, "").await["total"], 10);
    let view = seen(&dubai, "elsewhere=true").await;
    let features = view["features"].as_array().expect("features");
    let [cell] = features.as_slice() else {
        panic!("not one cell, Riyadh's, but {features:?}");
    };
    let told = &cell["properties"];
    assert_eq!(
        (&told["elsewhere"], &told["count"]),
        (&json!(true), &json!(6))
    );
    assert!(told.get("id").is_none() && told.get("reference").is_none());
    let (status, _) = dubai.get("/api/v1/map?mission=SA-RUH").await;
    assert_eq!(status, 403);
    let (_, area) = dubai
        .get("/api/v1/map/area?bbox=-180,-90,180,90&elsewhere=true")
        .await;
    assert_eq!(
        (
            area["total"].as_i64(),
            area["cases"].as_array().map(Vec::len)
        ),
        (Some(0), Some(0))
    );
    world.end().await;
}

#[tokio::test]
async fn the_map_tells_what_was_open_at_any_time() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let moment = || {
        world
            .clock
            .now()
            .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    };
    let before = moment();
    world.clock.pass(chrono::TimeDelta::seconds(2));
    people(&world, 2, (25.27, 55.31), "I am locked in the house").await;
    world.clock.pass(chrono::TimeDelta::seconds(2));
    let both = moment();
    let card = desk.shows("one of them", |_| true).await;
    let card = desk.does(&card, "claim", json!({})).await;
    let outcome = json!({"outcome": "helped", "summary": "she is at home"});
    desk.does(&card, "resolve", outcome).await;
    world.clock.pass(chrono::TimeDelta::seconds(2));
    let one = moment();
    for (at, open) in [(before, 0), (both, 2), (one, 1)] {
        let at = at.replace('+', "%2B");
        let view = seen(&desk, &format!("at={at}")).await;
        assert_eq!(view["total"], open, "{at}");
    }
    world.end().await;
}
