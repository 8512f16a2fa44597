//! A message from a phone becomes a report.
//!
//! Nothing that could be a plea is refused: only a message without its provider's id, which could
//! be neither told apart from its own repetition nor asked for again. Fields that are new or odd are
//! passed over; what is too long is kept. A carrier's word (`STOP`) is noticed, and is a report all
//! the same: it says "do not text me", and never closes a case.

use super::{Form, field};
use crate::case::{Carrier, Channel, Contact, Details, Number, Point, Report, SafeContact, Sealed};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The radius of a position shared from a phone, in metres. A phone indoors is seldom better.
pub const PIN_RADIUS_M: u32 = 100;
/// The most media links kept of one message; the provider sends at most ten.
const MAX_MEDIA: usize = 10;
/// The longest link, name or type kept, in characters.
const MAX_CHARS: usize = 2_048;

/// A message as it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    /// The report.
    pub report: Report,
    /// Which of our numbers was written to: the one an answer should come from.
    pub to: Option<Number>,
}

/// Why a message cannot be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No id.
    #[error("MessageSid is missing: send the provider's id of the message")]
    NoSid,
    /// An id of another form.
    #[error("MessageSid must be SM or MM followed by 32 hexadecimal digits")]
    BadSid,
}

/// Reads the form of an inbound message.
///
/// # Errors
/// [`Refused`] where the provider's id is missing or malformed.
pub fn read(form: &Form, now: DateTime<Utc>) -> Result<Inbound, Refused> {
    let sid = field(form, "MessageSid").ok_or(Refused::NoSid)?;
    if !is_message_sid(&sid) {
        return Err(Refused::BadSid);
    }
    let text = field(form, "Body").unwrap_or_default();
    let from = field(form, "From").filter(|from| !from.trim().is_empty());
    let whatsapp = from.as_deref().is_some_and(|f| bare(f).1);
    let report = Report {
        id: report_id(&sid),
        channel: if whatsapp {
            Channel::Whatsapp
        } else {
            Channel::Sms
        },
        provider_id: Some(sid),
        received_at: now,
        contact: from.map(|from| Contact {
            number: Number::read(bare(&from).0),
            safe: SafeContact::ReplyOnly,
            hours: None,
            note: None,
        }),
        kind: None,
        for_whom: None,
        lang: None,
        pin: pin(form).map(|point| (point, PIN_RADIUS_M)),
        place_text: place_text(form).map(Sealed::new),
        subject: None,
        details: Sealed::new(details(form)),
        carrier: carrier(form, &text),
        text: text.into(),
    };
    Ok(Inbound {
        report,
        to: field(form, "To").map(|to| Number::read(bare(&to).0)),
    })
}

