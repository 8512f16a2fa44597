//! What programs call the fields of a report, and whether a value fits one.

use super::{MAX_ANSWER, MAX_TEXT};
use crate::case::{ForWhom, Kind, Lang, SafeContact};
use serde_json::Value;

// Without capitals and what stands between words.
pub(super) const TEXT: [&str; 8] = [
    "text",
    "message",
    "messagetext",
    "msg",
    "body",
    "content",
    "description",
    "report",
];
pub(super) const PHONE: [&str; 12] = [
    "phone",
    "phonenumber",
    "number",
    "mobile",
    "mobilenumber",
    "cell",
    "tel",
    "telephone",
    "msisdn",
    "whatsapp",
    "contactphone",
    "callerid",
];
pub(super) const PLACE: [&str; 5] = ["place", "location", "position", "address", "where"];
pub(super) const LAT: [&str; 2] = ["lat", "latitude"];
pub(super) const LON: [&str; 4] = ["lon", "lng", "long", "longitude"];
pub(super) const SAFE: [&str; 2] = ["safe", "safecontact"];
pub(super) const PLACE_TEXT: [&str; 6] =
    ["text", "name", "address", "description", "label", "place"];

/// What has fewer digits is no telephone number.
pub(super) const FEWEST_DIGITS: usize = 5;
/// A name without capitals and what stands between words.
pub(super) fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Whether a value is one that this field takes.
pub(super) fn fits(path: &str, value: &Value) -> bool {
    let words = |most: usize| {
        let text = value.as_str().map(str::trim);
        text.is_some_and(|text| !text.is_empty() && text.chars().count() <= most)
    };
    let text = value.as_str().unwrap_or_default();
    match path {
        "text" => words(MAX_TEXT),
        "kind" => text.parse::<Kind>().is_ok(),
        "for" => text.parse::<ForWhom>().is_ok(),
        "lang" => text.parse::<Lang>().is_ok(),
        "contact.safe" => text.parse::<SafeContact>().is_ok(),
        "contact.phone" => {
            let digits =
                |text: &str| text.chars().filter(|c| c.is_numeric()).count() >= FEWEST_DIGITS;
            words(MAX_ANSWER) && digits(text) || value.is_number() && digits(&value.to_string())
        }
        "contact" | "place" => value.is_object(),
        _ => words(MAX_ANSWER),
    }
}

/// Which field is meant by a name beside the fields of a report.
pub(super) fn meant(name: &str) -> &'static [&'static str] {
    let is_in = |names: &[&str]| names.contains(&name);
    match name {
        _ if is_in(&TEXT) => &["text"],
        _ if is_in(&PHONE) => &["contact.phone"],
        _ if is_in(&SAFE) => &["contact.safe"],
        _ if is_in(&PLACE) => &["place", "place.text"],
        "contact" | "caller" | "sender" | "reporter" => &["contact", "contact.phone"],
        "kind" | "type" | "category" => &["kind"],
        "for" | "forwhom" => &["for"],
        "lang" | "language" => &["lang"],
        _ => &[],
    }
}
