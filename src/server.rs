//! The actix application: routes, limits, headers, the OpenAPI document.

mod document;
mod methods;

use crate::atlas::Atlas;
use crate::attempts::Attempts;
use crate::audit::Audit;
use crate::desk::beats::Beats;
use crate::desk::opening::Opening;
use crate::desk::pieces::AT_ONCE;
use crate::desk::{self, Sessions, Tiles};
use crate::flow::Flow;
use crate::intake::doors::Doors;
use crate::intake::{accounts, api, assets, doors, public, stalled, upload};
use crate::problem::Problem;
use crate::spool::Spool;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::error::JsonPayloadError;
use actix_web::http::{StatusCode, header};
use actix_web::middleware::{DefaultHeaders, ErrorHandlerResponse, ErrorHandlers, from_fn};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, ResponseError, get, web};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use std::net::TcpListener;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::SwaggerUi;

/// Requests under way and sockets held by one worker at most; more wait to be accepted.
const CONNECTIONS: usize = 15_000;
/// The largest JSON of a desk, in bytes.
const OF_A_DESK: usize = 64 * 1024;
/// A request's head must have arrived within this.
const HEAD: Duration = Duration::from_secs(10);
/// Sockets and requests still open after this are cut when the service stops.
const STOP_S: u64 = 4;

/// What the application stands on.
#[derive(Clone)]
pub struct Parts {
    /// The flow.
    pub flow: Flow,
    /// Where all cases lie.
    pub atlas: Atlas,
    /// The auditor.
    pub audit: Audit,
    /// What the doors need.
    pub doors: Doors,
    /// How sessions are kept.
    pub sessions: Sessions,
    /// How many bytes of photographs are kept in an hour.
    pub photographs_hourly: u64,
    /// How long a body may take to come.
    pub patience: stalled::Patience,
    /// What is laid under the map.
    pub tiles: Tiles,
    /// The figures, where they are counted.
    pub figures: Option<PrometheusHandle>,
    /// What desks are told at every beat.
    pub beats: Beats,
    /// Where desks ask for what is open.
    pub opening: Opening,
    /// Told when the service stops.
    pub stop: CancellationToken,
}

/// The server, listening.
///
/// # Errors
/// The socket cannot be used.
pub fn serve(
    parts: Parts,
    listener: TcpListener,
    workers: usize,
) -> std::io::Result<actix_web::dev::Server> {
    let attempts = web::Data::new(Attempts::default());
    let waited = web::Data::new(accounts::Figures::default());
    let uploads = web::Data::new(upload::Uploads::new(parts.photographs_hourly));
    let server = HttpServer::new(move || {
        let parts = parts.clone();
        let (app, document) = App::new()
            .into_utoipa_app()
            .app_data(web::Data::new(parts.flow))
            .app_data(web::Data::new(parts.atlas))
            .app_data(web::Data::new(parts.audit))
            .app_data(web::Data::new(parts.doors))
            .app_data(web::Data::new(parts.sessions))
            .app_data(web::Data::new(parts.tiles))
            .app_data(web::Data::new(parts.figures))
            .app_data(web::Data::new(parts.beats))
            .app_data(web::Data::new(parts.opening))
            .app_data(web::Data::new(parts.stop))
            .app_data(web::Data::new(parts.patience))
            .app_data(attempts.clone())
            .app_data(waited.clone())
            .app_data(uploads.clone())
            .service(doors::reports)
            .configure(desk::api)
            .split_for_parts();
        let methods = web::Data::new(methods::Methods::of(&document));
        let document = document::complete(&document);
        app.app_data(methods)
            .app_data(web::PayloadConfig::new(api::MAX_BODY))
            .app_data(
                web::JsonConfig::default()
                    .limit(OF_A_DESK)
                    .error_handler(|error, _| {
                        if matches!(error, JsonPayloadError::ContentType) {
                            return Problem::wrong_type(api::ACCEPTED).into();
                        }
                        let status = error.status_code();
                        problem(status).detail(plain(&error)).into()
                    }),
            )
            .app_data(web::QueryConfig::default().error_handler(|_, _| {
                Problem::invalid("A parameter of the query does not fit; see /docs.").into()
            }))
            .app_data(
                web::PathConfig::default().error_handler(|_, _| Problem::not_found("case").into()),
            )
            .service(doors::messages)
            .service(doors::statuses)
            .service(public::front)
            .service(public::report_page)
            .service(public::report_sent)
            .service(public::track_page)
            .service(public::track_sent)
            .service(assets::asset)
            .service(accounts::page)
            .service(accounts::csv)
            .service(live)
            .service(ready)
            .service(figures)
            .configure(desk::routes)
            .service(SwaggerUi::new("/docs/{_:.*}").url("/api/v1/openapi.json", document))
            .service(web::redirect("/docs", "/docs/"))
            .default_service(web::to(nowhere))
            .wrap(from_fn(document::guarded))
            .wrap(from_fn(methods::head_as_get))
            .wrap(ErrorHandlers::new().default_handler_client(readable))
            .wrap(
                DefaultHeaders::new()
                    .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                    .add((header::X_FRAME_OPTIONS, "DENY"))
                    .add((header::REFERRER_POLICY, "no-referrer"))
                    // What does not say otherwise is kept by nobody.
                    .add((header::CACHE_CONTROL, "no-store"))
                    .add((
                        "Permissions-Policy",
                        "geolocation=(self), camera=(), microphone=()",
                    )),
            )
            // Outermost: what it says of the connection is for the last form of the answer.
            .wrap(from_fn(stalled::in_time))
    })
    .workers(workers)
    .max_connections(CONNECTIONS)
    .client_request_timeout(HEAD)
    // A card leaves at once, and does not wait until the desk's machine has acknowledged the one
    // before, which takes it up to 40 ms.
    .tcp_nodelay(true)
    // A connection keeps what its buffer ever grew to, and a node has ten thousand.
    .h1_write_buffer_size(AT_ONCE)
    .shutdown_timeout(STOP_S)
    .disable_signals();
    Ok(server.listen(listener)?.run())
}

