//! Acts on two cases at once: one is joined to another, related to it, or parted from it again.
//!
//! Both are held, always in the same order, and written in one transaction; whoever looks at the other
//! one sees it change, with a line in its log.

use super::{ActRefused, Flow, Standing};
use crate::case::{
    Act, Card, Case, Change, Entry, ForWhom, Number, Place, Refused, Responder, Words,
};
use crate::clocks;
use crate::store::{Note, StoredReport, Tx, commit};
use crate::understand::Heard;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

impl Flow {
    /// Joins, relates or parts two cases. Answers with the one that was acted on.
    pub(super) async fn act_on_two(
        &self,
        (id, version): (Uuid, i64),
        act: &Act,
        other: Uuid,
        by: &Responder,
    ) -> Result<Card, ActRefused> {
        let now = self.clock.now();
        let standing = self.standing().await?;
        let mut tx = self.store.begin().await?;
        let field = if matches!(act, Act::Merge { .. }) {
            "into"
        } else {
            "to"
        };
        let other_one = (other, field);
        let (this, that) = self.both(&mut tx, (id, version), other_one, by).await?;
        let (one, two) = match act {
            Act::Merge { .. } => {
                let changes = this.merged(&that, by, now, &standing.policies)?;
                self.store.leave_to(&mut tx, id, other).await?;
                if changes.1.case.place != that.place {
                    self.store.leave_place(&mut tx, id, other).await?;
                }
                changes
            }
            Act::Link { .. } => {
                if !self.store.link(&mut tx, (id, other), by.id, now).await? {
                    return Err(ActRefused::Field("to", "these are related already".into()));
                }
                related("linked", &this, &that)
            }
            _ => {
                if !self.store.unlink(&mut tx, (id, other)).await? {
                    return Err(ActRefused::Field("to", "these are not related".into()));
                }
                related("unlinked", &this, &that)
            }
        };
        let text = act.written().map(Words::expose);
        self.write_both(&mut tx, [&one, &two], (by, text), now)
            .await?;
        if two.case.is_to_be_told_now(&that) {
            let placed = [&two.case];
            clocks::tell(&self.store, &mut tx, &placed, &standing.policies, now).await?;
        }
        commit(tx).await?;
        self.push([&one.case, &two.case]);
        self.heard(by).await;
        Ok(Card::from(&one.case))
    }

    /// Makes a report a case of its own: one that was joined with its whole case waits again as that;
    /// another becomes a new one.
    pub(super) async fn split(
        &self,
        (id, version): (Uuid, i64),
        act: &Act,
        report: Uuid,
        by: &Responder,
    ) -> Result<Card, ActRefused> {
        let now = self.clock.now();
        let standing = self.standing().await?;
        let mut tx = self.store.begin().await?;
        let stored = self
            .store
            .stored_report(&mut tx, report)
            .await?
            .ok_or_else(no_such_report)?;
        let text = act.written().map(Words::expose);
        let (kept, own) = if stored.case_id == id {
            let this = self.one(&mut tx, (id, version), by).await?;
            if self.mint.reference(report) == this.reference {
                return Err(Refused::OpenedIt.into());
            }
            let (own, place) = self.opened_by(&stored, report, &this, &standing, now)?;
            self.store.insert_cases(&mut tx, &[&own.case]).await?;
            self.store
                .move_report(&mut tx, report, (id, own.case.id))
                .await?;
            if let Some(place) = &place {
                let placed = [(own.case.id, place)];
                self.store.set_places(&mut tx, &placed).await?;
            }
            let traces = self.traces_again(&stored.told);
            let traces: Vec<_> = traces.into_iter().map(|key| (own.case.id, key)).collect();
            self.store.write_traces(&mut tx, &traces).await?;
            let kept = this.told(split(&own.case));
            self.store.write_cases(&mut tx, &[&kept.case]).await?;
            self.note(&mut tx, [&kept, &own], (by, text), now).await?;
            (kept, own)
        } else {
            let from = (stored.case_id, "report");
            let (this, gone) = self.both(&mut tx, (id, version), from, by).await?;
            if gone.merged_into != Some(id) {
                return Err(no_such_report());
            }
            let mut own = gone.parted(now, (&standing.policies, &standing.staffed))?;
            self.store.take_back(&mut tx, gone.id, id).await?;
            // Its tasks go with it, some of them done by now.
            own.case.task_due_at = self.store.next_task(&mut tx, gone.id).await?;
            self.store.write_cases(&mut tx, &[&own.case]).await?;
            let mut kept = this.told(split(&own.case));
            kept.case.task_due_at = self.store.next_task(&mut tx, id).await?;
            self.store.write_cases(&mut tx, &[&kept.case]).await?;
            self.note(&mut tx, [&kept, &own], (by, text), now).await?;
            (kept, own)
        };
        if own.case.is_told_at_once() {
            let placed = [&own.case];
            clocks::tell(&self.store, &mut tx, &placed, &standing.policies, now).await?;
        }
        commit(tx).await?;
        self.push([&kept.case, &own.case]);
        self.heard(by).await;
        Ok(Card::from(&kept.case))
    }

