//! The few questions of each kind of case.
//!
//! They are those that consular officers ask first; each answer is kept under its key in the
//! report's details, those about the person in need under `subject`. None of them has to be
//! answered.

use crate::case::Kind;

/// How a question is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// One line.
    Line,
    /// Some lines.
    Lines,
    /// Yes or no.
    YesNo,
}

/// A question, and how it is answered.
pub(super) type Question = (&'static str, Answer);

/// Who is in need: asked with every kind, kept as the subject.
pub(super) const SUBJECT: [Question; 2] = [("name", Answer::Line), ("passport", Answer::Line)];

/// The questions of a kind.
pub(super) const fn of(kind: Option<Kind>) -> &'static [Question] {
    use Answer::{Line, Lines, YesNo};
    match kind {
        None => &[],
        Some(Kind::Distress) => &[
            ("employer", Line),
            ("agent", Line),
            ("can_leave", YesNo),
            ("passport_with", Line),
            ("unpaid", Line),
        ],
        Some(Kind::Medical) => &[
            ("condition", Line),
            ("hospital", Line),
            ("can_speak", YesNo),
            ("insurer", Line),
        ],
        Some(Kind::Detention) => &[
            ("held_at", Line),
            ("since", Line),
            ("charge", Line),
            ("visited", YesNo),
        ],
        Some(Kind::LostDocuments) => &[
            ("document", Line),
            ("lost", Line),
            ("police_report", YesNo),
            ("travel_by", Line),
        ],
        Some(Kind::MissingPerson) => &[
            ("last_contact", Lines),
            ("employer", Line),
            ("agent", Line),
            ("description", Lines),
        ],
        Some(Kind::Death) => &[
            ("died", Line),
            ("remains_at", Line),
            ("next_of_kin", Line),
            ("employer", Line),
        ],
    }
}

/// Whether any kind has a question with this key.
pub(super) fn exists(key: &str) -> bool {
    Kind::ALL
        .iter()
        .any(|kind| of(Some(*kind)).iter().any(|(asked, _)| *asked == key))
}

#[cfg(test)]
mod tests {
    use super::super::words::Words;
    use super::*;
    use crate::case::Lang;

    #[test]
    fn every_question_has_a_label_and_every_label_a_question() {
        let words = Words::of(Lang::English);
        for kind in Kind::ALL {
            for (key, _) in of(Some(*kind)).iter().chain(&SUBJECT) {
                assert!(!words.question(key).is_empty(), "{key}");
            }
        }
        for key in words.questions.keys() {
            assert!(
                exists(key) || SUBJECT.iter().any(|(asked, _)| *asked == key),
                "{key} is never asked"
            );
        }
    }
}
