//! What a supervisor watches that no card tells: how quickly cases were claimed.

use super::{Signed, refused};
use crate::flow::Flow;
use crate::problem::Problem;
use crate::store::Claims;
use actix_web::{HttpResponse, get, web};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// The claims of the last so many hours are counted.
const HOURS: i64 = 24;

/// How quickly cases were claimed in the last day: within their own clock, and within the 15 and 60
/// seconds of NENA-STA-020.1 and NFPA 1225; by mission, and by the language people wrote in.
#[utoipa::path(responses((status = 200, description = "Claims by mission and by language"), (status = 401, body = Problem)))]
#[get("/api/v1/watch")]
pub(crate) async fn watch(flow: web::Data<Flow>, signed: Signed) -> Result<HttpResponse, Problem> {
    let now = flow.clock.now();
    let mission = (!signed.0.sees_all()).then_some(&signed.0.mission);
    let claims = flow
        .store
        .claims_since(now - TimeDelta::hours(HOURS), mission)
        .await
        .map_err(|error| refused::store(&error))?;
    let (missions, languages): (Vec<_>, Vec<_>) =
        claims.iter().partition(|one| one.mission.is_some());
    let told = |one: &&Claims| {
        json!({
            "mission": one.mission, "lang": one.lang, "claims": one.claims, "within_clock": one.within_clock,
            "within_15_s": one.within_15_s, "within_60_s": one.within_60_s, "p90_s": one.p90_s,
        })
    };
    Ok(HttpResponse::Ok().json(json!({
        "hours": HOURS,
        "claims": missions.iter().map(told).collect::<Vec<Value>>(),
        "languages": languages.iter().map(told).collect::<Vec<Value>>(),
        "server_time": now,
    })))
}
