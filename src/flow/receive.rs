//! Taking reports in: who wrote, what is known, what joins and what opens a case.

use super::{Flow, Standing};
use crate::case::{Carrier, Case, Entry, Place, Refused, Report, SafeContact, Understood};
use crate::store::{Known, NewContact, NewReport, StoreError, Tx, Written};
use crate::understand::Heard;
use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
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
    /// The case it is to be added to, where its writer named one.
    pub(super) adds_to: Option<Uuid>,
    /// Whether it waited in the spool.
    pub(super) kept: bool,
}

/// What becomes of reports that arrived together.
pub(super) struct Taken<'a> {
    /// An answer for each, in order.
    pub answers: Vec<Result<Receipt, NotTaken>>,
    /// New reports, with the cases they are part of.
    new: Vec<(&'a Arrived, Uuid)>,
    cases: BTreeMap<Uuid, Touched>,
    log: Vec<(Uuid, Entry)>,
    placed: Vec<(Uuid, &'a Place)>,
}

/// A case that a batch touches.
pub(super) struct Touched {
    case: Case,
    /// The version that is stored; none for a new case.
    stored: Option<i64>,
}

impl Taken<'_> {
    pub(super) fn changed(&self) -> impl Iterator<Item = &Case> {
        self.cases.values().map(|touched| &touched.case)
    }

    fn split(&self, new: bool) -> Vec<&Case> {
        self.cases
            .values()
            .filter(|touched| touched.stored.is_none() == new)
            .map(|touched| &touched.case)
            .collect()
    }
}

impl Flow {
    /// Understands a report. In memory, a few microseconds, no network.
    pub(super) fn understood(&self, report: Report, adds_to: Option<Uuid>) -> Arrived {
        let understood = self.understanding.understand(&Heard {
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
        });
        Arrived {
            digest: digest(&report),
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
    ) -> Result<HashMap<Thread, Case>, StoreError> {
        let new = || arrived.iter().filter(|a| !known.contains_key(&a.report.id));
        let mut numbers: Vec<&str> = new().filter_map(|a| conversation(&a.report)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let named: Vec<Uuid> = new().filter_map(|a| a.adds_to).collect();
        self.store.hold_numbers(tx, &numbers).await?;
        let mut open: HashMap<Thread, Case> = self
            .store
            .open_cases_of(tx, &numbers)
            .await?
            .into_iter()
            .map(|(number, case)| (Thread::Number(number), case))
            .collect();
        for case in self.store.lock_open(tx, &named).await? {
            open.insert(Thread::Case(case.id), case);
        }
        Ok(open)
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
        let contacts: Vec<NewContact<'_>> = taken
            .new
            .iter()
            .filter_map(|(a, case_id)| {
                Some(NewContact {
                    case_id: *case_id,
                    contact: a.report.contact.as_ref()?,
                    channel: a.report.channel,
                })
            })
            .collect();
        store.insert_contacts(tx, &contacts, now).await?;
        store.set_places(tx, &taken.placed).await?;
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
        let said = self.acknowledgements(tx, taken, standing, now).await?;
        store.write_messages(tx, &said, now).await
    }

    /// One neutral line to each person who opened a case and may be answered.
    async fn acknowledgements(
        &self,
        tx: &mut Tx,
        taken: &Taken<'_>,
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<Vec<Written>, StoreError> {
        let opened: Vec<(&Report, &Case)> = taken
            .new
            .iter()
            .filter_map(|(arrived, id)| {
                let touched = taken.cases.get(id)?;
                let opened_it = touched.stored.is_none()
                    && touched.case.reference == self.mint.reference(arrived.report.id);
                (opened_it && arrived.understood.report && arrived.report.carrier.is_none())
                    .then_some((&arrived.report, &touched.case))
            })
            .collect();
        let numbers: Vec<&str> = opened
            .iter()
            .filter_map(|(report, _)| Some(report.contact.as_ref()?.number.expose()))
            .collect();
        let opted_out = self.store.opted_out(tx, &numbers).await?;
        Ok(opened
            .into_iter()
            .filter_map(|(report, case)| {
                super::say::acknowledgement(report, case, &opted_out, standing, now)
            })
            .collect())
    }
}

impl Arrived {
    /// A line of the log, with how long the report had waited in the spool if it had.
    fn marked(&self, mut entry: Entry, now: DateTime<Utc>) -> Entry {
        if self.kept {
            let waited = (now - self.report.received_at).num_seconds();
            entry.detail["spooled_s"] = json!(waited.max(0));
        }
        entry
    }

    fn row(&self, case_id: Uuid) -> NewReport<'_> {
        let understood = &self.understood;
        NewReport {
            report: &self.report,
            case_id,
            digest: self.digest,
            understood: json!({
                "report": understood.report,
                "kind": understood.kind,
                "priority": understood.priority,
                "lang": understood.lang,
                "for": understood.for_whom,
                "mission": understood.mission,
                "signs": understood.signs,
                "needs": understood.needs,
                "place_name": understood.place.as_ref().and_then(|place| place.name.as_ref()),
                "evidence": understood.evidence,
            }),
        }
    }
}

/// Decides for each report, in the order of arrival, whether it is known, joins an open case or opens
/// one. Pure but for the ids of new cases.
pub(super) fn sort<'a>(
    flow: &Flow,
    arrived: &'a [Arrived],
    known: &HashMap<Uuid, Known>,
    open: &mut HashMap<Thread, Case>,
    standing: &Standing,
    now: DateTime<Utc>,
) -> Result<Taken<'a>, NotTaken> {
    let mut taken = Taken {
        answers: Vec::with_capacity(arrived.len()),
        new: Vec::with_capacity(arrived.len()),
        cases: BTreeMap::new(),
        log: Vec::with_capacity(arrived.len()),
        placed: Vec::new(),
    };
    let mut here: HashMap<Uuid, (usize, [u8; 32])> = HashMap::new();
    for (at, one) in arrived.iter().enumerate() {
        let report = &one.report;
        let answer = if let Some(known) = known.get(&report.id) {
            repeated(flow, report, known, &one.digest)
        } else if let Some((first, digest)) = here.get(&report.id) {
            again(&taken.answers[*first], one.digest == *digest)
        } else {
            let thread = thread(one);
            let joins = thread
                .as_ref()
                .and_then(|thread| open.get(thread))
                .map(|case| taken.as_it_is(case));
            let joined = joins.is_some();
            let case = match joins {
                Some(case) => taken.join(flow, one, case, standing, now)?,
                None => taken.open(flow, one, standing, now)?,
            };
            if let Some(thread) = thread {
                open.insert(thread, case.clone());
            }
            here.insert(report.id, (at, one.digest));
            Ok(Receipt {
                case_id: Some(case.id),
                reference: case.reference.as_str().to_owned(),
                code: (!joined).then(|| flow.mint.code(report.id)),
                received_at: report.received_at,
                status: case.status.as_str().to_owned(),
                first: true,
                joined,
            })
        };
        taken.answers.push(answer);
    }
    taken.settle_versions();
    Ok(taken)
}

