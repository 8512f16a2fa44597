//! What becomes of reports that arrived together: which are known, which join an open case, which open
//! one. Pure but for the ids of new cases; nothing is stored here.

use super::agreed::{self, Said, said};
use super::arrived::{Arrived, NotTaken, Receipt, Thread, conversation};
use super::{Flow, Standing};
use crate::case::{Carrier, Case, CoarsePlace, Entry, MissionCode, Place, Report, Status};
use crate::store::{AgreedWord, Known};
use crate::understand::thread::Standing as SoFar;
use crate::understand::thread::{Refinement, Suggestion, refine};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// What becomes of reports that arrived together.
pub(super) struct Taken<'a> {
    /// An answer for each, in order.
    pub answers: Vec<Result<Receipt, NotTaken>>,
    /// New reports, with the cases they are part of.
    pub new: Vec<(&'a Arrived, Uuid)>,
    /// The cases they touch, as they will be.
    pub cases: BTreeMap<Uuid, Touched>,
    /// Lines for their logs.
    pub log: Vec<(Uuid, Entry)>,
    /// Cases that were put on a rung above the desk, which is to be told at once.
    pub told: Vec<Uuid>,
    /// Cases that are critical by now, and perhaps another mission's: the one that was just understood,
    /// or one that an earlier report told.
    pub copied: Vec<(Uuid, Option<MissionCode>)>,
    /// Missions that cases left for another.
    pub left: Vec<(MissionCode, Uuid)>,
    /// Places that are to be kept.
    pub placed: Vec<(Uuid, &'a Place)>,
    /// Who ended the conversation by the word agreed for it.
    pub ended: Vec<&'a Report>,
}

/// The open cases that reports may join, and where their persons are so far.
pub(super) struct Open {
    /// By what ties reports to them.
    pub cases: HashMap<Thread, Case>,
    /// Their exact places.
    pub places: HashMap<Uuid, Place>,
    /// Those that are of others than the person herself: they came with a case that was joined to hers.
    pub others: HashSet<Thread>,
    /// The words that were agreed with them.
    pub agreed: Vec<AgreedWord>,
}

/// A case that a batch touches.
pub(super) struct Touched {
    /// The case, as it will be.
    pub case: Case,
    /// The version that is stored; none for a new case.
    pub stored: Option<i64>,
}

impl Taken<'_> {
    pub(super) fn changed(&self) -> impl Iterator<Item = &Case> {
        self.cases.values().map(|touched| &touched.case)
    }

    /// The new ones, or the others.
    pub(super) fn split(&self, new: bool) -> Vec<&Case> {
        self.cases
            .values()
            .filter(|touched| touched.stored.is_none() == new)
            .map(|touched| &touched.case)
            .collect()
    }
}

