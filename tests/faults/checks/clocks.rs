//! Every case that should have lapsed did, once for each rung, none early.
//!
//! The log of a case is played again from its beginning: each line moves the clock as the rules say,
//! and a lapse must be planned for exactly the moment that follows from what went before. So a lapse
//! that is missing, double, early, or counted from the wrong moment does not fit. In the end the case
//! must be due when the replay says.

use super::Finding;
use crate::record::{Case, Facts, Line, Moment, Record};
use chrono::TimeDelta;
use msaada::case::{Clocks, Post, Priority};
use uuid::Uuid;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Claimed,
    Working,
    Ended,
}

/// A case, played again.
struct Replay<'a> {
    facts: &'a Facts,
    stage: Stage,
    due: Moment,
    priority: i16,
    level: usize,
    lapses: u32,
    mission: String,
    has: Option<Uuid>,
}

pub(crate) fn check(record: &Record, facts: &Facts) -> (Vec<Finding>, Vec<Lapse>) {
    let (mut findings, mut lapses) = (Vec::new(), Vec::new());
    let logs = facts.by_case();
    for case in facts.cases.values() {
        let lines = logs.get(&case.id).map_or(&[][..], Vec::as_slice);
        let mut find = |what: String| {
            findings.push(Finding::new(PROMISE, format!("{}: {what}", case.reference)));
        };
        let Some((first, rest)) = lines.split_first() else {
            find("it has no log".to_owned());
            continue;
        };
        let mut replay = Replay::open(facts, case, first);
        for line in rest {
            if let Some(lapse) = replay.lapse_of(line, record, &mut find) {
                lapses.push(lapse);
            }
            replay.turn(line);
        }
        replay.compare(case, record, &mut find);
    }
    (findings, lapses)
}

impl<'a> Replay<'a> {
    fn open(facts: &'a Facts, case: &Case, first: &Line) -> Self {
        let priority = first.detail["priority"].as_str().unwrap_or_default();
        let priority = priority.parse().map_or(0, Priority::rank);
        let mut replay = Self {
            facts,
            stage: Stage::Waiting,
            due: case.opened_at,
            priority,
            level: level_of(first),
            lapses: 0,
            mission: text(first, "mission"),
            has: None,
        };
        replay.due = case.opened_at + replay.clocks().claim();
        replay
    }

    fn clocks(&self) -> Clocks {
        self.facts.clocks[&self.priority]
    }

    /// What a line says about the clock that ran when it was written.
    fn lapse_of(
        &self,
        line: &Line,
        record: &Record,
        find: &mut impl FnMut(String),
    ) -> Option<Lapse> {
        if self.stage == Stage::Ended {
            return None;
        }
        let late = line.committed - self.due;
        let held_until = record
            .away
            .iter()
            .filter(|(from, to)| *from < line.committed && *to > self.due)
            .map(|(_, to)| *to)
            .max();
        let unexcused = line.committed - held_until.map_or(self.due, |until| until.max(self.due));
        if unexcused > allowed(record) && moves_clock(line) {
            find(format!(
                "due at {}, it had not lapsed {} ms later, when it was {}",
                self.due,
                unexcused.num_milliseconds(),
                line.event
            ));
        }
        if line.event != "lapsed" {
            return None;
        }
        let planned = line.detail["planned"].as_str().map(str::parse::<Moment>);
        match planned {
            Some(Ok(planned)) if planned == self.due => {}
            planned => find(format!(
                "a lapse was planned for {planned:?}; by its log it was due at {}",
                self.due
            )),
        }
        if line.at < self.due || line.committed < self.due - EARLY {
            find(format!(
                "due at {}, it lapsed early: at {}, committed at {}",
                self.due, line.at, line.committed
            ));
        }
        let expected = self.next_level();
        if level_of(line) != expected {
            find(format!(
                "from level {} it lapsed to {}, not to {expected}",
                self.level,
                level_of(line)
            ));
        }
        Some(Lapse {
            late_ms: late.num_milliseconds(),
            excused: record
                .away
                .iter()
                .any(|(from, to)| *from < line.committed && *to + AFTER > self.due),
        })
    }

