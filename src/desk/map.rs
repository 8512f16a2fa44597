//! The crisis map: the cases of a view as GeoJSON, single where few, counted in cells where many.
//!
//! Coarse places only. Counts are exact: a cell says how many cases of the view lie in it.

use super::map_question::{Filters, resolution};
use super::session::Watching;
use super::{Signed, Tiles, refused};
use crate::atlas::{Atlas, CellIndex, LatLng, NotSeen, Picture, STATUSES, Shape, Tally};
use crate::case::{Case, Kind, Priority};
use crate::flow::Flow;
use crate::problem::Problem;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Up to so many cases are shown one by one.
const SINGLE: usize = 300;
/// The most cells of a view: as many as keep it below 200 KB.
const CELLS: usize = 600;

#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct Query {
    /// West, south, east, north, in degrees; without it the whole earth.
    bbox: Option<String>,
    /// The map's zoom, 0 to 22.
    zoom: Option<f64>,
    /// `cells` for each cell by itself, `hexagons` for their outlines too; otherwise cells that would
    /// lie over each other are told as one.
    shape: Option<String>,
}

/// The cases of a view.
#[utoipa::path(params(Query, Filters), responses(
    (status = 200, description = "GeoJSON FeatureCollection: single cases, or cells with `count`"),
    (status = 422, body = Problem),
))]
#[get("/api/v1/map")]
pub(crate) async fn map(
    flow: web::Data<Flow>,
    atlas: web::Data<Atlas>,
    Watching(signed): Watching,
    query: web::Query<Query>,
    filters: web::Query<Filters>,
) -> Result<HttpResponse, Problem> {
    refused::unless_calm(&flow)?;
    let shape = match &query.bbox {
        None => Shape::Frame([-180.0, -90.0, 180.0, 90.0]),
        Some(text) => Shape::frame(text).ok_or_else(|| {
            Problem::invalid("Mend the field named in errors and send it again.")
                .field("bbox", "must be west,south,east,north in degrees")
        })?,
    };
    let mut view = filters.view(shape, &signed.0)?;
    let zoom = query.zoom.filter(|zoom| zoom.is_finite()).unwrap_or(2.0);
    view.resolution = resolution(zoom);
    view.cells = CELLS;
    view.singles = SINGLE;
    let hexagons = query.shape.as_deref() == Some("hexagons");
    if hexagons {
        (view.cells, view.singles) = (CELLS / 2, 0);
    } else if query.shape.as_deref() == Some("cells") {
        view.singles = 0;
    } else {
        view.zoom = Some(zoom.clamp(0.0, 22.0));
        view.resolution = view.resolution.succ().unwrap_or(view.resolution);
    }
    let picture = atlas.look(view).await.map_err(|e| not_seen(&e))?;
    let singles = cases(&flow, &signed, &picture).await?;
    let mut features: Vec<Value> = if singles.is_empty() {
        let cells = picture.cells.iter();
        cells
            .map(|(cells, tally)| cell(cells, tally, hexagons))
            .collect()
    } else {
        singles.iter().filter_map(single).collect()
    };
    features.extend(
        picture
            .elsewhere
            .iter()
            .map(|(at, count)| elsewhere(*at, *count)),
    );
    let mut answer = counts(&picture);
    answer.insert("type".into(), "FeatureCollection".into());
    answer.insert("features".into(), features.into());
    let times = picture
        .times
        .as_ref()
        .map(|times| json!({"from": times.from, "hours": times.hours, "counts": times.counts}));
    answer.insert("times".into(), times.into());
    Ok(HttpResponse::Ok()
        .content_type("application/geo+json")
        .insert_header(("Cache-Control", "no-store"))
        .body(Value::from(answer).to_string()))
}

/// What is laid under the map.
#[utoipa::path(responses((status = 200, description = "A template of addresses, the address of a style, or null")))]
#[get("/api/v1/map/tiles")]
pub(crate) async fn tiles(tiles: web::Data<Tiles>, _watching: Watching) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "tiles": tiles.url,
        "style": tiles.style,
        "attribution": tiles.attribution,
    }))
}