impl<'a> Taken<'a> {
    fn open(
        &mut self,
        flow: &Flow,
        one: &'a Arrived,
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<Case, NotTaken> {
        let id = case_id(now);
        let change = Case::open(
            id,
            flow.mint.reference(one.report.id),
            &one.understood,
            // The clock counts from when it reached us, not from when it could be stored.
            (one.report.channel, one.report.received_at.min(now)),
            flow.mint.offset(id),
            (&standing.policies, &standing.staffed),
        )?;
        if let Some(place) = &one.understood.place {
            self.placed.push((id, place));
        }
        self.log.push((id, one.marked(change.entry, now)));
        self.carrier_word(one, id);
        self.new.push((one, id));
        self.cases.insert(
            id,
            Touched {
                case: change.case.clone(),
                stored: None,
            },
        );
        Ok(change.case)
    }

    fn join(
        &mut self,
        flow: &Flow,
        one: &'a Arrived,
        case: Case,
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<Case, NotTaken> {
        let id = case.id;
        let coarse = one
            .understood
            .place
            .as_ref()
            .map(|place| place.coarse(flow.mint.offset(id)));
        let change = case.joined(
            &one.understood,
            coarse,
            one.report.channel,
            now,
            (&standing.policies, &standing.staffed),
        )?;
        if let Some(place) = &one.understood.place
            && case.learns_place_from(&one.understood)
        {
            self.placed.retain(|(placed, _)| *placed != id);
            self.placed.push((id, place));
        }
        self.log.push((id, one.marked(change.entry, now)));
        self.carrier_word(one, id);
        self.new.push((one, id));
        self.cases
            .entry(id)
            .and_modify(|touched| touched.case = change.case.clone())
            .or_insert(Touched {
                case: change.case.clone(),
                stored: Some(case.version),
            });
        Ok(change.case)
    }

    /// A case as this batch has left it so far.
    fn as_it_is(&self, case: &Case) -> Case {
        self.cases
            .get(&case.id)
            .map_or_else(|| case.clone(), |touched| touched.case.clone())
    }

    fn carrier_word(&mut self, one: &Arrived, id: Uuid) {
        let event = match one.report.carrier {
            Some(Carrier::Stop) => "opted_out",
            Some(Carrier::Start) => "opted_in",
            None => return,
        };
        let detail = json!({});
        self.log.push((id, Entry { event, detail }));
    }

    /// However often a batch touched a case, it is one change: one version.
    fn settle_versions(&mut self) {
        for touched in self.cases.values_mut() {
            touched.case.version = touched.stored.map_or(1, |stored| stored + 1);
        }
    }
}

/// What ties reports to one case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Thread {
    /// The number that writes.
    Number(String),
    /// The case that was named.
    Case(Uuid),
}

fn thread(one: &Arrived) -> Option<Thread> {
    one.adds_to
        .map(Thread::Case)
        .or_else(|| conversation(&one.report).map(|number| Thread::Number(number.to_owned())))
}

/// The number whose open case a report joins: of who writes on a conversation's channel.
fn conversation(report: &Report) -> Option<&str> {
    let contact = report.contact.as_ref()?;
    report
        .channel
        .is_conversation()
        .then(|| contact.number.expose())
}

fn repeated(
    flow: &Flow,
    report: &Report,
    known: &Known,
    digest: &[u8; 32],
) -> Result<Receipt, NotTaken> {
    if known.digest != digest {
        return Err(NotTaken::Conflict);
    }
    let opened = flow.mint.reference(report.id).as_str() == known.reference;
    Ok(Receipt {
        case_id: Some(known.case_id),
        reference: known.reference.clone(),
        code: opened.then(|| flow.mint.code(report.id)),
        received_at: known.received_at,
        status: known.status.clone(),
        first: false,
        joined: !opened,
    })
}

fn again(first: &Result<Receipt, NotTaken>, same: bool) -> Result<Receipt, NotTaken> {
    match first {
        Ok(receipt) if same => Ok(Receipt {
            first: false,
            ..receipt.clone()
        }),
        _ => Err(NotTaken::Conflict),
    }
}

/// A case's id: of the moment it opened (so that rows lie in order), and random.
fn case_id(now: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
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
