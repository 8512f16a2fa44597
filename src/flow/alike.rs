//! Reports that may be about one person or one event: what is kept to find them, and what is
//! suggested to the responder. Never merged by itself; a missing person meets detentions, people in
//! hospital and the dead.
//!
//! Whoever writes a name or a number into a case of her own is told of what is like it: so this must
//! never be a search of other missions by name. A case that she may not see, or may not find by name, is
//! told only as that its mission has one, so that she can ask there.

use super::Flow;
use crate::case::{Kind, MissionCode, Number, Report, Responder};
use crate::store::{Candidate, StoreError, Told, TraceKey};
use crate::understand::alike::{About, Alike, Trace, alike, marks, worth_a_look};
use crate::understand::{Thing, Understanding};
use serde_json::{Value, json};
use uuid::Uuid;

/// Suggestions shown with a case, and missions to ask.
const SHOWN: usize = 5;
/// Characters compared of one report: dozens of long ones are read while a responder waits for a case.
const READ: usize = 2_000;
/// Traces kept of one report.
const KEPT: usize = 24;
/// Answers that name an employer or an agency.
const EMPLOYERS: [&str; 3] = ["employer", "agent", "agency"];

/// What reports tell of persons, and of what happened to them.
#[derive(Default)]
struct Persons {
    things: Vec<Thing>,
    names: Vec<String>,
    employer: Option<String>,
    number: Option<Number>,
}

impl Persons {
    fn hear(&mut self, u: &Understanding, text: &str, subject: Option<&Value>, details: &Value) {
        let line = |from: Option<&Value>, key: &str| -> Option<String> {
            let said = from?.get(key)?.as_str()?.trim();
            (!said.is_empty()).then(|| said.chars().take(120).collect())
        };
        self.names.extend(line(subject, "name"));
        self.names.extend(u.names_in(text));
        self.names.truncate(8);
        let employer = EMPLOYERS.iter().find_map(|key| line(Some(details), key));
        self.employer = self.employer.take().or(employer);
    }

    fn of(u: &Understanding, reports: &[Told]) -> Self {
        let mut persons = Self::default();
        for told in reports {
            let text: String = told.text.chars().take(READ).collect();
            persons.things.extend(u.things_in(&text));
            persons.hear(u, &text, told.subject.as_ref(), &told.details);
            if persons.number.is_none() {
                persons.number = told.number.as_deref().map(Number::read);
            }
        }
        persons.things.sort_unstable();
        persons.things.dedup();
        persons
    }

    fn trace<'a>(&'a self, of: &'a Candidate) -> Trace<'a> {
        Trace {
            number: self.number.as_ref(),
            names: self.names.iter().map(String::as_str).collect(),
            employer: self.employer.as_deref(),
            place: of.place.as_ref(),
            at: of.opened_at,
            kind: of
                .kind
                .as_deref()
                .and_then(|kind| kind.parse::<Kind>().ok()),
            things: &self.things,
        }
    }
}

/// Cases that may be about the person or event of another one, as one responder may know of them.
#[derive(Default)]
pub struct Suggested {
    /// Those she may find, whole, the likeliest first, with the reasons.
    pub cases: Vec<Value>,
    /// Of the others the missions that have them, each once, and whether person or event.
    pub elsewhere: Vec<Value>,
}

impl Suggested {
    fn to(by: &Responder, likely: &[(Alike, &Candidate)]) -> Self {
        let (hers, others): (Vec<_>, Vec<_>) =
            likely.iter().partition(|(_, other)| may_find(by, other));
        let mut elsewhere: Vec<(&str, About)> = Vec::new();
        for (likeness, other) in others {
            let about = likeness.about();
            match elsewhere
                .iter_mut()
                .find(|(mission, _)| *mission == other.mission)
            {
                Some((_, told)) => *told = about.min(*told),
                None => elsewhere.push((&other.mission, about)),
            }
        }
        let case = |(likeness, other): &(Alike, &Candidate)| {
            let reasons: Vec<_> = likeness.reasons.iter().map(|r| r.as_str()).collect();
            json!({
                "id": other.id, "reference": other.reference, "mission": other.mission,
                "kind": other.kind, "status": other.status, "reasons": reasons,
            })
        };
        Self {
            cases: hers.into_iter().take(SHOWN).map(case).collect(),
            elsewhere: elsewhere
                .iter()
                .take(SHOWN)
                .map(|(mission, about)| json!({"mission": mission, "about": about.as_str()}))
                .collect(),
        }
    }
}

/// Whether a responder may be shown a case because a name or a number is like it.
fn may_find(by: &Responder, other: &Candidate) -> bool {
    let offered_to: Option<MissionCode> = other.offered_to.as_ref().and_then(|to| to.parse().ok());
    by.finds_names()
        && other
            .mission
            .parse()
            .is_ok_and(|mission| by.sees_case(&mission, offered_to.as_ref()))
}

impl Flow {
    /// The traces of a report, to be kept with its case.
    pub(super) fn traces(&self, report: &Report) -> Vec<TraceKey> {
        let mut persons = Persons::default();
        let subject = report.subject.as_ref().map(|s| json!(s.expose()));
        let details = json!(report.details.expose());
        let text = report.text.expose();
        persons.hear(&self.understanding, text, subject.as_ref(), &details);
        let number = report.contact.as_ref().map(|contact| &contact.number);
        self.kept_of(number, &persons)
    }

    /// The traces of a report that is stored, for the case it is put to.
    pub(super) fn traces_again(&self, told: &Told) -> Vec<TraceKey> {
        let persons = Persons::of(&self.understanding, std::slice::from_ref(told));
        self.kept_of(persons.number.as_ref(), &persons)
    }

    fn kept_of(&self, number: Option<&Number>, persons: &Persons) -> Vec<TraceKey> {
        marks(number, &persons.names, persons.employer.as_deref())
            .into_iter()
            .take(KEPT)
            .map(|mark| self.mint.trace(&mark))
            .collect()
    }

    /// Other cases that may be about the person or event of this one, as this responder may know of them.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn alike(&self, case: Uuid, by: &Responder) -> Result<Suggested, StoreError> {
        let found = self.store.to_compare(case).await?;
        let Some((this, others)) = found.split_first().filter(|(this, _)| this.id == case) else {
            return Ok(Suggested::default());
        };
        let mine = Persons::of(&self.understanding, &this.reports);
        let likely = others
            .iter()
            .filter_map(|other| {
                let theirs = Persons::of(&self.understanding, &other.reports);
                let likeness = alike(&mine.trace(this), &theirs.trace(other))?;
                Some((likeness, other))
            })
            .collect();
        Ok(Suggested::to(by, &worth_a_look(likely)))
    }
}
