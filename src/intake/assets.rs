//! The style and the script of the public pages. No browser keeps them: that they were loaded would
//! tell that the page was open.

use super::form;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get};

#[get("/page/{name}")]
pub(crate) async fn asset(request: HttpRequest) -> HttpResponse {
    let Some(asset) = form::asset(request.path()) else {
        return HttpResponse::NotFound().finish();
    };
    let accepts = request.headers().get(header::ACCEPT_ENCODING);
    let takes_packed = accepts
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("gzip") && !value.contains("gzip;q=0"));
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept-Encoding"));
    if takes_packed {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
        return response.body(asset.packed.as_slice());
    }
    response.body(asset.body.as_str())
}