async fn nowhere(
    flow: web::Data<Flow>,
    methods: web::Data<methods::Methods>,
    request: HttpRequest,
) -> HttpResponse {
    // A page that is there answers other methods.
    if let Some(pattern) = request.match_pattern() {
        let mut response = problem(StatusCode::METHOD_NOT_ALLOWED).error_response();
        if let Some(allowed) = methods.at(&pattern) {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        return response;
    }
    if let Some(page) = public::mistyped(&flow, &request) {
        return page;
    }
    Problem::not_found("page")
        .detail(format!(
            "Nothing answers {} at this address; see /docs for what there is.",
            request.method()
        ))
        .error_response()
}

fn problem(status: StatusCode) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(status, "too-large", "The request is too large")
                .detail(largest(api::MAX_BODY))
        }
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            status,
            "wrong-method",
            "This address does not take that method",
        )
        .detail("See /docs for what it takes."),
        StatusCode::NOT_FOUND => Problem::not_found("page"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::wrong_type(api::ACCEPTED),
        _ => Problem::new(status, "unreadable", "The request could not be read"),
    }
}

fn largest(bytes: usize) -> String {
    format!("A body may have {} KiB.", bytes / 1024)
}

/// What a JSON body's error says, without what was sent.
fn plain(error: &JsonPayloadError) -> String {
    use JsonPayloadError as E;
    match error {
        E::Overflow { .. } | E::OverflowKnownLength { .. } => largest(OF_A_DESK),
        E::Deserialize(error) => format!(
            "The body does not fit at line {}, column {}; see /docs.",
            error.line(),
            error.column()
        ),
        _ => "The body broke off.".to_owned(),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the form that the framework calls"
)]
/// Every refusal says in the same form why; those that the framework makes are put into it here.
fn readable<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
) -> actix_web::Result<ErrorHandlerResponse<B>> {
    let has_words = response.headers().contains_key(header::CONTENT_TYPE)
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    if has_words {
        return Ok(ErrorHandlerResponse::Response(
            response.map_into_left_body(),
        ));
    }
    let status = response.status();
    let (request, _) = response.into_parts();
    let flow = request.app_data::<web::Data<Flow>>();
    // A person is shown the way on.
    let page = flow.filter(|_| status == StatusCode::NOT_FOUND);
    let page = page.and_then(|flow| public::mistyped(flow, &request));
    let response = page.unwrap_or_else(|| problem(status).error_response());
    Ok(ErrorHandlerResponse::Response(
        ServiceResponse::new(request, response).map_body(|_, body| EitherBody::right(body)),
    ))
}

/// The process answers.
#[get("/health/live")]
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// Which part is away. Without Redis the service goes on, only later on other nodes' desks; without
/// PostgreSQL it takes reports in as long as the spool has room, and is not ready where it has none.
/// An auditor that found something, or stopped, is told and keeps no report out.
#[get("/health/ready")]
async fn ready(flow: web::Data<Flow>, audit: web::Data<Audit>) -> HttpResponse {
    let (store, redis) = tokio::join!(
        tokio::time::timeout(Duration::from_secs(2), flow.store.ping()),
        tokio::time::timeout(Duration::from_secs(1), flow.queue.ping()),
    );
    let word = |ok: bool| if ok { "ok" } else { "away" };
    let store = matches!(store, Ok(Ok(())));
    let redis = matches!(redis, Ok(Ok(())));
    let keeps = flow.spool.as_ref().is_some_and(Spool::has_room);
    let audit = audit.word(flow.clock.now());
    let status = match (store, redis && audit.status != "stopped") {
        (true, true) => "ok",
        (true, false) => "degraded",
        _ if keeps => "spooling",
        _ => "away",
    };
    let depth = flow.spool.as_ref().map(Spool::depth);
    let body = json!({
        "status": status, "postgresql": word(store), "redis": word(redis), "spool": depth,
        "audit": audit,
        "pressed": flow.pressed().as_str(),
    });
    if store || keeps {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}

/// The figures, for Prometheus.
#[get("/metrics")]
async fn figures(figures: web::Data<Option<PrometheusHandle>>) -> HttpResponse {
    match figures.get_ref() {
        Some(handle) => HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4")
            .body(handle.render()),
        None => HttpResponse::NotFound().finish(),
    }
}
