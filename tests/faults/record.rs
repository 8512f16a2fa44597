//! What the harness saw with its own eyes, and what the stores hold in the end.
//!
//! Two accounts of one round: the first is written by who sent, acted and looked, the second is read
//! from PostgreSQL when all is quiet. The checks compare them, and nothing else.

use chrono::{DateTime, Utc};
use msaada::case::{Clocks, Post};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A moment.
pub(crate) type Moment = DateTime<Utc>;

/// A report, as its sender remembers it.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// Chosen by the sender, or by the provider: the same at every try.
    pub(crate) id: String,
    /// The phone it was written on.
    pub(crate) phone: Option<String>,
    pub(crate) text: String,
    pub(crate) tries: u32,
    pub(crate) acknowledged: Option<Acknowledged>,
    /// An answer that there should never be.
    pub(crate) refused: Option<u16>,
}

/// What its sender was told.
#[derive(Debug, Clone)]
pub(crate) struct Acknowledged {
    pub(crate) status: u16,
    pub(crate) reference: Option<String>,
}

/// What a responder tried.
#[derive(Debug, Clone)]
pub(crate) struct Acted {
    pub(crate) by: Uuid,
    pub(crate) act: &'static str,
    /// The case and its version as she saw it; none where she asked for the next one.
    pub(crate) seen: Option<(Uuid, i64)>,
    /// The case and its version as it was given to her; none where it was refused or nobody answered.
    pub(crate) given: Option<(Uuid, i64)>,
}

/// A card as a desk was shown it.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) desk: usize,
    pub(crate) case: Uuid,
    pub(crate) version: i64,
    /// The card's text.
    pub(crate) card: String,
    /// Whether it came in a full sending, which tells what is.
    pub(crate) whole: bool,
    /// The version the desk had before, if any.
    pub(crate) had: Option<i64>,
}

/// A message the gateway took.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    /// Ours, from the address its states go to.
    pub(crate) message: Option<Uuid>,
    pub(crate) sid: String,
    pub(crate) phone: String,
    pub(crate) text: String,
}

/// Everything the harness saw.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) said: Vec<Said>,
    pub(crate) acted: Vec<Acted>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) taken: Vec<Taken>,
    /// While these lasted, clocks could not fire.
    pub(crate) away: Vec<(Moment, Moment)>,
    /// When it stopped looking.
    pub(crate) ended: Moment,
    /// How many processes waited for each processor, in the last minute: one that has to wait for its
    /// turn is late through no fault of its own.
    pub(crate) busy: f64,
}

/// A report as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) id: Uuid,
    pub(crate) provider_id: Option<String>,
    pub(crate) case: Uuid,
    pub(crate) text: String,
    pub(crate) number: Option<String>,
    /// Whether it was taken for a plea.
    pub(crate) is_plea: bool,
}

/// A case as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) id: Uuid,
    pub(crate) reference: String,
    pub(crate) version: i64,
    pub(crate) mission: String,
    pub(crate) status: String,
    pub(crate) priority: i16,
    pub(crate) level: i16,
    pub(crate) claimed_by: Option<Uuid>,
    pub(crate) offered_to: Option<String>,
    pub(crate) due: Option<Moment>,
    pub(crate) opened_at: Moment,
    pub(crate) channel: String,
}

/// A line of a case's log.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) case: Uuid,
    pub(crate) at: Moment,
    pub(crate) by: Option<Uuid>,
    pub(crate) event: String,
    pub(crate) detail: Value,
    /// When PostgreSQL committed it, by the machine's clock, which nobody stepped.
    pub(crate) committed: Moment,
    /// The transaction that wrote it.
    pub(crate) written_by: i64,
}

/// A message as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: Uuid,
    pub(crate) case: Uuid,
    pub(crate) to_staff: bool,
    pub(crate) number: String,
    pub(crate) body: String,
    pub(crate) template: Option<String>,
    pub(crate) by: Option<Uuid>,
    pub(crate) written_at: Moment,
    /// When PostgreSQL committed it.
    pub(crate) committed: Moment,
    /// The transaction that wrote it.
    pub(crate) written_by: i64,
    /// The transaction that changed its state last.
    pub(crate) moved_by: i64,
    /// The message it is written in place of.
    pub(crate) follows: Option<Uuid>,
    pub(crate) state: String,
    /// When that was failed or canceled.
    pub(crate) settled_at: Option<Moment>,
    pub(crate) error: Option<String>,
    pub(crate) code: Option<i32>,
    pub(crate) sid: Option<String>,
    /// How far the provider said it was.
    pub(crate) rank: i16,
    /// The cases a text to staff tells of.
    pub(crate) about: Vec<Uuid>,
}

/// Somebody on duty who is texted.
#[derive(Debug, Clone)]
pub(crate) struct OnDuty {
    pub(crate) mission: String,
    pub(crate) post: Post,
    pub(crate) phone: String,
}

/// Everything the stores hold in the end.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) reports: Vec<Report>,
    pub(crate) cases: HashMap<Uuid, Case>,
    /// In the order in which they were written.
    pub(crate) log: Vec<Line>,
    pub(crate) messages: Vec<Message>,
    /// Those that hold, by priority.
    pub(crate) clocks: BTreeMap<i16, Clocks>,
    pub(crate) ladder: Vec<Post>,
    pub(crate) duty: Vec<OnDuty>,
}

impl Facts {
    /// The log, case by case.
    pub(crate) fn by_case(&self) -> HashMap<Uuid, Vec<&Line>> {
        let mut all: HashMap<Uuid, Vec<&Line>> = HashMap::new();
        for line in &self.log {
            all.entry(line.case).or_default().push(line);
        }
        all
    }
}
