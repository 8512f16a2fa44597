//! What the OpenAPI document says of every request alike, added to what each says of itself: how one
//! signs in, the header that changes need, and in which form a refusal comes.
//!
//! It is worked out from the document, so that a new request is described without being listed here.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::middleware::Next;
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

/// What the page at `/docs` may load: its own files, and nothing from anywhere else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'none'";

/// The page of the document, with its policy.
pub(super) async fn guarded(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let is_page = request.path().starts_with("/docs/");
    let mut response = next.call(request).await?;
    if is_page {
        let policy = HeaderValue::from_static(POLICY);
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// The whole document.
pub(super) fn complete(document: &OpenApi) -> OpenApi {
    let mut whole = serde_json::to_value(document).unwrap_or_default();
    whole["info"] = json!({
        "title": "Msaada",
        "description": env!("CARGO_PKG_DESCRIPTION"),
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE")},
    });
    whole["components"]["securitySchemes"] = json!({"session": {
        "type": "apiKey", "in": "cookie", "name": "msaada",
        "description": "Set by POST /api/v1/session.",
    }});
    let paths = whole["paths"].as_object_mut();
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                describe(path, method, operation);
            }
        }
    }
    serde_json::from_value(whole).expect("what was added is OpenAPI, a test says")
}

fn describe(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let reports = path == "/api/v1/reports";
    let signs_in = path == "/api/v1/session" && method == "post";
    let changes = method != "get" && !reports;
    let reads_body = operation.contains_key("requestBody");
    if let Some(responses) = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut)
    {
        let mut refuses = |status: &str, why: &str| {
            let problem = json!({"description": why, "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Problem"}}}});
            responses.entry(status).or_insert(problem);
        };
        if reads_body {
            refuses("400", "The body cannot be read");
            if !path.ends_with("/attachments") {
                refuses("415", "The body is no JSON, and is not called so");
            }
        }
        if !reports && !signs_in {
            refuses("401", "Nobody is signed in, or the session has ended");
        }
        if changes {
            refuses("403", "Not allowed, or without the header X-Msaada");
        }
        for response in responses.values_mut() {
            call_problems_by_name(response);
        }
    }
    if !reports && !signs_in {
        operation.insert("security".to_owned(), json!([{"session": []}]));
    }
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        if changes {
            parameters.push(json!({"name": "X-Msaada", "in": "header", "required": true,
                "description": "Anything; another site cannot send it for a browser.",
                "schema": {"type": "string"}, "example": "1"}));
        }
        if path.ends_with("/attachments") {
            parameters.push(json!({"name": "X-Name", "in": "header", "required": false,
                "description": "What the file is called, percent-encoded.",
                "schema": {"type": "string"}}));
        }
    }
}

/// A refusal is `application/problem+json`.
fn call_problems_by_name(response: &mut Value) {
    if let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) {
        let is_problem = content.get("application/json").is_some_and(|said| {
            let schema = said["schema"]["$ref"].as_str();
            schema.is_some_and(|schema| schema.ends_with("/Problem"))
        });
        if is_problem && let Some(problem) = content.remove("application/json") {
            content.insert("application/problem+json".to_owned(), problem);
        }
    }
}
