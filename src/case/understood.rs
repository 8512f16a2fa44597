//! What was understood of a report, and why.
//!
//! A guess with its evidence, never a verdict: a person can correct every part of it.

use super::{ForWhom, Kind, Lang, MissionCode, Need, Place, Priority, Sign};

/// A stretch of the text that told something.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Evidence {
    /// First character, counted in Unicode characters from 0.
    pub start: u32,
    /// The character after the last.
    pub end: u32,
    /// What it told: `place`, `kind:death`, `priority:critical`, `sign:wages`, `need:food`, `negated`.
    pub says: String,
}

/// Whether a plea is all that was heard: distress, and no sign of what it is.
#[must_use]
pub fn only_pleads(kind: Option<Kind>, signs: &[Sign]) -> bool {
    kind == Some(Kind::Distress) && signs.is_empty()
}

/// The kind of an open case after a later text. What is told fills in what was not known, and what was
/// only pleaded until then; it never replaces a kind that somebody may act on.
#[must_use]
pub fn kind_after(known: Option<Kind>, only_pleads: bool, told: Option<Kind>) -> Option<Kind> {
    told.filter(|_| only_pleads).or(known).or(told)
}

/// What was understood of one report.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// Whether it is a plea or a question to us at all. Where not, it still waits where a person
    /// sees it.
    pub report: bool,
    /// The kind; none for a mere question.
    pub kind: Option<Kind>,
    /// How bad it is.
    pub priority: Priority,
    /// Its language.
    pub lang: Lang,
    /// Whom it is about.
    pub for_whom: ForWhom,
    /// Where the person in need is.
    pub place: Option<Place>,
    /// The mission whose case it is; the response centre where nothing tells.
    pub mission: MissionCode,
    /// The kind that came next, where it was close.
    pub alternative_kind: Option<Kind>,
    /// The mission of a rival place, where two countries compete: to be shown beside the first.
    pub alternative_mission: Option<MissionCode>,
    /// How clearly the kind stood out, from 0 to 1.
    pub confidence: f32,
    /// Signs of forced labour.
    pub signs: Vec<Sign>,
    /// What is needed.
    pub needs: Vec<Need>,
    /// The words that led there.
    pub evidence: Vec<Evidence>,
}
