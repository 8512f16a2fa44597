//! Taking reports in, before and after it is decided what becomes of them: what the store knows of
//! them, held until the commit, and all that they leave behind there.

use super::agreed::HEARD_AFTER;
use super::arrived::{Arrived, Thread, conversation};
use super::sort::{Open, Taken};
use super::{Flow, Standing};
use crate::case::{Carrier, Case, Entry, MissionCode, SafeContact, Status};
use crate::clocks;
use crate::store::{Known, NewContact, NewReport, StoreError, TraceKey, Tx};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

impl Flow {
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
