//! What is asked after the alert is raised: one thing on each page, each answer added to the case,
//! each page one that may be left out. Nothing here is needed for anybody to be helped.

use super::notice::Notice;
use super::pages::{Asked, Frame, Page, hours, safes, text};
use super::typed::Typed;
use super::{countries, parse, questions};
use crate::case::{Kind, Reference, SafeContact};
use askama::Template;
use uuid::Uuid;

/// A page of questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Where the person is.
    Where,
    /// How she may be contacted safely.
    Contact,
    /// Who she is, and what the kind asks for.
    Details,
    /// Photographs, where it is safe to have them.
    Photographs,
}

impl Step {
    const ALL: [Self; 4] = [Self::Where, Self::Contact, Self::Details, Self::Photographs];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Where => "where",
            Self::Contact => "contact",
            Self::Details => "details",
            Self::Photographs => "photographs",
        }
    }

    /// The step that these fields answer.
    #[must_use]
    pub fn answered(typed: &Typed) -> Option<Self> {
        let word = typed.get("step");
        Self::ALL.into_iter().find(|step| step.as_str() == word)
    }

    /// The first step not answered with the alert itself.
    #[must_use]
    pub fn first(typed: &Typed) -> Self {
        if typed.get("place").is_empty() && typed.get("lat").is_empty() {
            Self::Where
        } else if !parse::can_be_dialled(typed) {
            Self::Contact
        } else {
            Self::Details
        }
    }

    /// What follows; none after the last.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let at = Self::ALL.iter().position(|step| *step == self)?;
        Self::ALL.get(at + 1).copied()
    }

    /// What is carried from page to page, so that every page works by itself.
    pub(super) fn carried<'a>(
        self,
        frame: &Frame<'_>,
        (reference, code): (&'a str, &'a str),
        (kind, first): (&'a str, &'a str),
    ) -> Vec<(&'static str, &'a str)> {
        vec![
            ("lang", frame.lang),
            ("reference", reference),
            ("code", code),
            // With it her code is known for hers also while PostgreSQL is away.
            ("first", first),
            ("kind", kind),
            ("step", self.as_str()),
        ]
    }
}

#[derive(Template)]
#[template(path = "step.html", config = ".askama.toml")]
struct StepView<'a> {
    f: Frame<'a>,
    t: &'a Typed,
    step: &'static str,
    count: String,
    heading: &'static str,
    carried: Vec<(&'static str, &'a str)>,
    countries: Vec<(&'static str, &'static str)>,
    safes: Vec<(&'static str, &'static str)>,
    safe: &'a str,
    hours: Vec<String>,
    fees: bool,
    asked: Vec<Asked>,
    reference: &'a str,
    code: &'a str,
    id: Uuid,
}

/// A page of questions, with what was typed into it. `id` names this showing of it.
#[must_use]
pub fn render_step(
    page: Page<'_>,
    step: Step,
    (reference, code): (&Reference, &str),
    typed: &Typed,
    notice: Option<Notice>,
    id: Uuid,
) -> String {
    let frame = Frame::new(page, "/report", notice);
    let words = frame.words;
    let kind: Option<Kind> = typed.kind();
    let nth = Step::ALL.iter().position(|one| *one == step).unwrap_or(0) + 1;
    let chosen = typed.get("safe");
    let count = words
        .step_of
        .replace("{n}", &nth.to_string())
        .replace("{m}", &Step::ALL.len().to_string());
    text(&StepView {
        t: typed,
        step: step.as_str(),
        count,
        heading: match step {
            Step::Where => &words.place,
            Step::Contact => &words.contact,
            Step::Details => &words.more_heading,
            Step::Photographs => &words.photos_heading,
        },
        carried: step.carried(
            &frame,
            (reference.as_str(), code),
            (typed.get("kind"), typed.get("first")),
        ),
        countries: countries::offered(page.lang),
        safes: safes(words),
        safe: if chosen.is_empty() {
            SafeContact::ReplyOnly.as_str()
        } else {
            chosen
        },
        hours: hours(),
        fees: kind == Some(Kind::LostDocuments),
        asked: questions::SUBJECT
            .iter()
            .chain(questions::of(kind))
            .map(|question| Asked::of(question, words))
            .collect(),
        reference: reference.as_str(),
        code,
        id: typed
            .get("id")
            .parse()
            .ok()
            // What is typed after it was taken in is another answer.
            .filter(|_| notice.is_some_and(|notice| notice != Notice::Number))
            .unwrap_or(id),
        f: frame,
    })
}

#[derive(Template)]
#[template(path = "done.html", config = ".askama.toml")]
struct DoneView<'a> {
    f: Frame<'a>,
    reference: &'a str,
    code: &'a str,
}

/// After the last question.
#[must_use]
pub fn render_done(page: Page<'_>, (reference, code): (&Reference, &str)) -> String {
    text(&DoneView {
        f: Frame::new(page, "/report", None),
        reference: reference.as_str(),
        code,
    })
}
