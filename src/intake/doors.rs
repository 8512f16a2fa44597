//! The doors: where reports come in over HTTP, and what each channel is answered.
//!
//! An answer is given after the commit and never before it; or, while nothing can be committed, when
//! the report is synced to this node's disk, and then it says so. What is refused says why.

use super::api::{self, ReportBody};
use super::twilio::signature::Tokens;
use super::twilio::{inbound, status, twiml};
use crate::carry::{self, state_of};
use crate::case::Channel;
use crate::flow::{Flow, NotTaken, Receipt};
use crate::problem::{FieldError, Problem};
use crate::store::StoreError;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Serialize;
use uuid::Uuid;

/// What the doors need besides the flow.
#[derive(Debug, Clone)]
pub struct Doors {
    /// The tokens webhooks are signed with; none where no message service is set up.
    pub tokens: Option<Tokens>,
    /// Under which URL the public reaches us, without a slash at its end.
    pub public_url: String,
}

/// Proof that a report arrived.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Taken {
    /// The case's reference.
    #[schema(example = "4F7K-92MX-Q1TA")]
    reference: String,
    /// The code that goes with it.
    code: Option<String>,
    /// When it reached us.
    received_at: chrono::DateTime<chrono::Utc>,
    /// How the case stands; `received` while it waits to be stored.
    status: String,
    /// Fields of the report that are not known here, or stood at another place, and what became of
    /// each. Nothing of them is lost: what was plainly meant was taken, the rest was kept with the
    /// report. Absent where all of it was understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_understood: Vec<FieldError>,
}

impl From<Receipt> for Taken {
    fn from(receipt: Receipt) -> Self {
        Self {
            reference: receipt.reference,
            code: receipt.code,
            received_at: receipt.received_at,
            status: receipt.status,
            not_understood: Vec::new(),
        }
    }
}

impl From<NotTaken> for Problem {
    fn from(error: NotTaken) -> Self {
        match error {
            NotTaken::Conflict => Self::new(
                StatusCode::CONFLICT,
                "id-taken",
                "A report with this id is stored already, and says something else",
            )
            .detail("Choose a new id for a new report; send the same content with the same id."),
            NotTaken::Away => Self::store_away(),
            NotTaken::Full => {
                let mut problem = Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "too-busy",
                    "Too many reports are arriving at this moment",
                )
                .detail("Nothing was taken in. Send it again in a second, with the same id.");
                problem.retry_after = Some(1);
                problem
            }
            NotTaken::Store(error) if error.is_away() || matches!(error, StoreError::Held(_)) => {
                Self::store_away()
            }
            NotTaken::Refused(_) | NotTaken::Store(_) => {
                tracing::error!(%error, "a report could not be taken in");
                Self::internal()
            }
        }
    }
}

