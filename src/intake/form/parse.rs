//! The fields of the pages, read into a report.
//!
//! A plea is never refused for a formality: what cannot be read is kept as written or looked past,
//! and only a page on which nothing at all was filled in is sent back.

use super::typed::Typed;
use super::{countries, questions};
use crate::case::{
    Channel, Contact, Details, Hours, Number, Point, Reference, Report, SafeContact, Sealed,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The longest message, in characters; what follows is cut, and who sent it is told. The page itself
/// stops at half of it.
pub const LONGEST_TEXT: usize = 20_000;
/// The longest other answer, in characters.
const ANSWER: usize = 1_000;
/// The radius of a position that came without one, in metres.
const RADIUS_M: u32 = 1_000;
/// Positions rougher than this say no more than the name of a country, in metres.
const RADIUS_MAX_M: u32 = 500_000;

/// Why a page is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormProblem {
    /// Nothing was filled in.
    #[error("nothing is filled in")]
    Empty,
    /// The reference is not one: a wrong length or a mistyped character.
    #[error("the reference is mistyped")]
    Reference,
}

/// Reads the page `/report`. `id` is taken where the page's own id is missing or unreadable.
///
/// # Errors
/// [`FormProblem::Empty`] where there is no word, no kind, no number, no place and no file.
pub fn parse(
    (fields, with_files): (&[(String, String)], bool),
    now: DateTime<Utc>,
    id: Uuid,
) -> Result<Report, FormProblem> {
    let typed = Typed::new(fields);
    let report = read(&typed, now, id);
    let empty = !with_files
        && report.text.expose().is_empty()
        && report.kind.is_none()
        && report.contact.is_none()
        && report.pin.is_none()
        && report.place_text.is_none();
    if empty {
        Err(FormProblem::Empty)
    } else {
        Ok(report)
    }
}

/// Somebody who came back with a reference and its code.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// The reference, which is well formed and may belong to nobody.
    pub reference: Reference,
    /// The code as typed, in capital letters without separators.
    pub code: Sealed<String>,
    /// What was added; none where the person only wants to see how it stands. `details.now` is
    /// `worse` or `safe` where one of them was chosen.
    pub adds: Option<Report>,
    /// A new choice of safe contact, for the number the case has.
    pub safe: Option<SafeContact>,
    /// The report that opened the case, where the page carried it.
    pub first: Option<Uuid>,
}

/// Reads the page `/track`, and the further questions of the receipt, which are sent there too.
///
/// # Errors
/// [`FormProblem::Reference`] where the reference is mistyped.
pub fn parse_visit(
    (fields, with_files): (&[(String, String)], bool),
    now: DateTime<Utc>,
    id: Uuid,
) -> Result<Visit, FormProblem> {
    let typed = Typed::new(fields);
    let written = typed.get("reference").chars().take(64).map(western);
    let reference = written
        .collect::<String>()
        .parse()
        .map_err(|_| FormProblem::Reference)?;
    let code = typed.get("code").chars().take(64).map(western);
    let code: String = code
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect();
    let report = read(&typed, now, id);
    let adds = !(report.contact.is_none()
        && report.text.expose().is_empty()
        && report.details.expose().is_empty()
        && report.subject.is_none()
        && report.pin.is_none()
        && report.place_text.is_none());
    Ok(Visit {
        reference,
        code: code.into(),
        adds: (adds || with_files).then_some(report),
        safe: typed.get("safe").parse().ok(),
        first: typed.get("first").parse().ok(),
    })
}

/// Whether a field means something to us on a visit.
pub(super) fn is_known(field: &str) -> bool {
    const OURS: [&str; 14] = [
        "kind",
        "for",
        "text",
        "place",
        "lat",
        "lon",
        "radius_m",
        "now",
        "safe",
        "number",
        "from_hour",
        "to_hour",
        "contact_note",
        "receipt",
    ];
    OURS.contains(&field)
        || questions::exists(field)
        || questions::SUBJECT.iter().any(|(asked, _)| *asked == field)
}

/// Whether a page has a field of this name that is no file.
#[must_use]
pub fn is_field(name: &str) -> bool {
    const BESIDE: [&str; 11] = [
        "id",
        "lang",
        "country",
        "reference",
        "code",
        "first",
        "website",
        "step",
        "do",
        "ask",
        "skip",
    ];
    is_known(name) || BESIDE.contains(&name)
}

