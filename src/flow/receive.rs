//! Taking reports in: who wrote, what is known, what joins and what opens a case.

use super::agreed::HEARD_AFTER;
use super::sort::{Open, Taken, Thread, conversation};
use super::{Flow, Standing, answers};
use crate::case::{
    Carrier, Case, Entry, MissionCode, Refused, Report, SafeContact, Status, Understood,
};
use crate::clocks;
use crate::store::{Known, NewContact, NewReport, StoreError, TraceKey, Tx};
use crate::understand::Heard;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
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
        Arrived {
            digest: digest(&report),
            kept_as: kept_as(&understood),
            traces: self.traces(&report),
            adds_to,
            kept: false,
            report,
            understood,
        }
    }

    pub(super) async fn known(
        &self,
        tx: &mut Tx,
        arrived: &[Arrived],
    ) -> Result<HashMap<Uuid, Known>, StoreError> {
        let ids: Vec<Uuid> = arrived.iter().map(|a| a.report.id).collect();
        self.store.known_reports(tx, &ids).await
    }

    /// The open cases these reports are part of, held until the commit: by the number that writes,
    /// or by the case that was named.
    pub(super) async fn conversations(
        &self,
        tx: &mut Tx,
        arrived: &[Arrived],
        known: &HashMap<Uuid, Known>,
        now: DateTime<Utc>,
    ) -> Result<Open, StoreError> {
        let new = || arrived.iter().filter(|a| !known.contains_key(&a.report.id));
        let mut numbers: Vec<&str> = new().filter_map(|a| conversation(&a.report)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        // Numbers that somebody typed and that may be texted are held too: how often is counted.
        let typed = new().filter_map(|a| a.report.contact.as_ref());
        let typed = typed.filter(|contact| contact.safe == SafeContact::Any);
        let mut held: Vec<&str> = typed.map(|contact| contact.number.expose()).collect();
        held.extend(&numbers);
        held.sort_unstable();
        held.dedup();
        self.store.hold_numbers(tx, &held).await?;
        let of_numbers = self.store.open_cases_of(tx, &numbers).await?;
        // What is added to a case that was joined to another goes on there.
        let named: Vec<Uuid> = new().filter_map(|a| a.adds_to).collect();
        let named = self.store.survivors(tx, &named).await?;
        let ids: Vec<Uuid> = of_numbers
            .iter()
            .map(|(_, id)| *id)
            .chain(named.iter().map(|(_, id)| *id))
            .collect();
        let cases: HashMap<Uuid, Case> = self
            .store
            .lock_cases(tx, &ids)
            .await?
            .into_iter()
            .map(|case| (case.id, case))
            .collect();
        if cases.values().any(|case| case.merged_into.is_some()) {
            // One was joined to another while we waited for it: what is new goes on there, and is
            // taken in one by one by what is known then.
            return Err(StoreError::Stale {
                table: "cases",
                expected: 1,
                changed: 0,
            });
        }
        let mut open: HashMap<Thread, Case> = of_numbers
            .into_iter()
            .filter_map(|(number, id)| Some((Thread::Number(number), cases.get(&id)?.clone())))
            // It may have ended while we waited for it.
            .filter(|(_, case)| !matches!(case.status, Status::Resolved { .. }))
            .collect();
        let waited = cases.values().filter(|case| case.agreement.is_some());
        let waited: Vec<Uuid> = waited.map(|case| case.id).collect();
        let of_others = self.store.numbers_of_others(tx, &waited).await?;
        let mut others: HashSet<Thread> = of_others.into_iter().map(Thread::Number).collect();
        for (asked, id) in named {
            if let Some(case) = cases.get(&id) {
                open.insert(Thread::Case(asked), case.clone());
            }
            if asked != id {
                others.insert(Thread::Case(asked));
            }
        }
        let ids: Vec<Uuid> = open.values().map(|case| case.id).collect();
        let places = self.store.places_of(tx, &ids).await?;
        let since = now - HEARD_AFTER;
        let agreed = self.store.agreed_words(tx, (&ids, &numbers), since).await?;
        Ok(Open {
            agreed,
            others,
            cases: open,
            places,
        })
    }

    /// Writes everything a batch leaves behind: cases, reports, contacts, places, log, and what is
    /// to be said.
    pub(super) async fn store_taken(
        &self,
        tx: &mut Tx,
        taken: &Taken<'_>,
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if taken.new.is_empty() {
            return Ok(());
        }
        let store = &self.store;
        store.insert_cases(tx, &taken.split(true)).await?;
        let changed = taken.split(false);
        if !changed.is_empty() {
            store.write_cases(tx, &changed).await?;
        }
        let reports: Vec<NewReport<'_>> = taken.new.iter().map(|(a, case)| a.row(*case)).collect();
        store.insert_reports(tx, &reports).await?;
        let has_media = |a: &&Arrived| {
            a.report.channel.is_conversation() && a.report.details.expose().contains_key("media")
        };
        let new = taken.new.iter().map(|(arrived, _)| *arrived);
        let naming: Vec<Uuid> = new.filter(has_media).map(|a| a.report.id).collect();
        store.note_named(tx, &naming, now).await?;
        let contacts: Vec<NewContact<'_>> = taken
            .new
            .iter()
            .filter_map(|(a, case_id)| {
                Some(NewContact {
                    case_id: *case_id,
                    contact: a.report.contact.as_ref()?,
                    channel: a.report.channel,
                    asks: a.asks(),
                })
            })
            .collect();
        let numbers = store.insert_contacts(tx, &contacts, now).await?;
        for report in &taken.ended {
            if let Some(contact) = &report.contact {
                let who = (contact.number.expose(), report.channel);
                store.end_conversation(tx, who, now).await?;
            }
        }
        store.set_places(tx, &taken.placed).await?;
        let mut traces: Vec<(Uuid, TraceKey)> = taken
            .new
            .iter()
            .flat_map(|(arrived, id)| arrived.traces.iter().map(|trace| (*id, *trace)))
            .collect();
        traces.sort_unstable();
        traces.dedup();
        store.write_traces(tx, &traces).await?;
        let log: Vec<(Uuid, &Entry)> = taken.log.iter().map(|(id, entry)| (*id, entry)).collect();
        store.log_all(tx, &log, now).await?;
        for (arrived, _) in &taken.new {
            if let (Some(carrier), Some(contact)) =
                (arrived.report.carrier, &arrived.report.contact)
            {
                let out = carrier == Carrier::Stop;
                store
                    .set_opt_out(tx, contact.number.expose(), out, now)
                    .await?;
            }
        }
        let mut said = self
            .acknowledgements(tx, taken, &numbers, standing, now)
            .await?;
        let told: Vec<&Case> = taken
            .told
            .iter()
            .filter_map(|id| Some(&taken.cases.get(id)?.case))
            .collect();
        said.extend(clocks::texts_of(store, tx, &told, &standing.policies, now).await?);
        store.write_messages(tx, &said, now).await?;
        let copied: Vec<(&Case, Option<&MissionCode>)> = taken
            .copied
            .iter()
            .filter_map(|(id, other)| Some((&taken.cases.get(id)?.case, other.as_ref())))
            .collect();
        if copied.is_empty() {
            return Ok(());
        }
        self.copy_to_centre(tx, &copied, standing, now).await
    }
}

impl Arrived {
    /// A line of the log, with how long the report had waited in the spool if it had.
    pub(super) fn marked(&self, mut entry: Entry, now: DateTime<Utc>) -> Entry {
        if self.kept {
            let waited = (now - self.report.received_at).num_seconds();
            entry.detail["spooled_s"] = json!(waited.max(0));
        }
        entry
    }

    fn row(&self, case_id: Uuid) -> NewReport<'_> {
        NewReport {
            report: &self.report,
            case_id,
            digest: self.digest,
            understood: &self.kept_as,
        }
    }
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
