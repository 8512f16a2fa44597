//! A case, played again from its log: each line moves clock, rung and holder as the rules say.
//!
//! What the replay says is compared with what is stored ([`super::clocks`]), and tells who must have
//! been told of the case when ([`super::texts`]).

use crate::record::{Case, Facts, Line, Moment};
use chrono::TimeDelta;
use msaada::case::{Clocks, Post, Priority};
use std::collections::HashMap;
use uuid::Uuid;

/// The mission that is on duty for all others.
const CENTRE: &str = "KE-NBO";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Waiting,
    Claimed,
    Working,
    Offered,
    Ended,
}

/// A case as it was at some moment.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) stage: Stage,
    /// The moment of its status.
    own_due: Moment,
    /// The word she said she would write by then, and whether she writes every hour after it.
    word: Option<(Moment, bool)>,
    pub(crate) priority: i16,
    pub(crate) level: usize,
    pub(crate) lapses: u32,
    pub(crate) mission: String,
    pub(crate) has: Option<Uuid>,
    pub(crate) offered_to: Option<String>,
}

impl State {
    /// The moment at which something happens by itself: the nearer of the two.
    pub(crate) fn due(&self) -> Moment {
        self.word
            .map_or(self.own_due, |(by, _)| by.min(self.own_due))
    }

    /// By when a word of hers is waited for.
    pub(crate) fn word_by(&self) -> Option<Moment> {
        self.word.map(|(by, _)| by)
    }

    /// Whether nobody has acted, so that whoever is told of it must be.
    pub(crate) const fn is_overdue(&self) -> bool {
        match self.stage {
            Stage::Ended => false,
            Stage::Waiting | Stage::Offered => true,
            Stage::Claimed | Stage::Working => self.lapses > 0,
        }
    }

    /// Whether a rung above the desk is texted as soon as the case is put on it.
    pub(crate) fn is_told_at_once(&self) -> bool {
        self.priority <= Priority::Urgent.rank() && self.level > 0
    }

    const fn word(&self) -> &'static str {
        match self.stage {
            Stage::Waiting => "waiting",
            Stage::Claimed => "claimed",
            Stage::Working => "in_progress",
            Stage::Offered => "offered",
            Stage::Ended => "resolved",
        }
    }

    /// As a row has it.
    pub(crate) fn stored(&self) -> (&'static str, i16, &str, Option<&str>, Option<Uuid>) {
        let to = self.offered_to.as_deref();
        (self.word(), self.priority, &self.mission, to, self.has)
    }
}

/// Some who must have been told of a case: those of a mission on a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tell {
    pub(crate) post: Post,
    pub(crate) mission: String,
}

/// A line, and the case before and after it.
pub(crate) struct Step<'a> {
    pub(crate) line: &'a Line,
    pub(crate) before: State,
    pub(crate) after: State,
    /// The rung the next lapse would have climbed to.
    pub(crate) next_level: usize,
    /// The rung above that has somebody on it.
    pub(crate) above: Option<usize>,
    /// Who stood on its rung before.
    pub(crate) rung: Tell,
    /// Who must have been told in that moment.
    pub(crate) tell: Option<Tell>,
}

/// Plays every case that has a log.
pub(crate) fn all(facts: &Facts) -> HashMap<Uuid, Vec<Step<'_>>> {
    let logs = facts.by_case().into_iter();
    logs.filter_map(|(id, lines)| {
        let case = facts.cases.get(&id)?;
        let mut replay = Replay::open(facts, case, lines.first()?);
        let steps = lines.iter().map(|line| replay.step(line));
        Some((id, steps.collect()))
    })
    .collect()
}

/// A case, played again.
struct Replay<'a> {
    facts: &'a Facts,
    now: State,
}

