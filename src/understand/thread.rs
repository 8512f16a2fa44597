//! A later text about an open case: what it changes by itself, and what it only suggests.
//!
//! Upwards by itself, downwards only as a suggestion: a phone may be taken, and "no problem here"
//! may be written by the employer. A place set by a person or shared by a phone is never replaced
//! by words.

use crate::case::{Kind, Place, Priority, Source, Understood, kind_after};

/// What an open case says so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its kind.
    pub kind: Option<Kind>,
    /// Whether a plea is all that was heard, and nobody has read it.
    pub bare: bool,
    /// How bad it is.
    pub priority: Priority,
    /// Where the person is.
    pub place: Option<Place>,
}

/// What a later text does to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Refinement {
    /// The case after the text, with what changes by itself.
    pub standing: Standing,
    /// Whether anything changed.
    pub changed: bool,
    /// What a responder may want to change, and the machine must not.
    pub suggestions: Vec<Suggestion>,
}

/// A change only a person makes.
#[derive(Debug, Clone, PartialEq)]
pub enum Suggestion {
    /// The later text sounds less bad.
    Priority(Priority),
    /// The later text sounds like another kind.
    Kind(Kind),
    /// The later text names another place.
    Place(Place),
    /// The later text sounds as if it were over, or was written by somebody else.
    Over,
}

/// Reads a later text into an open case.
#[must_use]
pub fn refine(open: &Standing, later: &Understood) -> Refinement {
    let mut standing = open.clone();
    let mut suggestions = Vec::new();
    if later.report {
        standing.kind = kind_after(open.kind, open.bare, later.kind);
        if later.kind != standing.kind {
            suggestions.extend(later.kind.map(Suggestion::Kind));
        }
        standing.priority = open.priority.raised_to(later.priority);
    } else if later.place.is_none() {
        // Who only says where she is answers a question; who says neither may write for the last time.
        suggestions.push(Suggestion::Over);
    }
    if later.report && later.kind.is_some() && sounds_better(later, open.priority) {
        suggestions.push(Suggestion::Priority(later.priority));
    }
    if let Some(place) = &later.place {
        match &open.place {
            None => standing.place = Some(place.clone()),
            Some(was) if replaces(place, was) => standing.place = Some(place.clone()),
            Some(was) if contradicts(place, was) => {
                suggestions.push(Suggestion::Place(place.clone()));
            }
            Some(_) => {}
        }
    }
    Refinement {
        changed: standing != *open,
        standing,
        suggestions,
    }
}

/// Whether a later text sounds less bad: it takes something back, or is two steps below. One step is
/// nothing: who was beaten writes "please hurry" next.
fn sounds_better(later: &Understood, open: Priority) -> bool {
    let below = later.priority.rank() - open.rank();
    below >= 2 || below >= 1 && later.evidence.iter().any(|e| e.says == "negated")
}

/// How much a source is worth.
fn worth(source: Source) -> u8 {
    match source {
        Source::Prefix => 0,
        Source::Registered => 1,
        Source::Named => 2,
        Source::Pin => 3,
        Source::Responder => 4,
    }
}

/// Whether a later place is the better one: told in a better way, or finer within the old one.
fn replaces(place: &Place, was: &Place) -> bool {
    let (new, old) = (worth(place.source), worth(was.source));
    if was.source == Source::Responder {
        return false;
    }
    new > old
        || place.source == Source::Pin
        || new == old
            && place.level < was.level
            && place.country == was.country
            && place.point.metres_to(was.point) <= f64::from(was.radius_m) * 1.5
}

fn contradicts(place: &Place, was: &Place) -> bool {
    place.source != Source::Prefix
        && place.point.metres_to(was.point) > f64::from(was.radius_m.max(place.radius_m)) * 1.5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Channel, Number};
    use crate::understand::{Heard, Understanding};

    fn hear(u: &Understanding, text: &str, from: &str) -> Understood {
        let number = Number::read(from);
        u.understand(&Heard {
            number: Some(&number),
            ..Heard::words(text, Channel::Sms)
        })
    }

    #[test]
    fn later_texts_raise_a_case_and_never_lower_it() {
        let u = Understanding::load().expect("loads");
        let from = "+966500000049";
        let mut case = Standing {
            kind: None,
            bare: false,
            priority: Priority::Routine,
            place: None,
        };
        for text in [
            "hello",
            "pls help",
            "am in riyadh al yarmuk they lock me in and no food",
        ] {
            case = refine(&case, &hear(&u, text, from)).standing;
        }
        assert_eq!(case.kind, Some(Kind::Distress));
        assert_eq!(case.priority, Priority::Urgent);
        assert_eq!(
            case.place.as_ref().and_then(|p| p.name.as_deref()),
            Some("Al Yarmuk, Riyadh")
        );
        let thanks = hear(&u, "thank you, i arrived home safely", from);
        let after = refine(&case, &thanks);
        assert_eq!(after.standing, case);
        assert_eq!(after.suggestions, [Suggestion::Over]);
        let vague = refine(&case, &hear(&u, "dont call madam is near", from)).standing;
        assert_eq!(vague.place, case.place);
    }
}
