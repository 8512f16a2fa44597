//! Errors a stranger understands, as RFC 9457 `application/problem+json`.
//!
//! A problem says what is wrong and how to mend it, and must never repeat what was sent: a body may
//! hold a name or a number, and errors end in other people's logs.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError, http::header};
use serde::Serialize;
use serde_json::{Map, Value};

/// A field that is wrong, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field, as a path: `contact.safe.from_hour`.
    pub field: String,
    /// What it should be.
    pub message: String,
}

/// Something that went wrong, for the one who asked.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Which problem: a path under `/problems`.
    #[serde(rename = "type")]
    pub kind: Box<str>,
    /// The problem in a few words.
    pub title: Box<str>,
    /// The HTTP status.
    pub status: u16,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Box<str>>,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// More about it, such as the present card of a stale version.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub more: Map<String, Value>,
    /// Seconds after which to try again.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem of this kind (`stale-version`), status and title.
    #[must_use]
    pub fn new(status: StatusCode, kind: &str, title: &str) -> Self {
        Self {
            kind: format!("/problems/{kind}").into(),
            title: title.into(),
            status: status.as_u16(),
            detail: None,
            errors: Vec::new(),
            more: Map::new(),
            retry_after: None,
        }
    }

    /// With what to do about it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Box<str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With a field that is wrong.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldError {
            field: field.into(),
            message: message.into(),
        });
        self
    }

    /// With more about it.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// 400: a body or query that cannot be read.
    #[must_use]
    pub fn unreadable(detail: impl Into<Box<str>>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "unreadable",
            "The request could not be read",
        )
        .detail(detail)
    }

    /// 415: a body of a type that is not read here.
    #[must_use]
    pub fn wrong_type(accepted: &[&str]) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "wrong-media-type",
            "The body has the wrong type",
        )
        .detail(format!("Send Content-Type: {}.", accepted.join(" or ")))
        .with("accepts", accepted.into())
    }

    /// 422: a body that can be read and does not fit.
    #[must_use]
    pub fn invalid(detail: impl Into<Box<str>>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "Something in the request does not fit",
        )
        .detail(detail)
    }

    /// 401: nobody is signed in, or the session has ended.
    #[must_use]
    pub fn signed_out() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "signed-out",
            "You are not signed in",
        )
        .detail("Sign in again; what you had typed can be sent afterwards.")
    }

    /// 403: signed in, and not allowed.
    #[must_use]
    pub fn not_allowed(detail: impl Into<Box<str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not-allowed", "That is not allowed").detail(detail)
    }

    /// 404: no such thing, or not for this reader; the two are told apart to nobody.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            &format!("There is no such {what}"),
        )
    }

    /// 503: the store cannot be reached.
    #[must_use]
    pub fn store_away() -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "store-away",
            "The service cannot store anything at the moment",
        )
        .detail("Nothing was taken in. Try again in a few seconds.");
        problem.retry_after = Some(5);
        problem
    }

    /// 503: reports come first at the moment.
    #[must_use]
    pub fn reports_first() -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "reports-first",
            "Very many reports are arriving, and they come first",
        )
        .detail(
            "What waits and is worked on is shown as ever. Ask for this again in some seconds.",
        );
        problem.retry_after = Some(10);
        problem
    }

    /// 503: others are asking for the same, and it is given to one at a time.
    #[must_use]
    pub fn busy(detail: impl Into<Box<str>>) -> Self {
        let title = "Others are asking for the same";
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", title).detail(detail);
        problem.retry_after = Some(5);
        problem
    }

    /// 500: our fault.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong in the service",
        )
        .detail("It is on our side and has been logged. Try again; if it persists, call the response centre.")
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.title)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.content_type("application/problem+json");
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        response.body(serde_json::to_vec(self).unwrap_or_default())
    }
}
