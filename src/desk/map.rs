//! The crisis map: the cases of a view as GeoJSON, single where few, counted in cells where many.
//!
//! Coarse places only. Counts are exact: a cell says how many cases of the view lie in it.

use super::{Signed, refused};
use crate::case::{Case, Kind, MissionCode, Priority};
use crate::flow::Flow;
use crate::problem::Problem;
use crate::store::Filter;
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use h3o::{CellIndex, LatLng, Resolution};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Up to so many cases are shown one by one.
const SINGLE: usize = 400;
/// The most cases a view is made of; beyond, the answer says that it is cut.
const MOST: i64 = 50_000;

#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct Query {
    /// West, south, east, north, in degrees.
    bbox: Option<String>,
    /// The map's zoom, 0 to 22.
    zoom: Option<f64>,
    /// Opened at or after this moment.
    from: Option<DateTime<Utc>>,
    /// Opened before this moment.
    to: Option<DateTime<Utc>>,
    mission: Option<MissionCode>,
    kind: Option<Kind>,
    priority: Option<Priority>,
    status: Option<String>,
}

/// The cases of a view.
#[utoipa::path(params(Query), responses((status = 200, description = "GeoJSON FeatureCollection")))]
#[get("/api/v1/map")]
pub(crate) async fn map(
    flow: web::Data<Flow>,
    signed: Signed,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    refused::unless_calm(&flow)?;
    let query = query.into_inner();
    let view = match &query.bbox {
        None => [-180.0, -90.0, 180.0, 90.0],
        Some(text) => bbox(text).ok_or_else(|| {
            Problem::invalid("Mend the field named in errors and send it again.")
                .field("bbox", "must be west,south,east,north in degrees")
        })?,
    };
    super::cases::known_status(query.status.as_deref())?;
    if query
        .mission
        .as_ref()
        .is_some_and(|mission| !signed.0.sees(mission))
    {
        return Err(Problem::not_allowed(
            "You see the cases of your own mission.",
        ));
    }
    let own = (!signed.0.sees_all()).then(|| signed.0.mission.clone());
    let filter = Filter {
        mission: own.or(query.mission),
        status: query.status,
        priority: query.priority,
        kind: query.kind.map(|kind| kind.as_str().to_owned()),
        tray: None,
        limit: MOST,
    };
    let cases = flow
        .store
        .cases(&filter)
        .await
        .map_err(|error| refused::store(&error))?;
    let cut = cases.len() >= usize::try_from(MOST).unwrap_or(usize::MAX);
    let inside: Vec<&Case> = cases
        .iter()
        .filter(|case| lies_in(case, view))
        .filter(|case| query.from.is_none_or(|from| case.opened_at >= from))
        .filter(|case| query.to.is_none_or(|to| case.opened_at < to))
        .collect();
    let features = if inside.len() <= SINGLE {
        inside.into_iter().filter_map(single).collect()
    } else {
        cells(&inside, query.zoom.unwrap_or(2.0))
    };
    Ok(HttpResponse::Ok()
        .content_type("application/geo+json")
        .body(json!({"type": "FeatureCollection", "features": features, "cut": cut}).to_string()))
}

fn bbox(text: &str) -> Option<[f64; 4]> {
    let degrees: Vec<f64> = text
        .split(',')
        .map(|part| part.trim().parse().ok().filter(|d: &f64| d.is_finite()))
        .collect::<Option<_>>()?;
    degrees.try_into().ok()
}

/// A view may pass the date line: then its west lies east of its east.
fn lies_in(case: &Case, [west, south, east, north]: [f64; 4]) -> bool {
    case.place.is_some_and(|place| {
        let across = if west <= east {
            (west..=east).contains(&place.lon)
        } else {
            place.lon >= west || place.lon <= east
        };
        across && (south..=north).contains(&place.lat)
    })
}

fn single(case: &Case) -> Option<Value> {
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

fn cells(cases: &[&Case], zoom: f64) -> Vec<Value> {
    let resolution = resolution(zoom);
    let mut counted: BTreeMap<CellIndex, (usize, Priority)> = BTreeMap::new();
    for case in cases {
        let Some(place) = case.place else { continue };
        let Ok(point) = LatLng::new(place.lat, place.lon) else {
            continue;
        };
        let (count, worst) = counted
            .entry(point.to_cell(resolution))
            .or_insert((0, Priority::Routine));
        *count += 1;
        *worst = worst.raised_to(case.priority);
    }
    counted
        .into_iter()
        .map(|(cell, (count, worst))| {
            let middle = LatLng::from(cell);
            json!({
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [middle.lng(), middle.lat()]},
                "properties": {"cell": cell.to_string(), "count": count, "worst": worst},
            })
        })
        .collect()
}

/// Cells about as large as a thumb at any zoom.
const fn resolution(zoom: f64) -> Resolution {
    match zoom {
        ..3.0 => Resolution::Two,
        ..5.0 => Resolution::Three,
        ..7.0 => Resolution::Four,
        ..9.0 => Resolution::Five,
        ..11.0 => Resolution::Six,
        _ => Resolution::Seven,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_four_numbers() {
        assert_eq!(bbox("50, 20,60,30"), Some([50.0, 20.0, 60.0, 30.0]));
        assert_eq!(bbox("50,20,60"), None);
        assert_eq!(bbox("50,20,60,NaN"), None);
    }
}
