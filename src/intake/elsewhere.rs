//! What an address may fill in, and whether a page of somebody else's sent what came, as far as the
//! browser tells.
//!
//! Another site can have a browser send our form with answers that the person never sees, such as a
//! number to answer to. What it sends is taken in like anything else, since a plea is never refused
//! for how it came; but no page that goes on from it is shown, or what she types next would go out
//! with those answers. It must never keep out a browser that says nothing about where a page is from.

use super::form::{self, Typed};
use crate::case::{Country, Lang};
use actix_web::http::header;
use actix_web::{HttpRequest, web};

/// All that is taken of an address.
#[derive(serde::Deserialize)]
struct OfAddress {
    lang: Option<String>,
    country: Option<String>,
}

/// The language to show: the one chosen in the address or sent along, or what the browser prefers.
pub(super) fn lang_of(request: &HttpRequest, typed: &Typed) -> Lang {
    let asked = web::Query::<OfAddress>::from_query(request.query_string())
        .ok()
        .and_then(|asked| asked.into_inner().lang)
        .or_else(|| Some(typed.get("lang").to_owned()).filter(|lang| !lang.is_empty()));
    let accepted = request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    form::language(asked.as_deref(), accepted)
}

/// The country that an address names.
pub(super) fn country_of(request: &HttpRequest) -> Option<Country> {
    web::Query::<OfAddress>::from_query(request.query_string())
        .ok()?
        .country
        .as_deref()?
        .parse()
        .ok()
}

/// A form as an address or another site's page may fill it in: with the country in plain view and
/// nothing else, for what a form carries unseen would be sent with her words.
pub(super) fn filled(country: Option<Country>) -> Typed {
    let country = country.map(|country| ("country".to_owned(), country.to_string()));
    Typed::new(country.as_slice())
}

/// Whether the browser says that another site's page sent this. Old ones say nothing, and where no
/// address may be told they say `null`: then it is taken for ours.
pub(super) fn from_elsewhere(request: &HttpRequest, public_url: &str) -> bool {
    let said = |name: &str| request.headers().get(name)?.to_str().ok();
    match said("Sec-Fetch-Site") {
        Some("cross-site") => return true,
        Some("same-origin" | "none") => return false,
        _ => {}
    }
    let Some(origin) = said("Origin").filter(|origin| *origin != "null") else {
        return false;
    };
    let origin = host(origin);
    origin != host(public_url) && said("Host") != Some(origin)
}

/// The host of a URL, with its port where it has one.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn elsewhere(headers: &[(&'static str, &'static str)]) -> bool {
        let mut request = TestRequest::post().uri("/report");
        for header in headers {
            request = request.insert_header(*header);
        }
        from_elsewhere(&request.to_http_request(), "https://help.example/")
    }

    #[test]
    fn a_page_of_another_site_is_told_from_ours_and_silence_counts_as_ours() {
        let ours = [
            &[][..],
            &[("Origin", "null")],
            &[("Origin", "https://help.example")],
            &[
                ("Host", "10.0.0.1:8080"),
                ("Origin", "http://10.0.0.1:8080"),
            ],
            &[("Sec-Fetch-Site", "same-origin"), ("Origin", "null")],
            &[("Sec-Fetch-Site", "none")],
        ];
        for headers in ours {
            assert!(!elsewhere(headers), "{headers:?}");
        }
        let others = [
            &[("Sec-Fetch-Site", "cross-site")][..],
            &[("Sec-Fetch-Site", "cross-site"), ("Origin", "null")],
            &[("Origin", "https://evil.example")],
            &[("Origin", "https://help.example.evil.example")],
            &[("Origin", "https://evil.example"), ("Host", "help.example")],
            &[
                ("Sec-Fetch-Site", "same-site"),
                ("Origin", "https://blog.example"),
            ],
        ];
        for headers in others {
            assert!(elsewhere(headers), "{headers:?}");
        }
    }
}
