//! A gateway that takes every text at once and notes when it saw it: a process of its own.

use crate::bench::NotRun;
use crate::clock::Clock;
use actix_web::dev::HttpServiceFactory;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What numbers begin with whose texts are noted one by one.
pub(super) const NOTED: &str = "+1999";

/// Takes every text at once (started by the bench itself).
#[derive(Debug, clap::Args)]
pub(in crate::bench) struct Args {
    /// Address and port to listen on
    #[arg(long)]
    listen: String,
}

/// What it saw.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Seen {
    /// Texts.
    pub count: u64,
    /// When the first one came, in microseconds of the epoch.
    pub first_us: i64,
    /// And the last one.
    pub last_us: i64,
    /// When each came that is noted, by its number.
    pub noted: HashMap<String, i64>,
}

impl Seen {
    /// Texts a second, from the first to the last.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    pub(super) fn rate(&self) -> f64 {
        (self.count.saturating_sub(1)) as f64 * 1e6 / (self.last_us - self.first_us) as f64
    }
}

struct Gateway {
    clock: Clock,
    seen: Mutex<Seen>,
}

impl Gateway {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Args {
    /// Serves until it is stopped.
    pub(in crate::bench) async fn serve(&self, clock: Clock) -> Result<(), NotRun> {
        let gateway = web::Data::new(Gateway {
            clock,
            seen: Mutex::default(),
        });
        HttpServer::new(move || App::new().app_data(gateway.clone()).service(routes()))
            .workers(1)
            .bind(&self.listen)?
            .run()
            .await?;
        Ok(())
    }
}

fn routes() -> impl HttpServiceFactory {
    web::scope("")
        .route("/seen", web::get().to(tell))
        .route("/seen", web::delete().to(forget))
        .default_service(web::post().to(take))
}

async fn take(gateway: web::Data<Gateway>, body: web::Bytes) -> HttpResponse {
    let now = gateway.clock.now().timestamp_micros();
    let number = {
        let mut seen = gateway.seen();
        seen.count += 1;
        seen.last_us = now;
        if seen.count == 1 {
            seen.first_us = now;
        }
        if let Some(to) = noted(&body) {
            seen.noted.entry(to).or_insert(now);
        }
        seen.count
    };
    let salt = now.unsigned_abs();
    HttpResponse::Created()
        .content_type("application/json")
        .body(format!(
            r#"{{"sid":"SM{salt:016x}{number:016x}","status":"queued","num_segments":"1","error_code":null}}"#
        ))
}

/// The number, where the text is one that is noted. `To` is the first field of the form.
fn noted(body: &[u8]) -> Option<String> {
    let to = std::str::from_utf8(body).ok()?.strip_prefix("To=%2B")?;
    let to = format!("+{}", to.split('&').next()?);
    to.starts_with(NOTED).then_some(to)
}

async fn tell(gateway: web::Data<Gateway>) -> HttpResponse {
    let seen = gateway.seen().clone();
    HttpResponse::Ok().json(seen)
}

async fn forget(gateway: web::Data<Gateway>) -> HttpResponse {
    *gateway.seen() = Seen::default();
    HttpResponse::NoContent().finish()
}
