//! A report on its way: what was understood of it, what ties it to a case, and what whoever sent it
//! gets.

use super::{Flow, answers};
use crate::case::{Entry, Refused, Report, SafeContact, Understood};
use crate::store::{NewReport, StoreError, TraceKey};
use crate::understand::{self, Heard};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Why a report was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The same id came before with other content.
    #[error("a report with this id is stored already, and says something else")]
    Conflict,
    /// PostgreSQL is away.
    #[error("the store is away")]
    Away,
    /// Too many reports are waiting.
    #[error("too many reports are waiting to be stored")]
    Full,
    /// The rules in the store are incomplete.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Something else in the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NotTaken {
    /// Whether the same may work later.
    pub(super) const fn is_away(&self) -> bool {
        match self {
            Self::Away => true,
            Self::Store(error) => error.is_away(),
            Self::Conflict | Self::Full | Self::Refused(_) => false,
        }
    }

    /// Whether it says nothing against the report itself: it could have been stored at another moment.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Conflict => false,
            Self::Store(error) => !error.is_of_data(),
            Self::Away | Self::Full | Self::Refused(_) => true,
        }
    }

    /// Whether others held the same rows: PostgreSQL is well, and the same will work in a moment.
    pub(super) const fn is_held(&self) -> bool {
        matches!(self, Self::Store(StoreError::Held(_)))
    }
}

/// What whoever reported gets: proof that it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The case; not known yet while the report waits in the spool.
    pub case_id: Option<Uuid>,
    /// Its reference.
    pub reference: String,
    /// The code, for who opened the case.
    pub code: Option<String>,
    /// When the report reached us.
    pub received_at: DateTime<Utc>,
    /// The status of its case.
    pub status: String,
    /// Whether this delivery was the first.
    pub first: bool,
    /// Whether it joined a case that was open.
    pub joined: bool,
}

/// A report on its way, understood.
#[derive(Debug)]
pub struct Arrived {
    pub(super) report: Report,
    pub(super) understood: Understood,
    pub(super) digest: [u8; 32],
    /// What was understood, as it is kept: no words, only where they stand.
    kept_as: Value,
    /// What it is found by again.
    pub(super) traces: Vec<TraceKey>,
    /// The case it is to be added to, where its writer named one.
    pub(super) adds_to: Option<Uuid>,
    /// Whether it waited in the spool.
    pub(super) kept: bool,
}

/// What ties reports to one case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Thread {
    /// The number that writes.
    Number(String),
    /// The case that was named.
    Case(Uuid),
}

impl Flow {
    /// Understands a report. In memory, a few microseconds, no network: all that can be known of it
    /// before the transaction, which others wait for.
    pub(super) fn understood(&self, report: Report, adds_to: Option<Uuid>) -> Arrived {
        let mut understood = self.understanding.understand(&Heard {
            text: report.text.expose(),
            place_text: report
                .place_text
                .as_ref()
                .map(|text| text.expose().as_str()),
            pin: report.pin,
            number: report.contact.as_ref().map(|contact| &contact.number),
            channel: report.channel,
            kind: report.kind,
            for_whom: report.for_whom,
            lang: report.lang,
            sent: true,
        });
        answers::heed(&mut understood, report.details.expose(), report.channel);
        let digest = digest(&report);
        let report = left_in_silence(report);
        Arrived {
            digest,
            kept_as: kept_as(&understood),
            traces: self.traces(&report),
            adds_to,
            kept: false,
            report,
            understood,
        }
    }
}

/// Whoever writes that nobody is to call or write has chosen so, whatever else was chosen: the telephone
/// may be in another's hand when our answer comes.
fn left_in_silence(mut report: Report) -> Report {
    if let Some(contact) = &mut report.contact
        && matches!(contact.safe, SafeContact::Any | SafeContact::ReplyOnly)
    {
        let note = contact.note.as_ref().map(|note| note.expose().as_str());
        let said = [Some(report.text.expose().as_str()), note];
        if said.into_iter().flatten().any(understand::asks_for_silence) {
            contact.safe = SafeContact::IWillContactYou;
        }
    }
    report
}

impl Arrived {
    /// What ties it to a case, if anything does.
    pub(super) fn thread(&self) -> Option<Thread> {
        self.adds_to
            .map(Thread::Case)
            .or_else(|| conversation(&self.report).map(|number| Thread::Number(number.to_owned())))
    }

    /// Whether the number that writes asks in words to be called or written to.
    pub(super) fn asks(&self) -> bool {
        conversation(&self.report).is_some()
            && understand::asks_to_be_reached(self.report.text.expose())
    }

    /// A line of the log, with how long the report had waited in the spool if it had.
    pub(super) fn marked(&self, mut entry: Entry, now: DateTime<Utc>) -> Entry {
        if self.kept {
            let waited = (now - self.report.received_at).num_seconds();
            entry.detail["spooled_s"] = json!(waited.max(0));
        }
        entry
    }

    pub(super) fn row(&self, case_id: Uuid) -> NewReport<'_> {
        NewReport {
            report: &self.report,
            case_id,
            digest: self.digest,
            understood: &self.kept_as,
        }
    }
}

/// The number whose open case a report joins: of who writes on a conversation's channel.
pub(super) fn conversation(report: &Report) -> Option<&str> {
    let contact = report.contact.as_ref()?;
    report
        .channel
        .is_conversation()
        .then(|| contact.number.expose())
}

fn kept_as(understood: &Understood) -> Value {
    json!({
        "report": understood.report,
        "kind": understood.kind,
        "priority": understood.priority,
        "lang": understood.lang,
        "for": understood.for_whom,
        "mission": understood.mission,
        "alternative_mission": understood.alternative_mission,
        "signs": understood.signs,
        "needs": understood.needs,
        "place_name": understood.place.as_ref().and_then(|place| place.name.as_ref()),
        "evidence": understood.evidence,
    })
}

/// Of everything the sender sent, and of nothing we added: not of when it came.
fn digest(report: &Report) -> [u8; 32] {
    let contact = report.contact.as_ref();
    let said = json!([
        report.channel,
        report.text.expose(),
        contact.map(|c| c.number.expose()),
        contact
            .map(|c| c.safe)
            .filter(|safe| *safe != SafeContact::ReplyOnly),
        contact.and_then(|c| c.hours),
        contact.and_then(|c| c.note.as_ref().map(|note| note.expose().clone())),
        report.kind,
        report.for_whom,
        report.lang,
        report
            .pin
            .map(|(point, radius)| (point.lat(), point.lon(), radius)),
        report.place_text.as_ref().map(|text| text.expose().clone()),
        report
            .subject
            .as_ref()
            .map(|subject| subject.expose().clone()),
        report.details.expose(),
    ]);
    Sha256::digest(said.to_string().as_bytes()).into()
}
