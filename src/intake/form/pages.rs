//! The pages as text. Each says in its view what it needs; the templates only lay it out.

use super::assets::{CSS, JS};
use super::countries::{self, Numbers};
use super::notice::Notice;
use super::parse;
use super::questions::{Answer, Question};
use super::steps::Step;
use super::typed::Typed;
use super::words::{LANGUAGES, Words};
use crate::case::{Country, Kind, Lang, Reference, SafeContact};
use askama::Template;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What every page needs.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Its language.
    pub lang: Lang,
    /// The neutral site that the way out leads to.
    pub exit: &'a str,
}

/// What all templates share.
pub(super) struct Frame<'a> {
    pub(super) words: &'static Words,
    pub(super) lang: &'static str,
    /// The page's own address, for the choice of language.
    pub(super) path: &'static str,
    pub(super) languages: Vec<(&'static str, &'static str)>,
    pub(super) exit: &'a str,
    pub(super) css: &'static str,
    pub(super) js: &'static str,
    pub(super) notice: Option<(&'static str, &'static str)>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(page: Page<'a>, path: &'static str, notice: Option<Notice>) -> Self {
        let words = Words::of(page.lang);
        Self {
            words,
            lang: page.lang.answer().as_str(),
            path,
            languages: LANGUAGES
                .iter()
                .map(|lang| (lang.as_str(), Words::of(*lang).own_name.as_str()))
                .collect(),
            exit: page.exit,
            css: &CSS.path,
            js: &JS.path,
            notice: notice.map(|notice| {
                let class = if notice == Notice::Added {
                    "good"
                } else {
                    "bad"
                };
                (class, notice.text(words))
            }),
        }
    }
}

/// The box on what to do in danger.
struct Danger<'a> {
    countries: &'a [(&'static str, &'static str)],
    chosen: &'a str,
    /// The numbers of the chosen country; empty where none are known.
    lines: Option<Vec<(String, String)>>,
}

impl<'a> Danger<'a> {
    fn new(
        words: &'static Words,
        countries: &'a [(&'static str, &'static str)],
        chosen: Option<&'a Country>,
        numbers: impl Fn(Country) -> Option<Numbers>,
    ) -> Self {
        let lines = chosen.map(|country| {
            let numbers = numbers(*country).unwrap_or_default();
            let lines = numbers.lines(words).into_iter();
            lines
                .map(|(label, number)| (label, number.to_owned()))
                .collect()
        });
        Self {
            countries,
            chosen: chosen.map_or("", |country| country.as_str()),
            lines,
        }
    }
}

#[derive(Template)]
#[template(path = "front.html", config = ".askama.toml")]
struct FrontView<'a> {
    f: Frame<'a>,
    d: Danger<'a>,
}

/// The front door. `country` is the one chosen for its emergency numbers.
#[must_use]
pub fn render_front(
    page: Page<'_>,
    country: Option<Country>,
    numbers: impl Fn(Country) -> Option<Numbers>,
) -> String {
    let frame = Frame::new(page, "/", None);
    let offered = countries::offered(page.lang);
    let danger = Danger::new(frame.words, &offered, country.as_ref(), numbers);
    text(&FrontView {
        f: frame,
        d: danger,
    })
}

#[derive(Template)]
#[template(path = "form.html", config = ".askama.toml")]
struct FormView<'a> {
    f: Frame<'a>,
    d: Danger<'a>,
    t: &'a Typed,
    id: String,
    kinds: Vec<(&'static str, &'static str)>,
    /// What was sent and has no field on this page: carried along, so that nothing is lost.
    kept: Vec<(&'a str, &'a str)>,
}

/// The form, with what was typed. `id` names this showing of the page, unless one was sent along.
#[must_use]
pub fn render_form(
    page: Page<'_>,
    typed: &Typed,
    notice: Option<Notice>,
    id: Uuid,
    numbers: impl Fn(Country) -> Option<Numbers>,
) -> String {
    let frame = Frame::new(page, "/report", notice);
    let words = frame.words;
    let offered = countries::offered(page.lang);
    let country = typed.country();
    let shown = typed.get("id").parse().unwrap_or(id);
    let fields = ["id", "lang", "text", "kind", "for", "country"];
    text(&FormView {
        d: Danger::new(words, &offered, country.as_ref(), numbers),
        t: typed,
        id: shown.to_string(),
        kinds: kinds(words),
        kept: kept(typed, &fields),
        f: frame,
    })
}

/// Fields that mean something to us and are not among those that a page shows.
fn kept<'a>(typed: &'a Typed, shown: &[&str]) -> Vec<(&'a str, &'a str)> {
    typed
        .fields()
        .filter(|(field, value)| {
            !value.is_empty() && !shown.contains(field) && parse::is_known(field)
        })
        .collect()
}

/// The hours of a day.
pub(super) fn hours() -> Vec<String> {
    (0..24).map(|hour| hour.to_string()).collect()
}

fn kinds(words: &'static Words) -> Vec<(&'static str, &'static str)> {
    let label = |kind: Kind| match kind {
        Kind::Distress => &words.kind_distress,
        Kind::Medical => &words.kind_medical,
        Kind::Detention => &words.kind_detention,
        Kind::LostDocuments => &words.kind_lost_documents,
        Kind::MissingPerson => &words.kind_missing_person,
        Kind::Death => &words.kind_death,
    };
    let known = Kind::ALL
        .iter()
        .map(|kind| (kind.as_str(), label(*kind).as_str()));
    known.chain([("", words.kind_unknown.as_str())]).collect()
}

