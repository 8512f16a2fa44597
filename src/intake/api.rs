//! `POST /api/v1/reports`: a report from another program, as JSON.
//!
//! Every field but the id may be missing; what is there must fit, and every field that does not is
//! named at once with how to mend it. A number that cannot be read is kept as written. What stands
//! under a name that we do not have is no reason to refuse a report, and is not dropped either.

mod meant;
mod misplaced;
mod readable;

use self::misplaced::settle;
use self::readable::readable;
use crate::case::{
    Channel, Contact, Details, ForWhom, Hours, Kind, Lang, Number, Point, Report, SafeContact,
    Sealed,
};
use crate::problem::{FieldError, Problem};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The largest body, in bytes: the longest text fits however it is written, and as much beside it as
/// ever. In the longest way a character is two halves, each as `\ud83d`.
pub const MAX_BODY: usize = 320 * 1024;
const _: () = assert!(MAX_TEXT * 2 * "\\ud83d".len() + 64 * 1024 <= MAX_BODY);
/// The types of a body that are read.
pub const ACCEPTED: &[&str] = &["application/json"];
/// The longest text, in characters: a whole e-mail fits.
const MAX_TEXT: usize = 20_000;
/// The longest answer to one question, in characters.
const MAX_ANSWER: usize = 4_000;
/// The most answers.
const MAX_ANSWERS: usize = 60;
/// The radius of a point sent without one, in metres.
const RADIUS_M: u32 = 100;

/// A report, as it is sent.
#[derive(utoipa::ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; `read` reads it"
)]
pub struct ReportBody {
    /// Chosen by the sender; the same id again is the same report.
    id: Uuid,
    /// What happened, in the person's words.
    text: Option<String>,
    /// `distress`, `medical`, `detention`, `lost_documents`, `missing_person` or `death`.
    kind: Option<Kind>,
    /// Whom it is about.
    #[schema(rename = "for")]
    for_: Option<ForWhom>,
    /// `{"phone", "safe": any | reply_only | i_will_contact_you | never, "from_hour", "to_hour",
    /// "note"}`
    #[schema(value_type = Option<Object>)]
    contact: Option<Value>,
    /// `{"lat", "lon", "radius_m"}` or `{"text"}`
    #[schema(value_type = Option<Object>)]
    place: Option<Value>,
    /// Name, passport number and the like of the person in need.
    #[schema(value_type = Option<Object>)]
    subject: Option<Value>,
    /// Answers to the questions of the kind.
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
    /// The language to answer in: en, sw, ar.
    lang: Option<Lang>,
}

/// A report that was read.
#[derive(Debug)]
pub struct Read {
    /// The report.
    pub report: Report,
    /// What stood under names we do not have, or at another place, and what became of it.
    pub not_understood: Vec<FieldError>,
}

/// Why a body of this type was not read. A report that can be read is taken whatever its type is called;
/// one that cannot, and is called something else than JSON, is told so.
#[must_use]
pub fn refused(problem: Problem, headers: &HeaderMap) -> Problem {
    let kind = headers.get(header::CONTENT_TYPE);
    let is_json = kind.is_none_or(|kind| {
        let kind = kind.as_bytes().to_ascii_lowercase();
        kind.starts_with(b"application/json") || kind.windows(5).any(|part| part == b"+json")
    });
    if is_json || problem.status != StatusCode::BAD_REQUEST {
        return problem;
    }
    Problem::wrong_type(ACCEPTED)
}

/// What a call holds beside a report: read by who takes calls.
const OF_CALLS: &[&str] = &["priority"];

/// Reads a report.
///
/// # Errors
/// A [`Problem`] that names every field that does not fit.
pub fn read(body: &[u8], channel: Channel, now: DateTime<Utc>) -> Result<Read, Problem> {
    let (value, earlier) = readable(body).map_err(|error| {
        Problem::unreadable(format!(
            "The body must be JSON; it breaks at line {}, column {}.",
            error.line(),
            error.column()
        ))
    })?;
    let Value::Object(mut body) = value else {
        return Err(Problem::unreadable("The body must be a JSON object."));
    };
    let beside = if channel == Channel::Phone {
        OF_CALLS
    } else {
        &[]
    };
    let mut misplaced = settle(&mut body, earlier, beside);
    let not_understood = std::mem::take(&mut misplaced.notes);
    let mut fields = Fields::new(&body);
    let id = fields.id();
    let mut text = fields.text("text", MAX_TEXT).unwrap_or_default();
    let mut details = fields.details("details").unwrap_or_default();
    misplaced.kept_with(&mut text, &mut details);
    let report = Report {
        id: apart(id.unwrap_or_default()),
        channel,
        provider_id: None,
        received_at: now,
        text: text.into(),
        contact: fields.contact(),
        kind: fields.word("kind"),
        for_whom: fields.word("for"),
        lang: fields.word("lang"),
        pin: fields.pin(),
        place_text: fields.place_text().map(Sealed::new),
        subject: fields.details("subject").map(Sealed::new),
        details: details.into(),
        carrier: None,
    };
    if id.is_some() && fields.errors.is_empty() && says_nothing(&report) {
        fields.wrong(
            "text",
            "say at least something: text, kind, contact, place or details",
        );
    }
    if fields.errors.is_empty() {
        Ok(Read {
            report,
            not_understood,
        })
    } else {
        let mut problem = Problem::invalid("Mend the fields named in errors and send it again.");
        problem.errors = fields.errors;
        Err(problem)
    }
}