/// The id of the report a message becomes: the same on every node and at every repetition.
#[must_use]
pub fn report_id(sid: &str) -> Uuid {
    let hash = Sha256::new()
        .chain_update(b"msaada report of twilio message ")
        .chain_update(sid.as_bytes())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Whether this is an id of a message: `SM` or `MM` and 32 hexadecimal digits.
#[must_use]
pub fn is_message_sid(sid: &str) -> bool {
    sid.strip_prefix("SM")
        .or_else(|| sid.strip_prefix("MM"))
        .is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// An address without its scheme, and whether the scheme was WhatsApp's.
fn bare(address: &str) -> (&str, bool) {
    let address = address.trim();
    match address.split_at_checked("whatsapp:".len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("whatsapp:") => (rest, true),
        _ => (address, false),
    }
}

fn pin(form: &Form) -> Option<Point> {
    let degrees = |name| field(form, name)?.trim().parse::<f64>().ok();
    let (lat, lon) = (degrees("Latitude")?, degrees("Longitude")?);
    // A phone without a fix shares zero, zero: a spot in the Atlantic.
    if lat == 0.0 && lon == 0.0 {
        return None;
    }
    Point::new(lat, lon).ok()
}

fn place_text(form: &Form) -> Option<String> {
    let named: Vec<String> = ["Label", "Address"]
        .into_iter()
        .filter_map(|name| field(form, name))
        .map(|words| clipped(words.trim()))
        .filter(|words| !words.is_empty())
        .collect();
    (!named.is_empty()).then(|| named.join(", "))
}

fn details(form: &Form) -> Details {
    let mut details = Details::new();
    if let Some(name) = field(form, "ProfileName").filter(|name| !name.trim().is_empty()) {
        details.insert("profile_name".into(), clipped(name.trim()).into());
    }
    let media: Vec<Value> = (0..MAX_MEDIA)
        .map_while(|n| {
            let url = field(form, &format!("MediaUrl{n}"))?;
            let sort = field(form, &format!("MediaContentType{n}")).unwrap_or_default();
            Some(json!({"url": clipped(&url), "type": clipped(&sort)}))
        })
        .collect();
    if !media.is_empty() {
        details.insert("media".into(), media.into());
    }
    details
}

fn clipped(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}

/// A carrier's word. `STOP` is heard with a full stop or an exclamation mark too, where carriers
/// would not: not texting somebody who asked for it is the safe mistake. `START` is heard exactly.
fn carrier(form: &Form, body: &str) -> Option<Carrier> {
    match field(form, "OptOutType").as_deref() {
        Some("STOP") => return Some(Carrier::Stop),
        Some("START") => return Some(Carrier::Start),
        _ => {}
    }
    let word = body.trim();
    let is_in = |word: &str, family: &[&str]| family.iter().any(|w| word.eq_ignore_ascii_case(w));
    let unpointed = word.trim_matches(|c: char| c.is_ascii_punctuation() || c.is_whitespace());
    if is_in(unpointed, STOP) {
        Some(Carrier::Stop)
    } else if is_in(word, START) {
        Some(Carrier::Start)
    } else {
        None
    }
}

/// The words with which carriers stop texts to a number.
pub const STOP: &[&str] = &[
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
];
/// The words with which carriers let them through again.
pub const START: &[&str] = &["START", "YES", "UNSTOP"];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SID: &str = "SM00000000000000000000000000000001";

    fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        std::iter::once(&("MessageSid", SID))
            .chain(pairs)
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    fn read_all(pairs: &[(&str, &str)]) -> Inbound {
        read(&form(pairs), DateTime::UNIX_EPOCH).expect("a message")
    }

    #[test]
    fn a_text_becomes_a_report_with_its_words_unchanged() {
        let text = "nisaidie, niko Deira 😢 madam amenifungia ndani";
        let inbound = read_all(&[
            ("From", "+971501234567"),
            ("To", "+254700000001"),
            ("Body", text),
            ("NumMedia", "0"),
            ("FromCountry", "AE"),
            ("SomethingNew", "from next year"),
        ]);
        let report = inbound.report;
        assert_eq!(report.text.expose(), text);
        assert_eq!(report.channel, Channel::Sms);
        assert_eq!(report.provider_id.as_deref(), Some(SID));
        let contact = report.contact.expect("a sender");
        assert_eq!(contact.number.expose(), "+971501234567");
        assert_eq!(contact.safe, SafeContact::ReplyOnly);
        assert_eq!((report.pin, report.carrier), (None, None));
        assert_eq!(inbound.to.expect("our number").expose(), "+254700000001");
    }

    #[test]
    fn a_whatsapp_location_becomes_a_pin() {
        let inbound = read_all(&[
            ("From", "whatsapp:+254711000222"),
            ("Latitude", "25.2711"),
            ("Longitude", "55.3075"),
            ("Label", "Deira Clock Tower"),
            ("Address", "Al Maktoum Rd, Dubai"),
            ("ProfileName", "Rose"),
        ]);
        let report = inbound.report;
        assert_eq!(report.channel, Channel::Whatsapp);
        assert_eq!(
            report.contact.expect("a sender").number.expose(),
            "+254711000222"
        );
        let (point, radius) = report.pin.expect("a pin");
        assert!((point.lat() - 25.2711).abs() < 1e-9 && (point.lon() - 55.3075).abs() < 1e-9);
        assert_eq!(radius, PIN_RADIUS_M);
        assert_eq!(
            report.place_text.expect("words").expose(),
            "Deira Clock Tower, Al Maktoum Rd, Dubai"
        );
        assert_eq!(report.details.expose()["profile_name"], "Rose");
        assert!(!format!("{:?}", report.details).contains("Rose"));
    }

    #[test]
    fn a_position_that_is_none_is_passed_over() {
        for (lat, lon) in [("0", "0.0"), ("95", "20"), ("NaN", "1"), ("north", "1")] {
            let inbound = read_all(&[("Latitude", lat), ("Longitude", lon)]);
            assert_eq!(inbound.report.pin, None, "{lat} {lon}");
        }
        assert_eq!(read_all(&[("Latitude", "25.2")]).report.pin, None);
    }

    #[test]
    fn pictures_are_noted_and_not_fetched() {
        let inbound = read_all(&[
            ("NumMedia", "2"),
            ("MediaUrl0", "https://api.twilio.com/x/1"),
            ("MediaContentType0", "image/jpeg"),
            ("MediaUrl1", "https://api.twilio.com/x/2"),
        ]);
        let media = inbound.report.details.expose()["media"].clone();
        assert_eq!(media[0]["type"], "image/jpeg");
        assert_eq!(media[1]["url"], "https://api.twilio.com/x/2");
    }

    #[test]
    fn the_same_message_is_the_same_report_on_every_node() {
        assert_eq!(report_id(SID), report_id(SID));
        assert_eq!(
            report_id(SID).to_string(),
            "a11155c5-dbd6-83ed-a733-d926c0c01297"
        );
        assert_ne!(
            report_id(SID),
            report_id("MM00000000000000000000000000000001")
        );
    }

    #[test]
    fn stop_is_heard_however_it_is_written_and_start_only_as_carriers_hear_it() {
        for body in ["STOP", "stop", " Stop. ", "unsubscribe!", "Quit", "END"] {
            assert_eq!(
                read_all(&[("Body", body)]).report.carrier,
                Some(Carrier::Stop),
                "{body}"
            );
        }
        for body in ["START", "yes", " Unstop "] {
            assert_eq!(
                read_all(&[("Body", body)]).report.carrier,
                Some(Carrier::Start),
                "{body}"
            );
        }
        for body in [
            "HELP",
            "please stop him",
            "yes!",
            "the end of my strength",
            "",
        ] {
            assert_eq!(read_all(&[("Body", body)]).report.carrier, None, "{body}");
        }
        let told = read_all(&[("Body", "arrêt"), ("OptOutType", "STOP")]);
        assert_eq!(told.report.carrier, Some(Carrier::Stop));
    }

    #[test]
    fn only_a_message_without_its_id_is_refused() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(read(&[], now), Err(Refused::NoSid));
        for sid in [
            "",
            "SM1",
            "XX00000000000000000000000000000001",
            "SM0000000000000000000000000000000g",
        ] {
            let form = [("MessageSid".to_owned(), sid.to_owned())];
            assert_eq!(read(&form, now), Err(Refused::BadSid), "{sid}");
        }
        assert!(read_all(&[]).report.contact.is_none());
        assert_eq!(
            read_all(&[("Body", &"a".repeat(5_000))])
                .report
                .text
                .expose()
                .len(),
            5_000
        );
    }

    #[test]
    fn a_sender_that_is_no_number_is_kept_as_written() {
        let contact = read_all(&[("From", "MyShop")])
            .report
            .contact
            .expect("a sender");
        assert_eq!(contact.number.expose(), "MyShop");
        assert!(!contact.number.dialable());
    }

    proptest! {
        #[test]
        fn nothing_a_phone_sends_makes_it_stumble(
            body in any::<String>(), from in any::<String>(), lat in ".{0,12}", label in any::<String>(),
        ) {
            let inbound = read_all(&[
                ("Body", &body), ("From", &from), ("Latitude", &lat), ("Longitude", "1"), ("Label", &label),
            ]);
            prop_assert_eq!(inbound.report.text.expose(), &body.replace('\0', "\u{fffd}"));
        }
    }
}
