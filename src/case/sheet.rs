//! The sheet of a case: what is asked for each kind, and the steps such a case usually takes.
//!
//! One list for the desk and the store; the words for each name stand with the other words of the
//! desk. Reminders for whoever works on the case: nothing here decides anything or holds anybody up.

use super::{Kind, Words};
use std::collections::BTreeMap;

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// In one line.
    Line,
    /// In some lines.
    Lines,
    /// By yes or no.
    YesNo,
}

/// A question and how it is answered.
pub type Question = (&'static str, How);

use How::{Line, Lines, YesNo};

/// Whom the case is about: asked with every kind.
pub const SUBJECT: [Question; 2] = [("name", Line), ("passport", Line)];

/// The longest answer, in characters.
const LONGEST: usize = 1_000;

/// The questions of a kind, in the order in which they are asked.
#[must_use]
pub const fn questions(kind: Kind) -> &'static [Question] {
    match kind {
        Kind::Distress => &[
            ("employer", Line),
            ("employer_at", Lines),
            ("agent", Line),
            ("can_leave", YesNo),
            ("passport_with", Line),
            ("unpaid", Line),
            ("since", Line),
            ("agreed_word", Line),
            ("danger_word", Line),
            ("exit_word", Line),
        ],
        Kind::Medical => &[
            ("condition", Line),
            ("hospital", Line),
            ("ward", Line),
            ("doctor", Line),
            ("can_speak", YesNo),
            ("consent_hospital", YesNo),
            ("consent_family", YesNo),
            ("insurer", Line),
            ("policy_number", Line),
            ("costs", Line),
            ("next_of_kin", Line),
        ],
        Kind::Detention => &[
            ("held_at", Line),
            ("since", Line),
            ("charge", Line),
            ("case_number", Line),
            ("visited", YesNo),
            ("visit_on", Line),
            ("lawyer", Line),
            ("interpreter", YesNo),
            ("hearing_on", Line),
            ("consent_family", YesNo),
        ],
        Kind::LostDocuments => &[
            ("document", Line),
            ("lost", Line),
            ("police_report", YesNo),
            ("report_number", Line),
            ("photographs", YesNo),
            ("fee_paid", YesNo),
            ("document_number", Line),
            ("travel_by", Line),
        ],
        Kind::MissingPerson => &[
            ("last_contact", Lines),
            ("last_seen_at", Line),
            ("employer", Line),
            ("agent", Line),
            ("description", Lines),
            ("photographs", YesNo),
            ("police_report", YesNo),
            ("report_number", Line),
            ("next_of_kin", Line),
        ],
        Kind::Death => &[
            ("died", Line),
            ("remains_at", Line),
            ("next_of_kin", Line),
            ("kin_number", Line),
            ("kin_told", YesNo),
            ("kin_wish", Line),
            ("death_certificate", Line),
            ("police_clearance", YesNo),
            ("employer", Line),
            ("belongings", Line),
            ("costs", Line),
            ("flight", Line),
        ],
    }
}

/// How many steps a kind has; they are called `<kind>_<n>`, from 1.
const fn count(kind: Kind) -> u8 {
    match kind {
        Kind::Death => 7,
        Kind::Distress | Kind::Detention | Kind::LostDocuments | Kind::MissingPerson => 5,
        Kind::Medical => 4,
    }
}

/// The steps of a kind.
#[must_use]
pub fn steps(kind: Kind) -> Vec<String> {
    (1..=count(kind)).map(|n| format!("{kind}_{n}")).collect()
}

/// A step of some kind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String)]
pub struct Step(String);

/// A word that is no step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of the steps of the case's sheet")]
pub struct NotAStep;

impl Step {
    /// Its word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Step {
    type Error = NotAStep;
    fn try_from(word: String) -> Result<Self, NotAStep> {
        let known = Kind::ALL.iter().any(|kind| steps(*kind).contains(&word));
        known.then_some(Self(word)).ok_or(NotAStep)
    }
}

/// What a responder wrote on the sheet: to each question an answer, or none, which takes it back.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, utoipa::ToSchema)]
#[serde(try_from = "BTreeMap<String, String>")]
#[schema(value_type = std::collections::BTreeMap<String, String>)]
pub struct Answers(BTreeMap<String, Option<Words>>);

/// Answers that cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnswers {
    /// Nothing is answered.
    #[error("must hold at least one answer")]
    Empty,
    /// To something no sheet asks.
    #[error("must be answers to the questions of a sheet")]
    Unknown,
    /// Too long.
    #[error("must not hold an answer longer than 1,000 characters")]
    TooLong,
}

impl Answers {
    /// Each question with its answer; empty where it is taken back.
    pub fn expose(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, answer)| {
            (
                name.as_str(),
                answer.as_ref().map_or("", |words| words.expose()),
            )
        })
    }
}

impl TryFrom<BTreeMap<String, String>> for Answers {
    type Error = NotAnswers;
    fn try_from(answers: BTreeMap<String, String>) -> Result<Self, NotAnswers> {
        if answers.is_empty() {
            return Err(NotAnswers::Empty);
        }
        let asked = |name: &str| {
            let mut all = Kind::ALL.iter().flat_map(|kind| questions(*kind));
            SUBJECT.iter().any(|(asked, _)| *asked == name) || all.any(|(asked, _)| *asked == name)
        };
        let mut kept = BTreeMap::new();
        for (name, answer) in answers {
            if !asked(&name) {
                return Err(NotAnswers::Unknown);
            }
            if answer.chars().count() > LONGEST {
                return Err(NotAnswers::TooLong);
            }
            kept.insert(name, Words::try_from(answer).ok());
        }
        Ok(Self(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The English words of the desk: what a sheet asks must have words there, as it has in every
    /// other language by the desk's own test.
    const WORDS: [&str; 2] = [
        include_str!("../../dashboards/src/desk/words/en/vocabulary.ts"),
        include_str!("../../dashboards/src/desk/words/en/sheet.ts"),
    ];

    #[test]
    fn every_question_and_every_step_has_words_on_the_desk() {
        let said = |key: String| WORDS.iter().any(|words| words.contains(&key));
        for kind in Kind::ALL {
            for (name, _) in questions(*kind).iter().chain(&SUBJECT) {
                assert!(said(format!("'field.{name}':")), "field.{name}");
            }
            for step in steps(*kind) {
                assert!(said(format!("'step.{step}':")), "step.{step}");
            }
            let beyond = format!("'step.{kind}_{}':", count(*kind) + 1);
            assert!(!said(beyond.clone()), "{beyond} is never shown");
        }
    }

    #[test]
    fn what_no_sheet_asks_is_not_kept() {
        let read = |json: &str| serde_json::from_str::<Answers>(json);
        let answers = read(r#"{"remains_at":" Rashid Hospital ","kin_wish":""}"#).expect("answers");
        let kept: Vec<_> = answers.expose().collect();
        assert_eq!(kept, [("kin_wish", ""), ("remains_at", "Rashid Hospital")]);
        for (json, why) in [
            ("{}", "at least one"),
            (r#"{"salary":"1"}"#, "questions of a sheet"),
        ] {
            let error = read(json).expect_err(json).to_string();
            assert!(error.contains(why), "{error}");
        }
        let long = format!(r#"{{"died":"{}"}}"#, "x".repeat(LONGEST + 1));
        assert!(read(&long).expect_err("long").to_string().contains("1,000"));
        assert!(serde_json::from_str::<Step>(r#""death_8""#).is_err());
        assert!(!format!("{answers:?}").contains("Rashid"), "sealed");
    }
}
