//! Missions and places a responder can choose from.

use super::session::Watching;
use super::{Signed, refused};
use crate::case::Country;
use crate::flow::Flow;
use crate::problem::Problem;
use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use serde_json::json;

/// The most places found.
const MOST: usize = 10;

/// Every mission.
#[utoipa::path(responses((status = 200, description = "Missions")))]
#[get("/api/v1/missions")]
pub(crate) async fn missions(
    flow: web::Data<Flow>,
    _watching: Watching,
) -> Result<HttpResponse, Problem> {
    let missions = flow
        .store
        .missions()
        .await
        .map_err(|error| refused::store(&error))?;
    let list: Vec<_> = missions
        .iter()
        .map(|mission| {
            json!({
                "code": mission.code, "name": mission.name, "city": mission.city,
                "country": mission.country, "lat": mission.point.lat(), "lon": mission.point.lon(),
                "timezone": mission.timezone, "active": mission.takes_cases,
                "jurisdiction": mission.jurisdiction,
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({"missions": list})))
}

#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct Query {
    /// The name, or its beginning.
    q: String,
    /// Only in this country.
    country: Option<Country>,
}

/// Places of a name.
#[utoipa::path(params(Query), responses((status = 200, description = "At most ten places")))]
#[get("/api/v1/gazetteer")]
pub(crate) async fn gazetteer(
    flow: web::Data<Flow>,
    _signed: Signed,
    query: web::Query<Query>,
) -> HttpResponse {
    let name: String = query.q.chars().take(200).collect();
    let places: Vec<_> = flow
        .understanding
        .find_places(&name, query.country, MOST)
        .into_iter()
        .map(|found| {
            json!({
                "name": found.name, "country": found.country, "lat": found.point.lat(),
                "lon": found.point.lon(), "level": found.level, "radius_m": found.radius_m,
            })
        })
        .collect();
    HttpResponse::Ok().json(json!({"places": places}))
}
