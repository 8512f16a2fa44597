//! What a reader of the desk looks for: her own choice of what the queue shows, kept for her on every
//! computer, and a person by name.
//!
//! A name is looked for in the body of a request, since addresses stand in logs; each case found by it
//! has that on record.

use super::{Signed, refused};
use crate::case::{Card, Entry};
use crate::flow::Flow;
use crate::problem::Problem;
use crate::store::commit;
use actix_web::{HttpResponse, get, post, put, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The most words of one list, and the longest of them.
const WORDS: usize = 16;
const LONGEST_WORD: usize = 24;
/// The shortest and the longest name that is looked for, in characters.
const NAME: std::ops::RangeInclusive<usize> = 3..=80;

/// A name is looked for in everything that is open: one at a time on a node, so that acts and desks never
/// wait behind it for a connection.
static TURN: Semaphore = Semaphore::const_new(1);
/// Whoever waits longer for her turn is told to ask again.
const WAIT: Duration = Duration::from_secs(10);

/// What a queue shows: choices, and nothing of any case.
#[derive(Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a button that is pressed or not"
)]
pub(crate) struct Chosen {
    mission: Option<String>,
    kinds: Vec<String>,
    priorities: Vec<String>,
    statuses: Vec<String>,
    channels: Vec<String>,
    mine: bool,
    unread: bool,
    late: bool,
    tray: bool,
}

impl Chosen {
    /// Lists of a few plain words: what they mean the page knows, and passes over what it does not.
    fn is_plain(&self) -> bool {
        let plain = |word: &String| {
            word.len() <= LONGEST_WORD
                && word
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        };
        let lists = [
            &self.kinds,
            &self.priorities,
            &self.statuses,
            &self.channels,
        ];
        let short = |list: &&Vec<String>| list.len() <= WORDS && list.iter().all(plain);
        lists.iter().all(short) && self.mission.iter().all(plain)
    }
}

/// What this responder chose to see in the queue.
#[utoipa::path(responses((status = 200, description = "Her choice, or null"), (status = 401, body = Problem)))]
#[get("/api/v1/session/filter")]
pub(crate) async fn chosen(flow: web::Data<Flow>, signed: Signed) -> Result<HttpResponse, Problem> {
    let filter = flow
        .store
        .filter_of(signed.0.id)
        .await
        .map_err(|error| refused::store(&error))?;
    Ok(HttpResponse::Ok().json(json!({"filter": filter})))
}

/// Keeps what this responder chose to see in the queue.
#[utoipa::path(request_body = Chosen, responses(
    (status = 204, description = "Kept"),
    (status = 422, description = "Not a choice", body = Problem),
))]
#[put("/api/v1/session/filter")]
pub(crate) async fn choose(
    flow: web::Data<Flow>,
    signed: Signed,
    body: web::Json<Chosen>,
) -> Result<HttpResponse, Problem> {
    let filter = body.into_inner();
    if !filter.is_plain() {
        return Err(Problem::invalid("Each list may hold sixteen plain words.")
            .field("kinds", "must be words of letters, digits, _ and -"));
    }
    flow.store
        .keep_filter(signed.0.id, &json!(filter))
        .await
        .map_err(|error| refused::store(&error))?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct Name {
    /// A part of the name of a person in need.
    #[schema(value_type = String)]
    name: crate::case::Sealed<String>,
}

/// The open cases of a person by name. Every case found has it on record.
#[utoipa::path(request_body = Name, responses(
    (status = 200, description = "Cards"),
    (status = 403, description = "Only who works cases looks for names", body = Problem),
    (status = 422, description = "Too short or too long", body = Problem),
    (status = 503, description = "Others are looking for names", body = Problem),
))]
#[post("/api/v1/cases/named")]
pub(crate) async fn named(
    flow: web::Data<Flow>,
    signed: Signed,
    body: web::Json<Name>,
) -> Result<HttpResponse, Problem> {
    let by = &signed.0;
    if !by.finds_names() {
        return Err(Problem::not_allowed(
            "Cases are found by name by those who work them. Look for the reference.",
        ));
    }
    let name = body.name.expose().trim();
    if !NAME.contains(&name.chars().count()) {
        return Err(
            Problem::invalid("Mend the field named in errors and ask again.")
                .field("name", "must have 3 to 80 characters"),
        );
    }
    let of = |error| refused::store(&error);
    let mission = (!by.sees_all()).then_some(&by.mission);
    let Ok(turn) = timeout(WAIT, TURN.acquire()).await else {
        return Err(Problem::busy(
            "Others are looking for names. Try again in a moment.",
        ));
    };
    let found = flow.store.named(name, mission).await.map_err(of)?;
    drop(turn);
    let now = flow.clock.now();
    let entry = Entry {
        event: "found",
        detail: json!({"by": "name"}),
    };
    let mut tx = flow.store.begin().await.map_err(of)?;
    let lines: Vec<_> = found.iter().map(|case| (case.id, &entry)).collect();
    let log = flow.store.log_by(&mut tx, Some(by.id), &lines, now);
    log.await.map_err(of)?;
    commit(tx).await.map_err(of)?;
    tracing::info!(by = %by.id, cases = found.len(), "looked for a name");
    Ok(HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .json(json!({
            "cases": found.iter().map(Card::from).collect::<Vec<_>>(),
            "server_time": now,
        })))
}
