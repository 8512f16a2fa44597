//! A call to the hotline, entered by whoever answered it.

use super::Signed;
use crate::case::{Channel, Priority, UnknownWord};
use crate::flow::Flow;
use crate::intake::api;
use crate::problem::Problem;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::json;

/// How bad it sounded, where the operator says so.
fn priority(body: &[u8]) -> Result<Option<Priority>, Problem> {
    #[derive(serde::Deserialize)]
    struct Heard {
        priority: Option<String>,
    }
    let heard: Option<Heard> = serde_json::from_slice(body).ok();
    let Some(word) = heard.and_then(|heard| heard.priority) else {
        return Ok(None);
    };
    word.parse().map(Some).map_err(|error: UnknownWord| {
        Problem::invalid("Mend the fields named in errors and send it again.")
            .field("priority", error.to_string())
    })
}

/// Enters a call: the body of a report, and perhaps `priority`, which can only raise what is
/// understood of the words. It opens a case like any other.
#[utoipa::path(
    request_body = crate::intake::api::ReportBody,
    responses((status = 201, description = "Stored"),
        (status = 202, description = "Kept on disk until it can be stored"), (status = 422, body = Problem)),
)]
#[post("/api/v1/calls")]
pub(crate) async fn call(
    flow: web::Data<Flow>,
    signed: Signed,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let read = api::read(&body, Channel::Phone, flow.clock.now())
        .map_err(|problem| api::refused(problem, request.headers()))?;
    let mut report = read.report;
    let mut details = report.details.into_inner();
    details.insert("entered_by".into(), json!(signed.0.name));
    if let Some(priority) = priority(&body)? {
        details.insert("priority".into(), json!(priority));
    }
    report.details = details.into();
    let receipt = flow.receive(report).await?;
    tracing::info!(case = ?receipt.case_id, by = %signed.0.id, "a call was entered");
    let mut body = json!({
        "reference": receipt.reference, "code": receipt.code, "case": receipt.case_id,
        "received_at": receipt.received_at,
    });
    if !read.not_understood.is_empty() {
        body["not_understood"] = json!(read.not_understood);
    }
    Ok(if receipt.spooled() {
        HttpResponse::Accepted().json(body)
    } else if receipt.first {
        HttpResponse::Created().json(body)
    } else {
        HttpResponse::Ok().json(body)
    })
}