/// Takes in a report from another program. A field under a name that is not known here, or at another
/// place, is no reason to refuse it: the report is taken, and `not_understood` says what became of it.
#[utoipa::path(
    request_body = ReportBody,
    responses(
        (status = 201, description = "Stored", body = Taken),
        (status = 202, description = "Kept on disk until it can be stored; reference and code stand",
         body = Taken),
        (status = 200, description = "Stored before; the first answer", body = Taken),
        (status = 400, description = "Not readable", body = Problem),
        (status = 409, description = "This id came before with other content", body = Problem),
        (status = 413, description = "Larger than 320 KiB", body = Problem),
        (status = 415, description = "Not JSON, and not called so", body = Problem),
        (status = 422, description = "Fields that do not fit", body = Problem),
        (status = 503, description = "Nothing can be stored at the moment", body = Problem),
    )
)]
#[post("/api/v1/reports")]
pub(crate) async fn reports(
    flow: web::Data<Flow>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let read = api::read(&body, Channel::Api, flow.clock.now())
        .map_err(|problem| api::refused(problem, request.headers()))?;
    let receipt = flow.receive(read.report).await?;
    let status = if receipt.spooled() {
        StatusCode::ACCEPTED
    } else if receipt.first {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let mut taken = Taken::from(receipt);
    taken.not_understood = read.not_understood;
    Ok(HttpResponse::build(status).json(taken))
}

/// A message from a phone, told by the provider.
#[post("/channels/twilio/messages")]
pub(crate) async fn messages(
    flow: web::Data<Flow>,
    doors: web::Data<Doors>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let form = signed_form(&request, &body, &doors)?;
    let inbound = inbound::read(&form, flow.clock.now()).map_err(|refused| {
        Problem::invalid(refused.to_string()).field("MessageSid", refused.to_string())
    })?;
    // Silence: what is said to the person is written by the outbox, under its rules. The headers
    // are for drills; the provider passes over them.
    let mut silence = HttpResponse::Ok();
    silence.content_type(twiml::MEDIA_TYPE);
    let more = inbound.report.clone();
    let shows = more.details.expose().contains_key("media");
    let receipt = match flow.receive(inbound.report).await {
        // The same message with more or less in it: asked for when the webhook had failed, or told
        // again. It is stored, and a refusal would only be tried again. A position that only now
        // comes along is taken.
        Err(NotTaken::Conflict) => {
            flow.told_more(more).await?;
            return Ok(silence.body(twiml::SILENCE));
        }
        taken => taken?,
    };
    if shows {
        flow.wakes.media.now();
    }
    // Which case a message of the spool becomes part of is not known yet.
    if !receipt.spooled() {
        silence
            .insert_header(("X-Msaada-Reference", receipt.reference))
            .insert_header(("X-Msaada-Joined", receipt.joined.to_string()));
    }
    Ok(silence.body(twiml::SILENCE))
}

#[derive(serde::Deserialize)]
struct OfMessage {
    message: Option<Uuid>,
}

/// How a message we sent is doing, told by the provider.
#[post("/channels/twilio/status")]
pub(crate) async fn statuses(
    flow: web::Data<Flow>,
    doors: web::Data<Doors>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let form = signed_form(&request, &body, &doors)?;
    let callback = status::read(&form).map_err(|error| Problem::invalid(error.to_string()))?;
    let message = web::Query::<OfMessage>::from_query(request.query_string())
        .ok()
        .and_then(|query| query.message)
        .ok_or_else(|| Problem::not_found("message"))?;
    // A status we do not know yet changes nothing, and is no reason to be told again.
    if let Some(status) = callback.status {
        let told = (state_of(status), i16::from(status.rank()));
        let now = flow.clock.now();
        let delivery = flow
            .store
            .delivery(message, &callback.sid, told, callback.trouble, now)
            .await
            .map_err(|error| Problem::from(NotTaken::Store(error)))?;
        if let Some(delivery) = &delivery {
            carry::told(delivery, &flow.wakes.lost);
        }
        if let Some(delivery) = delivery
            && !delivery.to_staff
            && let Ok(Some(case)) = flow.store.case(delivery.case_id).await
        {
            flow.push([&case]);
            tracing::debug!(case = %delivery.case_id, state = told.0, "a message went on");
        }
    }
    Ok(HttpResponse::NoContent().finish())
}

/// The type of a webhook's body.
const FORM: &str = "application/x-www-form-urlencoded";

/// The form of a webhook, if the provider signed it.
fn signed_form(
    request: &HttpRequest,
    body: &[u8],
    doors: &Doors,
) -> Result<Vec<(String, String)>, Problem> {
    let refused = || {
        Problem::new(
            StatusCode::FORBIDDEN,
            "bad-signature",
            "The signature of this request does not fit",
        )
        .detail(
            "Webhooks must be signed with X-Twilio-Signature over the public URL of this service \
             (MSAADA_PUBLIC_URL) with one of MSAADA_TWILIO_AUTH_TOKENS.",
        )
    };
    let tokens = doors.tokens.as_ref().ok_or_else(refused)?;
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| !kind.as_bytes().starts_with(FORM.as_bytes())) {
        return Err(Problem::wrong_type(&[FORM]));
    }
    let signature = request
        .headers()
        .get("X-Twilio-Signature")
        .and_then(|value| value.to_str().ok())
        .ok_or_else(refused)?;
    let path = request
        .uri()
        .path_and_query()
        .map_or_else(|| request.path(), |both| both.as_str());
    let url = format!("{}{path}", doors.public_url);
    let form: Vec<(String, String)> = serde_urlencoded::from_bytes(body)
        .map_err(|_| Problem::unreadable("The body must be a URL-encoded form."))?;
    if tokens.signed(&url, &form, signature) {
        Ok(form)
    } else {
        Err(refused())
    }
}