/// Why a view cannot be answered.
pub(super) fn not_seen(error: &NotSeen) -> Problem {
    match error {
        NotSeen::Store(error) => refused::store(error),
        NotSeen::Reading => {
            let mut problem = Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "reading",
                "The map is being drawn",
            )
            .detail("This node has just started. Ask again in some seconds.");
            problem.retry_after = Some(3);
            problem
        }
    }
}

/// The single cases of a picture, those that the reader still sees.
pub(super) async fn cases(
    flow: &Flow,
    signed: &Signed,
    picture: &Picture,
) -> Result<Vec<Case>, Problem> {
    if picture.singles.is_empty() {
        return Ok(Vec::new());
    }
    let mut cases = flow
        .store
        .cases_of(&picture.singles)
        .await
        .map_err(|error| refused::store(&error))?;
    cases.retain(|case| signed.0.sees(&case.mission));
    Ok(cases)
}

/// What was counted, by name.
pub(super) fn counts(picture: &Picture) -> Map<String, Value> {
    let priorities: Vec<&str> = Priority::ALL.iter().map(|p| p.as_str()).collect();
    let mut kinds = vec!["none"];
    kinds.extend(Kind::ALL.iter().map(|kind| kind.as_str()));
    let named = |names: &[&str], counts: &[u32]| -> Value {
        let pairs = names.iter().zip(counts);
        let named: Map<String, Value> = pairs
            .map(|(name, count)| ((*name).to_owned(), json!(count)))
            .collect();
        named.into()
    };
    Map::from_iter([
        ("total".into(), picture.total.into()),
        ("nowhere".into(), picture.nowhere.into()),
        ("priorities".into(), named(&priorities, &picture.priorities)),
        ("kinds".into(), named(&kinds, &picture.kinds)),
        ("statuses".into(), named(&STATUSES, &picture.statuses)),
    ])
}

/// A case at its coarse place.
pub(super) fn single(case: &Case) -> Option<Value> {
    let place = case.place?;
    Some(json!({
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
        "properties": {
            "id": case.id, "reference": case.reference.as_str(), "priority": case.priority,
            "kind": case.kind, "status": case.status.as_str(), "mission": case.mission,
            "radius_m": place.radius_m, "count": 1,
        },
    }))
}

/// Five digits behind the point are a metre.
fn degrees(value: f64) -> f64 {
    (value * 1e5).round() / 1e5
}

/// Cells told as one; with more than these it is a view to go nearer to, not one to list.
const NAMED: usize = 100;

fn cell(cells: &[CellIndex], tally: &Tally, hexagon: bool) -> Value {
    let (lat, lon) = tally.mean();
    let at = [degrees(lon), degrees(lat)];
    let worst = tally.priorities.iter().position(|count| *count > 0);
    let geometry = match cells {
        [one] if hexagon => outline(*one),
        _ => json!({"type": "Point", "coordinates": at}),
    };
    let names: Vec<String> = cells
        .iter()
        .take(NAMED + 1)
        .map(CellIndex::to_string)
        .collect();
    let names = (names.len() <= NAMED).then(|| names.join(","));
    json!({
        "type": "Feature",
        "geometry": geometry,
        "properties": {
            "cell": names, "count": tally.count,
            "worst": worst.and_then(|at| Priority::ALL.get(at)), "at": at,
            "priorities": tally.priorities, "kinds": tally.kinds,
        },
    })
}

fn elsewhere(index: CellIndex, count: u32) -> Value {
    json!({
        "type": "Feature",
        "geometry": outline(index),
        "properties": {"cell": index.to_string(), "count": count, "elsewhere": true},
    })
}

/// The outline of a cell, all of it on the side of its middle where it passes the date line.
fn outline(index: CellIndex) -> Value {
    let middle = LatLng::from(index).lng();
    let mut ring: Vec<[f64; 2]> = index
        .boundary()
        .iter()
        .map(|corner| {
            let lon = corner.lng();
            let turn = ((middle - lon) / 360.0).round() * 360.0;
            [degrees(lon + turn), degrees(corner.lat())]
        })
        .collect();
    ring.extend(ring.first().copied());
    json!({"type": "Polygon", "coordinates": [ring]})
}
