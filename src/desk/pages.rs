//! The desk's pages, built once and carried in the binary.

use super::Tiles;
use actix_web::http::header;
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, get, web};
use rust_embed::RustEmbed;
use std::fmt::Write as _;

#[derive(RustEmbed)]
#[folder = "dashboards/dist"]
#[allow_missing = true]
struct Pages;

/// Scripts, styles and fonts from this service alone; map workers from a blob; tiles of the map from
/// the host that was set, if one was.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'{tiles}; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(desk).service(wall).service(asset);
}

#[get("/desk")]
async fn desk(tiles: web::Data<Tiles>) -> HttpResponse {
    page("desk.html", &tiles)
}

/// One page for the big screen.
#[get("/wall")]
async fn wall(tiles: web::Data<Tiles>) -> HttpResponse {
    page("wall.html", &tiles)
}

fn page(name: &str, tiles: &Tiles) -> HttpResponse {
    let host = tiles
        .origin
        .as_ref()
        .map_or_else(String::new, |host| format!(" {host}"));
    match Pages::get(name) {
        Some(page) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .insert_header((
                header::CONTENT_SECURITY_POLICY,
                POLICY.replace("{tiles}", &host),
            ))
            .body(page.data),
        None => HttpResponse::NotFound()
            .content_type("text/plain; charset=utf-8")
            .body("The desk was not built: run `npm ci && npm run build` in dashboards/, then build again."),
    }
}

/// Names of assets hold a hash of their content, so they may be kept for ever.
#[get("/assets/{name:.*}")]
async fn asset(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(file) = Pages::get(&format!("assets/{name}")) else {
        return HttpResponse::NotFound().finish();
    };
    let etag = header::EntityTag::new_strong(hex(&file.metadata.sha256_hash()[..8]));
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == etag.to_string().as_bytes());
    if known {
        return HttpResponse::NotModified().finish();
    }
    HttpResponse::Ok()
        .content_type(file.metadata.mimetype())
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header(header::ETag(etag))
        .body(file.data)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
