//! The public figures over HTTP. Anybody may ask for them as often as she likes: the store is asked
//! twice a minute at most by each node, and what is told may be so old.

use super::form::{self, Page};
use super::public::{EXIT, html};
use crate::flow::{Flow, Step};
use crate::store::Accounts;
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Compress;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex, PoisonError};

/// The store is asked again after this.
const FRESH: TimeDelta = TimeDelta::seconds(30);

type Held = Option<(DateTime<Utc>, Arc<Accounts>)>;

/// The figures as they were a moment ago.
#[derive(Debug, Clone, Default)]
pub struct Figures(Arc<Mutex<Held>>);

impl Figures {
    /// None where they were never had and PostgreSQL is away.
    async fn of(&self, flow: &Flow) -> Option<Arc<Accounts>> {
        let now = flow.clock.now();
        let held = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((at, accounts)) = &held
            && now - at < FRESH
        {
            return Some(accounts.clone());
        }
        // Reports come first: meanwhile the last figures stand, which say when they were counted.
        if flow.pressed() >= Step::Analytics {
            return held.map(|(_, accounts)| accounts);
        }
        match flow.store.accounts(form::a_year_before(now)).await {
            Ok(accounts) => {
                let accounts = Arc::new(accounts);
                let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                *held = Some((now, accounts.clone()));
                Some(accounts)
            }
            Err(error) => {
                tracing::warn!(%error, "the public figures could not be read");
                held.map(|(_, accounts)| accounts)
            }
        }
    }
}

#[derive(serde::Deserialize)]
struct Asked {
    lang: Option<String>,
    month: Option<String>,
}

// With forty missions it is long, and nothing on it is secret: packed, it stays light.
#[get("/accountability", wrap = "Compress::default()")]
pub(crate) async fn page(
    flow: web::Data<Flow>,
    figures: web::Data<Figures>,
    request: HttpRequest,
) -> HttpResponse {
    let asked = web::Query::<Asked>::from_query(request.query_string()).ok();
    let asked = asked.map(web::Query::into_inner);
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
    let lang = form::language(
        asked.as_ref().and_then(|asked| asked.lang.as_deref()),
        accepted.and_then(|value| value.to_str().ok()),
    );
    let page = Page { lang, exit: EXIT };
    let month = asked.as_ref().and_then(|asked| asked.month.as_deref());
    let named = |code: &str| {
        let missions = flow.understanding.missions();
        let mission = missions
            .iter()
            .find(|mission| mission.code.as_str() == code);
        mission.map_or(String::new(), |mission| mission.city.clone())
    };
    match figures.of(&flow).await {
        Some(accounts) => html(
            StatusCode::OK,
            form::render_accountability(page, &accounts, month, named),
        ),
        None => html(
            StatusCode::SERVICE_UNAVAILABLE,
            form::render_no_figures(page),
        ),
    }
}

#[get("/accountability.csv", wrap = "Compress::default()")]
pub(crate) async fn csv(flow: web::Data<Flow>, figures: web::Data<Figures>) -> HttpResponse {
    let Some(accounts) = figures.of(&flow).await else {
        return HttpResponse::ServiceUnavailable()
            .insert_header((header::RETRY_AFTER, "30"))
            .content_type("text/plain; charset=utf-8")
            .body("The figures cannot be read just now.");
    };
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"accountability.csv\"",
        ))
        .body(form::csv_of(&accounts))
}