fn read(typed: &Typed, now: DateTime<Utc>, id: Uuid) -> Report {
    Report {
        id: typed.id(id),
        channel: Channel::Web,
        provider_id: None,
        received_at: now,
        text: typed.cut("text", LONGEST_TEXT).unwrap_or_default().into(),
        carrier: None,
        contact: contact(typed),
        kind: typed.kind(),
        for_whom: typed.get("for").parse().ok(),
        lang: typed.get("lang").parse().ok(),
        pin: pin(typed),
        place_text: place(typed).map(Sealed::new),
        subject: answers(typed, |key| {
            questions::SUBJECT.iter().any(|(asked, _)| *asked == key)
        })
        .map(Sealed::new),
        details: details(typed).into(),
    }
}

/// Whether a number was typed that can be called.
#[must_use]
pub(super) fn can_be_dialled(typed: &Typed) -> bool {
    Number::read(typed.get("number")).dialable()
}

fn contact(typed: &Typed) -> Option<Contact> {
    let number = typed.get("number");
    let (from, to) = (typed.get("from_hour"), typed.get("to_hour"));
    let hours = || Hours::new(from.parse().ok()?, to.parse().ok()?).ok();
    let hours = hours();
    let mut safe = typed.get("safe").parse().unwrap_or(SafeContact::ReplyOnly);
    let mut note = typed.cut("contact_note", ANSWER);
    if hours.is_none() && !(from.is_empty() && to.is_empty()) {
        // Half of the hours says that there are some: nothing is sent by itself, and whoever reads on sees
        // what was chosen.
        if safe == SafeContact::Any {
            safe = SafeContact::ReplyOnly;
        }
        let chosen: String = format!("{from} – {to}").chars().take(20).collect();
        note = Some(note.map_or_else(|| chosen.clone(), |note| format!("{note} ({chosen})")));
    }
    (!number.is_empty()).then(|| Contact {
        number: Number::read(number),
        safe,
        hours,
        note: note.map(Sealed::new),
    })
}

/// The place in words; the country chosen stands behind it by its English name, so that "Deira" is
/// looked for where it is.
fn place(typed: &Typed) -> Option<String> {
    let country = typed.country();
    let country = country.map(|code| countries::english(code).unwrap_or(typed.get("country")));
    match (typed.cut("place", ANSWER), country) {
        (Some(place), Some(country)) => Some(format!("{place}, {country}")),
        (Some(place), None) => Some(place),
        (None, country) => country.map(str::to_owned),
    }
}

/// A position the browser read, where the person let it.
fn pin(typed: &Typed) -> Option<(Point, u32)> {
    let degrees = |name| typed.get(name).parse::<f64>().ok();
    let point = Point::new(degrees("lat")?, degrees("lon")?).ok()?;
    let radius = typed.get("radius_m").parse().unwrap_or(RADIUS_M);
    (radius <= RADIUS_MAX_M).then_some((point, radius.max(10)))
}

fn answers(typed: &Typed, asked: impl Fn(&str) -> bool) -> Option<Details> {
    let mut answers = Details::new();
    for (key, _) in typed.fields() {
        if asked(key)
            && let Some(answer) = typed.cut(key, ANSWER)
        {
            answers.insert(key.to_owned(), answer.into());
        }
    }
    (!answers.is_empty()).then_some(answers)
}

fn details(typed: &Typed) -> Details {
    let mut details = answers(typed, questions::exists).unwrap_or_default();
    if let Some(country) = typed.country() {
        details.insert("country".into(), country.as_str().into());
    }
    if let now @ ("worse" | "safe") = typed.get("now") {
        details.insert("now".into(), now.into());
    }
    if typed.get("number").is_empty()
        && let Some(note) = typed.cut("contact_note", ANSWER)
    {
        details.insert("contact_note".into(), note.into());
    }
    // She allows the reference to be texted: only together with a number that may be.
    if typed.is("receipt", "text") && !typed.get("number").is_empty() {
        details.insert("receipt".into(), "text".into());
    }
    // A field people do not see: who fills it in is perhaps a program. It is told, never refused,
    // since some browsers fill in fields by themselves.
    if !typed.get("website").is_empty() {
        details.insert("hidden_field_filled".into(), true.into());
    }
    details
}

/// A Western digit for an Arabic one.
fn western(c: char) -> char {
    c.to_digit(10)
        .or_else(|| match c {
            '\u{0660}'..='\u{0669}' => Some(c as u32 - 0x0660),
            '\u{06f0}'..='\u{06f9}' => Some(c as u32 - 0x06f0),
            _ => None,
        })
        .and_then(|digit| char::from_digit(digit, 10))
        .unwrap_or(c)
}

#[cfg(test)]
mod tests;
