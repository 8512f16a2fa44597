//! What is said to a person: the acknowledgement, and a responder's message.

use super::Standing;
use crate::case::{
    Case, Channel, Hours, Lang, Number, Report, Responder, SafeContact, Sealed, Words,
};
use crate::outbox::may_say::{Allowed, Asked, By, Why, may_say};
use crate::outbox::neutral::{self, Found};
use crate::outbox::{capability, say::Template, say::say};
use crate::store::{ContactKept, ContactRow, Lost, Written};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// One neutral line in the person's language, where it may be said at all: by what she is known to
/// have chosen, here or in another open case of hers.
pub(super) fn acknowledgement(
    report: &Report,
    case: &Case,
    (kept, opted_out): (&ContactKept, bool),
    standing: &Standing,
    now: DateTime<Utc>,
) -> Option<Written> {
    let contact = report.contact.as_ref()?;
    let number = contact.number.expose();
    let channel = way(&contact.number, report.channel)?;
    let asked = Asked {
        safe: kept.safe,
        hours: kept.hours,
        local_hours: &standing.hours_at(case, &contact.number, now),
        opted_out,
        dialable: contact.number.dialable(),
        wrote_first: report.channel.is_conversation(),
        answered_before: false,
        by: By::Service,
        neutral: true,
        reason: None,
    };
    if let Err(why) = may_say(&asked) {
        tracing::debug!(case = %case.id, why = why.as_str(), "no acknowledgement is sent");
        return None;
    }
    let lang = case.lang.answer();
    Some(Written {
        id: super::sort::id_of(now),
        case_id: case.id,
        to_staff: false,
        channel,
        number: number.to_owned().into(),
        body: received(report, case, kept.safe, lang).into(),
        template: Some(Template::Received.as_str().to_owned()),
        lang,
        by: None,
        priority: crate::carry::lane(case.priority),
        about: Vec::new(),
        beyond: 0,
        follows: None,
        not_before: None,
    })
}

/// That it arrived; with the reference and the time where she asked for them on this telephone.
/// Without its code a reference opens nothing.
fn received(report: &Report, case: &Case, safe: SafeContact, lang: Lang) -> String {
    let line = say(Template::Received, lang);
    let details = report.details.expose();
    let wants = details.get("receipt").and_then(serde_json::Value::as_str) == Some("text");
    let allows = safe == SafeContact::Any;
    if !(wants && allows && report.channel == Channel::Web) {
        return line.to_owned();
    }
    let at = report.received_at.format("%Y-%m-%d %H:%M UTC");
    format!("{line} {}, {at}", case.reference.as_str())
}

/// The longest message the provider takes, in characters.
const LONGEST: usize = 1_600;

/// What a responder wants to say.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub template: Option<&'a str>,
    pub lang: Option<Lang>,
    pub text: Option<&'a Words>,
    pub reason: Option<&'a Words>,
}

/// Why a message is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsaid {
    /// The case has nobody to write to.
    NoContact,
    /// Neither a template nor words, or both.
    NoWords,
    /// More than a message can carry.
    TooLong,
    /// There is no such template.
    NoTemplate,
    /// No channel reaches this number's country.
    NoChannel,
    /// A rule speaks against it.
    Rule(Why, Vec<Found>),
}

/// A responder's message to the newest contact of a case, with what it was allowed despite.
pub(super) fn message(
    wanted: &Wanted<'_>,
    case: &Case,
    contacts: &[ContactRow],
    by: &Responder,
    standing: &Standing,
    now: DateTime<Utc>,
) -> Result<(Written, Option<Why>), Unsaid> {
    let contact = contacts
        .iter()
        .find(|contact| contact.dialable)
        .or(contacts.first())
        .ok_or(Unsaid::NoContact)?;
    let lang = wanted.lang.unwrap_or(case.lang).answer();
    let (body, template, found) = match (wanted.template, wanted.text) {
        (Some(id), None) => {
            let template: Template = id.parse().map_err(|_| Unsaid::NoTemplate)?;
            (say(template, lang).to_owned(), Some(id.to_owned()), vec![])
        }
        (None, Some(words)) => {
            let found = neutral::check(words.expose()).err().unwrap_or_default();
            (words.expose().to_owned(), None, found)
        }
        _ => return Err(Unsaid::NoWords),
    };
    if body.chars().count() > LONGEST {
        return Err(Unsaid::TooLong);
    }
    let channel: Channel = contact.channel.parse().unwrap_or(Channel::Sms);
    let number = Number::read(&contact.number);
    let asked = Asked {
        safe: contact.safe.parse().unwrap_or(SafeContact::Never),
        hours: hours(contact),
        local_hours: &standing.hours_at(case, &number, now),
        opted_out: contact.opted_out,
        dialable: contact.dialable,
        wrote_first: channel.is_conversation(),
        answered_before: false,
        by: By::Responder,
        neutral: found.is_empty(),
        reason: wanted.reason.map(Words::expose),
    };
    let despite = match may_say(&asked) {
        Ok(Allowed::Plainly) => None,
        Ok(Allowed::Despite(why)) => Some(why),
        Err(why) => return Err(Unsaid::Rule(why, found)),
    };
    let written = Written {
        id: Uuid::new_v4(),
        case_id: case.id,
        to_staff: false,
        channel: way(&number, channel).ok_or(Unsaid::NoChannel)?,
        number: Sealed::new(contact.number.clone()),
        body: body.into(),
        template,
        lang,
        by: Some(by.id),
        priority: case.priority,
        about: Vec::new(),
        beyond: 0,
        follows: None,
        not_before: None,
    };
    Ok((written, despite))
}

/// The next channel on which the same may be said after these failed: one that reaches that country,
/// and that the person's own rules allow. Nothing is said against a rule of hers for a second time,
/// whatever the reason was the first time.
pub(super) fn next_way(
    lost: &Lost,
    case: &Case,
    contacts: &[ContactRow],
    standing: &Standing,
    now: DateTime<Utc>,
) -> Option<Channel> {
    let contact = contacts
        .iter()
        .find(|contact| contact.number == *lost.number.expose())?;
    let number = Number::read(&contact.number);
    if lost.despite.is_some() {
        return None;
    }
    let wrote_on: Channel = contact.channel.parse().ok()?;
    let allowed = |channel: Channel| {
        may_say(&Asked {
            safe: contact.safe.parse().unwrap_or(SafeContact::Never),
            hours: hours(contact),
            local_hours: &standing.hours_at(case, &number, now),
            opted_out: contact.opted_out,
            dialable: contact.dialable,
            wrote_first: wrote_on == channel,
            answered_before: false,
            by: By::Service,
            neutral: true,
            reason: None,
        })
    };
    capability::ways(number.country(), lost.channel)
        .into_iter()
        .filter(|way| way.is_conversation() && *way != lost.channel && !lost.tried.contains(way))
        .find(|way| matches!(allowed(*way), Ok(_) | Err(Why::OutsideHours)))
}

fn hours(contact: &ContactRow) -> Option<Hours> {
    let hour = |hour: Option<i16>| u8::try_from(hour?).ok();
    Hours::new(hour(contact.from_hour)?, hour(contact.to_hour)?).ok()
}

/// The channel on which to answer: the one that was written on where it works for that country.
fn way(number: &Number, preferred: Channel) -> Option<Channel> {
    let preferred = if preferred.is_conversation() {
        preferred
    } else {
        Channel::Sms
    };
    capability::ways(number.country(), preferred)
        .into_iter()
        .find(|channel| channel.is_conversation())
}