    /// The case that is acted on, held, if it is still the one that was seen.
    pub(super) async fn one(
        &self,
        tx: &mut Tx,
        (id, version): (Uuid, i64),
        by: &Responder,
    ) -> Result<Case, ActRefused> {
        let case = self
            .store
            .lock_case(tx, id)
            .await?
            .filter(|case| by.sees(&case.mission))
            .ok_or(ActRefused::NotFound)?;
        if case.version == version {
            Ok(case)
        } else {
            Err(ActRefused::Stale(Box::new(Card::from(&case))))
        }
    }

    /// The case that is acted on and the other one, which the act names in this field; held in one
    /// order, so that two who join the same cases never wait for each other.
    async fn both(
        &self,
        tx: &mut Tx,
        (id, version): (Uuid, i64),
        (other, field): (Uuid, &'static str),
        by: &Responder,
    ) -> Result<(Case, Case), ActRefused> {
        if id == other {
            return Err(Refused::SameCase.into());
        }
        let mut held = self.store.lock_cases(tx, &[id, other]).await?;
        held.retain(|case| by.sees(&case.mission));
        let that = held.iter().position(|case| case.id == other);
        let that = that.map(|at| held.swap_remove(at));
        let this = held.pop().ok_or(ActRefused::NotFound)?;
        if this.version != version {
            return Err(ActRefused::Stale(Box::new(Card::from(&this))));
        }
        let that = that
            .ok_or_else(|| ActRefused::Field(field, "there is no such case on your desk".into()))?;
        Ok((this, that))
    }

    async fn write_both(
        &self,
        tx: &mut Tx,
        changes: [&Change; 2],
        said: (&Responder, Option<&str>),
        now: DateTime<Utc>,
    ) -> Result<(), ActRefused> {
        let cases = changes.map(|change| &change.case);
        self.store.write_cases(tx, &cases).await?;
        self.note(tx, changes, said, now).await
    }

    async fn note(
        &self,
        tx: &mut Tx,
        changes: [&Change; 2],
        (by, text): (&Responder, Option<&str>),
        now: DateTime<Utc>,
    ) -> Result<(), ActRefused> {
        for Change { case, entry } in changes {
            let note = Note {
                case_id: case.id,
                by: Some(by.id),
                entry,
                text,
            };
            self.store.log(tx, &note, now).await?;
        }
        Ok(())
    }

    /// The case that a report opens when it is split off: understood anew, at the mission where it is,
    /// under a clock that begins now; and its exact place.
    fn opened_by(
        &self,
        stored: &StoredReport,
        report: Uuid,
        from: &Case,
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<(Change, Option<Place>), ActRefused> {
        let channel = stored.channel.parse().unwrap_or(from.channel);
        let number = stored.told.number.as_deref().map(Number::read);
        let mut understood = self.understanding.understand(&Heard {
            text: &stored.told.text,
            place_text: stored.place_text.as_deref(),
            pin: stored.pin,
            number: number.as_ref(),
            channel,
            kind: stored.kind,
            for_whom: stored
                .for_whom
                .as_deref()
                .and_then(|word| word.parse::<ForWhom>().ok()),
            lang: stored.lang,
            sent: true,
        });
        understood.mission = from.mission.clone();
        // A person says that it is a case.
        understood.report = true;
        let id = super::sort::id_of(now);
        let coarse = understood
            .place
            .as_ref()
            .map(|place| place.coarse(self.mint.offset(id, place)));
        let mut change = Case::open(
            id,
            self.mint.reference(report),
            &understood,
            (channel, now),
            coarse,
            (&standing.policies, &standing.staffed),
        )?;
        change.entry.detail["from"] = json!(from.reference.as_str());
        Ok((change, understood.place))
    }
}

fn split(own: &Case) -> Entry {
    Entry {
        event: "split",
        detail: json!({"to": own.reference.as_str()}),
    }
}

fn related(event: &'static str, this: &Case, that: &Case) -> (Change, Change) {
    let line = |to: &Case| Entry {
        event,
        detail: json!({"to": to.reference.as_str()}),
    };
    (this.told(line(that)), that.told(line(this)))
}

fn no_such_report() -> ActRefused {
    ActRefused::Field("report", "this case has no such report".into())
}
