//! The shift: who is on duty, and what is handed over at its end.

use super::{Signed, refused};
use crate::case::{Card, Case, Responder, Role, Words};
use crate::flow::Flow;
use crate::problem::Problem;
use crate::store::HandoverRow;
use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// The colleagues of one's mission, of all at the response centre: who is on duty, and whose desk is
/// there. Whether an alarm can be heard or is muted is told to supervisors.
#[utoipa::path(responses((status = 200, description = "The colleagues"), (status = 401, body = Problem)))]
#[get("/api/v1/colleagues")]
pub(crate) async fn colleagues(
    flow: web::Data<Flow>,
    signed: Signed,
) -> Result<HttpResponse, Problem> {
    let now = flow.clock.now();
    let mut desks: HashMap<Uuid, Vec<_>> = HashMap::new();
    for here in flow.presence.here(now) {
        desks.entry(here.responder).or_default().push(here);
    }
    let all = flow
        .store
        .responders()
        .await
        .map_err(|error| refused::store(&error))?;
    let people: Vec<Value> = all
        .iter()
        .filter(|one| one.role != Role::Wall && signed.0.sees(&one.mission))
        .map(|one| {
            let here = desks.get(&one.id).map_or(&[][..], Vec::as_slice);
            let mut person = json!({
                "id": one.id, "name": one.name, "post": one.post, "mission": one.mission,
                "on_duty": one.on_duty, "here": !here.is_empty(),
            });
            if signed.0.supervises() {
                let muted = here.iter().filter_map(|here| here.muted_until).max();
                person["alarm"] = json!(here.iter().any(|here| here.alarm));
                person["muted_until"] = json!(muted.filter(|until| *until > now));
            }
            person
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({"colleagues": people, "server_time": now})))
}

/// What I would hand over, and what is handed over to me and not confirmed yet.
#[utoipa::path(responses((status = 200, description = "Hand-overs"), (status = 401, body = Problem)))]
#[get("/api/v1/handovers")]
pub(crate) async fn list(flow: web::Data<Flow>, signed: Signed) -> Result<HttpResponse, Problem> {
    let of = |error| refused::store(&error);
    let held = flow.store.held_by(signed.0.id).await.map_err(of)?;
    let rows = flow
        .store
        .handovers_for(&signed.0.mission, signed.0.id)
        .await
        .map_err(of)?;
    let named: Vec<Uuid> = rows.iter().flat_map(|row| row.cases.clone()).collect();
    let cases = flow.store.held_of(&named).await.map_err(of)?;
    let waiting: Vec<Value> = rows
        .iter()
        .map(|row| told(row, &cases, &signed.0))
        .collect();
    Ok(HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .json(json!({
            "held": held.iter().map(Card::from).collect::<Vec<_>>(),
            "handovers": waiting,
            "server_time": flow.clock.now(),
        })))
}

/// A hand-over with those of its cases that its giver still holds.
fn told(row: &HandoverRow, held: &[Case], by: &Responder) -> Value {
    let cases: Vec<Card> = held
        .iter()
        .filter(|case| case.status.claimed_by() == Some(row.by))
        .filter(|case| row.cases.contains(&case.id) && case.is_seen_by(by))
        .map(Card::from)
        .collect();
    json!({
        "id": row.id, "by": row.by_name, "to": row.for_name, "at": row.at, "note": row.note,
        "cases": cases,
    })
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct HandoverBody {
    /// To whom; none: to whoever comes next.
    to: Option<Uuid>,
    /// What the next shift must know.
    note: Words,
}

/// Hands over everything one holds. It stays one's own until somebody confirms.
#[utoipa::path(request_body = HandoverBody, responses(
    (status = 201, description = "Written down"), (status = 422, body = Problem),
))]
#[post("/api/v1/handovers")]
pub(crate) async fn give(
    flow: web::Data<Flow>,
    signed: Signed,
    body: web::Json<HandoverBody>,
) -> Result<HttpResponse, Problem> {
    let of = |error| refused::store(&error);
    if let Some(to) = body.to {
        let colleague = flow.store.responder(to).await.map_err(of)?;
        if !colleague.is_some_and(|one| one.mission == signed.0.mission && one.id != signed.0.id) {
            return Err(
                Problem::invalid("Mend the field named in errors and send it again.")
                    .field("to", "must be a colleague of your mission"),
            );
        }
    }
    let held = flow.store.held_by(signed.0.id).await.map_err(of)?;
    let cases: Vec<Uuid> = held.iter().map(|case| case.id).collect();
    let id = Uuid::new_v4();
    flow.store
        .add_handover(
            id,
            &signed.0,
            (body.to, body.note.expose()),
            &cases,
            flow.clock.now(),
        )
        .await
        .map_err(of)?;
    tracing::info!(by = %signed.0.id, cases = cases.len(), "a shift is handed over");
    Ok(HttpResponse::Created().json(json!({"id": id, "cases": cases})))
}

/// Confirms a hand-over: what its giver still holds is one's own now.
#[utoipa::path(responses(
    (status = 200, description = "The cases that are yours now"),
    (status = 404, description = "None for you, or confirmed already", body = Problem),
))]
#[post("/api/v1/handovers/{id}/confirm")]
pub(crate) async fn confirm(
    flow: web::Data<Flow>,
    signed: Signed,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    match flow.take_shift(*id, &signed.0).await? {
        Some(cards) => Ok(HttpResponse::Ok().json(json!({"cases": cards}))),
        None => Err(Problem::not_found("hand-over")
            .detail("A colleague has confirmed it already, or it is not for you.")),
    }
}
