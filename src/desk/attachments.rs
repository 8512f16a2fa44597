//! Photographs, voice notes and papers: taken in a piece at a time, never more than the limit, and
//! handed out so that a browser does nothing with them but keep them. Each read is on record.

use super::cases::seen;
use super::{Signed, refused};
use crate::case::{Entry, File, LARGEST, NotAFile};
use crate::flow::Flow;
use crate::problem::Problem;
use crate::store::{Note, commit};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use futures_util::StreamExt;
use serde_json::json;
use uuid::Uuid;

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        "The file is too large",
    )
    .detail("A file may have 5 MB. Send a smaller photograph, or a shorter recording.")
}

/// Attaches a file: the body is the file, `X-Name` its name, percent-encoded. What it is, its bytes
/// tell.
#[utoipa::path(
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "Attached"),
        (status = 413, description = "More than 5 MB", body = Problem),
        (status = 415, description = "Not a photograph, recording or PDF", body = Problem),
        (status = 422, description = "The case has twenty", body = Problem),
    ),
)]
#[post("/api/v1/cases/{id}/attachments")]
pub(crate) async fn attach(
    flow: web::Data<Flow>,
    signed: Signed,
    id: web::Path<Uuid>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let of = |error| refused::store(&error);
    let by = &signed.0;
    let declared = request.headers().get("Content-Length");
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > LARGEST) {
        return Err(too_large());
    }
    let seen = flow.store.case(*id).await.map_err(of)?;
    if !seen.is_some_and(|case| by.sees(&case.mission)) {
        return Err(Problem::not_found("case"));
    }
    let bytes = whole(payload).await?;
    let file = File::new(&name(&request), bytes).map_err(|why| match why {
        NotAFile::TooLarge => too_large(),
        NotAFile::WrongKind => Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "wrong-media-type",
            "This is not a file that can be attached",
        )
        .detail("Photographs (JPEG, PNG, WebP), recordings (Ogg, MP3, M4A) and PDF can be. What a file is, its content tells, not its name."),
    })?;
    let kept = flow.attach_by(*id, &file, by).await?;
    tracing::info!(case = %id, by = %by.id, bytes = file.bytes().len(), "attached");
    Ok(HttpResponse::Created().json(json!({"id": kept, "kind": file.kind(), "name": file.name()})))
}

/// The whole body, or as soon as it is too much, a refusal.
async fn whole(mut payload: web::Payload) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|_| Problem::unreadable("The file broke off; send it again."))?;
        if bytes.len() + piece.len() > LARGEST {
            return Err(too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// What its sender called it, percent-encoded in a header.
fn name(request: &HttpRequest) -> String {
    let given = request.headers().get("X-Name");
    let given = given
        .and_then(|name| name.to_str().ok())
        .unwrap_or_default();
    percent_encoding::percent_decode_str(given)
        .decode_utf8_lossy()
        .into_owned()
}

/// A file of a case, to be kept and not shown. That it was read goes on record.
#[utoipa::path(responses((status = 200, description = "The file"), (status = 404, body = Problem)))]
#[get("/api/v1/cases/{id}/attachments/{attachment}")]
pub(crate) async fn read(
    flow: web::Data<Flow>,
    signed: Signed,
    ids: web::Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let of = |error| refused::store(&error);
    let (id, attachment) = ids.into_inner();
    seen(&flow, &signed, id).await?;
    let found = flow.store.attachment(id, attachment).await.map_err(of)?;
    let (kind, name, bytes) = found.ok_or_else(|| Problem::not_found("attachment"))?;
    let entry = Entry {
        event: "read_attachment",
        detail: json!({"attachment": attachment}),
    };
    let note = Note {
        case_id: id,
        by: Some(signed.0.id),
        entry: &entry,
        text: None,
    };
    let mut tx = flow.store.begin().await.map_err(of)?;
    flow.store
        .log(&mut tx, &note, flow.clock.now())
        .await
        .map_err(of)?;
    commit(tx).await.map_err(of)?;
    let name = percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC);
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((
            "Content-Disposition",
            format!("attachment; filename*=UTF-8''{name}"),
        ))
        .insert_header(("Content-Security-Policy", "default-src 'none'; sandbox"))
        .insert_header(("Cache-Control", "no-store"))
        .body(bytes))
}