/// Decides for each report, in the order of arrival, whether it is known, joins an open case or opens
/// one. Pure but for the ids of new cases.
pub(super) fn sort<'a>(
    flow: &Flow,
    arrived: &'a [Arrived],
    known: &HashMap<Uuid, Known>,
    open: &mut Open,
    standing: &Standing,
    now: DateTime<Utc>,
) -> Result<Taken<'a>, NotTaken> {
    let mut taken = Taken {
        answers: Vec::with_capacity(arrived.len()),
        new: Vec::with_capacity(arrived.len()),
        cases: BTreeMap::new(),
        log: Vec::with_capacity(arrived.len()),
        placed: Vec::new(),
        ended: Vec::new(),
        told: Vec::new(),
        copied: Vec::new(),
        left: Vec::new(),
    };
    let mut here: HashMap<Uuid, (usize, [u8; 32])> = HashMap::new();
    for (at, one) in arrived.iter().enumerate() {
        let report = &one.report;
        let answer = if let Some(known) = known.get(&report.id) {
            repeated(flow, report, known, &one.digest)
        } else if let Some((first, digest)) = here.get(&report.id) {
            again(&taken.answers[*first], one.digest == *digest)
        } else {
            let thread = one.thread();
            let joins = thread
                .as_ref()
                .and_then(|thread| open.cases.get(thread))
                .map(|case| taken.as_it_is(case));
            let joined = joins.is_some();
            let to = joins.as_ref().map(|case| case.id);
            let words = agreed::with(&open.agreed, to, conversation(report));
            let said = said(standing.routed(&one.understood), one, words);
            let case = match joins {
                Some(case) => {
                    let so_far = (&case, open.places.get(&case.id));
                    let her_own = thread
                        .as_ref()
                        .is_some_and(|own| !open.others.contains(own));
                    taken.join(flow, (one, &said, her_own), so_far, standing, now)?
                }
                None => taken.open(flow, (one, &said), standing, now)?,
            };
            if let Some((_, place)) = taken.placed.iter().rev().find(|(id, _)| *id == case.id) {
                open.places.insert(case.id, (*place).clone());
            }
            if let Some(thread) = thread {
                open.cases.insert(thread, case.clone());
            }
            here.insert(report.id, (at, one.digest));
            Ok(Receipt {
                case_id: Some(case.id),
                reference: case.reference.as_str().to_owned(),
                code: (!joined).then(|| flow.mint.code(report.id)),
                received_at: report.received_at,
                status: RECEIVED.to_owned(),
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
        (one, heard): (&'a Arrived, &Said<'_>),
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<Case, NotTaken> {
        let id = id_of(now);
        let change = Case::open(
            id,
            flow.mint.reference(one.report.id),
            &heard.understood,
            // The clock counts from when it reached us, not from when it could be stored.
            (one.report.channel, one.report.received_at.min(now)),
            coarse(flow, id, one),
            (&standing.policies, &standing.staffed),
        )?;
        if let Some(place) = &one.understood.place {
            self.placed.push((id, place));
        }
        let mut entry = one.marked(change.entry, now);
        self.words((one, heard), &mut entry);
        self.log.push((id, entry));
        if change.case.is_told_at_once() {
            self.told.push(id);
        }
        if let Some(other) = &one.understood.alternative_mission
            && change.case.is_copied_in_doubt()
        {
            self.copied.push((id, Some(other.clone())));
        }
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

    /// Joins a report to a case; with whether she wrote it herself, as far as that can be known: then a
    /// word that was agreed on has come.
    fn join(
        &mut self,
        flow: &Flow,
        (one, heard, hers): (&'a Arrived, &Said<'_>, bool),
        (case, place): (&Case, Option<&Place>),
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<Case, NotTaken> {
        let id = case.id;
        let stored = case.version;
        let (refined, better) = refined(case, place, one);
        let coarse = coarse(flow, id, one).filter(|_| better);
        let ended = matches!(case.status, Status::Resolved { .. });
        let back = ended
            .then(|| case.came_back(now, (&standing.policies, &standing.staffed)))
            .transpose()?;
        if let Some(back) = &back {
            self.log.push((id, back.entry.clone()));
        }
        let case = back.as_ref().map_or(case, |back| &back.case);
        let mut change = case.joined(
            &heard.understood,
            coarse,
            one.report.channel,
            now,
            (&standing.policies, &standing.staffed),
        )?;
        if let Some(place) = &one.understood.place
            && better
        {
            self.placed.retain(|(placed, _)| *placed != id);
            self.placed.push((id, place));
        }
        let mut entry = one.marked(change.entry, now);
        if hers && let Some(by) = change.case.hears(one.report.received_at, now) {
            entry.detail["hear_by"] = json!(by);
        }
        self.words((one, heard), &mut entry);
        if one.report.carrier.is_none() && !refined.suggestions.is_empty() {
            entry.detail["suggests"] = refined.suggestions.iter().map(suggests).collect();
        }
        self.log.push((id, entry));
        if change.case.mission != case.mission {
            self.left.push((case.mission.clone(), id));
        }
        let moved = ended || change.case.mission != case.mission;
        let told = (moved && change.case.is_told_at_once()) || change.case.is_to_be_told_now(case);
        if told && !self.told.contains(&id) {
            self.told.push(id);
        }
        let other = one.understood.alternative_mission.as_ref();
        let other = other.filter(|_| better || case.mission == one.understood.mission);
        if change.case.is_copied_in_doubt() && (other.is_some() || !case.is_copied_in_doubt()) {
            self.copied.push((id, other.cloned()));
        }
        self.carrier_word(one, id);
        self.new.push((one, id));
        self.cases
            .entry(id)
            .and_modify(|touched| touched.case = change.case.clone())
            .or_insert(Touched {
                case: change.case.clone(),
                stored: Some(stored),
            });
        Ok(change.case)
    }

    /// That words which were agreed on were heard stands on the case's log, and what follows.
    fn words(&mut self, (one, heard): (&'a Arrived, &Said<'_>), entry: &mut Entry) {
        if heard.danger {
            entry.detail["danger_word"] = json!(true);
        }
        if heard.ends {
            entry.detail["exit_word"] = json!(true);
            self.ended.push(&one.report);
        }
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

/// What whoever reported is told of the status: the same at every delivery, and nothing of the case.
pub(super) const RECEIVED: &str = "received";

/// A later report read into an open case, and whether it tells better where the person is.
fn refined(case: &Case, place: Option<&Place>, one: &Arrived) -> (Refinement, bool) {
    let so_far = SoFar {
        kind: case.kind,
        bare: case.only_pleads(),
        priority: case.priority,
        place: place.map(|place| Place {
            country: case.country,
            ..place.clone()
        }),
    };
    let refined = refine(&so_far, &one.understood);
    let better = one.understood.place.is_some() && refined.standing.place != so_far.place;
    (refined, better)
}

/// A change only a person makes, as the log keeps it: no names, no points.
fn suggests(suggestion: &Suggestion) -> serde_json::Value {
    match suggestion {
        Suggestion::Priority(priority) => json!({"says": "priority", "to": priority}),
        Suggestion::Kind(kind) => json!({"says": "kind", "to": kind}),
        Suggestion::Place(place) => json!({"says": "place", "to": place.country}),
        Suggestion::Over => json!({"says": "over"}),
    }
}

/// Where a report places somebody, as it may be shown.
fn coarse(flow: &Flow, case: Uuid, one: &Arrived) -> Option<CoarsePlace> {
    let place = one.understood.place.as_ref()?;
    Some(place.coarse(flow.mint.offset(case, place)))
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
        status: RECEIVED.to_owned(),
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

/// An id of the moment (so that rows lie in order), and random.
pub(super) fn id_of(now: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
}