impl<'a> Replay<'a> {
    fn step(&mut self, line: &'a Line) -> Step<'a> {
        let before = self.now.clone();
        let (next_level, above, rung) = (self.next_level(), self.above(), self.rung());
        self.turn(line);
        let tell = self.tells(line, &before);
        Step {
            line,
            before,
            after: self.now.clone(),
            next_level,
            above,
            rung,
            tell,
        }
    }

    /// The case as its first line has it.
    fn open(facts: &'a Facts, case: &Case, first: &Line) -> Self {
        let priority = text(first, "priority").parse().map_or(0, Priority::rank);
        let now = State {
            stage: Stage::Waiting,
            own_due: case.opened_at,
            word: None,
            priority,
            level: level_of(first),
            lapses: 0,
            mission: text(first, "mission"),
            has: None,
            offered_to: None,
        };
        let mut replay = Self { facts, now };
        replay.now.own_due = case.opened_at + replay.clocks().claim();
        replay
    }

    fn clocks(&self) -> Clocks {
        self.facts.clocks[&self.now.priority]
    }

    /// What a line makes of the case.
    fn turn(&mut self, line: &Line) {
        let (claim, first_action) = (self.clocks().claim(), self.clocks().first_action());
        match line.event.as_str() {
            "lapsed" => {
                let planned = self.now.due();
                self.silent(line.at);
                let claim = self.clocks().claim();
                let next = planned + claim;
                // Counted from the planned moment; after an outage that swallowed the next one as
                // well, from now.
                self.now.own_due = if next > line.at {
                    next
                } else {
                    line.at + claim
                };
                self.now.level = level_of(line);
                self.now.lapses += 1;
            }
            "escalated" => {
                self.now.own_due = line.at + claim;
                self.now.level = level_of(line);
            }
            "claimed" | "taken_over" => self.claimed(line.by, line.at + first_action),
            "transferred" => {
                self.now.mission = text(line, "to");
                self.claimed(line.by, line.at + first_action);
            }
            // An offer buys no time.
            "offered" => {
                self.now.stage = Stage::Offered;
                self.now.offered_to = Some(text(line, "to"));
                self.now.own_due = self.now.own_due.min(line.at + claim);
            }
            "refused" | "withdrawn" if self.now.has.is_some() => {
                self.claimed(self.now.has, line.at + first_action);
            }
            "started" | "message" | "call" => self.acted(line),
            "agreed" => {
                self.acted(line);
                let repeats = line.detail["every_h"] == 1;
                self.now.word = moment(line, "hear_by").map(|by| (by, repeats));
            }
            "agreement_ended" => self.now.word = None,
            "note" if self.now.stage == Stage::Working && line.by == self.now.has => {
                self.acted(line);
            }
            "released" | "reopened" | "refused" | "withdrawn" => self.waits(line.at + claim),
            "joined" => self.joined(line),
            "resolved" => {
                self.now.stage = Stage::Ended;
                self.now.has = None;
                self.now.offered_to = None;
                self.now.word = None;
                self.calm();
            }
            _ => {}
        }
    }

    /// The word that was agreed on is still to come when its moment is there: urgent at least, and the
    /// next one, where she writes every hour, is waited for.
    fn silent(&mut self, now: Moment) {
        if self.now.word.is_some_and(|(by, _)| by <= now) {
            self.now.priority = self.now.priority.min(Priority::Urgent.rank());
            self.next_word();
        }
    }

    /// A round is shorter than the hour from one word to the next.
    fn next_word(&mut self) {
        let repeats = self.now.word.filter(|(_, repeats)| *repeats);
        self.now.word = repeats.map(|(by, _)| (by + TimeDelta::hours(1), true));
    }

    fn joined(&mut self, line: &Line) {
        if moment(line, "hear_by").is_some() {
            self.next_word();
        }
        if self.now.stage == Stage::Working {
            let answer = line.at + self.clocks().first_action();
            self.now.own_due = self.now.own_due.min(answer);
        }
        if line.detail["raised"] == true
            && let Ok(raised) = text(line, "priority").parse::<Priority>()
        {
            self.now.priority = raised.rank();
            self.now.own_due = self.now.own_due.min(line.at + self.wait());
        }
    }

    fn claimed(&mut self, by: Option<Uuid>, due: Moment) {
        self.now.stage = Stage::Claimed;
        self.now.has = by;
        self.now.offered_to = None;
        self.now.own_due = due;
        self.calm();
    }

    fn waits(&mut self, due: Moment) {
        self.now.stage = Stage::Waiting;
        self.now.has = None;
        self.now.offered_to = None;
        self.now.lapses = 0;
        self.now.level = self.reaching(0, &self.now.mission);
        self.now.own_due = due;
    }

    /// Something was done for the person. What is offered stays offered, and its clock goes on.
    fn acted(&mut self, line: &Line) {
        if self.now.stage != Stage::Offered {
            self.now.stage = Stage::Working;
            self.now.own_due = line.at + self.clocks().check_in();
        }
        self.calm();
    }

    const fn calm(&mut self) {
        self.now.level = 0;
        self.now.lapses = 0;
    }

    fn wait(&self) -> TimeDelta {
        match self.now.stage {
            Stage::Waiting | Stage::Offered | Stage::Ended => self.clocks().claim(),
            Stage::Claimed => self.clocks().first_action(),
            Stage::Working => self.clocks().check_in(),
        }
    }

    /// The rung the next lapse climbs to.
    fn next_level(&self) -> usize {
        let State { lapses, level, .. } = self.now;
        let untold = lapses == 0 && level > 0 && !self.now.is_told_at_once();
        self.reaching(level + usize::from(!untold), &self.now.mission)
    }

    /// The rung it climbs to where nobody on this one can be told; none where nobody is above.
    fn above(&self) -> Option<usize> {
        let above = self.now.level + 1..self.facts.ladder.len();
        above
            .into_iter()
            .find(|at| self.is_manned(*at, &self.now.mission))
    }

    /// The first rung from here up on which anybody of a mission is, else the highest below.
    fn reaching(&self, from: usize, mission: &str) -> usize {
        let top = self.facts.ladder.len() - 1;
        let from = from.min(top);
        let manned = |at: &usize| self.is_manned(*at, mission);
        let up = (from..=top).find(manned);
        up.or_else(|| (0..from).rev().find(manned)).unwrap_or(top)
    }

    fn is_manned(&self, at: usize, mission: &str) -> bool {
        let post = self.facts.ladder[at];
        let place = if post.serves_all() { CENTRE } else { mission };
        self.facts.duty.iter().any(|one| {
            one.mission == place
                && (one.post == post || post == Post::Desk && one.post != Post::PrincipalSecretary)
        })
    }

    /// Who must be told in the moment of this line, which has just been played.
    fn tells(&self, line: &Line, before: &State) -> Option<Tell> {
        let told = match line.event.as_str() {
            "lapsed" | "escalated" => (self.now.level, &self.now.mission),
            "opened" | "released" | "reopened" | "refused" | "withdrawn"
                if self.now.stage == Stage::Waiting && self.now.is_told_at_once() =>
            {
                (self.now.level, &self.now.mission)
            }
            // It has become urgent where nobody is at the desk.
            "joined"
                if before.lapses == 0
                    && before.level > 0
                    && !before.is_told_at_once()
                    && self.now.is_told_at_once() =>
            {
                (self.now.level, &self.now.mission)
            }
            // Where nobody is at the desk of the mission it is offered to, who is above is told.
            "offered" => {
                let to = self.now.offered_to.as_ref()?;
                let level = self.reaching(0, to);
                if level == 0 || self.now.priority > Priority::Urgent.rank() {
                    return None;
                }
                (level, to)
            }
            _ => return None,
        };
        let post = self.facts.ladder[told.0];
        (post != Post::Desk).then(|| Tell {
            post,
            mission: told.1.clone(),
        })
    }

    /// Who stands on the rung of the case now.
    fn rung(&self) -> Tell {
        Tell {
            post: self.facts.ladder[self.now.level],
            mission: self.now.mission.clone(),
        }
    }
}

impl Tell {
    /// The phones of those.
    pub(crate) fn phones<'f>(&self, facts: &'f Facts) -> Vec<&'f String> {
        let place = if self.post.serves_all() {
            CENTRE
        } else {
            &self.mission
        };
        let stands = |one: &&crate::record::OnDuty| {
            self.post != Post::Desk && one.post == self.post && one.mission == place
        };
        let duty = facts.duty.iter().filter(stands);
        duty.map(|one| &one.phone).collect()
    }
}

pub(crate) fn level_of(line: &Line) -> usize {
    let level = line.detail["level"].as_u64().unwrap_or_default();
    usize::try_from(level).unwrap_or_default()
}

/// A moment that a line names; none where it names none.
pub(crate) fn moment(line: &Line, field: &str) -> Option<Moment> {
    line.detail[field].as_str()?.parse().ok()
}

fn text(line: &Line, field: &str) -> String {
    line.detail[field].as_str().unwrap_or_default().to_owned()
}
