//! The desk: what a responder sees and does.
//!
//! Everything here needs a session; that of a wall opens only what a big screen shows. A responder sees the cases of her mission, the response centre
//! sees all; every read of a case is on record, not only every change. What leaves unasked is a
//! [`Card`](crate::case::Card); names, numbers and words leave only for the one who opened the case.

mod area;
mod attachments;
pub mod beats;
mod browser;
mod calls;
mod cases;
mod detail;
mod finding;
mod frames;
mod line;
mod map;
mod map_question;
pub mod opening;
mod pages;
pub mod passwords;
pub mod pieces;
mod places;
mod refused;
mod seat;
mod session;
mod shift;
mod socket;
mod watch;
pub mod way_in;

use actix_web::web::ServiceConfig;
pub use session::Signed;

/// How sessions are kept.
#[derive(Debug, Clone, Copy)]
pub struct Sessions {
    /// How long one lasts.
    pub length: chrono::TimeDelta,
    /// Whether the cookie is for HTTPS only.
    pub secure: bool,
}

/// Tiles or a style that are laid under the crisis map.
#[derive(Debug, Clone, Default)]
pub struct Tiles {
    /// Their address, with places for a tile's number; none where the map carries itself.
    pub url: Option<String>,
    /// The address of a style to draw on instead.
    pub style: Option<String>,
    /// The host they come from: the only one besides ours that a page may ask.
    pub origin: Option<String>,
    /// Who is named for them.
    pub attribution: String,
}

/// The desk's routes that are described in the OpenAPI document.
pub fn api(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(session::sign_in)
        .service(session::who)
        .service(session::sign_out)
        .service(session::duty)
        .service(way_in::give)
        .service(finding::chosen)
        .service(finding::choose)
        .service(finding::named)
        .service(cases::list)
        .service(cases::one)
        .service(cases::older)
        .service(cases::exact_place)
        .service(cases::act)
        .service(cases::next)
        .service(places::missions)
        .service(places::gazetteer)
        .service(map::map)
        .service(map::tiles)
        .service(area::area)
        .service(calls::call)
        .service(shift::colleagues)
        .service(shift::list)
        .service(shift::give)
        .service(shift::confirm)
        .service(watch::watch)
        .service(attachments::attach)
        .service(attachments::read);
}

/// The feed and the pages.
pub fn routes(config: &mut ServiceConfig) {
    config.service(socket::feed).configure(pages::routes);
}
