//! Signing in and out, and who asks.
//!
//! The cookie is a random token; the store keeps its hash. Every request that changes something must
//! carry `X-Msaada: 1`, which another site's form cannot send.

use super::opening::Opening;
use super::{Sessions, browser, passwords, way_in};
use crate::attempts::{Address, Attempts, TooMany};
use crate::case::{Responder, Role, Sealed};
use crate::cookie::{NAME as COOKIE, token_hash};
use crate::flow::Flow;
use crate::problem::Problem;
use crate::store::StoreError;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::{Method, StatusCode};
use actix_web::{FromRequest, HttpRequest, HttpResponse, delete, get, post, put, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::future::Future;
use std::pin::Pin;

/// How long a wall stays signed in: nobody stands beside it to do it again.
const WALL: TimeDelta = TimeDelta::days(30);

/// A responder who is signed in; as an extractor, the gate of the desk. A wall does not pass.
#[derive(Debug, Clone)]
pub struct Signed(pub Responder);

/// A responder or a wall: the gate of what a big screen shows.
#[derive(Debug, Clone)]
pub(super) struct Watching(pub(super) Signed);

impl Watching {
    pub(super) fn is_wall(&self) -> bool {
        self.0.0.role == Role::Wall
    }
}

/// The same, who will listen for hours.
#[derive(Debug)]
pub(super) struct Listening(pub(super) Watching);

type Gate<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl FromRequest for Watching {
    type Error = Problem;
    type Future = Gate<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asks = Asks::of(request);
        Box::pin(async move { asks?.answer().await })
    }
}

impl FromRequest for Listening {
    type Error = Problem;
    type Future = Gate<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asks = Asks::of(request);
        let opening = request.app_data::<web::Data<Opening>>().cloned();
        Box::pin(async move {
            let opening = opening.ok_or_else(Problem::internal)?;
            let answer = opening.away(asks?.answer()).await;
            answer.ok_or_else(Problem::internal)?.map(Self)
        })
    }
}

/// Who asks whether she is signed in.
struct Asks {
    flow: Flow,
    token: [u8; 32],
}

impl Asks {
    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        ours(request)?;
        let flow = request.app_data::<web::Data<Flow>>();
        let flow = flow.ok_or_else(Problem::internal)?.get_ref().clone();
        let token = token_hash(request).ok_or_else(Problem::signed_out)?;
        Ok(Self { flow, token })
    }

    async fn answer(self) -> Result<Watching, Problem> {
        let Self { flow, token } = self;
        let responder = flow.store.session(&token, flow.clock.now()).await;
        let responder = responder.map_err(|error| super::refused::store(&error))?;
        let responder = responder.ok_or_else(Problem::signed_out)?;
        Ok(Watching(Signed(responder)))
    }
}

impl FromRequest for Signed {
    type Error = Problem;
    type Future = Gate<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let watching = Watching::from_request(request, payload);
        Box::pin(async move {
            let watching = watching.await?;
            if watching.is_wall() {
                return Err(Problem::not_allowed(
                    "This account is for a wall: it may only watch. Sign in as a responder.",
                ));
            }
            Ok(watching.0)
        })
    }
}

/// A request that changes something must come from our own pages or a program that means it.
fn ours(request: &HttpRequest) -> Result<(), Problem> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || request.headers().contains_key("X-Msaada") {
        Ok(())
    } else {
        Err(Problem::not_allowed(
            "Send the header X-Msaada: 1 with every request that changes something.",
        ))
    }
}

/// What a responder signs in with.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct SignIn {
    /// The address.
    email: String,
    /// The password.
    #[schema(value_type = String)]
    password: Sealed<String>,
    /// The word that a supervisor read out, where strangers' tries keep her out.
    way_in: Option<String>,
}

/// The responder who is signed in.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    id: uuid::Uuid,
    name: String,
    email: String,
    role: crate::case::Role,
    post: crate::case::Post,
    mission: crate::case::MissionCode,
    on_duty: bool,
    sees_all: bool,
}

impl From<&Responder> for Me {
    fn from(responder: &Responder) -> Self {
        Self {
            id: responder.id,
            name: responder.name.clone(),
            email: responder.email.clone(),
            role: responder.role,
            post: responder.post,
            mission: responder.mission.clone(),
            on_duty: responder.on_duty,
            sees_all: responder.sees_all(),
        }
    }
}