    fn turn(&mut self, line: &Line) {
        match line.event.as_str() {
            "lapsed" => {
                let next = self.due + self.clocks().claim();
                // Counted from the planned moment; after an outage that swallowed the next one as
                // well, from now.
                self.due = if next > line.at {
                    next
                } else {
                    line.at + self.clocks().claim()
                };
                self.level = level_of(line);
                self.lapses += 1;
            }
            "claimed" | "taken_over" => {
                self.stage = Stage::Claimed;
                self.has = line.by;
                self.due = line.at + self.clocks().first_action();
                self.calm();
            }
            "started" | "message" | "call" => self.acted(line),
            "note" if self.stage == Stage::Working && line.by == self.has => self.acted(line),
            "released" | "transferred" | "reopened" => {
                if line.event == "transferred" {
                    self.mission = text(line, "to");
                }
                self.stage = Stage::Waiting;
                self.has = None;
                self.lapses = 0;
                self.level = self.reaching(0);
                self.due = line.at + self.clocks().claim();
            }
            "joined" => {
                if self.stage == Stage::Working {
                    self.due = self.due.min(line.at + self.clocks().first_action());
                }
                let priority = line.detail["priority"].as_str().unwrap_or_default();
                if line.detail["raised"] == true
                    && let Ok(raised) = priority.parse::<Priority>()
                {
                    self.priority = raised.rank();
                    self.due = self.due.min(line.at + self.wait());
                }
            }
            "resolved" => self.stage = Stage::Ended,
            _ => {}
        }
    }

    fn acted(&mut self, line: &Line) {
        self.stage = Stage::Working;
        self.due = line.at + self.clocks().check_in();
        self.calm();
    }

    fn calm(&mut self) {
        self.level = 0;
        self.lapses = 0;
    }

    fn wait(&self) -> TimeDelta {
        match self.stage {
            Stage::Waiting | Stage::Ended => self.clocks().claim(),
            Stage::Claimed => self.clocks().first_action(),
            Stage::Working => self.clocks().check_in(),
        }
    }

    /// The rung the next lapse climbs to.
    fn next_level(&self) -> usize {
        let told_at_once = self.priority <= Priority::Urgent.rank() && self.level > 0;
        let untold = self.lapses == 0 && self.level > 0 && !told_at_once;
        self.reaching(self.level + usize::from(!untold))
    }

    /// The first rung from here up on which anybody is, else the highest below.
    fn reaching(&self, from: usize) -> usize {
        let top = self.facts.ladder.len() - 1;
        let from = from.min(top);
        let manned = |at: &usize| {
            let post = self.facts.ladder[*at];
            let place = if post.serves_all() {
                "KE-NBO"
            } else {
                &self.mission
            };
            self.facts.duty.iter().any(|one| {
                one.mission == place
                    && (one.post == post
                        || post == Post::Desk && one.post != Post::PrincipalSecretary)
            })
        };
        let up = (from..=top).find(manned);
        up.or_else(|| (0..from).rev().find(manned)).unwrap_or(top)
    }

    fn compare(&self, case: &Case, record: &Record, find: &mut impl FnMut(String)) {
        let status = match self.stage {
            Stage::Waiting => "waiting",
            Stage::Claimed => "claimed",
            Stage::Working => "in_progress",
            Stage::Ended => "resolved",
        };
        let stored = (case.status.as_str(), case.priority, &case.mission);
        if stored != (status, self.priority, &self.mission) {
            find(format!(
                "it is {stored:?}; by its log {:?}",
                (status, self.priority, &self.mission)
            ));
        }
        let due = (self.stage != Stage::Ended).then_some(self.due);
        if case.due != due {
            find(format!("it is due at {:?}; by its log {due:?}", case.due));
        }
        if due.is_some() && usize::try_from(case.level) != Ok(self.level) {
            find(format!(
                "it stands on level {}; by its log on {}",
                case.level, self.level
            ));
        }
        if let Some(due) = due
            && due < record.ended - allowed(record)
        {
            find(format!(
                "due at {due}, it had not lapsed at {}",
                record.ended
            ));
        }
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
            | "message"
            | "call"
            | "released"
            | "transferred"
            | "resolved"
    )
}

fn level_of(line: &Line) -> usize {
    let level = line.detail["level"].as_u64().unwrap_or_default();
    usize::try_from(level).unwrap_or_default()
}

fn text(line: &Line, field: &str) -> String {
    line.detail[field].as_str().unwrap_or_default().to_owned()
}
