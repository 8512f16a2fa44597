//! The yardstick of the feed: a bare actix-ws server that sends what is posted to `/say` to every
//! socket of `/feed`, and knows nothing of cases, sessions or missions.

use crate::bench::NotRun;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt, web};
use bytestring::ByteString;
use futures_util::StreamExt;
use std::net::SocketAddr;
use tokio::sync::broadcast;

type Desks = broadcast::Sender<ByteString>;

/// The yardstick of the feed.
#[derive(Debug, clap::Args)]
pub(in crate::bench) struct Args {
    /// Where it listens
    #[arg(long)]
    listen: SocketAddr,
}

impl Args {
    /// Serves until it is killed.
    pub(in crate::bench) async fn serve(&self) -> Result<(), NotRun> {
        let (desks, _) = broadcast::channel::<ByteString>(4_096);
        let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(desks.clone()))
                .route("/feed", web::get().to(feed))
                .route("/say", web::post().to(say))
        })
        .workers(workers)
        .max_connections(15_000)
        .tcp_nodelay(true)
        .bind(self.listen)?
        .run()
        .await?;
        Ok(())
    }
}

async fn feed(
    desks: web::Data<Desks>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let (response, mut session, mut messages) = actix_ws::handle(&request, payload)?;
    let mut heard = desks.subscribe();
    rt::spawn(async move {
        loop {
            tokio::select! {
                text = heard.recv() => {
                    let Ok(text) = text else { return };
                    if session.text(text).await.is_err() { return }
                }
                message = messages.next() => if message.is_none() { return },
            }
        }
    });
    Ok(response)
}

async fn say(desks: web::Data<Desks>, body: web::Bytes) -> HttpResponse {
    let Ok(text) = ByteString::try_from(body) else {
        return HttpResponse::BadRequest().finish();
    };
    let _ = desks.send(text);
    HttpResponse::Created().finish()
}