/// Signs in.
#[utoipa::path(responses(
    (status = 200, description = "Signed in; a cookie is set"),
    (status = 401, description = "Address or password is wrong", body = Problem),
    (status = 429, description = "Too many tries", body = Problem),
    (status = 503, description = "Too many people sign in at once; Retry-After says when", body = Problem),
))]
#[post("/api/v1/session")]
pub(crate) async fn sign_in(
    flow: web::Data<Flow>,
    sessions: web::Data<Sessions>,
    attempts: web::Data<Attempts>,
    request: HttpRequest,
    body: web::Json<SignIn>,
) -> Result<HttpResponse, Problem> {
    ours(&request)?;
    let now = flow.clock.now();
    let email: String = body.email.trim().to_lowercase();
    let email: String = email.chars().filter(|c| !c.is_control()).collect();
    let given = || way_in::ticket(&flow.mint, &email, body.way_in.as_deref()?, now);
    let known = browser::known(&request, &flow.mint, &email, now).or_else(given);
    let tried = match &known {
        Some(ticket) => attempts.password_in(ticket.as_bytes(), now),
        None => attempts.password(&email, Address::of(&request), now),
    };
    let mut tried = tried.map_err(too_many)?;
    let found = flow
        .store
        .responder_by_email(&email)
        .await
        .map_err(|error| super::refused::store(&error))?;
    let (responder, hash) = found.unzip();
    let turn = passwords::turn(known.is_none()).await.map_err(busy)?;
    tried.counts();
    let fits = turn.compare(body.into_inner().password, hash.flatten());
    let fits = fits.await.map_err(busy)?;
    let Some(responder) = responder.filter(|_| fits) else {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong-password",
            "Address or password is wrong",
        ));
    };
    tried.was_right();
    let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let length = match responder.role {
        Role::Wall => WALL.max(sessions.length),
        _ => sessions.length,
    };
    flow.store
        .begin_session(&hash, responder.id, now, now + length)
        .await
        .map_err(|error| super::refused::store(&error))?;
    tracing::info!(responder = %responder.id, "signed in");
    let cookie = Cookie::build(COOKIE, token)
        .path("/")
        .http_only(true)
        .secure(sessions.secure)
        .same_site(SameSite::Strict)
        .max_age(actix_web::cookie::time::Duration::seconds(
            length.num_seconds(),
        ))
        .finish();
    let remembered = browser::remember(&flow.mint, &email, &sessions, now);
    let mut response = HttpResponse::Ok();
    Ok(response.cookie(cookie).cookie(remembered).json(json!({
        "responder": Me::from(&responder),
        "server_time": now,
    })))
}

fn too_many(too_many: TooMany) -> Problem {
    let mut problem = Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-tries",
        "Too many tries to sign in with this address, or from here",
    )
    .detail(
        "Perhaps they are somebody else's. Wait fifteen minutes, use a browser in which you signed in \
         before, or ask a supervisor for the word that lets you in, and send it as way_in.",
    );
    problem.retry_after = Some(too_many.retry_after);
    problem
}

fn busy(_: passwords::Busy) -> Problem {
    let mut problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-busy",
        "Too many people sign in at this moment",
    )
    .detail("Try again in a few seconds.");
    problem.retry_after = Some(5);
    problem
}

/// Who is signed in.
#[utoipa::path(responses((status = 200, description = "The responder"), (status = 401, body = Problem)))]
#[get("/api/v1/session")]
pub(crate) async fn who(flow: web::Data<Flow>, watching: Watching) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "responder": Me::from(&watching.0.0),
        "server_time": flow.clock.now(),
    }))
}

/// Signs out.
#[utoipa::path(responses((status = 204, description = "Signed out")))]
#[delete("/api/v1/session")]
pub(crate) async fn sign_out(
    flow: web::Data<Flow>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    ours(&request)?;
    if let Some(token) = token_hash(&request) {
        flow.store
            .end_session(&token)
            .await
            .map_err(|error| super::refused::store(&error))?;
    }
    let mut gone = Cookie::new(COOKIE, "");
    gone.set_path("/");
    gone.make_removal();
    Ok(HttpResponse::NoContent().cookie(gone).finish())
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct Duty {
    on_duty: bool,
}

/// Goes on or off duty.
#[utoipa::path(responses((status = 200, body = Me), (status = 401, body = Problem)))]
#[put("/api/v1/session/duty")]
pub(crate) async fn duty(
    flow: web::Data<Flow>,
    signed: Signed,
    body: web::Json<Duty>,
) -> Result<HttpResponse, Problem> {
    let mut responder = signed.0;
    responder.on_duty = body.on_duty;
    let set = async {
        flow.store.set_duty(responder.id, body.on_duty).await?;
        flow.read_standing().await.map(|_| ())
    };
    set.await
        .map_err(|error: StoreError| super::refused::store(&error))?;
    tracing::info!(responder = %responder.id, on_duty = body.on_duty, "duty changed");
    Ok(HttpResponse::Ok().json(Me::from(&responder)))
}