/// The id of the report that a program calls so: the same at every repetition. Ids of version 8 are what
/// we make of a provider's ids and of pages; a program's own of that version is made one of another kind,
/// so that nobody who knows which message will come can take its place before.
fn apart(id: Uuid) -> Uuid {
    if id.get_version_num() != 8 {
        return id;
    }
    let hash = Sha256::new()
        .chain_update(b"msaada report that a program calls ")
        .chain_update(id.as_bytes())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn says_nothing(report: &Report) -> bool {
    report.text.expose().trim().is_empty()
        && report.kind.is_none()
        && report.contact.is_none()
        && report.pin.is_none()
        && report.place_text.is_none()
        && report.subject.is_none()
        && report.details.expose().is_empty()
}

/// The fields of a body, and what is wrong with them.
struct Fields<'a> {
    body: &'a Map<String, Value>,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    const fn new(body: &'a Map<String, Value>) -> Self {
        Self {
            body,
            errors: Vec::new(),
        }
    }

    fn wrong(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError {
            field: field.to_owned(),
            message: message.into(),
        });
    }

    fn get(&self, path: &str) -> Option<&'a Value> {
        let mut value: Option<&Value> = None;
        for name in path.split('.') {
            value = match value {
                None => self.body.get(name),
                Some(inner) => inner.get(name),
            };
            value?;
        }
        value.filter(|value| !value.is_null())
    }

    fn id(&mut self) -> Option<Uuid> {
        let id = self.get("id").and_then(Value::as_str);
        let id = id
            .and_then(|id| id.parse::<Uuid>().ok())
            .filter(|id| !id.is_nil());
        if id.is_none() {
            self.wrong(
                "id",
                "must be a UUID that you choose; the same one when you send it again",
            );
        }
        id
    }

    fn text(&mut self, path: &str, most: usize) -> Option<String> {
        match self.get(path)? {
            Value::String(text) if text.chars().count() <= most => Some(text.clone()),
            Value::String(_) => {
                self.wrong(path, format!("must not be longer than {most} characters"));
                None
            }
            _ => {
                self.wrong(path, "must be text");
                None
            }
        }
    }

    fn word<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, path: &str) -> Option<T> {
        let text = self.text(path, MAX_ANSWER)?;
        text.parse()
            .map_err(|error: T::Err| self.wrong(path, error.to_string()))
            .ok()
    }

    fn object(&mut self, path: &str) -> Option<&'a Map<String, Value>> {
        let object = self.get(path)?.as_object();
        if object.is_none() {
            self.wrong(path, "must be an object");
        }
        object
    }

    fn contact(&mut self) -> Option<Contact> {
        self.object("contact")?;
        // A program may send a number as digits; a plea is not refused for that.
        let phone = match self.get("contact.phone") {
            Some(Value::Number(digits)) => Some(digits.to_string()),
            _ => self.text("contact.phone", MAX_ANSWER),
        };
        let safe = self.word("contact.safe");
        let hours = self.hours();
        let note = self.text("contact.note", MAX_ANSWER).map(Sealed::new);
        let phone = phone.filter(|phone| !phone.trim().is_empty())?;
        Some(Contact {
            number: Number::read(&phone),
            safe: safe.unwrap_or(SafeContact::ReplyOnly),
            hours,
            note,
        })
    }

    fn hours(&mut self) -> Option<Hours> {
        let hour = |value: Option<&Value>| value.and_then(Value::as_u64);
        let (from, to) = (self.get("contact.from_hour"), self.get("contact.to_hour"));
        if from.is_none() && to.is_none() {
            return None;
        }
        let hours = match (hour(from), hour(to)) {
            (Some(from), Some(to)) => u8::try_from(from)
                .ok()
                .zip(u8::try_from(to).ok())
                .and_then(|(from, to)| Hours::new(from, to).ok()),
            _ => None,
        };
        if hours.is_none() {
            self.wrong(
                "contact.from_hour",
                "give from_hour and to_hour, each from 0 to 23",
            );
        }
        hours
    }

    fn pin(&mut self) -> Option<(Point, u32)> {
        self.object("place")?;
        let (lat, lon) = (self.get("place.lat"), self.get("place.lon"));
        if lat.is_none() && lon.is_none() {
            return None;
        }
        let degrees = |value: Option<&Value>| value.and_then(Value::as_f64);
        let point = degrees(lat).zip(degrees(lon));
        let Some(point) = point.and_then(|(lat, lon)| Point::new(lat, lon).ok()) else {
            self.wrong(
                "place.lat",
                "lat must lie between -90 and 90 and lon between -180 and 180, both as numbers",
            );
            return None;
        };
        let radius = match self.get("place.radius_m") {
            None => RADIUS_M,
            Some(value) => match value.as_f64() {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "checked to lie between 0 and a million"
                )]
                Some(radius) if (0.0..=1e6).contains(&radius) => radius as u32,
                _ => {
                    self.wrong("place.radius_m", "must be metres from 0 to 1,000,000");
                    RADIUS_M
                }
            },
        };
        Some((point, radius))
    }

    fn place_text(&mut self) -> Option<String> {
        self.get("place").filter(|place| place.is_object())?;
        self.text("place.text", MAX_ANSWER)
            .filter(|text| !text.trim().is_empty())
    }

    fn details(&mut self, path: &str) -> Option<Details> {
        let object = self.object(path)?;
        if object.len() > MAX_ANSWERS {
            self.wrong(
                path,
                format!("must not have more than {MAX_ANSWERS} fields"),
            );
            return None;
        }
        Some(object.clone()).filter(|object| !object.is_empty())
    }
}

#[cfg(test)]
mod tests;
