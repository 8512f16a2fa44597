//! Cases: the list, one of them, and what is done to it.

use super::{Signed, detail, refused};
use crate::case::{Act, Card, Case, Entry, MissionCode, Priority, Reference};
use crate::flow::Flow;
use crate::problem::Problem;
use crate::store::{Filter, Note, Oldest, StoreError, commit};
use actix_web::{HttpResponse, get, post, web};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// Looking again within this is the same read: the desk looks again whenever the case changes.
const SAME_READ: TimeDelta = TimeDelta::minutes(5);
/// The most cards in one answer.
const MOST: i64 = 1_000;

/// The words of a status.
const STATUSES: [&str; 5] = ["waiting", "claimed", "in_progress", "offered", "resolved"];

/// A status that is none is named.
pub(super) fn known_status(status: Option<&str>) -> Result<(), Problem> {
    if status.is_none_or(|status| STATUSES.contains(&status)) {
        return Ok(());
    }
    Err(
        Problem::invalid("Mend the field named in errors and ask again.")
            .field("status", format!("must be one of: {}", STATUSES.join(", "))),
    )
}

#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct Query {
    mission: Option<MissionCode>,
    status: Option<String>,
    priority: Option<Priority>,
    kind: Option<crate::case::Kind>,
    tray: Option<bool>,
    limit: Option<i64>,
    /// The one case of this reference, open or closed, however it is typed; nothing else is asked then.
    reference: Option<String>,
}

/// The cases this responder sees, most urgent first. Open ones, unless a status is named.
#[utoipa::path(params(Query), responses((status = 200, description = "Cards"), (status = 401, body = Problem)))]
#[get("/api/v1/cases")]
pub(crate) async fn list(
    flow: web::Data<Flow>,
    signed: Signed,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    if let Some(typed) = &query.reference {
        return one_by_reference(&flow, &signed, typed).await;
    }
    let mission = match query.mission {
        Some(mission) if !signed.0.sees(&mission) => {
            return Err(Problem::not_allowed(
                "You see the cases of your own mission.",
            ));
        }
        None if !signed.0.sees_all() => Some(signed.0.mission.clone()),
        asked => asked,
    };
    known_status(query.status.as_deref())?;
    if query.status.as_deref() == Some("resolved") {
        refused::unless_calm(&flow)?;
    }
    // What is offered to the mission is not its own yet, and is shown beside it.
    let open = query
        .status
        .as_deref()
        .is_none_or(|status| status == "offered");
    let filter = Filter {
        mission,
        status: query.status,
        priority: query.priority,
        kind: query.kind.map(|kind| kind.as_str().to_owned()),
        tray: query.tray,
        limit: query.limit.unwrap_or(MOST).clamp(1, MOST),
    };
    let cases = flow
        .store
        .cases(&filter)
        .await
        .map_err(|error| refused::store(&error))?;
    let mut cards: Vec<Card> = cases.iter().map(Card::from).collect();
    if let Some(mission) = filter.mission.filter(|_| open) {
        let offered = flow
            .store
            .offered_to(&mission)
            .await
            .map_err(|error| refused::store(&error))?;
        cards.extend(offered.iter().map(Card::from));
    }
    Ok(HttpResponse::Ok().json(json!({"cases": cards, "server_time": flow.clock.now()})))
}

/// The case of a reference as somebody read it aloud, if this responder sees it: also one that is
/// closed, or that stands behind all that a desk is sent.
async fn one_by_reference(
    flow: &Flow,
    signed: &Signed,
    typed: &str,
) -> Result<HttpResponse, Problem> {
    let found = match typed.parse::<Reference>() {
        Ok(reference) => flow
            .store
            .case_by_reference(reference.as_str())
            .await
            .map_err(|error| refused::store(&error))?,
        Err(_) => None,
    };
    let cards: Vec<Card> = found
        .iter()
        .filter(|case| case.is_seen_by(&signed.0))
        .map(Card::from)
        .collect();
    Ok(HttpResponse::Ok().json(json!({"cases": cards, "server_time": flow.clock.now()})))
}

/// One case, whole. That it was read goes on record.
#[utoipa::path(responses((status = 200, description = "The case"), (status = 404, body = Problem)))]
#[get("/api/v1/cases/{id}")]
pub(crate) async fn one(
    flow: web::Data<Flow>,
    signed: Signed,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let case = seen(&flow, &signed, *id).await?;
    let recorded = record_read(&flow, &signed, *id, "read");
    let detail = Box::pin(detail::of(&flow, &case, &signed.0, recorded))
        .await
        .map_err(|error| refused::store(&error))?;
    Ok(HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .json(detail))
}

/// Of which lines of a case those before are asked for: the oldest that are known.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct Before {
    /// The oldest report.
    report: Option<Uuid>,
    /// The oldest message that was sent.
    message: Option<Uuid>,
    /// The oldest line of the log.
    log: Option<i64>,
}

