//! A call to the hotline, entered by whoever answered it.

use super::Signed;
use crate::case::Channel;
use crate::flow::Flow;
use crate::intake::api;
use crate::problem::Problem;
use actix_web::{HttpResponse, post, web};
use serde_json::json;

/// Enters a call: the body of a report. It opens a case like any other.
#[utoipa::path(
    request_body = crate::intake::api::ReportBody,
    responses((status = 201, description = "Stored"),
        (status = 202, description = "Kept on disk until it can be stored"), (status = 422, body = Problem)),
)]
#[post("/api/v1/calls")]
pub(crate) async fn call(
    flow: web::Data<Flow>,
    signed: Signed,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let report = api::read(&body, Channel::Phone, flow.clock.now())?;
    let receipt = flow.receive(report).await?;
    tracing::info!(case = ?receipt.case_id, by = %signed.0.id, "a call was entered");
    let body = json!({
        "reference": receipt.reference, "code": receipt.code, "case": receipt.case_id,
        "received_at": receipt.received_at,
    });
    Ok(if receipt.spooled() {
        HttpResponse::Accepted().json(body)
    } else if receipt.first {
        HttpResponse::Created().json(body)
    } else {
        HttpResponse::Ok().json(body)
    })
}