/// The choices of safe contact. "Never" is not among them: "I will come back" says the same and
/// keeps the way open.
pub(super) fn safes(words: &'static Words) -> Vec<(&'static str, &'static str)> {
    vec![
        (SafeContact::Any.as_str(), &words.safe_any),
        (SafeContact::ReplyOnly.as_str(), &words.safe_reply_only),
        (
            SafeContact::IWillContactYou.as_str(),
            &words.safe_i_will_contact_you,
        ),
    ]
}

/// The proof that a report arrived.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Its reference.
    pub reference: Reference,
    /// Its code.
    pub code: String,
    /// The id of the report.
    pub first: Uuid,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// How the person may be contacted; none where no number was given.
    pub safe: Option<SafeContact>,
    /// The kind that was chosen, for its further questions.
    pub kind: Option<Kind>,
    /// The country that was chosen.
    pub country: Option<Country>,
}

/// A question as a page asks it.
pub(super) struct Asked {
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) lines: bool,
    pub(super) yes_no: bool,
}

impl Asked {
    pub(super) fn of((key, answer): &Question, words: &'static Words) -> Self {
        Self {
            key,
            label: words.question(key),
            lines: *answer == Answer::Lines,
            yes_no: *answer == Answer::YesNo,
        }
    }
}

#[derive(Template)]
#[template(path = "receipt.html", config = ".askama.toml")]
struct ReceiptView<'a> {
    f: Frame<'a>,
    reference: &'a str,
    code: &'a str,
    at: String,
    next: &'static str,
    /// Nothing more is asked.
    done: bool,
    carried: Vec<(&'static str, &'a str)>,
}

/// The receipt, from which further questions are asked: from `next` on, one thing on each page.
#[must_use]
pub fn render_receipt(
    page: Page<'_>,
    receipt: &Receipt,
    next: Option<Step>,
    notice: Option<Notice>,
) -> String {
    let frame = Frame::new(page, "/report", notice);
    let words = frame.words;
    let proof = (receipt.reference.as_str(), receipt.code.as_str());
    let (kind, first) = (
        receipt.kind.map_or("", Kind::as_str),
        receipt.first.to_string(),
    );
    let mut carried = next.map_or(Vec::new(), |step| {
        step.carried(&frame, proof, (kind, &first))
    });
    carried.push(("ask", "yes"));
    if let Some(country) = &receipt.country {
        carried.push(("country", country.as_str()));
    }
    text(&ReceiptView {
        reference: proof.0,
        code: proof.1,
        at: in_nairobi(receipt.received_at),
        next: match receipt.safe {
            Some(SafeContact::Any) => &words.receipt_any,
            Some(SafeContact::ReplyOnly) => &words.receipt_reply_only,
            Some(SafeContact::IWillContactYou | SafeContact::Never) | None => &words.receipt_silent,
        },
        done: next.is_none(),
        carried,
        f: frame,
    })
}

/// How far a case is, as coarse as it may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nobody has it yet.
    Received,
    /// Somebody has it.
    Working,
    /// It has ended.
    Closed,
}

/// A case that was found by its reference and code.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its reference.
    pub reference: Reference,
    /// Its code.
    pub code: String,
    /// How far it is.
    pub progress: Progress,
}

#[derive(Template)]
#[template(path = "track.html", config = ".askama.toml")]
struct TrackView<'a> {
    f: Frame<'a>,
    t: &'a Typed,
    found: Option<(&'a Found, &'static str)>,
    safes: Vec<(&'static str, &'static str)>,
    /// What was typed and has no field on this page: carried along, so that nothing is lost.
    kept: Vec<(&'a str, &'a str)>,
    /// What leads to the page for photographs.
    photos: Vec<(&'static str, &'a str)>,
    id: String,
}

/// The way back: asks for reference and code, or shows how the case stands and takes a message.
/// What was typed is shown again only with a problem. `id` names this showing of the page.
#[must_use]
pub fn render_track(
    page: Page<'_>,
    typed: &Typed,
    notice: Option<Notice>,
    found: Option<&Found>,
    id: Uuid,
) -> String {
    let frame = Frame::new(page, "/track", notice);
    let words = frame.words;
    let nothing = Typed::default();
    let keep = notice.is_some_and(|notice| notice != Notice::Added);
    let progress = |found: &Found| match found.progress {
        Progress::Received => words.track_received.as_str(),
        Progress::Working => &words.track_working,
        Progress::Closed => &words.track_closed,
    };
    let sent = typed.get("id").parse().ok().filter(|_| keep);
    let shown: &[&str] = match found {
        Some(_) => &[
            "id",
            "lang",
            "reference",
            "code",
            "text",
            "place",
            "lat",
            "lon",
            "radius_m",
            "now",
            "safe",
        ],
        None => &["id", "lang", "reference", "code", "text"],
    };
    let carried = if keep { kept(typed, shown) } else { Vec::new() };
    text(&TrackView {
        t: if keep { typed } else { &nothing },
        found: found.map(|found| (found, progress(found))),
        safes: safes(words),
        kept: carried,
        photos: found.map_or(Vec::new(), |found| {
            let proof = (found.reference.as_str(), found.code.as_str());
            let mut carried = Step::Photographs.carried(&frame, proof, ("", ""));
            carried.push(("ask", "yes"));
            carried
        }),
        id: sent.unwrap_or(id).to_string(),
        f: frame,
    })
}

/// Day and time in Nairobi, in digits that all three languages read alike.
fn in_nairobi(at: DateTime<Utc>) -> String {
    at.with_timezone(&chrono_tz::Africa::Nairobi)
        .format("%Y-%m-%d %H:%M")
        .to_string()
}

pub(super) fn text(view: &impl Template) -> String {
    view.render()
        .expect("a page is written to memory, which does not fail")
}

#[cfg(test)]
mod tests;
