//! Switches for tests: faults, and forgetting everything.

use super::faults::Faults;
use super::network::Network;
use actix_web::{HttpResponse, web};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/control/faults", web::get().to(faults))
        .route("/control/faults", web::post().to(misbehave))
        .route("/control/reset", web::post().to(reset));
}

async fn faults(network: web::Data<Network>) -> HttpResponse {
    HttpResponse::Ok().json(network.faults())
}

async fn misbehave(network: web::Data<Network>, faults: web::Json<Faults>) -> HttpResponse {
    network.misbehave(faults.into_inner());
    HttpResponse::Ok().json(network.faults())
}

async fn reset(network: web::Data<Network>) -> HttpResponse {
    network.reset();
    HttpResponse::NoContent().finish()
}
