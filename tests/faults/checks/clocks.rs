//! Every case that should have lapsed did, once for each rung, none early.
//!
//! The log of a case is played again from its beginning ([`replay`]): each line moves the clock as the
//! rules say, and a lapse must be planned for exactly the moment that follows from what went before. So
//! a lapse that is missing, double, early, or counted from the wrong moment does not fit. In the end the
//! case must be due when the replay says, and stand where it says.

use super::Finding;
use super::replay::{self, Stage, State, Step, level_of, moment};
use crate::record::{Case, Facts, Line, Moment, Record};
use chrono::TimeDelta;

const PROMISE: &str = "a clock lapses on time, once for each rung";
/// How late a clock may fire where nothing held it up and the machine has time: generous, since the
/// injuries and their healing keep it busy, and the programs are built for debugging.
const LATE_MS: i64 = 4_000;
/// A machine on which more processes than this wait for each processor is too busy for that: then it
/// may be later in proportion.
const BUSY: f64 = 3.0;
/// What was away is felt for so long afterwards: a round that failed is tried again after a second,
/// and connections are made anew.
const AFTER: TimeDelta = TimeDelta::seconds(2);
/// The machine's clock and PostgreSQL's are one; this is for rounding.
const EARLY: TimeDelta = TimeDelta::milliseconds(5);

/// A lapse that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lapse {
    /// From the planned moment to the commit.
    pub(crate) late_ms: i64,
    /// Whether something that it needs was away meanwhile, or a moment before.
    pub(crate) excused: bool,
}

pub(crate) fn check(record: &Record, facts: &Facts) -> (Vec<Finding>, Vec<Lapse>) {
    let (mut findings, mut lapses) = (Vec::new(), Vec::new());
    let played = replay::all(facts);
    for case in facts.cases.values() {
        let mut find = |what: String| {
            findings.push(Finding::new(PROMISE, format!("{}: {what}", case.reference)));
        };
        let steps = played.get(&case.id).map_or(&[][..], Vec::as_slice);
        let Some((_, rest)) = steps.split_first() else {
            find("it has no log".to_owned());
            continue;
        };
        for step in rest {
            in_time(step, record, &mut find);
            match step.line.event.as_str() {
                "lapsed" => lapses.push(lapsed(step, record, &mut find)),
                "escalated" if step.above != Some(level_of(step.line)) => find(format!(
                    "nobody on level {} could be told, and it went to {}, not to {:?}",
                    step.before.level,
                    level_of(step.line),
                    step.above
                )),
                "joined" => word_heard(step, &mut find),
                _ => {}
            }
        }
        if let Some(last) = steps.last() {
            compare(&last.after, case, record, &mut find);
        }
    }
    (findings, lapses)
}

/// That the clock that ran when a line was written had not run out long before.
fn in_time(step: &Step<'_>, record: &Record, find: &mut impl FnMut(String)) {
    let (line, due) = (step.line, step.before.due());
    if step.before.stage == Stage::Ended || !moves_clock(line) {
        return;
    }
    let held_until = record
        .away
        .iter()
        .filter(|(from, to)| *from < line.committed && *to > due)
        .map(|(_, to)| *to)
        .max();
    let late = line.committed - held_until.map_or(due, |until| until.max(due));
    if late > allowed(record) {
        find(format!(
            "due at {due}, it had not lapsed {} ms later, when it was {}",
            late.num_milliseconds(),
            line.event
        ));
    }
}

/// A word of hers counts for the one that is waited for, and not after its moment.
fn word_heard(step: &Step<'_>, find: &mut impl FnMut(String)) {
    let Some(heard) = moment(step.line, "hear_by") else {
        return;
    };
    let waited = step.before.word_by();
    if waited != Some(heard) {
        find(format!(
            "a word by {heard} was heard; by its log one was waited for by {waited:?}"
        ));
    }
}

/// A lapse: for the moment that was planned, not before it, and onto the next rung.
fn lapsed(step: &Step<'_>, record: &Record, find: &mut impl FnMut(String)) -> Lapse {
    let (line, due) = (step.line, step.before.due());
    let planned = line.detail["planned"].as_str().map(str::parse::<Moment>);
    match planned {
        Some(Ok(planned)) if planned == due => {}
        planned => find(format!(
            "a lapse was planned for {planned:?}; by its log it was due at {due}"
        )),
    }
    if line.at < due || line.committed < due - EARLY {
        find(format!(
            "due at {due}, it lapsed early: at {}, committed at {}",
            line.at, line.committed
        ));
    }
    if level_of(line) != step.next_level {
        find(format!(
            "from level {} it lapsed to {}, not to {}",
            step.before.level,
            level_of(line),
            step.next_level
        ));
    }
    Lapse {
        late_ms: (line.committed - due).num_milliseconds(),
        excused: record
            .away
            .iter()
            .any(|(from, to)| *from < line.committed && *to + AFTER > due),
    }
}

/// What is stored in the end, and the replay.
fn compare(last: &State, case: &Case, record: &Record, find: &mut impl FnMut(String)) {
    let stored = (
        case.status.as_str(),
        case.priority,
        case.mission.as_str(),
        case.offered_to.as_deref(),
        case.claimed_by,
    );
    if stored != last.stored() {
        find(format!("it is {stored:?}; by its log {:?}", last.stored()));
    }
    let due = (last.stage != Stage::Ended).then_some(last.due());
    if case.due != due {
        find(format!("it is due at {:?}; by its log {due:?}", case.due));
    }
    let Some(due) = due else {
        return;
    };
    if usize::try_from(case.level) != Ok(last.level) {
        find(format!(
            "it stands on level {}; by its log on {}",
            case.level, last.level
        ));
    }
    if due < record.ended - allowed(record) {
        find(format!(
            "due at {due}, it had not lapsed at {}",
            record.ended
        ));
    }
}

/// How late a clock may fire in this round.
fn allowed(record: &Record) -> TimeDelta {
    #[expect(clippy::cast_possible_truncation, reason = "a small number")]
    let times = (record.busy / BUSY).clamp(1.0, 10.0).ceil() as i64;
    TimeDelta::milliseconds(LATE_MS * times)
}

/// Whether a line says that the clock that ran before does not run any more.
fn moves_clock(line: &Line) -> bool {
    matches!(
        line.event.as_str(),
        "lapsed"
            | "claimed"
            | "taken_over"
            | "started"
            | "agreed"
            | "message"
            | "call"
            | "released"
            | "offered"
            | "transferred"
            | "refused"
            | "withdrawn"
            | "resolved"
    )
}