/// What is older in a case than what was sent of it, a page at a time. That it was read goes on record.
#[utoipa::path(params(Before), responses(
    (status = 200, description = "Reports, messages and log before those, and how many are older still"),
    (status = 404, body = Problem),
))]
#[get("/api/v1/cases/{id}/older")]
pub(crate) async fn older(
    flow: web::Data<Flow>,
    signed: Signed,
    id: web::Path<Uuid>,
    before: web::Query<Before>,
) -> Result<HttpResponse, Problem> {
    let case = seen(&flow, &signed, *id).await?;
    let recorded = record_read(&flow, &signed, *id, "read").await;
    recorded.map_err(|error| refused::store(&error))?;
    let than = Oldest {
        report: before.report,
        message: before.message,
        log: before.log,
    };
    let page = detail::before(&flow, &case, than)
        .await
        .map_err(|error| refused::store(&error))?;
    Ok(HttpResponse::Ok().json(page))
}

/// The exact place of a case. That it was read goes on record.
#[utoipa::path(responses((status = 200, description = "The place"), (status = 404, body = Problem)))]
#[get("/api/v1/cases/{id}/place/exact")]
pub(crate) async fn exact_place(
    flow: web::Data<Flow>,
    signed: Signed,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    seen(&flow, &signed, *id).await?;
    let recorded = record_read(&flow, &signed, *id, "read_exact_place").await;
    recorded.map_err(|error| refused::store(&error))?;
    let place = flow
        .store
        .exact_place(*id)
        .await
        .map_err(|error| refused::store(&error))?
        .ok_or_else(|| Problem::not_found("place"))?;
    Ok(HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .json(json!({"lat": place.lat, "lon": place.lon, "radius_m": place.radius_m})))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct ActBody {
    /// The version of the card the responder looks at.
    version: i64,
    #[serde(flatten)]
    act: Act,
}

/// Does something to a case.
#[utoipa::path(request_body = ActBody, responses(
    (status = 200, body = Card),
    (status = 404, description = "No such case", body = Problem),
    (status = 409, description = "The case changed meanwhile; its card is sent along", body = Problem),
    (status = 422, description = "Not possible, or a field that does not fit", body = Problem),
))]
#[post("/api/v1/cases/{id}/acts")]
pub(crate) async fn act(
    flow: web::Data<Flow>,
    signed: Signed,
    id: web::Path<Uuid>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let body: ActBody = serde_json::from_slice(&body).map_err(|error| {
        if error.is_data() {
            Problem::invalid(format!(
                "This is not an act that can be done: {}",
                plain(&error)
            ))
        } else {
            Problem::unreadable("The body must be a JSON object with act and version.")
        }
    })?;
    let card = flow
        .act(*id, body.version, &body.act, &signed.0)
        .await
        .map_err(Problem::from)?;
    tracing::info!(case = %card.id, act = body.act.as_str(), by = %signed.0.id, "acted");
    Ok(HttpResponse::Ok().json(card))
}

/// Claims the most urgent case that waits at a mission.
#[utoipa::path(responses(
    (status = 200, description = "It is yours", body = Card),
    (status = 204, description = "Nothing waits"),
))]
#[post("/api/v1/missions/{code}/next")]
pub(crate) async fn next(
    flow: web::Data<Flow>,
    signed: Signed,
    code: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mission: MissionCode = code.parse().map_err(|_| Problem::not_found("mission"))?;
    if !signed.0.sees(&mission) {
        return Err(Problem::not_found("mission"));
    }
    Ok(match flow.next(&mission, &signed.0).await? {
        Some(card) => HttpResponse::Ok().json(card),
        None => HttpResponse::NoContent().finish(),
    })
}

/// What serde says, without what was sent: its messages quote values.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    match text.rsplit_once("expected ") {
        Some((_, expected)) => format!("a field should be {}", named(expected)),
        None if text.starts_with("missing field") => text.to_owned(),
        None if text.starts_with("must ") => text.to_owned(),
        None => "a field does not fit; see /docs".to_owned(),
    }
}

/// What serde expected, in words of the interface and not of the program.
fn named(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" | "usize" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "a borrowed string" => "text",
        "a sequence" => "a list",
        "a map" => "an object",
        said if said.starts_with("struct ") || said.starts_with("internally tagged") => "an object",
        said => said,
    }
}

/// The case, where this responder sees it; there is none for anybody else.
pub(super) async fn seen(flow: &Flow, signed: &Signed, id: Uuid) -> Result<Case, Problem> {
    let found = flow.store.case(id).await;
    found
        .map_err(|error| refused::store(&error))?
        .filter(|case| case.is_seen_by(&signed.0))
        .ok_or_else(|| Problem::not_found("case"))
}

async fn record_read(
    flow: &Flow,
    signed: &Signed,
    id: Uuid,
    event: &'static str,
) -> Result<(), StoreError> {
    let entry = Entry {
        event,
        detail: json!({}),
    };
    let note = Note {
        case_id: id,
        by: Some(signed.0.id),
        entry: &entry,
        text: None,
    };
    let now = flow.clock.now();
    let mut tx = flow.store.begin().await?;
    if !flow.store.has_read(&mut tx, &note, now - SAME_READ).await? {
        flow.store.log(&mut tx, &note, now).await?;
    }
    commit(tx).await
}
